# SPDX-License-Identifier: Apache-2.0
"""What Yosys makes of memories and multipliers, by family: block RAM or not, DSP or not.

Synthesis is halted before logic is mapped: by then each memory is in block RAM, in LUT RAM, or left for flip-flops.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from host.boards.hardware import Family, Hardware
from host.regmap import Engine
from host.toolchain import ROOT, read_sources


@dataclass(frozen=True)
class Synthesis:
    """How Yosys maps a family.

    Attributes
    ----------
    synth
        Its command.
    options
        Options of the command that do not depend on the device.
    step
        The command's label that maps memories; ``map_ffram`` follows it in every family.
    block_rams, lut_rams, dsps
        Names of cells.
    """

    synth: str
    options: str
    step: str
    block_rams: tuple[str, ...]
    lut_rams: tuple[str, ...]
    dsps: tuple[str, ...]


SYNTHESIS = {
    Family.ECP5: Synthesis("synth_ecp5", "", "map_ram", ("DP16KD",), ("TRELLIS_DPR16X4",), ("MULT18X18D",)),
    Family.ICE40: Synthesis(
        "synth_ice40", "-dsp -spram", "map_ram", ("SB_RAM40_4K", "SB_SPRAM256KA"), (), ("SB_MAC16",)
    ),
    Family.GOWIN: Synthesis(
        "synth_gowin",
        "",
        "map_ram",
        ("SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B"),
        ("RAM16S1", "RAM16S2", "RAM16S4", "RAM16SDP1", "RAM16SDP2", "RAM16SDP4"),
        ("MULT9X9", "MULT18X18", "MULT36X36", "MULTADDALU18X18", "MULTALU18X18"),
    ),
    Family.SERIES7: Synthesis(
        "synth_xilinx",
        "-family xc7 -flatten",
        "map_memory",
        ("RAMB18E1", "RAMB36E1"),
        ("RAM16X1D", "RAM32X1D", "RAM64X1D", "RAM128X1D", "RAM32M", "RAM64M"),
        ("DSP48E1",),
    ),
}


@dataclass(frozen=True)
class Mapped:
    """What became of the memories: their cells before mapping, those left after it, block RAMs, and cell counts."""

    before: list[str]
    left: list[str]
    block_rams: list[str]
    counts: dict[str, int]

    def count(self, cells: Iterable[str]) -> int:
        """How many cells of some kinds there are."""
        return sum(self.counts.get(cell, 0) for cell in cells)


def commands(family: Family, top: str, folder: Path, options: str = "") -> str:
    """Yosys commands that synthesise up to the memories, and write what :func:`read` reads.

    Parameters
    ----------
    family
        The family.
    top
        Name of the top module.
    folder
        Existing folder for the listings, below the root of the project.
    options
        Further options of the synthesis command.
    """
    chosen = SYNTHESIS[family]
    synth = command(family, top, options)
    place = os.path.relpath(folder, ROOT)
    return (
        f" {synth} -run begin:{chosen.step};"
        f" tee -o {place}/before select -list t:$mem_v2;"
        f" {synth} -run {chosen.step}:map_ffram;"
        f" tee -o {place}/left select -list t:$mem_v2;"
        f" tee -o {place}/block select -list {' '.join(f't:{cell}' for cell in chosen.block_rams)};"
        f" tee -o {place}/stat.json stat -json;"
    )


def command(family: Family, top: str, options: str = "") -> str:
    """The family's synthesis command."""
    return " ".join(filter(None, (SYNTHESIS[family].synth, SYNTHESIS[family].options, options, "-top", top)))


def read(folder: Path, top: str) -> Mapped:
    """Read what :func:`commands` wrote."""
    counts = read_stat(folder / "stat.json", top)
    before, left, block = (_memories(folder / name) for name in ("before", "left", "block"))
    return Mapped(before, left, block, counts)


def read_stat(path: Path, top: str) -> dict[str, int]:
    """Cells by type, as `stat -json` counts them in a flat design."""
    text = path.read_text(encoding="utf-8")
    counts: dict[str, int] = json.loads(text[text.index("{") :])["modules"][f"\\{top}"]["num_cells_by_type"]
    return counts


def multipliers(hardware: Hardware, engine: Engine) -> int:
    """How many multipliers of a build must be in DSPs.

    Those of its array; none where the FPGA has too few, since such an array is meant to be partly of logic.
    """
    sizes = hardware.builds[engine].parameters
    wanted = sizes["OC_LANES"] * sizes["IC_LANES"] if engine is Engine.MAC else 0
    return wanted if wanted <= hardware.device.resources.dsps else 0


def problems(family: Family, found: Mapped, multipliers: int) -> list[str]:
    """What is not as it should be, a clause each.

    Parameters
    ----------
    family
        The family.
    found
        What became of the design.
    multipliers
        Multipliers that must be in DSPs.
    """
    chosen = SYNTHESIS[family]
    small = {cell for cell in found.before if cell.split(".")[-2] in small_memories()}
    bad = [f"{cell} would be built of flip-flops" for cell in found.left]
    bad += [
        f"{cell} is in no block RAM"
        for cell in found.before
        if cell not in found.left
        and cell not in small
        and not any(block.startswith(f"{cell}.") for block in found.block_rams)
    ]
    in_luts = found.count(chosen.lut_rams)
    if in_luts and not small:
        bad.append(f"{in_luts} cells hold memory in lookup tables")
    dsps = found.count(chosen.dsps)
    if dsps < multipliers:
        bad.append(f"{dsps} DSPs for the {multipliers} multipliers of the array")
    return bad


@cache
def small_memories() -> frozenset[str]:
    """Names of the memories that are meant to be in lookup tables: instances of ``rtl/store/ram_async.v``."""
    text = "".join(path.read_text(encoding="utf-8") for path in read_sources())
    return frozenset(re.findall(r"\bram_async\s*#\([^;]*?\)\s*(\w+)\s*\(", text))


def _memories(listing: Path) -> list[str]:
    """Cells of a selection by their place in the design; constant tables, which Yosys names itself, left out."""
    cells = [line.partition("/")[2] for line in listing.read_text(encoding="utf-8").split()]
    return sorted(cell for cell in cells if not cell.startswith("$auto$memory_bmux2rom"))
