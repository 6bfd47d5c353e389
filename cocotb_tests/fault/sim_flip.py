# SPDX-License-Identifier: Apache-2.0
"""The flip list: what it flips, refuses and costs."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from cocotb_tests.fault.driver import CAPACITY, Bench, assert_equal, random_stores, seeded
from host.faults import FaultSet


def entry(store: int, word: int, bit: int) -> int:
    """A flip-list entry, as docs/faults.md lays it out."""
    return store << 28 | bit << 21 | word


@cocotb.test()
async def fault_sets(dut: Any) -> None:
    """A fault set flips its bits and no other; applying it again undoes it."""
    rng = seeded(dut, "fault sets")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    for size in (0, 1, 60):
        places = {(s, rng.randrange(CAPACITY[s]), rng.randrange(32)) for s in rng.choices(range(5), k=size)}
        faults = FaultSet.of(places)
        entries = [int(e) for e in faults.entries()]
        flips, refused, cycles = await bench.flip(entries)
        assert (flips, refused) == (len(faults), 0)
        assert cycles <= 4 * len(faults) + 4, f"{cycles} cycles for {len(faults)} flips"
        dut._log.info("%d flips in %d cycles", len(faults), cycles)
        assert_equal(await bench.dump(), faults.apply(stores))
        rng.shuffle(entries)
        assert (await bench.flip(entries))[:2] == (len(faults), 0)
        assert_equal(await bench.dump(), stores)


@cocotb.test()
async def edges_and_refusals(dut: Any) -> None:
    """The first and last bits of every store flip; those just outside are refused and counted."""
    rng = seeded(dut, "refusals")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    extents = [200, 48, 64, 0, 20]
    bench.cover([], extents)
    good = [entry(s, w, b) for s, n in enumerate(extents) if n for w in (0, n - 1) for b in (0, 31)]
    bad = [entry(s, n, 0) for s, n in enumerate(extents)]
    bad += [entry(s, 0, b) for s in (0, 4) for b in (32, 64, 127)]
    bad += [entry(s, 0, 0) for s in (3, 5, 7, 8, 9, 12, 15)]
    # bit 20 of the code word alone must not be dropped
    bad += [entry(0, 1 << 20, 0), entry(1, 1 << 20 | 5, 3)]
    entries = good + bad
    rng.shuffle(entries)
    flips, refused, _ = await bench.flip(entries)
    assert (flips, refused) == (len(good), len(bad))
    assert_equal(await bench.dump(), FaultSet.from_entries(np.array(good, dtype=np.uint32)).apply(stores))


@cocotb.test()
async def named_twice(dut: Any) -> None:
    """The list inverts each named bit in turn, so a bit named twice is as it was."""
    rng = seeded(dut, "twice")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    same = entry(0, 77, 9)
    assert (await bench.flip([same, entry(0, 77, 10), same]))[:2] == (3, 0)
    assert_equal(await bench.dump(), FaultSet.of([(0, 77, 10)]).apply(stores))
