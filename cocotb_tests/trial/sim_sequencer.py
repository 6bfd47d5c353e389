# SPDX-License-Identifier: Apache-2.0
"""Commands and trials: the order of operations, the records, the counters, and every early end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import get, pack, put, seeded, start
from cocotb_tests.trial.rooms import ALL_STORES, GOLDEN, Event, Rooms, events_of
from host.regmap import Command, Inject, TrialStatus

RING = 4


def trial_of(asks: str, told: str) -> tuple[str, ...]:
    """What a trial asks for and is told, after the golden digest."""
    return (
        *("prepare", asks, told, "digest", "digested", "start", "answered", "judged"),
        *(asks, told, "digest", "digested", "record"),
    )


TRIAL = trial_of("sweep", "swept")


async def rooms(dut: Any, test: str) -> Rooms:
    """The bench reset and the rooms at their places."""
    rng = seeded(dut, test)
    await start(dut)
    around = Rooms(dut, rng)
    around.begin()
    return around


async def acknowledge(around: Rooms) -> None:
    """The host takes every record at once."""
    while True:
        put(around.dut, "seq", record_tail=get(around.dut, "seq", "record_head")[0])
        await FallingEdge(around.dut.clk)


def split(events: list[Event]) -> list[list[Event]]:
    """Events of each trial."""
    ends = [i + 1 for i, event in enumerate(events) if event.name == "record"]
    return [events[a:b] for a, b in pairwise([2, *ends])]


def check_trial(around: Rooms, number: int, faults: int, digest: int, expected: tuple[str, ...] = TRIAL) -> None:
    """A trial's operations and its record; ``faults`` is its seed, entry or place."""
    events = split(around.events)[number]
    assert tuple(event.name for event in events) == expected, f"trial {number}: {events}"
    values = [event.value for event in events]
    faults %= 2**64
    assert values[1] == values[8] == faults, f"trial {number}: faults"
    assert values[3] == values[10] == ALL_STORES
    outcome = around.outcomes[number]
    status = outcome.status if digest == GOLDEN else TrialStatus.NOT_RESTORED
    cycles = around.records[number][3]
    assert around.records[number] == [
        faults % 2**32,
        values[2],
        values[4],
        cycles,
        outcome.answered << 16 | status,
        outcome.tolerated << 16 | outcome.masked,
        outcome.correct << 16 | outcome.critical,
        events_of(values[4]),
    ], f"trial {number}"
    assert values[4] != GOLDEN and values[11] == digest
    assert cycles in range(sum(phases(events)), sum(phases(events)) + 9), f"trial {number}"
    # nothing dawdles: the undo follows the last judgement at once
    assert events[8].cycle - events[7].cycle <= 3


def phases(events: list[Event]) -> tuple[int, int, int, int]:
    """Clock cycles of sweep, digests, run and undo of a trial."""
    at = [event.cycle for event in events]
    return (
        at[2] - at[1] + 1,
        at[4] - at[3] + 1 + at[11] - at[10] + 1,
        at[8] - at[4] - 1,
        at[9] - at[8] + 1,
    )


@cocotb.test()
async def trials(dut: Any) -> None:
    """Trials of every outcome, their seeds carrying into the high word; cycles of each phase."""
    around = await rooms(dut, "trials")
    host = cocotb.start_soon(acknowledge(around))
    for count, seed in ((1, 0), (9, (5 << 32) - 4), (3, 2**64 - 1), (20, 77)):
        await around.trials(count, seed)
        host.cancel()
        host = cocotb.start_soon(acknowledge(around))
        assert get(dut, "seq", "busy", "in_trials") == [1, 1]
        await around.settled()
        assert get(dut, "seq", "result", "stopped", "record_head") == [TrialStatus.OK, 0, count]
        assert around.names() == ["digest", "digested", *TRIAL * count]
        for number in range(count):
            check_trial(around, number, seed + number, GOLDEN)
        names = ("cycles_sweep", "cycles_digest", "cycles_run", "cycles_undo")
        last = phases(split(around.events)[-1])
        assert tuple(get(dut, "seq", *names)) == last
        # the eight words of the record count, too
        assert get(dut, "seq", "cycles") == [sum(last) + 8]
        assert get(dut, "seq", "flips", "digest") == [around.records[-1][1], GOLDEN]
        assert get(dut, "seq", "cycles_waited") == [0]


@cocotb.test()
async def walks(dut: Any) -> None:
    """One flip a trial, the same twice, on from the cursor through the chosen stores; then trials without flips."""
    around = await rooms(dut, "walks")
    host = cocotb.start_soon(acknowledge(around))
    extents, chosen = (3, 2, 0, 1, 0, 0, 0, 0), (0, 2, 3)
    put(dut, "seq", extents=pack(extents, 20), store_mask=sum(1 << store for store in chosen))
    bits = [s << 28 | b << 21 | w for s in chosen for w in range(extents[s]) for b in range(32)]
    end = 0x801F_FFFF
    for first, count in ((0, 3), (30, 6), (93, 8), (len(bits) - 2, 4)):
        await around.trials(count, 0, Inject.WALK, bits[first])
        host.cancel()
        host = cocotb.start_soon(acknowledge(around))
        await around.settled()
        wanted = [*bits[first : first + count], *[end] * count][:count]
        assert get(dut, "seq", "result", "record_head") == [TrialStatus.OK, count]
        for number, entry in enumerate(wanted):
            check_trial(around, number, entry, GOLDEN, trial_of("flip one", "flipped"))
    for nowhere in (1 << 28, 3 << 28 | 1, end, 0xFFFF_FFFF):
        await around.trials(2, 0, Inject.WALK, nowhere)
        await around.settled()
        assert [record[0] for record in around.records] == [end] * 2
    # the end of a set means nothing here
    await around.trials(1, 0, Inject.WALK, bits[5] | 1 << 31)
    await around.settled()
    assert around.records[0][0] == bits[5]


@cocotb.test()
async def lists(dut: Any) -> None:
    """A fault set a trial, applied twice from the same place; the next starts where that one ended."""
    around = await rooms(dut, "lists")
    host = cocotb.start_soon(acknowledge(around))
    for first in (0, 1, 500, 2**16 + 3):
        await around.trials(9, 0, Inject.LIST, first)
        host.cancel()
        host = cocotb.start_soon(acknowledge(around))
        await around.settled()
        place = first
        for number in range(9):
            check_trial(around, number, place, GOLDEN, trial_of("flip set", "flipped"))
            place += around.set_length(place)
        assert place > first


@cocotb.test()
async def what_is_no_source_sweeps(dut: Any) -> None:
    """Values of INJECT without a meaning."""
    around = await rooms(dut, "no source")
    for value in (4, 1 << 8, 1 << 8 | 1, 1 << 31 | 2, 2**32 - 1):
        await around.trials(2, value, value, 17)
        await around.settled()
        for number in range(2):
            check_trial(around, number, value + number, GOLDEN)


@cocotb.test()
async def flips_not_undone(dut: Any) -> None:
    """An undo of flips that fails: recorded, and the trials end there."""
    around = await rooms(dut, "flips not undone")
    put(dut, "seq", extents=pack((3, 2), 20), store_mask=3)
    for inject, asks in ((Inject.WALK, "flip one"), (Inject.LIST, "flip set")):
        around.flipped.clear()
        await around.trials(3, 0, inject, 0)
        around.broken = 4
        await around.settled()
        around.broken = -1
        fate = [TrialStatus.NOT_RESTORED, 1, 2]
        assert get(dut, "seq", "result", "stopped", "record_head") == fate
        assert around.names() == ["digest", "digested", *trial_of(asks, "flipped") * 2]


@cocotb.test()
async def no_trials(dut: Any) -> None:
    """None at all: golden is proven, nothing is injected."""
    around = await rooms(dut, "none")
    await around.trials(0, 5)
    await around.settled()
    assert around.names() == ["digest", "digested"]
    assert get(dut, "seq", "result", "stopped", "record_head") == [TrialStatus.OK, 0, 0]


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_full_ring_pauses(dut: Any) -> None:
    """With the ring full nothing happens; each record taken lets one trial more begin."""
    around = await rooms(dut, "ring")
    await around.trials(4 * RING, 1)
    tail = 0
    for taken in (0, 1, 1, 3, RING, 2):
        tail += taken
        put(dut, "seq", record_tail=tail)
        for _ in range(5):
            await FallingEdge(dut.clk)
        while not get(dut, "seq", "waiting")[0]:
            await FallingEdge(dut.clk)
        before = around.names()
        waited, counted = around.waited, get(dut, "seq", "cycles_waited")[0]
        cycles = get(dut, "seq", "cycles")
        for _ in range(60):
            await FallingEdge(dut.clk)
        assert around.names() == before, "something went on"
        assert get(dut, "seq", "record_head") == [tail + RING] == [len(around.records)]
        assert get(dut, "seq", "cycles") == cycles, "waiting counted as a trial's time"
        assert around.waited - waited == 60 == get(dut, "seq", "cycles_waited")[0] - counted
    host = cocotb.start_soon(acknowledge(around))
    await around.settled()
    host.cancel()
    assert get(dut, "seq", "record_head", "stopped") == [4 * RING, 0]
    assert get(dut, "seq", "cycles_waited") == [around.waited]
    for number in range(4 * RING):
        check_trial(around, number, 1 + number, GOLDEN)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def stop_at_any_time(dut: Any) -> None:
    """STOP ends the trials after the one in flight, which is undone and recorded."""
    around = await rooms(dut, "stop")
    partial = 0
    for attempt in range(40):
        await around.trials(3, attempt)
        for _ in range(around.rng.randrange(0, 250)):
            await FallingEdge(dut.clk)
        running = get(dut, "seq", "in_trials")[0]
        await around.command(Command.STOP)
        await around.settled()
        done = len(around.records)
        assert around.names() == ["digest", "digested", *TRIAL * done]
        assert not around.flipped, "STOP left faults behind"
        assert get(dut, "seq", "record_head") == [done]
        assert get(dut, "seq", "stopped") == [int(done < 3)], f"{done} trials, running {running}"
        for number in range(done):
            check_trial(around, number, attempt + number, GOLDEN)
        partial += done < 3
    assert partial > 10
    # while it waits for room in the ring
    await around.trials(RING + 1, 9)
    while not get(dut, "seq", "waiting")[0]:
        await FallingEdge(dut.clk)
    await around.command(Command.STOP)
    await around.settled(10)
    assert get(dut, "seq", "stopped", "record_head", "waiting") == [1, RING, 0]
    # an old STOP ends no new trials
    await around.command(Command.STOP)
    await around.trials(2, 0)
    await around.settled()
    assert get(dut, "seq", "stopped", "record_head") == [0, 2]


@cocotb.test()
async def not_golden(dut: Any) -> None:
    """Stores that are not golden before the first injection: nothing is run, and it is said."""
    around = await rooms(dut, "not golden")
    around.flipped.add(("sweep", 3))
    await around.trials(3, 0)
    await around.settled()
    assert around.names() == ["digest", "digested"]
    fate = [TrialStatus.NOT_GOLDEN, 0]
    assert get(dut, "seq", "result", "record_head") == fate
    assert get(dut, "seq", "digest") == [around.digest(ALL_STORES)]
    # STOP comes too late and takes nothing back
    await around.command(Command.STOP)
    await FallingEdge(dut.clk)
    assert get(dut, "seq", "busy", "result", "record_head") == [0, *fate]


@cocotb.test()
async def not_restored(dut: Any) -> None:
    """An undo that fails: recorded, and the trials end there."""
    around = await rooms(dut, "not restored")
    for bad in (1, 2, 3):
        around.flipped.clear()
        await around.trials(3, 40)
        around.broken = 2 * bad
        await around.settled()
        around.broken = -1
        fate = [TrialStatus.NOT_RESTORED, int(bad < 3), bad]
        assert get(dut, "seq", "result", "stopped", "record_head") == fate
        assert around.names() == ["digest", "digested", *TRIAL * bad]
        for number in range(bad):
            digest = around.digest(ALL_STORES) if number == bad - 1 else GOLDEN
            check_trial(around, number, 40 + number, digest)


@cocotb.test()
async def single_commands(dut: Any) -> None:
    """Each command asks its own room once and tells its result and its cycles."""
    around = await rooms(dut, "commands")
    rng = around.rng
    for _ in range(12):
        seed, mask = rng.getrandbits(64), rng.getrandbits(8)
        put(dut, "seq", seed_first=seed, store_mask=mask, trials=3)
        # where trials take their faults from is of no concern
        put(dut, "seq", inject=rng.randrange(4), cursor_first=rng.getrandbits(32))
        asked = {
            Command.SWEEP: ["sweep", "swept"],
            Command.FLIP: ["flip", "flipped"],
            Command.DIGEST: ["digest", "digested"],
            Command.RUN: ["prepare", "start", "answered", "judged"],
        }
        for command in rng.sample(list(asked), len(asked)):
            before = get(dut, "seq", "flips", "digest")
            around.events.clear()
            await around.command(command)
            assert get(dut, "seq", "busy", "in_trials") == [1, 0]
            await around.settled()
            events = around.events
            assert around.names() == asked[command], command.name
            cycles = around.now - events[0].cycle
            assert abs(get(dut, "seq", "cycles")[0] - cycles) <= 1, command.name
            flips, digest = get(dut, "seq", "flips", "digest")
            if command in (Command.SWEEP, Command.FLIP):
                assert [flips, digest] == [events[1].value, before[1]]
            elif command == Command.DIGEST:
                assert [flips, digest] == [before[0], events[1].value]
                assert events[0].value == mask
            else:
                assert [flips, digest] == before
            if command == Command.SWEEP:
                assert events[0].value == seed
            status = around.outcomes[-1].status if command == Command.RUN else TrialStatus.OK
            assert get(dut, "seq", "result") == [status], command.name
            assert get(dut, "seq", "stopped") == [0]
    assert around.records == []


@cocotb.test()
async def what_is_no_command(dut: Any) -> None:
    """Values without a meaning do nothing, nor does a command while another runs."""
    around = await rooms(dut, "no command")
    for value in (0, Command.STOP, 8, 0x101, 2**32 - 1):
        await around.command(value)
        assert get(dut, "seq", "busy") == [0]
        await FallingEdge(dut.clk)
    assert around.names() == []
    for other in (*(c for c in Command if c != Command.STOP), 0):
        around.events.clear()
        await around.command(Command.RUN)
        await around.command(other)
        await around.settled()
        assert around.names() == ["prepare", "start", "answered", "judged"], other
    # STOP belongs to trials only
    around.always = TrialStatus.OK
    await around.command(Command.RUN)
    await around.command(Command.STOP)
    await around.settled()
    assert get(dut, "seq", "stopped", "result") == [0, TrialStatus.OK]


@cocotb.test()
async def reset(dut: Any) -> None:
    """A reset at any time ends everything; nothing is asked of anyone afterwards."""
    around = await rooms(dut, "reset")
    names = ("sweep_start", "flip_start", "digest_start", "run_prepare", "run_start", "record_we")
    for _ in range(10):
        await around.trials(2, 0)
        for _ in range(around.rng.randrange(150)):
            await FallingEdge(dut.clk)
        dut.rst.value = 1
        await FallingEdge(dut.clk)
        dut.rst.value = 0
        for _ in range(20):
            assert get(dut, "seq", "busy", *names) == [0] * 7
            await FallingEdge(dut.clk)


@cocotb.test()
async def beams(dut: Any) -> None:
    """Slices before their pictures, or while they run, whichever ends first; nothing is undone; pictures in turn."""
    around = await rooms(dut, "beams")
    host = cocotb.start_soon(acknowledge(around))
    put(dut, "seq", image_first=10, image_count=3, window=8)
    for any_cycle, count in ((0, 1), (0, 8), (1, 1), (1, 24)):
        around.flipped.clear()
        put(dut, "seq", any_cycle=any_cycle)
        await around.trials(count, 5, Inject.BEAM, 99)
        host.cancel()
        host = cocotb.start_soon(acknowledge(around))
        firsts = []
        while get(dut, "seq", "busy")[0]:
            if get(dut, "seq", "run_start")[0]:
                firsts += get(dut, "seq", "run_first")
            await FallingEdge(dut.clk)
        assert firsts == [(10, 13)[number % 2] for number in range(count)]
        assert get(dut, "seq", "result", "record_head") == [TrialStatus.OK, count]
        for number, events in enumerate(split(around.events)):
            names = [event.name for event in events]
            value = {event.name: event.value for event in events}
            if any_cycle:
                assert names[:3] == ["prepare", "digest", "digested"]
                assert {"slice", "start"} == set(names[3:5]) and names[-1] == "record"
                assert {"answered", "judged", "over"} == set(names[5:-1])
            else:
                told = ("slice", "over", "digest", "digested", "start", "answered", "judged", "record")
                assert tuple(names) == ("prepare", *told)
            assert value["slice"] == (number == 0), "only the first slice is the first"
            record, outcome = around.records[number], around.outcomes[number]
            assert record[:3] == [number, value["over"], value["digested"]]
            assert record[4:] == [
                outcome.answered << 16 | outcome.status,
                outcome.tolerated << 16 | outcome.masked,
                outcome.correct << 16 | outcome.critical,
                events_of(value["digested"]),
            ]
    around.events.clear()
    await around.command(Command.SCRUB)
    await around.settled()
    assert around.names() == ["round", "over"]
    # other trials go on as before
    around.flipped.clear()
    await around.trials(2, 7)
    host.cancel()
    cocotb.start_soon(acknowledge(around))
    await around.settled()
    for number in range(2):
        check_trial(around, number, 7 + number, GOLDEN)
