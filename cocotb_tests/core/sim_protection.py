# SPDX-License-Identifier: Apache-2.0
"""Simulator side: protected stores on the core, every physical bit of them, against host.codes and the twin."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path
from typing import Any

import cocotb
import numpy as np

from cocotb_tests.core.sim_injection import PICTURES, TRIALS, Work
from host.codes import CODES
from host.faults import FaultSet, sweep, threshold
from host.image import digest
from host.regmap import RAW_PARTS, Command, Inject, Protection, TrialStatus, register, store_data, store_raw

PROTECTIONS = tuple(Protection(int(digit)) for digit in os.environ["FAULTLOOP_PROTECTIONS"])
#: Where the clock cycles of a run are written to, for the comparison of builds.
CYCLES = os.environ.get("FAULTLOOP_CYCLES")

WEIGHTS, BIAS, REQUANT, PROGRAM = range(4)
EVERY_STORE = (WEIGHTS, BIAS, REQUANT, PROGRAM)


async def census(work: Work) -> tuple[int, int, int]:
    """What the last digest found: corrected, uncorrectable, the first of those."""
    get = work.board.get
    return await get("WORDS_CORRECTED"), await get("WORDS_UNCORRECTABLE"), await get("FIRST_UNCORRECTABLE")


async def check_stores(work: Work, faults: FaultSet, what: str) -> None:
    """Digest and census of the stores with these flips in them."""
    upset = faults.apply(work.image.physical)
    read = work.image.decode(upset)
    await work.board.set(STORE_MASK=0xF)
    await work.board.command(Command.DIGEST)
    assert await work.board.get("DIGEST") == digest(upset), what
    first = 0xFFFF_FFFF if read.first is None else read.first[0] << 28 | read.first[1]
    assert await census(work) == (read.corrected, read.uncorrectable, first), what


async def run_counts(work: Work) -> tuple[list[int], list[int]]:
    """Run the pictures; code words read corrected and uncorrectable, by store."""
    await work.board.set(IMAGE_FIRST=0, IMAGE_COUNT=PICTURES)
    assert await work.board.command(Command.RUN) == TrialStatus.OK
    read = [await work.board.read(register(name), 8) for name in ("READ_CORRECTED", "READ_UNCORRECTABLE")]
    return [int(n) for n in read[0]], [int(n) for n in read[1]]


@cocotb.test()
async def the_board_says_how_it_is_built(dut: Any) -> None:
    """Protection of each store in its capability register."""
    work = await Work.begin(dut, PROTECTIONS)
    capacities = await work.board.read(register("STORE_CAPACITY"), 4)
    assert tuple(int(word) >> 24 & 0xF for word in capacities) == PROTECTIONS
    await check_stores(work, FaultSet.of([]), "untouched stores")


@cocotb.test()
async def both_windows(dut: Any) -> None:
    """Data pass the code, raw words do not; a raw part is written alone; parts that are not there stay zeros."""
    work = await Work.begin(dut, PROTECTIONS)
    board, rng = work.board, work.rng
    for store in EVERY_STORE:
        code, word = CODES[PROTECTIONS[store]], work.image.extents[store] - 2
        data = rng.integers(0, 1 << 32, 3, dtype=np.uint32)
        await board.write(store_data(store, word - 1), data)
        coded = np.zeros((3, RAW_PARTS), dtype=np.uint32)
        coded[:, : code.encode(data).shape[1]] = code.encode(data)
        raw = store_raw(store, word - 1)
        assert (await board.read(raw, 3 * RAW_PARTS)).reshape(3, RAW_PARTS).tolist() == coded.tolist()
        assert (await board.read(store_data(store, word - 1), 3)).tolist() == data.tolist()
        # one part of the middle word, then what a decoder makes of it
        for part in range(RAW_PARTS):
            value = int(rng.integers(1 << 32))
            await board.write(store_raw(store, word, part), [value])
            lanes = min(32, max(0, code.bits - 32 * part))
            coded[1, part] = value & (1 << lanes) - 1
            assert (await board.read(raw, 3 * RAW_PARTS)).reshape(3, RAW_PARTS).tolist() == coded.tolist()
            read = code.decode(coded[1:2, : -(-code.bits // 32)])
            assert int((await board.read(store_data(store, word)))[0]) == int(read.data[0])


@cocotb.test()
async def sweeps_equal_the_twin(dut: Any) -> None:
    """At any rate, check bits among the flips; sweeping again undoes it; every bit at rate 1."""
    work = await Work.begin(dut, PROTECTIONS)
    space = work.image.space
    for number, ber in enumerate((0.002, 0.05, 1.0)):
        seed, limit = 77 + number, threshold(ber)
        faults = sweep(seed, limit, space, EVERY_STORE)
        assert ber < 1.0 or len(faults) == space.bits(EVERY_STORE)
        for now in (faults, FaultSet.of([])):
            await work.board.set(SEED_LOW=seed, SEED_HIGH=0, THRESHOLD_LOW=limit & 0xFFFF_FFFF)
            await work.board.set(THRESHOLD_HIGH=limit >> 32, STORE_MASK=0xF)
            await work.board.command(Command.SWEEP)
            assert await work.board.get("FLIPS") == len(faults)
            await check_stores(work, now, f"rate {ber}")


@cocotb.test()
async def walks_equal_the_twin(dut: Any) -> None:
    """Single flips around the end of the data bits and of a store, record by record."""
    work = await Work.begin(dut, PROTECTIONS)
    space = work.image.space
    some = min(TRIALS, 8)
    for store in EVERY_STORE:
        width = space.widths[store]
        await work.walk((store,), width * int(work.rng.integers(space.extents[store] - 1)) + width - some // 2, some)
    await work.walk((BIAS, PROGRAM), space.bits([BIAS]) - some // 2, some)


@cocotb.test()
async def lists_equal_the_twin(dut: Any) -> None:
    """One flip in a word, and every kind of pair, in every store: what is corrected, found, and missed."""
    work = await Work.begin(dut, PROTECTIONS)
    space = work.image.space
    for store in EVERY_STORE:
        width, word = space.widths[store], int(work.rng.integers(space.extents[store]))
        bits = sorted({0, 31, width - 1, int(work.rng.integers(width))})
        sets = [FaultSet.of([(store, word, bit)]) for bit in bits]
        sets += [FaultSet.of([(store, word, bit) for bit in pair]) for pair in combinations(bits, 2)]
        sets = sets[: max(4, TRIALS)]
        sets.append(FaultSet.of([(s, int(work.rng.integers(space.extents[s])), 1) for s in EVERY_STORE]))
        runs = [[int(entry) for entry in faults.closed_entries()] for faults in sets]
        await work.flip_list(runs, sets)
    # beyond the bits of a store, though the widest has them
    narrow = int(np.argmin(space.widths))
    beyond = narrow << 28 | space.widths[narrow] << 21
    await work.flip_list([[beyond | 1 << 31]], [FaultSet.of([])])
    assert await work.board.get("FLIP_REFUSED") == 1


@cocotb.test()
async def reads_are_counted(dut: Any) -> None:
    """The engine's decoders count each picture's reads of an upset word; a new run counts anew."""
    work = await Work.begin(dut, PROTECTIONS)
    assert await run_counts(work) == ([0] * 8, [0] * 8)
    if CYCLES is not None:
        Path(CYCLES).write_text(f"{await work.board.get('CYCLES')}", encoding="utf-8")
    # Words that every picture needs: an element of the first block of weights, a bias, an instruction.
    for store in (WEIGHTS, BIAS, PROGRAM):
        protection = PROTECTIONS[store]
        flips = FaultSet.of([(store, 0, 31)])
        if store == PROGRAM and protection in (Protection.NONE, Protection.PARITY):
            continue  # another program, whose reads are another matter
        await work.board.write(5 << 24, flips.entries().tolist())
        await work.board.set(FLIP_COUNT=1)
        await work.board.command(Command.FLIP)
        corrected, uncorrectable = await run_counts(work)
        corrects = protection in (Protection.SECDED, Protection.TMR)
        detects = protection is Protection.PARITY
        assert (corrected[store] > 0) == corrects and (uncorrectable[store] > 0) == detects, protection.name
        once = corrected[store] + uncorrectable[store]
        # a word of weights holds inputs that a picture needs once; the program is read for each batch
        assert store != WEIGHTS or protection is Protection.NONE or once == PICTURES, f"{once} reads"
        corrected[store] = uncorrectable[store] = 0
        assert corrected == uncorrectable == [0] * 8, "another store"
        await work.board.command(Command.FLIP)
    assert await run_counts(work) == ([0] * 8, [0] * 8)


@cocotb.test()
async def trials_of_sweeps_equal_the_twin(dut: Any) -> None:
    """Whole trials over all stores, record by record, events among them."""
    work = await Work.begin(dut, PROTECTIONS)
    limit, first = threshold(0.003), 5 << 32 | 9
    await work.board.set(SEED_LOW=first & 0xFFFF_FFFF, SEED_HIGH=first >> 32, STORE_MASK=0xF)
    await work.board.set(THRESHOLD_LOW=limit, THRESHOLD_HIGH=0, IMAGE_FIRST=0, IMAGE_COUNT=PICTURES)
    count = min(TRIALS, 6)
    seen = await work.trials(Inject.SWEEP, 0, count)
    for number, record in enumerate(seen):
        faults = sweep(first + number, limit, work.image.space, EVERY_STORE)
        assert record == work.expected(first + number & 0xFFFF_FFFF, faults), f"trial {number}"
