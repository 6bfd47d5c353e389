# SPDX-License-Identifier: Apache-2.0
"""The digest against zlib, and its cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cocotb

from cocotb_tests.fault.driver import CAPACITY, Bench, random_stores, seeded
from host.image import digest

#: Most code words that a cycle takes, and how many stand side by side in a row of each store.
GROUP, ROWS = 4, (1, 2, 4, 8, 1)


#: Cycles of a code word in the small alternative: five to ask and be answered, four for its bytes.
BYTEWISE = 9


def cycles_of(dut: Any, extents: Sequence[int]) -> int:
    """Cycles in which code words arrive: whole groups, then ever smaller ones."""
    if int(dut.bytewise.value):
        return BYTEWISE * sum(extents)
    sweep_words = int(dut.sweep_words.value)
    cycles = 0
    for row, extent in zip(ROWS, extents, strict=True):
        group = min(row, sweep_words, GROUP)
        cycles += extent // group + (extent % group).bit_count()
    return cycles


@cocotb.test()
async def digests_as_zlib(dut: Any) -> None:
    """Random stores and extents, one cycle a group of code words."""
    rng = seeded(dut, "digest")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    cases: list[tuple[Sequence[int], Sequence[int]]] = [
        ([], CAPACITY),
        (range(8), CAPACITY),
        (range(8), (0,) * 5),
        ([4], CAPACITY),
        ([0], (1,) * 5),
    ]
    for _ in range(12):
        some = [rng.choice([0, size, rng.randrange(size + 1)]) for size in CAPACITY]
        cases.append((rng.sample(range(8), rng.randrange(8)), some))
    for chosen, extents in cases:
        bench.cover(chosen, extents)
        covered = [stores[s][: extents[s]] for s in sorted(chosen) if s < 5]
        value, cycles = await bench.digest()
        assert value == digest(covered), f"stores {chosen} extents {extents}"
        words = sum(len(part) for part in covered)
        # a cycle for each of the eight stores, one more to leave a chosen one, and one at the end
        around = 8 + len(set(chosen)) + 1
        reading = cycles_of(dut, [extents[s] if s in chosen else 0 for s in range(5)])
        if int(dut.bytewise.value):  # it leaves a store, and enters the next, while bytes are taken
            assert reading <= cycles <= reading + around, f"{cycles} cycles for {words} words"
        else:
            # and up to two where the last words are not yet there when the stores are at an end
            assert cycles - reading - around in (0, 1, 2), f"{cycles} cycles for {words} words"
    dut._log.info("%d words in %d cycles", words, cycles)


@cocotb.test()
async def one_bit_changes_it(dut: Any) -> None:
    """Every flipped bit shows, at either end of every store."""
    rng = seeded(dut, "one bit")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    covered = (1, 4) if int(dut.bytewise.value) else range(5)
    bench.cover(covered, CAPACITY)
    golden, _ = await bench.digest()
    for store in covered:
        for word in (0, CAPACITY[store] - 1):
            before = int(stores[store][word])
            await bench.write(store, word, before ^ 1 << rng.randrange(32))
            assert (await bench.digest())[0] != golden
            await bench.write(store, word, before)
    assert (await bench.digest())[0] == golden


@cocotb.test()
async def waits_its_turn(dut: Any) -> None:
    """Reads of a master that goes before it delay the digest and change nothing."""
    rng = seeded(dut, "turns")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover(range(5), CAPACITY)
    running = cocotb.start_soon(bench.digest())
    reads = 0
    while not running.done():
        for _ in range(rng.randrange(3)):
            await bench.cycle()
        store = rng.randrange(5)
        word = rng.randrange(CAPACITY[store])
        assert await bench.read(store, word) == stores[store][word]
        reads += 1
    value, cycles = await running
    dut._log.info("%d words and %d other reads in %d cycles", sum(CAPACITY), reads, cycles)
    assert value == digest(stores)
    # a byte by byte digest asks so rarely that few reads are in its way
    delay = 20 if int(dut.bytewise.value) else reads // 2
    assert reads > 80 and cycles > cycles_of(dut, CAPACITY) + delay
