# SPDX-License-Identifier: Apache-2.0
"""Yosys maps both engines to ECP5 and 7-series: every memory in block RAM, every multiplier of the array in a DSP.

Synthesis stops before logic is mapped: by then each memory is in block RAM, in LUT RAM, or left over for flip-flops.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Family, parameters
from host.regmap import ENGINE_STORES, Engine
from host.toolchain import INCLUDES, ROOT, find_yosys, read_sources, run_quietly
from tools import inference
from tools.inference import Mapped

TOP = "testbed"
BUILD = ROOT / "build" / "yosys"

#: Lanes of the array by default.
OC_LANES, IC_LANES = 8, 8


FAMILIES = (Family.ECP5, Family.SERIES7, Family.ICE40)

#: The board whose builds stand for a family; the others are built with the parameters of the source.
BOARDS = {Family.ICE40: find_hardware("icebreaker")}


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
def mapped(family: Family, engine: Engine) -> Mapped:
    """Synthesise the design with an engine for a family up to its memories."""
    folder = BUILD / f"{family.value}-{engine.name.lower()}"
    folder.mkdir(parents=True, exist_ok=True)
    sources = " ".join(os.path.relpath(path, ROOT) for path in read_sources())
    board = BOARDS.get(family)
    sizes = {"ENGINE": int(engine)} if board is None else parameters(board, engine)
    script = (
        f"read_verilog -I{os.path.relpath(INCLUDES, ROOT)} {sources};"
        f" chparam {' '.join(f'-set {name} {value}' for name, value in sizes.items())} {TOP};"
        f"{inference.commands(family, TOP, folder, '' if board is None else board.device.synthesis)}"
    )
    run_quietly(
        [*find_yosys(), "-q", "-p", script],
        env=os.environ,
        cwd=ROOT,
        what=f"synthesis of {engine.name} for {family.value}",
    )
    return inference.read(folder, TOP)


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.value)
def test_every_memory_is_block_ram(family: Family, engine: Engine) -> None:
    found = mapped(family, engine)
    print(f"{family.value}, {engine.name}: {len(found.before)} memories, {len(found.block_rams)} block RAMs")
    assert found.before
    assert inference.problems(family, found, 0) == []


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.value)
def test_every_store_is_there(family: Family, engine: Engine) -> None:
    cells = mapped(family, engine).block_rams
    stores = ["layer_program" if name == "program" else name for name in ENGINE_STORES[engine]]
    expected = SMALL_MEMORIES if family in BOARDS else MEMORIES
    for name in (*stores, *expected[engine]):
        assert any(f".{name}." in f".{cell}" for cell in cells), f"{name} has no block RAM"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.value)
def test_every_multiplier_is_a_dsp(family: Family) -> None:
    found = mapped(family, Engine.MAC)
    assert inference.problems(family, found, 1 if family in BOARDS else OC_LANES * IC_LANES) == []


@pytest.mark.parametrize("engine", Engine)
def test_a_small_build_has_no_more_than_its_device(engine: Engine) -> None:
    """Logic cells are counted by place and route only (docs/small-boards.md)."""
    found = mapped(Family.ICE40, engine)
    room = BOARDS[Family.ICE40].device.resources
    print(found.counts)
    assert found.count(["SB_RAM40_4K"]) <= room.block_rams
    assert found.count(["SB_MAC16"]) <= room.dsps
    # the large memories are where there is room for them
    assert found.count(["SB_SPRAM256KA"]) == room.huge_rams


def test_what_is_not_inferred_is_a_problem() -> None:
    """Each kind of loss is told; a design without any is not blamed."""
    good = Mapped(["a.mem", "b.mem"], [], ["a.mem.0.0", "b.mem.0.0"], {"DP16KD": 2, "MULT18X18D": 4})
    assert inference.problems(Family.ECP5, good, 4) == []
    bad = Mapped(["a.mem", "b.mem"], ["a.mem"], [], {"TRELLIS_DPR16X4": 3, "MULT18X18D": 3})
    assert inference.problems(Family.ECP5, bad, 4) == [
        "a.mem would be built of flip-flops",
        "b.mem is in no block RAM",
        "3 cells hold memory in lookup tables",
        "3 DSPs for the 4 multipliers of the array",
    ]
