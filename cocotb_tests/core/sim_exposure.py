# SPDX-License-Identifier: Apache-2.0
"""Simulator side: beam, scrubber, stuck bits and patterns on the core, slice by slice against host.faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout

from cocotb_tests.core.bus_board import Refused
from cocotb_tests.core.sim_injection import PICTURES, TRIALS, Work
from cocotb_tests.core.sim_protection import EVERY_STORE, PROGRAM, PROTECTIONS, WEIGHTS
from host import twin
from host.faults import FaultSet, sweep, threshold
from host.faults.beam import Beam, Upsets
from host.faults.exposure import Scrubbing, Slice, Stuck, expose
from host.faults.pattern import Pattern
from host.image import digest
from host.regmap import (
    SCRUB_ANY_CYCLE_BIT,
    SCRUB_GOLDEN_BIT,
    UPSET_WORDS,
    Command,
    Inject,
    Region,
    TrialStatus,
    register,
    window,
)

GOLDEN, ANY_CYCLE = 1 << SCRUB_GOLDEN_BIT, 1 << SCRUB_ANY_CYCLE_BIT


def halves(name: str, value: int) -> dict[str, int]:
    """A value of two registers."""
    return {f"{name}_LOW": value & 0xFFFF_FFFF, f"{name}_HIGH": value >> 32}


@dataclass
class Exposure:
    """An exposure of the core, and what must come of it."""

    beam: Beam
    period: int
    slices: int
    scrubbing: Scrubbing = field(default_factory=Scrubbing)
    stuck: Stuck = field(default_factory=Stuck)
    pattern: Pattern = field(default_factory=Pattern)
    any_cycle: bool = False

    def registers(self, work: Work) -> dict[str, int]:
        """What the core is told but for GAP and the flip list."""
        mode = sum(1 << store for store in self.scrubbing.stores)
        mode |= GOLDEN * self.scrubbing.golden | ANY_CYCLE * self.any_cycle
        return {
            **halves("SEED", self.beam.seed),
            **halves("PERIOD", self.period),
            **halves("SCRUB_INTERVAL", self.scrubbing.interval),
            "STORE_MASK": sum(1 << store for store in self.beam.targets),
            "SITE_MASK": self.beam.site_mask(work.image.space),
            "SCRUB": mode,
            "PATTERN": self.pattern.register,
            "FLIP_COUNT": len(self.stuck),
            "INJECT": Inject.BEAM,
        }

    async def write(self, work: Work) -> None:
        """Tell the core."""
        await work.board.write(register("GAP"), self.beam.thresholds)
        await work.board.write(window(Region.FLIPS), self.stuck.entries().tolist())
        await work.board.set(**self.registers(work))

    def upsets(self, work: Work) -> Upsets:
        """What arrives."""
        return self.beam.upsets(work.image.space, self.period * self.slices)

    def states(self, work: Work) -> list[Slice]:
        """The stores at the end of each slice, copied."""
        found = []
        for state in expose(
            work.image, self.upsets(work), self.period, self.slices, self.scrubbing, self.stuck, self.pattern
        ):
            stores = [words.copy() for words in state.stores]
            found.append(Slice(state.number, state.upsets, state.flips, stores, state.scrubbed))
        return found


async def drain_log(work: Work, entries: list[list[int]], most: int = 1 << 32) -> None:
    """Read what the log holds, so many entries at most, and give it free."""
    head, capacity = await work.board.get("UPSET_HEAD"), await work.board.get("UPSET_CAPACITY")
    size = len(UPSET_WORDS)
    head = min(head, len(entries) + most)
    while len(entries) < head:
        words = await work.board.read(window(Region.UPSETS, size * (len(entries) % capacity)), size)
        entries.append([int(word) for word in words])
    await work.board.set(UPSET_TAIL=head)


async def run_slices(work: Work, count: int, most: int = 1 << 32) -> tuple[list[list[int]], list[list[int]]]:
    """Run TRIALS; records and log, both taken whenever the core waits, of the log so many entries at most."""
    board = work.board
    await board.set(TRIALS=count, COMMAND=int(Command.TRIALS))
    # the rings are empty before anything else happens
    assert await board.get("UPSET_HEAD") == await board.get("RECORD_HEAD") == 0
    records: list[list[int]] = []
    entries: list[list[int]] = []
    capacity = await board.get("RECORD_CAPACITY")
    while len(records) < count:
        await work.settle()
        await drain_log(work, entries, most)
        head = await board.get("RECORD_HEAD")
        for number in range(len(records), head):
            records.append([int(w) for w in await board.read(window(Region.RECORDS, 8 * (number % capacity)), 8)])
        await board.set(RECORD_TAIL=head)
    await work.settle()
    await drain_log(work, entries)
    status = await board.get("STATUS")
    assert status == TrialStatus.OK << 8, f"STATUS {status:#x}"
    return records, entries


async def watch_writes(dut: Any, stored: list[set[int]]) -> None:
    """Note, for each slice in any cycle, the cycles of it in which a store takes a write."""
    cycle = 0
    while True:
        await RisingEdge(dut.clk)
        if stored and dut.m_valid.value and dut.m_we.value and dut.m_ready.value:
            stored[-1].add(cycle)
        cycle += 1
        if dut.run_start.value:
            stored.append(set())
            cycle = 0


async def restore(work: Work) -> None:
    """Write the golden copy over all stores."""
    await work.board.set(SCRUB=0xF | GOLDEN)
    await work.board.command(Command.SCRUB)
    await work.board.set(STORE_MASK=0xF)
    await work.board.command(Command.DIGEST)
    assert await work.board.get("DIGEST") == work.image.digest, "not restored"


def record_of(work: Work, state: Slice, pictures: slice = slice(None)) -> list[int]:
    """The record of a slice, cycles left out."""
    read = work.image.decode(state.stores)
    seen = twin.infer(work.image, read.data, work.pictures[pictures])
    events = read.uncorrectable << 16 | read.corrected
    head = [state.number, state.flips, digest(state.stores)]
    if seen.hung:
        return [*head, TrialStatus.HANG, 0, 0, events]
    golden = work.golden
    same = (golden.scores[pictures] == seen.scores).all(axis=1)
    critical = golden.classes[pictures] != seen.classes
    correct = int((seen.classes == work.labels[pictures]).sum())
    unchanged = int(same.sum()) | int((~same & ~critical).sum()) << 16
    return [*head, len(seen.classes) << 16, unchanged, int(critical.sum()) | correct << 16, events]


async def check_scrubber(work: Work, state: Slice) -> None:
    """What the scrubber counted."""
    got = [await work.board.get(f"SCRUB_{what}") for what in ("WORDS", "CORRECTED", "UNCORRECTABLE", "FIRST")]
    scrubbed = state.scrubbed
    first = 0xFFFF_FFFF if scrubbed.first is None else scrubbed.first[0] << 28 | scrubbed.first[1]
    assert got == [scrubbed.words, scrubbed.corrected, scrubbed.uncorrectable, first]


async def compare(work: Work, exposure: Exposure) -> list[Slice]:
    """Run an exposure and compare records, log and counts; then restore. The states that were expected."""
    await exposure.write(work)
    await work.board.set(IMAGE_FIRST=0, IMAGE_COUNT=PICTURES, WINDOW=0)
    records, entries = await run_slices(work, exposure.slices)
    states = exposure.states(work)
    for record, state in zip(records, states, strict=True):
        assert [*record[:3], *record[4:]] == record_of(work, state), f"slice {state.number}"
    upsets = exposure.upsets(work)
    times = [low | high << 32 for low, high, _, _ in entries]
    assert times == upsets.at.tolist() and [site for _, _, site, _ in entries] == upsets.site.tolist()
    assert all(cycle == 0 for *_, cycle in entries)
    assert await work.board.get("UPSETS_LOST") == 0
    await check_scrubber(work, states[-1])
    await restore(work)
    return states


def random_stuck(work: Work, count: int, stores: tuple[int, ...] = EVERY_STORE[:3]) -> Stuck:
    """Stuck bits, some of them next to each other in a code word."""
    space, rng = work.image.space, work.rng
    places = set()
    for store in stores:
        word = int(rng.integers(space.extents[store]))
        places |= {(store, word, int(bit)) for bit in rng.choice(space.widths[store], 2, replace=False)}
    while len(places) < count:
        store = int(rng.choice(stores))
        places.add((store, int(rng.integers(space.extents[store])), int(rng.integers(space.widths[store]))))
    return Stuck(FaultSet.of(places), rng.integers(0, 2, len(places)).astype(bool))


@cocotb.test()
async def upsets_arrive_as_drawn(dut: Any) -> None:
    """In all stores and in one, often and seldom, with none at all, past the end of the log."""
    work = await Work.begin(dut, PROTECTIONS)
    for stores, rate, period, slices in (
        (EVERY_STORE, 0.01, 300, min(TRIALS, 12)),
        ((1, 2), 1e-7, 1 << 24, 4),
        ((WEIGHTS,), 0.5, 3, 5),
        (EVERY_STORE, 0.0, 1000, 2),
        ((), 0.1, 1000, 1),
        ((2,), 0.9e-9, 1 << 40, 2),
    ):
        states = await compare(work, Exposure(Beam(rate, stores, 77 << 32 | 5), period, slices))
        dut._log.info("%g a tick: %d upsets", rate, sum(len(state.upsets) for state in states))


@cocotb.test()
async def scrubbing_equals_the_model(dut: Any) -> None:
    """By code and by golden copy, slower and faster than the upsets, several rounds a slice."""
    work = await Work.begin(dut, PROTECTIONS)
    words = sum(work.image.extents)
    for stores, interval, golden in (
        (EVERY_STORE, 7, False),
        (EVERY_STORE, 1, False),
        ((0, 1), 500, False),
        (EVERY_STORE, 9, True),
        ((PROGRAM,), 1, True),
        (EVERY_STORE, 5 * words, True),
    ):
        scrubbing = Scrubbing(stores, interval, golden)
        states = await compare(work, Exposure(Beam(0.02, EVERY_STORE, 8 + interval), 2 * words, 5, scrubbing))
        dut._log.info("%s: %s", scrubbing, states[-1].scrubbed)
        assert interval > words or states[-1].scrubbed.corrected


@cocotb.test()
async def stuck_bits_hold(dut: Any) -> None:
    """Against upsets, scrubs and the golden copy; released, they are golden again."""
    work = await Work.begin(dut, PROTECTIONS)
    words = sum(work.image.extents)
    for rate, scrubbing in (
        (0.02, Scrubbing()),
        (0.01, Scrubbing(EVERY_STORE, 3)),
        (0.01, Scrubbing(EVERY_STORE, 3, True)),
        (0.0, Scrubbing((0, 1), 1)),
    ):
        stuck = random_stuck(work, 9)
        exposure = Exposure(Beam(rate, EVERY_STORE, 4), 2 * words, min(TRIALS, 3), scrubbing, stuck)
        states = await compare(work, exposure)
        dut._log.info("%s: %s", scrubbing, states[-1].scrubbed)
        named = stuck.bits
        places = list(zip(*(column.tolist() for column in (named.store, named.word, named.bit)), strict=True))
        for state in states:
            here = [int(state.stores[store][word, bit >> 5]) >> (bit & 31) & 1 for store, word, bit in places]
            assert here == stuck.values.tolist(), f"slice {state.number}: the model let a bit go"


@cocotb.test()
async def patterns(dut: Any) -> None:
    """Neighbours in beam, sweep, walk and list, at every interleaving distance; the ends of stores and words."""
    work = await Work.begin(dut, PROTECTIONS)
    space, rng = work.image.space, work.rng
    for number, (size, interleave) in enumerate(
        (("1x2", 1), ("1x3", 2), ("2x2", 1), ("2x2", 4), ("1x4", 8), ("2x3", 2), ("1x2", 4))
    ):
        pattern = Pattern.parse(size, interleave)
        exposure = Exposure(Beam(0.03, EVERY_STORE, number), 400, 2, pattern=pattern)
        await compare(work, exposure)
        await work.board.set(PATTERN=pattern.register)
        # sweeps, twice each
        for ber in (0.004, 0.3):
            limit = threshold(ber)
            flips, faults = pattern.spread(sweep(number, limit, space, EVERY_STORE), space)
            await work.board.set(SEED_LOW=number, SEED_HIGH=0, THRESHOLD_LOW=limit, THRESHOLD_HIGH=0, STORE_MASK=0xF)
            for now in (faults.apply(work.image.physical), work.image.physical):
                await work.board.command(Command.SWEEP)
                assert await work.board.get("FLIPS") == flips, f"{pattern}, {interleave}, sweep"
                await work.board.command(Command.DIGEST)
                assert await work.board.get("DIGEST") == digest(now), f"{pattern}, {interleave}, sweep"
        # entries of the list, those at the edges among them
        for store in EVERY_STORE:
            last, width = space.extents[store] - 1, space.widths[store]
            anchors = {(store, w, b) for w in (0, last, last - 1) for b in (0, 31, width - 1, width - 2)}
            anchors |= {(store, int(rng.integers(last)), int(rng.integers(width))) for _ in range(4)}
            chosen = FaultSet.of(anchors)
            flips, faults = pattern.spread(chosen, space)
            outside = [store << 28 | last + 1, store << 28 | width << 21]
            await work.board.write(window(Region.FLIPS), [*chosen.entries().tolist(), *outside])
            await work.board.set(FLIP_COUNT=len(chosen) + 2)
            for now in (faults.apply(work.image.physical), work.image.physical):
                await work.board.command(Command.FLIP)
                assert await work.board.get("FLIPS") == flips, f"{pattern}, {interleave}, list"
                assert await work.board.get("FLIP_REFUSED") == 2
                await work.board.command(Command.DIGEST)
                assert await work.board.get("DIGEST") == digest(now), f"{pattern}, {interleave}, list"
    await work.board.set(FLIP_COUNT=0, PATTERN=0)


@cocotb.test()
async def slices_take_pictures_in_turn(dut: Any) -> None:
    """With a window, each slice runs the next of them; what is left over at its end has no turn."""
    work = await Work.begin(dut, PROTECTIONS)
    exposure = Exposure(Beam(0.004, EVERY_STORE, 3), 500, 7)
    for first, count, whole in ((0, 1, PICTURES), (1, 1, 2), (0, 2, 3), (2, 1, 0)):
        await exposure.write(work)
        await work.board.set(IMAGE_FIRST=first, IMAGE_COUNT=count, WINDOW=whole)
        records, _ = await run_slices(work, exposure.slices)
        turns = max(1, whole // count)
        for record, state in zip(records, exposure.states(work), strict=True):
            begin = first + count * (state.number % turns)
            wanted = record_of(work, state, slice(begin, begin + count))
            assert [*record[:3], *record[4:]] == wanted, f"slice {state.number} of {first, count, whole}"
        await restore(work)


@cocotb.test()
async def in_any_cycle(dut: Any) -> None:
    """Upsets and scrubs among the pictures: the stores go the same way, the cycles are logged, twice the same."""
    work = await Work.begin(dut, PROTECTIONS)
    await work.board.set(IMAGE_FIRST=0, IMAGE_COUNT=PICTURES, WINDOW=0)
    exposure = Exposure(Beam(0.0004, EVERY_STORE, 21), 12_000, 4, Scrubbing(EVERY_STORE, 37), any_cycle=True)
    seen = []
    for _ in range(2):
        await exposure.write(work)
        stored: list[set[int]] = []
        watch = cocotb.start_soon(watch_writes(dut, stored))
        records, entries = await run_slices(work, exposure.slices)
        watch.cancel()
        states, upsets = exposure.states(work), exposure.upsets(work)
        starts = [work.image.digest, *[digest(state.stores) for state in states]]
        assert [record[2] for record in records] == starts[:-1]
        assert [record[1] for record in records] == [state.flips for state in states]
        await check_scrubber(work, states[-1])
        await work.board.set(STORE_MASK=0xF)
        await work.board.command(Command.DIGEST)
        assert await work.board.get("DIGEST") == starts[-1]
        assert [low for low, *_ in entries] == upsets.at.tolist()
        late = [cycle - low % exposure.period for low, _, _, cycle in entries]
        dut._log.info("late by %s cycles", sorted(late))
        # drawn late, or held up by the engine in their row
        assert min(late) >= 0 and sorted(late)[len(late) // 2] < 30, late
        # the cycle before, the store took the bit
        for low, _, _, cycle in entries:
            assert cycle - 1 in stored[low // exposure.period], f"nothing was written in cycle {cycle - 1}"
        assert all(record[3] >= exposure.period for record in records)
        seen.append((records, entries))
        await restore(work)
    assert seen[0] == seen[1]


@cocotb.test()
async def a_full_log(dut: Any) -> None:
    """Pauses, when upsets come between slices; is counted, when they come in any cycle; STOP ends slice and pause."""
    work = await Work.begin(dut, PROTECTIONS)
    capacity = await work.board.get("UPSET_CAPACITY")
    await work.board.set(IMAGE_FIRST=0, IMAGE_COUNT=1, WINDOW=0)
    exposure = Exposure(Beam(0.5, EVERY_STORE, 2), 3 * capacity, 2)
    await exposure.write(work)
    await work.board.set(TRIALS=2, COMMAND=int(Command.TRIALS))
    await work.settle()
    assert await work.board.get("STATUS") & 1, "it has not paused"
    assert await work.board.get("RECORD_HEAD") == 0
    assert (await work.board.get("UPSET_HEAD"), await work.board.get("UPSETS_LOST")) == (capacity, 0)
    await work.board.set(COMMAND=int(Command.STOP))
    await work.board.settled()
    assert await work.board.get("RECORD_HEAD") == await work.board.get("UPSETS_LOST") == 0
    arrived = len(exposure.states(work)[0].upsets)
    await restore(work)
    exposure.any_cycle = True
    exposure.slices = 1
    await exposure.write(work)
    await work.board.set(TRIALS=1, COMMAND=int(Command.TRIALS))
    await work.board.settled()
    assert (await work.board.get("UPSET_HEAD"), await work.board.get("UPSETS_LOST")) == (capacity, arrived - capacity)
    await restore(work)


@cocotb.test()
async def a_pause_costs_no_cycles(dut: Any) -> None:
    """However long the host takes to read the log, and however little at a time."""
    work = await Work.begin(dut, PROTECTIONS)
    board = work.board
    capacity = await board.get("UPSET_CAPACITY")
    await board.set(IMAGE_FIRST=0, IMAGE_COUNT=1, WINDOW=0)
    exposure = Exposure(Beam(0.5, EVERY_STORE, 6), 4 * capacity, 2, Scrubbing(EVERY_STORE, 9))
    seen, waited = [], []
    for most in (capacity, 5):
        await exposure.write(work)
        seen.append(await run_slices(work, exposure.slices, most))
        waited.append(await board.get("CYCLES_WAITED"))
        await restore(work)
    assert len(seen[0][1]) > 3 * capacity
    assert seen[0] == seen[1]
    assert 0 not in waited and waited[0] != waited[1]


@cocotb.test()
async def stop_ends_a_slice(dut: Any) -> None:
    """One that would last for ever, whatever it waits for: neither record nor loss; the next command works."""
    work = await Work.begin(dut, PROTECTIONS)
    board = work.board
    await board.set(IMAGE_FIRST=0, IMAGE_COUNT=1, WINDOW=0)
    for_ever, sooner = 1 << 47, 1 << 46
    for rate, scrubbing, any_cycle in (
        (0.0, Scrubbing(), True),
        (0.0, Scrubbing(EVERY_STORE, sooner), True),
        (1e-13, Scrubbing(), True),
        (0.0, Scrubbing(EVERY_STORE, 1), False),
        (0.01, Scrubbing(EVERY_STORE, 1000), False),
    ):
        exposure = Exposure(Beam(rate, EVERY_STORE, 6), for_ever, 1, scrubbing, any_cycle=any_cycle)
        await exposure.write(work)
        await board.set(TRIALS=1, COMMAND=int(Command.TRIALS))
        await ClockCycles(dut.clk, 30_000)
        assert await board.get("STATUS") & 1, "it has ended"
        await board.set(COMMAND=int(Command.STOP))
        await with_timeout(cocotb.start_soon(board.settled()), 100_000, "ns")
        assert await board.get("RECORD_HEAD") == await board.get("UPSETS_LOST") == 0
        await restore(work)


@cocotb.test()
async def rounds_of_the_scrubber(dut: Any) -> None:
    """SCRUB corrects what the codes can, in two clock cycles a word; and writes the golden copy over anything."""
    work = await Work.begin(dut, PROTECTIONS)
    board, words = work.board, sum(work.image.extents)
    faults = sweep(1, threshold(0.001), work.image.space, EVERY_STORE)
    for mode in (0xF, 0x6, 0xF | GOLDEN, 0x9 | GOLDEN, 0):
        await board.set(PATTERN=0, FLIP_COUNT=len(faults), SCRUB=mode)
        await board.write(window(Region.FLIPS), faults.entries().tolist())
        await board.command(Command.FLIP)
        await board.command(Command.SCRUB)
        stores = tuple(store for store in EVERY_STORE if mode >> store & 1)
        upsets = Upsets(np.zeros(len(faults), dtype=np.uint64), faults.entries())
        visited = sum(work.image.extents[store] for store in stores)
        scrubbing = Scrubbing(stores, 1, bool(mode & GOLDEN))
        (state,) = expose(work.image, upsets, visited + 1, 1, scrubbing)
        await check_scrubber(work, state)
        cycles = await board.get("CYCLES")
        dut._log.info("%d words, %d corrected: %d cycles", visited, state.scrubbed.corrected, cycles)
        # a wrong word is read again and written: no more than 24 cycles, with what is under way
        assert cycles <= 2 * visited + 24 * state.scrubbed.corrected + 12
        await board.set(STORE_MASK=0xF)
        await board.command(Command.DIGEST)
        assert await board.get("DIGEST") == digest(state.stores)
        await restore(work)
    await restore(work)
    assert await board.get("CYCLES") <= 2 * words + 20, "clean stores take two cycles a word"


@cocotb.test()
async def the_copy_is_what_the_host_wrote(dut: Any) -> None:
    """Through the data window; the raw window leaves it alone; the log cannot be written."""
    work = await Work.begin(dut, PROTECTIONS)
    board = work.board
    await board.write(window(Region.STORE_RAW), [0x1234])
    await restore(work)
    golden = int(work.image.words[0][0])
    await board.write(window(Region.STORE_DATA), [golden ^ 1])
    await board.set(SCRUB=0xF | GOLDEN)
    await board.command(Command.SCRUB)
    assert int((await board.read(window(Region.STORE_DATA)))[0]) == golden ^ 1
    await board.write(window(Region.STORE_DATA), [golden])
    await restore(work)
    try:
        await board.write(window(Region.UPSETS), [1])
    except Refused:
        return
    raise AssertionError("the log was written")
