# SPDX-License-Identifier: Apache-2.0
"""Yosys maps both engines to ECP5, 7-series and iCE40: every memory in block RAM, every multiplier in a DSP.

Synthesis stops before logic is mapped: by then each memory is in block RAM, in LUT RAM, or left over for flip-flops.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from host.boards.small import UP5K
from host.regmap import ENGINE_STORES, Engine
from host.toolchain import INCLUDES, ROOT, find_yosys, read_sources, run_quietly

TOP = "testbed"
BUILD = ROOT / "build" / "yosys"

#: Lanes of the array by default.
OC_LANES, IC_LANES = 8, 8


@dataclass(frozen=True)
class Family:
    """A family of FPGAs as Yosys knows it: its command, that command's step that maps memories, and its cells.

    Parameters of the build are those of the source, or the ones here.
    """

    synth: str
    step: str
    block_rams: tuple[str, ...]
    lut_rams: tuple[str, ...]
    dsp: str
    parameters: Mapping[Engine, Mapping[str, int]] = field(default_factory=dict)


FAMILIES = {
    "ecp5": Family("synth_ecp5", "map_ram", ("DP16KD",), ("TRELLIS_DPR16X4",), "MULT18X18D"),
    "7-series": Family(
        "synth_xilinx -flatten",
        "map_memory",
        ("RAMB18E1", "RAMB36E1"),
        ("RAM16X1D", "RAM32X1D", "RAM64X1D", "RAM128X1D", "RAM32M", "RAM64M"),
        "DSP48E1",
    ),
    "ice40": Family(
        "synth_ice40 -dsp -spram",
        "map_ram",
        ("SB_RAM40_4K", "SB_SPRAM256KA"),
        (),
        "SB_MAC16",
        UP5K,
    ),
}

#: What an iCE40UP5K has.
UP5K_ROOM = {"SB_RAM40_4K": 30, "SB_SPRAM256KA": 4, "SB_MAC16": 8}


@dataclass(frozen=True)
class Mapped:
    """What became of the memories: their cells before mapping, those left after it, block RAMs, and cell counts."""

    before: list[str]
    left: list[str]
    block_rams: list[str]
    counts: dict[str, int]


#: Memories that every build has beside its stores, and those of each engine, at full size and small.
SHARED = ("image_store", "golden_store", "score_store", "flip_list")
MEMORIES = {
    Engine.MAC: (*SHARED, "record_ring", "activations"),
    Engine.LUT: (*SHARED, "record_ring", "wire_memory"),
}
SMALL_MEMORIES = {
    Engine.MAC: (*SHARED, "activations"),
    Engine.LUT: (*SHARED, "input_wires", "gate_wires", "tally"),
}


@cache
def mapped(family: str, engine: Engine) -> Mapped:
    """Synthesise the design with an engine for a family up to its memories."""
    chosen = FAMILIES[family]
    folder = BUILD / f"{family}-{engine.name.lower()}"
    folder.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(folder, ROOT)
    sources = " ".join(os.path.relpath(path, ROOT) for path in read_sources())
    parameters = chosen.parameters.get(engine, {"ENGINE": int(engine)})
    script = (
        f"read_verilog -I{os.path.relpath(INCLUDES, ROOT)} {sources};"
        f" chparam {' '.join(f'-set {name} {value}' for name, value in parameters.items())} {TOP};"
        f" {chosen.synth} -top {TOP} -run begin:{chosen.step};"
        f" tee -o {relative}/before select -list t:$mem_v2;"
        f" {chosen.synth} -top {TOP} -run {chosen.step}:map_ffram;"
        f" tee -o {relative}/left select -list t:$mem_v2;"
        f" tee -o {relative}/block select -list {' '.join(f't:{cell}' for cell in chosen.block_rams)};"
        f" tee -o {relative}/stat.json stat -json"
    )
    run_quietly(
        [*find_yosys(), "-q", "-p", script], env=os.environ, cwd=ROOT, what=f"synthesis of {engine.name} for {family}"
    )
    text = (folder / "stat.json").read_text(encoding="utf-8")
    counts = json.loads(text[text.index("{") :])["modules"][f"\\{TOP}"]["num_cells_by_type"]
    names = (memories(folder / name) for name in ("before", "left", "block"))
    return Mapped(*names, counts)


def memories(listing: Path) -> list[str]:
    """Cells of a selection by their place in the design; constant tables, which Yosys names itself, left out."""
    cells = [line.partition("/")[2] for line in listing.read_text(encoding="utf-8").split()]
    return sorted(cell for cell in cells if not cell.startswith("$auto$memory_bmux2rom"))


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_memory_is_block_ram(family: str, engine: Engine) -> None:
    found = mapped(family, engine)
    print(f"{family}, {engine.name}: {len(found.before)} memories, {len(found.block_rams)} block RAMs")
    assert found.left == []
    for memory in found.before:
        assert any(cell.startswith(f"{memory}.") for cell in found.block_rams), f"{memory} is in no block RAM"
    assert not set(found.counts) & set(FAMILIES[family].lut_rams)


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_store_is_there(family: str, engine: Engine) -> None:
    cells = mapped(family, engine).block_rams
    stores = ["layer_program" if name == "program" else name for name in ENGINE_STORES[engine]]
    expected = SMALL_MEMORIES if FAMILIES[family].parameters else MEMORIES
    for name in (*stores, *expected[engine]):
        assert any(f".{name}." in f".{cell}" for cell in cells), f"{name} has no block RAM"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_multiplier_is_a_dsp(family: str) -> None:
    found = mapped(family, Engine.MAC)
    dsps = found.counts.get(FAMILIES[family].dsp, 0)
    print(f"{family}: {dsps} DSPs")
    assert dsps >= (1 if FAMILIES[family].parameters else OC_LANES * IC_LANES)


@pytest.mark.parametrize("engine", Engine)
def test_the_small_builds_have_no_more_than_their_device(engine: Engine) -> None:
    """Logic cells are counted by place and route only (docs/small-boards.md)."""
    counts = mapped("ice40", engine).counts
    print({name: counts.get(name, 0) for name in UP5K_ROOM})
    assert all(counts.get(name, 0) <= room for name, room in UP5K_ROOM.items())
    # the large memories are where there is room for them
    assert counts["SB_SPRAM256KA"] == UP5K_ROOM["SB_SPRAM256KA"]
