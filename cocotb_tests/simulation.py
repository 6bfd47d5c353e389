# SPDX-License-Identifier: Apache-2.0
"""Runs a module of cocotb tests on a simulator: the one place that knows how a bench is built.

A build belongs to its top level, parameters and sources, so test modules of the same bench share it. cocotb-test
builds and runs; here stand the folders, the flags, the lock and the verdict.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import pytest
from cocotb_test.simulator import run

from host.toolchain import INCLUDES, ROOT, WAIVERS, find_icarus, find_verilator, read_sources

BUILD = ROOT / "build" / "cocotb"
SIMULATORS = ("icarus", "verilator")

#: For benches whose Python looks at every clock cycle for a long time: Icarus, in which that takes four times as long,
#: has its turn with `make test-all`.
mostly_verilator = pytest.mark.parametrize(
    "simulator", ["verilator", pytest.param("icarus", marks=pytest.mark.slow)], indirect=True
)

ICARUS_FLAGS = ["-g2005", "-Wall"]

# What no reset defines is random but the same in every run. Tests reach the signals of the top module only: cocotb-test
# would have every signal of the design kept, for a quarter more time to build it and 40 % more to run it.
VERILATOR_FLAGS = ["-Wall", "--x-initial", "unique", "--x-assign", "unique", "--no-public-flat-rw", str(WAIVERS)]

# Half the compile time of -O2; most tests are short.
VERILATED_OPTIMISE = "-O1"

#: First among the sources, it turns on the assertions of the design.
ASSERTIONS = Path(__file__).resolve().parent / "assertions.v"
#: Everything behind the bus; of the link only the CRC, which judging a picture uses, too.
CORE_SOURCES = [
    ASSERTIONS,
    *(p for p in read_sources() if p.name == "crc32.v" or (p.name != "testbed.v" and p.parent.name != "link")),
]
#: The whole board-independent design.
TESTBED_SOURCES = [ASSERTIONS, *read_sources()]


class SimulationFailed(Exception):
    """The simulator or a test in it failed; the text says which tests."""


def simulate(
    toplevel: str,
    test_module: str,
    sources: Sequence[Path],
    *,
    simulator: str,
    parameters: Mapping[str, int] | None = None,
    includes: Sequence[Path] = (),
    testcase: str | None = None,
    extra_env: Mapping[str, str] | None = None,
) -> None:
    """Run the cocotb tests of a module.

    Parameters
    ----------
    toplevel
        Name of the top module.
    test_module
        Dotted name of the Python module with the tests.
    sources
        Verilog files, in order.
    simulator
        One of :data:`SIMULATORS`.
    parameters
        Parameters of the top module; every other set of values is another build.
    includes
        Folders searched for included files, beside ``rtl/generated``.
    testcase
        Regular expression of the tests to run; all when None.
    extra_env
        Environment variables for the tests.

    Raises
    ------
    SimulationFailed
        If the build fails, the simulator ends early, a test fails, or no test ran.
    MissingTool
        If the simulator is not installed.
    """
    parameters = dict(parameters or {})
    folder = BUILD / simulator / _build_name(toplevel, parameters, sources)
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / f"results-{os.getpid()}.xml"
    results.unlink(missing_ok=True)
    environment = {**_environment(simulator), **(extra_env or {}), "COCOTB_RESULTS_FILE": str(results)}
    # cocotb has pytest rewrite the assertions of every module that a test imports, SciPy's too: half a minute.
    environment.setdefault("COCOTB_REWRITE_ASSERTION_FILES", "cocotb_tests/*.py")
    # From a user's shell, SIM would override the simulator.
    environment.pop("SIM", None)
    with _locked(folder), mock.patch.dict(os.environ, environment, clear=True):
        arguments = ICARUS_FLAGS if simulator == "icarus" else [*VERILATOR_FLAGS, str(_reachable(folder, toplevel))]
        try:
            run(
                simulator=simulator,
                toplevel=toplevel,
                module=test_module,
                verilog_sources=[str(path) for path in sources],
                includes=[str(path) for path in (INCLUDES, *includes)],
                parameters=parameters,
                compile_args=list(arguments),
                python_search=[str(ROOT)],
                testcase=testcase,
                sim_build=str(folder),
                # cocotb-test would miss a change of an included header.
                force_compile=simulator == "icarus",
                timescale="1ns/1ps",
            )
        except SystemExit as error:
            raise SimulationFailed(f"{test_module} on {simulator}: {error}") from None
    _require_passed(results, f"{test_module} on {simulator}")


def _environment(simulator: str) -> dict[str, str]:
    if simulator == "verilator":
        return find_verilator().environment(VERILATED_OPTIMISE)
    find_icarus()
    return dict(os.environ)


def _reachable(folder: Path, toplevel: str) -> Path:
    """A file that tells Verilator to keep the signals of the top module for the tests."""
    path = folder / "reachable.vlt"
    text = f'`verilator_config\npublic_flat_rw -module "{toplevel}" -var "*"\n'
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _build_name(toplevel: str, parameters: Mapping[str, int], sources: Sequence[Path]) -> str:
    """Folder name of a build: readable, and different for other parameters or source files."""
    key = repr((sorted(parameters.items()), [str(path) for path in sources]))
    return f"{toplevel}-{zlib.crc32(key.encode()):08x}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the only right to use a build folder."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_passed(results: Path, what: str) -> None:
    """Raise unless the results file tells of at least one test and of no failure."""
    if not results.exists():
        raise SimulationFailed(f"{what}: the simulator ended before the tests did")
    cases = list(ElementTree.parse(results).iter("testcase"))
    results.unlink()
    bad = [str(c.get("name")) for c in cases if c.find("failure") is not None or c.find("error") is not None]
    if bad:
        raise SimulationFailed(f"{what}: {len(bad)} of {len(cases)} tests failed: {', '.join(bad)}")
    if not any(case.find("skipped") is None for case in cases):
        raise SimulationFailed(f"{what}: no test ran")
