# SPDX-License-Identifier: Apache-2.0
"""The steps of a layer against plain nested loops."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge

from cocotb_tests.mac.driver import get, put, seeded, start

STEP = (
    *("first", "last", "last_tile", "final", "slot"),
    *("step_image_base", "step_score_base", "input", "output", "block"),
)
SLOTS = 16


@dataclass(frozen=True)
class Layer:
    """Inputs of the loop nest."""

    n_in: int
    n_out: int
    weight_block: int
    pictures: int
    image_base: int
    image_rows: int
    score_base: int
    score_rows: int


def loops(layer: Layer, oc: int, ic: int, min_steps: int) -> Iterator[tuple[int, ...] | None]:
    """What every cycle shows: a step (in the order of STEP) and its work, or nothing."""
    depth = max(1, -(-layer.n_in // 16))
    tiles = range(0, layer.n_out, oc)
    for picture in range(layer.pictures):
        image = (layer.image_base + picture * layer.image_rows) % 2**16
        score = (layer.score_base + picture * layer.score_rows) % 2**16
        for output in tiles:
            steps = range(0, max(1, layer.n_in), ic)
            for number in steps:
                yield (
                    int(number == 0),
                    int(number == steps[-1]),
                    int(output == tiles[-1]),
                    int(output == tiles[-1] and picture == layer.pictures - 1),
                    picture,
                    image,
                    score,
                    number,
                    output,
                    layer.weight_block + output // 16 * depth + number // 16,
                    int(picture == 0 and number % 16 == 0 and output % 16 == 0),
                )
            yield from [None] * (min_steps - len(steps))


def random_layer(rng: random.Random, n_in: int, n_out: int, pictures: int) -> Layer:
    """A layer of this size with random bases."""
    bases = [rng.choice([0, 65535, rng.randrange(2**16)]) for _ in range(5)]
    return Layer(n_in, n_out, bases[0], pictures, *bases[1:])


async def run(dut: Any, layer: Layer, cycles: int | None = None) -> tuple[int, int]:
    """Compare a layer, or its first cycles, cycle by cycle: cycles and units of work."""
    oc, ic, lanes = (get(dut, name, "lanes")[0] for name in ("oc", "ic", "requant"))
    put(dut, "nest", start=1, **vars(layer))
    await FallingEdge(dut.clk)
    dut.nest_start.value = 0
    length = work = 0
    for expected in islice(loops(layer, oc, ic, oc // lanes), cycles):
        busy, valid, one = get(dut, "nest", "busy", "valid", "work")
        step = (*get(dut, "nest", *STEP), one) if valid else None
        assert busy == 1 and step == expected, f"{layer} cycle {length}: {step}, not {expected}"
        assert valid or not one
        length, work = length + 1, work + one
        await FallingEdge(dut.clk)
    return length, work


@cocotb.test()
async def whole_layers(dut: Any) -> None:
    """Every cycle of small layers, and their work: as many units as weight blocks."""
    rng = seeded(dut, "layers")
    await start(dut)
    sizes = [(i, o, 1) for i in (0, 1, 15, 16, 17, 33) for o in (1, 15, 16, 17)]
    sizes += [(rng.randrange(50), rng.randrange(1, 36), rng.randrange(2, 4)) for _ in range(4)]
    sizes += [(5, 3, SLOTS), (1, 1, 1), (0, 20, SLOTS - 1)]
    for n_in, n_out, pictures in sizes:
        layer = random_layer(rng, n_in, n_out, pictures)
        _, work = await run(dut, layer)
        assert work == max(1, -(-n_in // 16)) * -(-n_out // 16), f"{layer}: work {work}"
        for _ in range(rng.randrange(1, 4)):
            assert get(dut, "nest", "busy", "valid", "work") == [0, 0, 0], f"{layer}: no end"
            await FallingEdge(dut.clk)


@cocotb.test()
async def longest_layers(dut: Any) -> None:
    """The greatest sizes, cut short by a reset in the middle; the next layer is whole."""
    rng = seeded(dut, "longest")
    await start(dut)
    for n_in, n_out in ((65535, 65535), (65535, 1), (1, 65535), (65521, 65521), (0, 65535)):
        await run(dut, random_layer(rng, n_in, n_out, 3), rng.randrange(150, 300))
        dut.rst.value = 1
        await FallingEdge(dut.clk)
        dut.rst.value = 0
        assert get(dut, "nest", "busy", "valid") == [0, 0]
        await FallingEdge(dut.clk)
        await run(dut, random_layer(rng, 17, 17, 2))
        assert get(dut, "nest", "busy", "valid") == [0, 0]


@cocotb.test()
async def the_end_of_the_longest_sum(dut: Any) -> None:
    """65535 inputs: the tile ends where it should, and not at a wrapped counter."""
    rng = seeded(dut, "end")
    await start(dut)
    ic = get(dut, "ic", "lanes")[0]
    if ic < 8:
        return  # many cycles, nothing else
    put(dut, "nest", start=1, **vars(random_layer(rng, 65535, 1, 1)))
    await FallingEdge(dut.clk)
    dut.nest_start.value = 0
    # one step a cycle: the end tells how many there were
    steps = -(-65535 // ic)
    await ClockCycles(dut.clk, steps - 1, FallingEdge)
    assert get(dut, "nest", "busy", "valid", "last", "input") == [1, 1, 1, (steps - 1) * ic]
    await FallingEdge(dut.clk)
    assert get(dut, "nest", "busy", "valid") == [0, 0]
