# SPDX-License-Identifier: Apache-2.0
"""The walk: every physical bit of the chosen stores once, in order, and what lies outside them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cocotb

from cocotb_tests.fault.driver import Bench, seeded
from cocotb_tests.fault.sim_flip import entry
from host.faults import Walk
from host.image import PhysicalSpace

END = 0x801FFFFF

#: Extents by store id; stores 5 … 7 are not on the bench, but a walk asks for extents only.
SHAPES = (
    (2, 1, 3, 0, 1, 0, 0, 2),
    (0, 3, 0, 0, 2, 0, 0, 0),
    (1,) * 8,
    (0, 0, 0, 0, 0, 0, 0, 1),
    (0,) * 8,
)


async def step(bench: Bench, here: int) -> tuple[int, int]:
    """What the walk makes of an entry: that entry or the end, and what comes after it."""
    bench.dut.walk_entry.value = here
    for _ in range(2):
        await bench.cycle()
    return int(bench.dut.walk_present.value), int(bench.dut.walk_next.value)


def choices(rng: random.Random) -> list[tuple[int, ...]]:
    """Stores to walk through: all, none, and some."""
    return [tuple(range(8)), (), *(tuple(sorted(rng.sample(range(8), rng.randrange(1, 5)))) for _ in range(6))]


def bits(extents: Sequence[int], stores: Sequence[int]) -> list[int]:
    """Entries of all bits, in order."""
    return [entry(s, w, b) for s in stores for w in range(extents[s]) for b in range(32)]


@cocotb.test()
async def every_bit_once(dut: Any) -> None:
    """From the first bit to the last and then to the end; the host counts the same bits."""
    rng = seeded(dut, "walk")
    bench = Bench(dut)
    await bench.start()
    for extents in SHAPES:
        for stores in choices(rng):
            bench.cover(stores, extents)
            wanted = bits(extents, stores)
            walk = Walk(stores)
            assert len(wanted) == walk.bits(PhysicalSpace.of(extents))
            assert [entry(*walk.place(n, PhysicalSpace.of(extents))) for n in range(len(wanted))] == wanted
            for here, after in pairwise([*wanted, END]):
                assert await step(bench, here) == (here, after), f"{here:08x} of {stores} in {extents}"
            assert await step(bench, END) == (END, END)


@cocotb.test()
async def what_is_no_bit_is_the_end(dut: Any) -> None:
    """Words beyond the extent, bits beyond the word, stores that are not chosen; bit 31 means nothing."""
    rng = seeded(dut, "no bit")
    bench = Bench(dut)
    await bench.start()
    for extents in SHAPES:
        for stores in choices(rng):
            bench.cover(stores, extents)
            there = set(bits(extents, stores))
            for _ in range(60):
                here = entry(rng.randrange(8), rng.choice([0, 1, 2, 3, 1 << 20]), rng.choice([0, 5, 31, 32, 64, 127]))
                wanted = here if here in there else END
                assert (await step(bench, here))[0] == wanted
                assert (await step(bench, here | 1 << 31)) == await step(bench, here)
                if wanted == END:
                    assert (await step(bench, here))[1] == END


@cocotb.test()
async def the_largest_store(dut: Any) -> None:
    """Carries through all 20 bits of a code word's number, to the last that an extent can cover."""
    rng = seeded(dut, "large")
    bench = Bench(dut)
    await bench.start()
    most = (1 << 20) - 1
    bench.cover([2, 6], [0, 9, most, 0, 0, 0, most, 0])
    words = [0x7FFFF, 0xFFFF, most - 2, *(rng.randrange(most - 1) for _ in range(20))]
    for word in words:
        assert await step(bench, entry(2, word, 31)) == (entry(2, word, 31), entry(2, word + 1, 0))
    assert (await step(bench, entry(2, most - 1, 31)))[1] == entry(6, 0, 0)
    assert (await step(bench, entry(6, most - 1, 31)))[1] == END
    assert await step(bench, entry(2, most, 0)) == (END, END)
