# SPDX-License-Identifier: Apache-2.0
"""Simulator side: single-bit walks and fault lists in the sequencer, record by record against the twin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, with_timeout

from cocotb_tests.core.bus_board import PERIOD_NS, BusBoard
from cocotb_tests.core.random_networks import random_faults, random_network
from host import twin
from host.faults import FaultSet, Walk
from host.image import MacImage, compile_network, digest
from host.regmap import RECORD_WORDS, Command, Inject, Protection, Region, TrialStatus, window
from host.twin import MacInference

SEED = int(os.environ.get("FAULTLOOP_SEED", "20260322"))
TRIALS = int(os.environ.get("FAULTLOOP_TRIALS", "24"))

#: The end of a walk, and an entry without a flip.
NO_FLIP = 0x801FFFFF

PICTURES = 4
PROGRAM = 3


@dataclass
class Work:
    """A core with a random network, its pictures and golden answers."""

    board: BusBoard
    rng: np.random.Generator
    image: MacImage
    pictures: np.ndarray
    labels: np.ndarray
    golden: MacInference

    @classmethod
    async def begin(cls, dut: Any, protections: Sequence[Protection] | None = None) -> Work:
        """Reset the core and load it; it was built with these protections."""
        cocotb.log.info("seed %d, %d trials", SEED, TRIALS)
        board = await BusBoard.reset(dut)
        rng = np.random.default_rng(SEED)
        network = random_network(rng)
        while len(network.layers) != 2:
            network = random_network(rng)
        image = compile_network(network)
        assert isinstance(image, MacImage)
        if protections is not None:
            image = image.protect(protections)
        pictures = rng.integers(-128, 128, size=(PICTURES, network.inputs), dtype=np.int8)
        golden = twin.infer(image, image.words, pictures)
        assert isinstance(golden, MacInference)
        labels = rng.integers(0, image.score_count, size=PICTURES).astype(np.uint16)
        await board.load(image, pictures)
        await board.load_golden(image, golden, labels)
        await board.set(GOLDEN_DIGEST=image.digest)
        return cls(board, rng, image, pictures, labels, golden)

    def expected(self, word: int, flips: FaultSet) -> list[int]:
        """A record with cycles left out; ``word`` is its word FAULTS."""
        upset = flips.apply(self.image.physical)
        read = self.image.decode(upset)
        seen = twin.infer(self.image, read.data, self.pictures)
        events = read.uncorrectable << 16 | read.corrected
        head = [word, len(flips), digest(upset)]
        if seen.hung:
            return [*head, TrialStatus.HANG, 0, 0, events]
        same = (self.golden.scores == seen.scores).all(axis=1)
        critical = self.golden.classes != seen.classes
        correct = int((seen.classes == self.labels).sum())
        unchanged = int(same.sum()) | int((~same & ~critical).sum()) << 16
        return [*head, PICTURES << 16, unchanged, int(critical.sum()) | correct << 16, events]

    async def trials(self, inject: Inject, cursor: int, count: int) -> list[list[int]]:
        """Run trials and return their records, taking each as it comes; the ring is small."""
        board = self.board
        await board.set(INJECT=inject, CURSOR=cursor, TRIALS=count, COMMAND=int(Command.TRIALS))
        size = len(RECORD_WORDS)
        capacity = await board.get("RECORD_CAPACITY")
        records: list[list[int]] = []
        while len(records) < count:
            await self.settle()
            head = await board.get("RECORD_HEAD")
            assert head > len(records), f"no record after {head} of {count}"
            for number in range(len(records), head):
                words = await board.read(window(Region.RECORDS, size * (number % capacity)), size)
                records.append([int(w) for w in words])
            await board.set(RECORD_TAIL=head)
        await self.settle()
        status = await board.get("STATUS")
        assert status == TrialStatus.OK << 8, f"STATUS {status:#x}"
        assert await board.get("DIGEST") == self.image.digest
        return [[*record[:3], *record[4:]] for record in records]

    async def settle(self) -> None:
        """Until the ring is full or the trials are over."""
        active = self.board.dut.active
        if active.value == 1:
            await with_timeout(FallingEdge(active), 5_000_000 * PERIOD_NS, "ns")

    async def walk(self, stores: Sequence[int], first: int, count: int) -> int:
        """Walk and compare; trials past the last bit flip nothing. Returns how many trials hung."""
        await self.board.set(STORE_MASK=sum(1 << s for s in stores))
        walk = Walk(tuple(stores))
        wanted = []
        for number in range(first, first + count):
            there = number < walk.bits(self.image.space)
            flips = walk.fault_set(number, self.image.space) if there else FaultSet.of([])
            wanted.append(self.expected(int(flips.entries()[0]) if there else NO_FLIP, flips))
        seen = await self.trials(Inject.WALK, wanted[0][0], count)
        for number, (a, b) in enumerate(zip(seen, wanted, strict=True), first):
            assert a == b, f"stores {stores}, bit {number}: {a} instead of {b}"
        return sum(record[3] == TrialStatus.HANG for record in wanted)

    async def flip_list(self, runs: Sequence[Sequence[int]], sets: Sequence[FaultSet], first: int = 0) -> None:
        """Write the entries of fault sets, run a trial for each from the ``first`` on, and compare."""
        places = list(accumulate((len(run) for run in runs), initial=0))
        await self.board.write(window(Region.FLIPS), [entry for run in runs for entry in run])
        seen = await self.trials(Inject.LIST, places[first], len(sets) - first)
        for number in range(first, len(sets)):
            a, b = seen[number - first], self.expected(places[number], sets[number])
            assert a == b, f"fault set {number}: {a} instead of {b}"


@cocotb.test()
async def walks_equal_the_twin(dut: Any) -> None:
    """Over the border of two stores, of all stores, from the middle, past the end; hangs in the program."""
    work = await Work.begin(dut)
    bits = [32 * extent for extent in work.image.extents]
    some = min(TRIALS, 12)
    await work.walk((0, 1, 2, 3), int(work.rng.integers(bits[0])), some)
    await work.walk((0, 1, 2), bits[0] - some // 2, some)
    await work.walk((1, 3), bits[1] - 1, some)
    await work.walk((0, 2), bits[0] + bits[2] - 1, 3)
    # Bit 4 of the last instruction, which is END: flipped, the program starts again and never ends.
    assert await work.walk((PROGRAM,), bits[PROGRAM] - 8 * 32 + 3, some) > 0, "no trial hung"


@cocotb.test()
async def a_walk_from_nowhere_flips_nothing(dut: Any) -> None:
    """A cursor that names no bit of a chosen store: outside it, or in another."""
    work = await Work.begin(dut)
    extents = work.image.extents
    await work.board.set(STORE_MASK=0b0101)
    for cursor in (extents[0], 32 << 21, 1 << 28, 3 << 28, 7 << 28, NO_FLIP):
        seen = await work.trials(Inject.WALK, cursor, 1)
        assert seen == [work.expected(NO_FLIP, FaultSet.of([]))], f"cursor {cursor:#x}"


@cocotb.test()
async def lists_equal_the_twin(dut: Any) -> None:
    """Fault sets one after the other, empty ones among them; from the middle, too; with refused entries."""
    work = await Work.begin(dut)
    sets = [random_faults(work.rng, work.image) for _ in range(min(TRIALS, 10))]
    sets[1:1] = [FaultSet.of([]), FaultSet.of([])]
    runs = [[int(entry) for entry in faults.closed_entries()] for faults in sets]
    assert runs[1] == [NO_FLIP]
    await work.flip_list(runs, sets)
    await work.flip_list(runs, sets, first=2)
    # Entries that name no bit, in the middle of a set and at its end, change nothing but the count of those refused.
    extents = work.image.extents
    refused = [extents[0], 32 << 21, 7 << 28]
    flips = FaultSet.of([(0, 5, 6), (1, 0, 31), (3, 1, 0)])
    mixed = [refused[0], *flips.entries().tolist(), *refused[1:]]
    mixed[-1] |= 1 << 31
    await work.flip_list([mixed, runs[0]], [flips, sets[0]])
    await work.flip_list([mixed], [flips])
    assert await work.board.get("FLIP_REFUSED") == len(refused)


@cocotb.test()
async def the_list_ends_a_set(dut: Any) -> None:
    """A set that fills the list; a list without an end mark; trials beyond the end; FLIP takes no notice of marks."""
    work = await Work.begin(dut)
    capacity = await work.board.get("FLIP_CAPACITY")
    bits = work.rng.choice(32 * work.image.extents[0], size=capacity, replace=False)
    places = [(0, int(bit) // 32, int(bit) % 32) for bit in bits]
    entries = [s << 28 | b << 21 | w for s, w, b in places]
    nothing = FaultSet.of([])
    whole = FaultSet.of(places)
    for last in (entries[-1] | 1 << 31, entries[-1]):
        await work.board.write(window(Region.FLIPS), [*entries[:-1], last])
        seen = await work.trials(Inject.LIST, 0, 3)
        assert seen == [work.expected(0, whole), *[work.expected(capacity, nothing)] * 2]
    seen = await work.trials(Inject.LIST, capacity - 2, 1)
    assert seen == [work.expected(capacity - 2, FaultSet.of(places[-2:]))]
    for beyond in (capacity, 1 << 16, 0xFFFFFFFF):
        assert await work.trials(Inject.LIST, beyond, 1) == [work.expected(beyond, nothing)]
    await work.board.write(window(Region.FLIPS), [entry | 1 << 31 for entry in entries[:9]])
    await work.board.set(FLIP_COUNT=9)
    for now in (FaultSet.of(places[:9]).apply(work.image.words), work.image.words):
        await work.board.command(Command.FLIP)
        assert await work.board.get("FLIPS") == 9
        await work.board.set(STORE_MASK=0xF)
        await work.board.command(Command.DIGEST)
        assert await work.board.get("DIGEST") == digest(now)
