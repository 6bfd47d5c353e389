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
from pathlib import Path

from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Hardware, header, parameters
from host.regmap import Engine
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

BUILD = ROOT / "build" / "lint"

#: The vendors' PLLs, for readers that know none.
PRIMITIVES = ROOT / "cocotb_tests" / "board" / "primitives.v"


@dataclass(frozen=True)
class Top:
    """A top module: its name, the files beside ``rtl/sources.f``, its parameters, and folders of included files."""

    name: str
    extra: tuple[Path, ...] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    includes: tuple[Path, ...] = ()

    @property
    def sources(self) -> list[str]:
        """Paths of all files, in order."""
        return [str(path) for path in (*read_sources(), *self.extra)]

    @property
    def include_options(self) -> list[str]:
        """Options for included files, relative to the root."""
        return [f"-I{os.path.relpath(path, ROOT)}" for path in (INCLUDES, *self.includes)]

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{k}={v}" for k, v in self.parameters.items())])


def array(oc: int, ic: int, requant: int, sweep: int) -> dict[str, int]:
    """Parameters of an array size."""
    return {"OC_LANES": oc, "IC_LANES": ic, "REQUANT_LANES": requant, "SWEEP_WORDS": sweep}


def lookup(k: int, lanes: int, stored: int, sweep: int) -> dict[str, int]:
    """Parameters of a build with the lut engine."""
    return {"ENGINE": 2, "GATE_INPUTS": k, "IMAGE_LANES": lanes, "STORED_WIRING": stored, "SWEEP_WORDS": sweep}


#: A build for a small device: a serial engine, no trials of its own.
SMALL = {"SERIAL": 1, "SEQUENCER": 0, "STORE_PORTS": 1}


def board(name: str, engine: Engine) -> Top:
    """The top of a real board as it is built with an engine; its PLL is the one that simulations use."""
    hardware = find_hardware(name)
    top = RTL / "board" / f"{hardware.top}.v"
    return Top(hardware.top, (top, PRIMITIVES), includes=(write_header(hardware, engine, BUILD / name),))


def write_header(hardware: Hardware, engine: Engine, folder: Path) -> Path:
    """Write what a board top includes; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "build.vh").write_text(header(parameters(hardware, engine)), encoding="utf-8")
    return folder


TOPS = (
    Top("testbed"),
    Top("testbed", parameters=array(1, 1, 1, 1)),
    Top("testbed", parameters=array(16, 16, 4, 4)),
    Top("testbed", parameters=lookup(4, 64, 1, 4)),
    Top("testbed", parameters=lookup(2, 32, 1, 1)),
    Top("testbed", parameters=lookup(6, 128, 0, 8)),
    # protections, a digit a store, the last one store 0: SECDED everywhere, and all four of them
    Top("testbed", parameters={**array(8, 8, 2, 4), "PROTECTIONS": 0x2222}),
    Top("testbed", parameters={**array(4, 4, 1, 4), "PROTECTIONS": 0x1023}),
    Top("testbed", parameters={**lookup(4, 64, 1, 4), "PROTECTIONS": 0x023}),
    Top("testbed", parameters={**lookup(4, 16, 1, 1), **SMALL, "PROTECTIONS": 0x021}),
    Top("testbed", parameters={**lookup(4, 16, 1, 4), "GOLDEN_COPY": 0}),
    Top("sim_top", (RTL / "sim" / "sim_top.v",)),
    board("arty", Engine.MAC),
    board("ulx3s", Engine.LUT),
    board("icebreaker", Engine.MAC),
    board("tangnano9k", Engine.LUT),
    board("tangnano20k", Engine.MAC),
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
            *top.include_options,
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
            *top.include_options,
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
        f"read_verilog {' '.join(top.include_options)} {sources};"
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
