# SPDX-License-Identifier: Apache-2.0
"""Commands that make a bitstream, by family of FPGA. Pure: what is run, on which files, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from host.boards.hardware import Family, Hardware
from host.toolchain import INCLUDES, ROOT, RTL
from tools import inference

#: Name of the program that places and routes, and of the one that writes the bitstream.
ROUTERS = {Family.ECP5: "nextpnr-ecp5", Family.ICE40: "nextpnr-ice40", Family.GOWIN: "nextpnr-himbaechel"}
PACKERS = {Family.ECP5: "ecppack", Family.ICE40: "icepack", Family.GOWIN: "gowin_pack"}


@dataclass(frozen=True)
class Files:
    """Files of one build, all below the root of the project: programs of the Python packages see nothing else.

    Attributes
    ----------
    folder
        Folder of everything that is written.
    sources
        The Verilog files, the board's top last.
    constraints
        Pins and clocks.
    """

    folder: Path
    sources: tuple[Path, ...]
    constraints: Path

    def at(self, name: str) -> str:
        """Path of a file in the folder, relative to the root."""
        return os.path.relpath(self.folder / name, ROOT)


def files_of(hardware: Hardware, folder: Path, sources: Sequence[Path]) -> Files:
    """Files of a build.

    Parameters
    ----------
    hardware
        The board.
    folder
        Where the build goes.
    sources
        The Verilog files without the board's top.
    """
    top = RTL / "board" / f"{hardware.top}.v"
    return Files(folder, (*sources, top), ROOT / "constraints" / hardware.constraints)


def synthesis(hardware: Hardware, files: Files) -> str:
    """Script for Yosys: the netlist, and what became of memories and cells.

    The folder must have ``build.vh`` and the subfolder ``inference``.
    """
    device, top = hardware.device, hardware.top
    sources = " ".join(os.path.relpath(path, ROOT) for path in files.sources)
    includes = f"-I{files.at('.')} -I{os.path.relpath(INCLUDES, ROOT)}"
    rest = inference.command(device.family, top, device.synthesis)
    netlist = "" if device.family is Family.SERIES7 else f" write_json {files.at('netlist.json')};"
    return (
        f"read_verilog {includes} {sources};"
        f"{inference.commands(device.family, top, files.folder / 'inference', device.synthesis)}"
        f" {rest} -run map_ffram:;"
        # Registers that were kept apart (relay.v) have come through.
        f" setattr -mod -unset keep_hierarchy *; flatten; opt_clean;{netlist}"
        f" tee -q -o {files.at('cells.json')} stat -json"
    )


def place_and_route(hardware: Hardware, files: Files, seed: int) -> list[str]:
    """Arguments of the family's :data:`ROUTERS`."""
    constraints = os.path.relpath(files.constraints, ROOT)
    device = hardware.device
    per_family = {
        Family.ECP5: ["--lpf", constraints, "--textcfg", files.at("routed.config")],
        Family.ICE40: ["--pcf", constraints, "--asc", files.at("routed.asc")],
        Family.GOWIN: ["--vopt", f"cst={constraints}", "--write", files.at("routed.json")],
    }
    return [
        *device.options,
        *per_family[device.family],
        *("--json", files.at("netlist.json"), "--report", files.at("timing.json")),
        *("--freq", f"{hardware.clock_hz / 1e6:g}", "--seed", str(seed)),
        # Whether timing is met is for us to say: the report tells by how much it is not.
        "--timing-allow-fail",
    ]


def pack(hardware: Hardware, files: Files, bitstream: str) -> list[str]:
    """Arguments of the family's :data:`PACKERS`, which write a file of this name."""
    device = hardware.device
    if device.family is Family.ECP5:
        return ["--compress", *device.packer, "--input", files.at("routed.config"), "--bit", files.at(bitstream)]
    if device.family is Family.ICE40:
        return [*device.packer, files.at("routed.asc"), files.at(bitstream)]
    return [*device.packer, "-o", files.at(bitstream), files.at("routed.json")]


def vivado(hardware: Hardware, files: Files) -> list[str]:
    """Arguments of `vivado`, run in the root: tools/vivado.tcl says what they are."""
    return [
        *("-mode", "batch", "-nojournal", "-nolog", "-notrace"),
        *("-source", os.path.relpath(ROOT / "tools" / "vivado.tcl", ROOT)),
        *("-tclargs", hardware.top, hardware.device.options[0], files.at("."), files.at(f"{hardware.bitstream}.new")),
    ]
