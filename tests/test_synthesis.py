# SPDX-License-Identifier: Apache-2.0
"""Yosys maps both engines of a board of each family: memories in block RAM, multipliers in DSPs, no more than fit.

Synthesis stops before logic is mapped: by then each memory is in block RAM, in LUT RAM, or left over for flip-flops.
"""

from __future__ import annotations

import os

import pytest

from host.boards.fpga_boards import HARDWARE
from host.boards.hardware import Family, Hardware, parameters
from host.regmap import ENGINE_STORES, Engine
from host.toolchain import INCLUDES, ROOT, find_yosys, read_sources, run_quietly
from tools import build_report, inference
from tools.inference import Mapped

TOP = "testbed"
BUILD = ROOT / "build" / "yosys"

#: The smallest boards of the families, two with one engine; the other builds are mapped in `make test-all`.
QUICK = {
    *(("ulx3s-25f", Engine.MAC), ("ulx3s-25f", Engine.LUT), ("icebreaker", Engine.MAC), ("icebreaker", Engine.LUT)),
    *(("arty", Engine.MAC), ("tangnano20k", Engine.LUT)),
}
BUILDS = [
    pytest.param(b, e, id=f"{b.name}-{e.name.lower()}", marks=[] if (b.name, e) in QUICK else pytest.mark.slow)
    for b in HARDWARE
    for e in Engine
]

#: Memories that every build has beside its stores, those of each engine, and those of small builds.
SHARED = ("image_store", "golden_store", "score_store", "flip_list")
MEMORIES = {
    Engine.MAC: (*SHARED, "record_ring", "activations"),
    Engine.LUT: (*SHARED, "record_ring", "wire_memory"),
}
SMALL_MEMORIES = {
    Engine.MAC: (*SHARED, "activations"),
    Engine.LUT: (*SHARED, "input_wires", "gate_wires", "tally"),
}


def mapped(board: Hardware, engine: Engine) -> Mapped:
    """Synthesise the design with an engine, at the sizes of a board, up to its memories."""
    folder = BUILD / f"{board.name}-{engine.name.lower()}"
    folder.mkdir(parents=True, exist_ok=True)
    sources = " ".join(os.path.relpath(path, ROOT) for path in read_sources())
    script = (
        f"read_verilog -I{os.path.relpath(INCLUDES, ROOT)} {sources};"
        f" chparam {' '.join(f'-set {name} {value}' for name, value in parameters(board, engine).items())} {TOP};"
        f"{inference.commands(board.device.family, TOP, folder, board.device.synthesis)}"
    )
    run_quietly(
        [*find_yosys(), "-q", "-p", script],
        env=os.environ,
        cwd=ROOT,
        what=f"synthesis of {engine.name} for {board.name}",
    )
    return inference.read(folder, TOP)


@pytest.mark.parametrize(("board", "engine"), BUILDS)
def test_memories_and_multipliers(board: Hardware, engine: Engine) -> None:
    """Every memory is in block RAM, every multiplier in a DSP, every store is there, and there are enough of each.

    Logic cells are counted by synthesis to its end, or by place and route.
    """
    found = mapped(board, engine)
    assert inference.problems(board.device.family, found, inference.multipliers(board, engine)) == []
    small = board.builds[engine].parameters.get("SEQUENCER") == 0
    stores = ["layer_program" if name == "program" else name for name in ENGINE_STORES[engine]]
    for name in (*stores, *(SMALL_MEMORIES if small else MEMORIES)[engine]):
        assert any(f".{name}." in f".{cell}" for cell in found.block_rams), f"{name} has no block RAM"
    taken = build_report.estimate(board, found.counts)
    print(f"{board.name}, {engine.name}: {len(found.before)} memories, {taken}")
    assert build_report.overfull(board, taken) == []
    # the large memories are where there is room for them
    assert taken.huge_rams == board.device.resources.huge_rams


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
