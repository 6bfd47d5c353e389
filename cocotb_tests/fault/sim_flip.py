# SPDX-License-Identifier: Apache-2.0
"""The flip list: what it flips, refuses and costs."""

from __future__ import annotations

import random
from typing import Any

import cocotb
import numpy as np

from cocotb_tests.fault.driver import CAPACITY, Bench, assert_equal, random_stores, seeded
from host.faults import FaultSet
from host.faults.pattern import Pattern
from host.image import PhysicalSpace


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
        assert cycles <= 4 * len(faults) + 5, f"{cycles} cycles for {len(faults)} flips"
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
    bad += [entry(s, 0, 0) for s in (3, 5, 7)]
    # bit 20 of the code word alone must not be dropped
    bad += [entry(0, 1 << 20, 0), entry(1, 1 << 20 | 5, 3)]
    # here the end of a set means nothing
    good, bad = ([e | rng.getrandbits(1) << 31 for e in entries] for entries in (good, bad))
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


def run_of(rng: random.Random, size: int) -> tuple[FaultSet, list[int]]:
    """A fault set of so many flips, and its entries as a list of sets holds them."""
    places = {(s, rng.randrange(CAPACITY[s]), rng.randrange(32)) for s in rng.choices(range(5), k=size)}
    faults = FaultSet.of(places)
    entries = [int(e) for e in faults.entries()] or [0x001FFFFF]
    entries[-1] |= 1 << 31
    return faults, entries


@cocotb.test()
async def sets_one_after_the_other(dut: Any) -> None:
    """Each set ends at its mark; again undoes it; a set without flips costs one refused entry."""
    rng = seeded(dut, "sets")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    sets = [run_of(rng, size) for size in (3, 0, 1, 40, 0, 0, 7)]
    await bench.write_list([e for _, entries in sets for e in entries])
    bench.dut.flip_count.value = 2  # of no meaning here
    place = 0
    for faults, entries in sets:
        wanted = (len(faults), len(entries) - len(faults))
        for now in (faults.apply(stores), stores):
            flips, refused, cycles, after = await bench.flip_set(place)
            assert (flips, refused) == wanted
            assert after == place + len(entries)
            assert cycles <= 4 * len(entries) + 5, f"{cycles} cycles for {len(entries)} entries"
            assert_equal(await bench.dump(), now)
        place = after
    # from the middle of a set to its end
    assert (await bench.flip_set(1))[0] == len(sets[0][1]) - 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def the_list_ends_every_run(dut: Any) -> None:
    """A set that no entry ends stops with the list; so do a count beyond it and a place beyond it."""
    rng = seeded(dut, "end of list")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    capacity = 256
    bits = rng.sample([(s, w, b) for s in range(5) for w in range(CAPACITY[s]) for b in range(32)], capacity)
    entries = [entry(*bit) for bit in bits]
    await bench.write_list(entries)
    for place in (0, 17, capacity - 1, capacity, capacity + 1, 1 << 16, 0xFFFF_FFFF):
        left = max(0, capacity - place)
        flips, refused, cycles, after = await bench.flip_set(place)
        assert (flips, refused, after) == (left, 0, max(place, capacity)), f"from {place:#x}"
        assert cycles <= 4 * left + 5
        assert_equal(await bench.dump(), FaultSet.of(bits[place:]).apply(stores))
        assert (await bench.flip_set(place))[0] == left
    # a set that fills the list to its last place
    entries[-1] |= 1 << 31
    await bench.write_list(entries)
    assert (await bench.flip_set(0))[::3] == (capacity, capacity)
    assert (await bench.flip_first(capacity + 9))[:2] == (capacity, 0)
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def one_entry(dut: Any) -> None:
    """An entry that is given is applied and no other, whatever the list, the count and bit 31 say."""
    rng = seeded(dut, "one entry")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    await bench.write_list([entry(0, w, 1) for w in range(8)])
    for count in (0, 5):
        bench.dut.flip_count.value = count
        store = rng.randrange(5)
        bit = (store, rng.randrange(CAPACITY[store]), rng.randrange(32))
        for now in (FaultSet.of([bit]).apply(stores), stores):
            flips, refused, cycles = await bench.flip_one(entry(*bit) | rng.getrandbits(1) << 31)
            assert (flips, refused) == (1, 0) and cycles <= 8
            assert_equal(await bench.dump(), now)
        assert (await bench.flip_one(0x801FFFFF))[:2] == (0, 1)
        assert (await bench.flip_one(entry(5, 0, 0)))[:2] == (0, 1)
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def held_bits(dut: Any) -> None:
    """Each named bit becomes what its entry says, whatever it was and whatever the pattern; again changes nothing."""
    rng = seeded(dut, "held bits")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover([], CAPACITY)
    bench.dut.pattern.value = 0x113
    bits = rng.sample([(s, w, b) for s in range(5) for w in range(CAPACITY[s]) for b in range(32)], 50)
    values = [rng.getrandbits(1) for _ in bits]
    wanted = [words.copy() for words in stores]
    for (store, word, bit), value in zip(bits, values, strict=True):
        wanted[store][word] = int(wanted[store][word]) & ~(1 << bit) | value << bit
    entries = [entry(*bit) | value << 31 for bit, value in zip(bits, values, strict=True)]
    for _ in range(2):
        _, refused, cycles = await bench.hold([*entries, entry(5, 0, 0)])
        assert refused == 1 and cycles <= 4 * len(bits) + 9
        assert_equal(await bench.dump(), wanted)


@cocotb.test()
async def patterns(dut: Any) -> None:
    """Four cycles a flip, in one pattern or in many; its neighbours, and none of an entry that names no bit."""
    rng = seeded(dut, "patterns")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    extents = [192, 47, 64, 9, 20]
    bench.cover([], extents)
    space = PhysicalSpace.of(extents)
    for pattern in (Pattern(1, 4), Pattern(2, 2), Pattern(2, 3, 2), Pattern(1, 3, 4), Pattern(2, 4, 8)):
        bench.dut.pattern.value = pattern.register
        anchors = {(s, rng.randrange(extents[s]), rng.randrange(32)) for s in rng.choices(range(5), k=20)}
        anchors |= {(s, w, b) for s in range(5) for w in (0, extents[s] - 1) for b in (0, 30, 31)}
        chosen = FaultSet.of(anchors)
        flips, faults = pattern.spread(chosen, space)
        entries = [int(e) for e in chosen.entries()]
        # odd ones: with interleaving, a code word beyond the end has neighbours that are there
        entries += [entry(1, 47, 0), entry(3, 9, 3), entry(3, 10, 31), entry(0, 1 << 20, 0), entry(2, 5, 32)]
        rng.shuffle(entries)
        for now in (faults.apply(stores), stores):
            seen, refused, cycles = await bench.flip(entries)
            assert (seen, refused) == (flips, 5), f"{pattern}, {pattern.interleave}"
            assert cycles <= 4 * pattern.bits * len(entries) + 4, f"{cycles} cycles for {flips} flips"
            assert_equal(await bench.dump(), now)
