# SPDX-License-Identifier: Apache-2.0
"""Lints of the RTL: Verilator, Icarus and Yosys read every top without a warning.

Verilator's waivers stand in ``rtl/lint.vlt``; those of the other two below. Each names a message and has a reason.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from host.boards.small import UP5K
from host.toolchain import (
    INCLUDES,
    ROOT,
    RTL,
    WAIVERS,
    MissingTool,
    find_icarus,
    find_verilator,
    find_yosys,
    read_sources,
)


@dataclass(frozen=True)
class Top:
    """A top module: its name, the files beside ``rtl/sources.f``, and its parameters."""

    name: str
    extra: tuple[str, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)

    @property
    def sources(self) -> list[str]:
        """Paths of all files, in order."""
        return [str(path) for path in (*read_sources(), *(RTL / name for name in self.extra))]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{k}={v}" for k, v in self.parameters.items())])


def array(oc: int, ic: int, requant: int, sweep: int) -> dict[str, int]:
    """Parameters of an array size."""
    return {"OC_LANES": oc, "IC_LANES": ic, "REQUANT_LANES": requant, "SWEEP_WORDS": sweep}


def lookup(k: int, lanes: int, stored: int, sweep: int) -> dict[str, int]:
    """Parameters of a build with the lut engine."""
    return {"ENGINE": 2, "GATE_INPUTS": k, "IMAGE_LANES": lanes, "STORED_WIRING": stored, "SWEEP_WORDS": sweep}


TOPS = (
    Top("testbed"),
    Top("testbed", parameters=array(1, 1, 1, 1)),
    Top("testbed", parameters=array(16, 16, 4, 4)),
    Top("testbed", parameters=lookup(4, 64, 1, 4)),
    Top("testbed", parameters=lookup(2, 32, 1, 1)),
    Top("testbed", parameters=lookup(6, 128, 0, 8)),
    *(Top("testbed", parameters=small) for small in UP5K.values()),
    Top("sim_top", ("sim/sim_top.v",)),
    Top("arty", ("board/arty.v",)),
)

#: Messages of Icarus and Yosys that are no fault, as regular expressions, each with its reason.
WAIVED: tuple[tuple[str, str], ...] = ()


def warnings_of(text: str) -> list[str]:
    """Lines that warn and are not waived."""
    lines = [line for line in text.splitlines() if re.search(r"warning|error", line, re.IGNORECASE)]
    return [line for line in lines if not any(re.search(pattern, line) for pattern, _ in WAIVED)]


def lints(top: Top) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Name, command and environment of each reader."""
    verilator = find_verilator()
    values = [f"-G{name}={value}" for name, value in top.parameters.items()]
    yield (
        "verilator",
        [
            str(verilator.executable),
            "--lint-only",
            "--quiet",
            "-Wall",
            f"-I{INCLUDES}",
            "--top-module",
            top.name,
            *values,
            str(WAIVERS),
            *top.sources,
        ],
        verilator.environment("-O0"),
    )
    values = [f"-P{top.name}.{name}={value}" for name, value in top.parameters.items()]
    yield (
        "icarus",
        [
            str(find_icarus()),
            "-g2005",
            "-Wall",
            f"-I{INCLUDES}",
            "-s",
            top.name,
            *values,
            "-o",
            os.devnull,
            *top.sources,
        ],
        dict(os.environ),
    )
    # Relative paths: the Yosys of the Python package sees the working folder only.
    sources = " ".join(os.path.relpath(path, ROOT) for path in top.sources)
    values = [f"-chparam {name} {value}" for name, value in top.parameters.items()]
    script = (
        f"read_verilog -I{INCLUDES.relative_to(ROOT)} {sources};"
        f" hierarchy -check -top {top.name} {' '.join(values)}; proc; check -assert"
    )
    yield "yosys", [*find_yosys(), "-q", "-p", script], dict(os.environ)


def main() -> int:
    """Lint every top; the exit status is 1 when something is not clean."""
    bad = 0
    try:
        for top in TOPS:
            for name, command, env in lints(top):
                done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
                text = done.stdout + done.stderr
                found = warnings_of(text)
                clean = not found and done.returncode == 0
                print(f"{name:9} {top}: {'clean' if clean else 'NOT CLEAN'}", flush=True)
                if not clean:
                    bad = 1
                    print(text.replace(str(ROOT) + os.sep, ""))
    except MissingTool as error:
        print(error, file=sys.stderr)
        return 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
