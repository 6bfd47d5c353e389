# SPDX-License-Identifier: Apache-2.0
"""What surrounds the sequencer, played by the test: the rooms it commands, and the ring."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import get, put
from host.regmap import Command, Inject, TrialStatus

GOLDEN = 0x1234_5678

#: One bit a store, of the bench's sequencer.
ALL_STORES = 0b1111


@dataclass(frozen=True)
class Event:
    """Something that the sequencer asked for, or that a room answered."""

    cycle: int
    name: str
    value: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a run ends."""

    status: TrialStatus
    answered: int
    masked: int
    tolerated: int
    critical: int
    correct: int


#: What an injection was asked to apply: which kind, and its seed, entry or place.
Injected = tuple[str, int]


def events_of(digest: int) -> int:
    """Word EVENTS of stores with a digest: any function of it will do."""
    return digest ^ 0xFFFF_FFFF


@dataclass
class Rooms:
    """Every room around the sequencer; each takes its time and then answers once.

    Attributes
    ----------
    events
        What happened, in order.
    flipped
        What is in the stores: a sweep puts its seed in or takes it out, the flips of a trial their entry or place.
    records
        Finished records, eight words each.
    broken
        Which injection changes nothing, counted from 1, so that it is not undone.
    """

    dut: Any
    rng: random.Random
    pictures: int = 6
    slowest: int = 12
    now: int = 0
    events: list[Event] = field(default_factory=list)
    flipped: set[Injected] = field(default_factory=set)
    flips: dict[Injected, int] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    records: list[list[int]] = field(default_factory=list)
    waited: int = 0
    broken: int = -1
    injections: int = 0
    always: TrialStatus | None = None
    slices: int = 0
    slice_flips: int = 0
    _record: list[int] = field(default_factory=list)
    _due: dict[int, list[Callable[[], None]]] = field(default_factory=dict)
    _working: str = ""
    _ready: bool = False
    _running: bool = False
    _over: bool = False
    _answered: int = 0
    _judged: int = 0

    def begin(self) -> None:
        """Start playing."""
        put(self.dut, "seq", golden_digest=GOLDEN, compare_idle=1)
        cocotb.start_soon(self._play())

    def digest(self, stores: int) -> int:
        """Digest of the stores as they are."""
        if not self.flipped and stores == ALL_STORES:
            return GOLDEN
        return zlib.crc32(repr((sorted(self.flipped), stores)).encode())

    def log(self, name: str, value: int = 0) -> None:
        """Keep an event."""
        self.events.append(Event(self.now, name, value))

    def names(self) -> list[str]:
        """Names of the events so far."""
        return [event.name for event in self.events]

    def _later(self, action: Callable[[], None], delay: int | None = None) -> None:
        when = self.now + (self.rng.randrange(1, self.slowest) if delay is None else delay)
        self._due.setdefault(when, []).append(action)

    async def _play(self) -> None:
        while True:
            # an answer stands for one cycle; what it carries is anything in the others
            put(self.dut, "seq", sweep_done=0, flip_done=0, digest_done=0, run_done=0, slice_done=0)
            for name in ("sweep_flips", "digest_value", "digest_events"):
                put(self.dut, "seq", **{name: self.rng.getrandbits(32)})
            put(self.dut, "seq", slice_flips=self.slice_flips)
            if int(self.dut.rst.value):
                self._reset()
            else:
                for action in self._due.pop(self.now, []):
                    action()
                self._listen()
                self._judge()
            await FallingEdge(self.dut.clk)
            self.now += 1

    def _reset(self) -> None:
        """Every room forgets what it was doing; the stores are loaded again."""
        self._due.clear()
        self._record = []
        self._working, self._ready, self._running = "", False, False
        self._answered = self._judged = 0
        self.flipped.clear()
        put(self.dut, "seq", run_ready=0, compare_idle=1)

    def _listen(self) -> None:
        names = ("sweep_start", "flip_start", "digest_start", "run_prepare", "run_start", "waiting")
        sweep, flip, digest, prepare, start, waiting = get(self.dut, "seq", *names)
        self.waited += waiting
        assert sweep + flip + digest <= 1, "two rooms at the stores"
        if prepare:
            self._prepare()
        if sweep or flip or digest:
            assert not self._working, f"started while the {self._working} was at work"
            assert not self._running, "the stores change under the engine"
        if sweep:
            self._working = "sweep"
            seed = get(self.dut, "seq", "sweep_seed")[0]
            self.log("sweep", seed)
            self._later(lambda: self._sweep_done(seed))
        if flip:
            self._working = "flip list"
            asked = self._flip_asked()
            self.log(*asked)
            self._later(lambda: self._flip_done(asked))
        slice_start, round_ = get(self.dut, "seq", "slice_start", "round_start")
        if slice_start or round_:
            assert not self._working, f"started while the {self._working} was at work"
            self._working = "beam"
            self.log("round") if round_ else self.log("slice", get(self.dut, "seq", "slice_first")[0])
            self._later(self._slice_done, self.rng.choice([1, 3, 40]))
        if digest:
            self._working = "digest"
            stores = get(self.dut, "seq", "digest_stores")[0]
            self.log("digest", stores)
            delay = self.rng.randrange(1, self.slowest)
            self._later(lambda: put(self.dut, "seq", digest_value=self.digest(stores)), delay)
            self._later(lambda: self._digest_done(stores), delay + 1)
        if start:
            self._start()
        if get(self.dut, "seq", "record_we")[0]:
            self._take_record()

    def _sweep_done(self, seed: int) -> None:
        assert get(self.dut, "seq", "sweep_seed") == [seed], "changed under the sweep"
        count = self._inject(("sweep", seed))
        put(self.dut, "seq", sweep_done=1, sweep_flips=count)
        self._working = ""
        self.log("swept", count)

    def _inject(self, asked: Injected) -> int:
        """Put flips in or take them out; their number."""
        self.injections += 1
        if self.injections != self.broken:
            self.flipped ^= {asked}
        return self.flips.setdefault(asked, self.rng.getrandbits(32))

    def _slice_done(self) -> None:
        """The stores are other ones from now on."""
        self.slices += 1
        count = self.rng.getrandbits(32)
        self.flipped = {("beam", self.slices)}
        # the flips stand until the next slice starts
        self.slice_flips = count
        put(self.dut, "seq", slice_done=1, slice_flips=count)
        self._working = ""
        self.log("over", count)

    def _flip_asked(self) -> Injected:
        one, fault_set, from_ = get(self.dut, "seq", "flip_one", "flip_set", "flip_from")
        assert one + fault_set <= 1
        return ("flip one", from_) if one else ("flip set", from_) if fault_set else ("flip", 0)

    def set_length(self, place: int) -> int:
        """Entries of the fault set at a place of the list."""
        return 1 + zlib.crc32(place.to_bytes(4, "little")) % 5

    def _flip_done(self, asked: Injected) -> None:
        """Flips and the next place stay until the next start, as the sequencer relies on."""
        assert self._flip_asked() == asked, "changed under the flip list"
        count = self._inject(asked) if asked[0] != "flip" else self.rng.getrandbits(32)
        after = asked[1] + self.set_length(asked[1]) if asked[0] == "flip set" else self.rng.getrandbits(32)
        put(self.dut, "seq", flip_done=1, flip_flips=count, flip_next=after)
        self._working = ""
        self.log("flipped", count)

    def _digest_done(self, stores: int) -> None:
        """The digest has been standing for a cycle, as the sequencer relies on."""
        assert get(self.dut, "seq", "digest_stores") == [stores], "changed under the digest"
        value = self.digest(stores)
        put(self.dut, "seq", digest_done=1, digest_value=value, digest_events=events_of(value))
        self._working = ""
        self.log("digested", value)

    def _prepare(self) -> None:
        assert not self._running
        self.log("prepare")
        self._ready = False
        self._later(lambda: put(self.dut, "seq", run_ready=0), 1)

        def ready() -> None:
            self._ready = True
            put(self.dut, "seq", run_ready=1, answered=0, run_hung=0, run_overrun=0)

        self._later(ready, self.rng.choice([1, 2, 3, 50]) + 1)

    def _start(self) -> None:
        beside = ("", "beam") if int(self.dut.seq_any_cycle.value) else ("",)
        assert self._ready and self._working in beside and not self._running, "started too early"
        self.log("start")
        self._ready = False
        self._running, self._over = True, False
        self._answered = self._judged = 0
        kinds = (TrialStatus.OK, TrialStatus.OK, TrialStatus.HANG, TrialStatus.CYCLE_LIMIT)
        status = self.rng.choice(kinds) if self.always is None else self.always
        ends = status == TrialStatus.OK
        answered = self.pictures if ends else self.rng.randrange(self.pictures)
        counts = [self.rng.getrandbits(16) for _ in range(4)]
        self.outcomes.append(Outcome(status, answered, *counts))
        self._later(lambda: put(self.dut, "seq", run_ready=0), 1)
        length = self.rng.randrange(1, self.slowest)
        for _ in range(answered if not ends else answered - 1):
            self._later(self._answer, self.rng.randrange(1, length + 1))
        self._later(self._run_done, length)

    def _answer(self) -> None:
        self._answered += 1

    def _run_done(self) -> None:
        outcome = self.outcomes[-1]
        self._answered, self._over = outcome.answered, True
        put(
            self.dut,
            "seq",
            run_done=1,
            run_hung=int(outcome.status == TrialStatus.HANG),
            run_overrun=int(outcome.status == TrialStatus.CYCLE_LIMIT),
        )
        self.log("answered")

    def _judge(self) -> None:
        """The comparison: behind the engine, its counts right only when it rests."""
        if self._judged < self._answered and self.rng.random() < 0.2:
            self._judged += 1
        idle = self._judged == self._answered
        put(self.dut, "seq", answered=self._answered, compare_idle=int(idle))
        names = ("masked", "tolerated", "critical", "correct")
        if idle and self.outcomes and (not self._running or self._over):
            put(self.dut, "seq", **{name: getattr(self.outcomes[-1], name) for name in names})
            if self._running:
                self._running = False
                self.log("judged")
        elif self._running:
            put(self.dut, "seq", **{name: self.rng.getrandbits(16) for name in names})

    def _take_record(self) -> None:
        word, data = get(self.dut, "seq", "record_word", "record_data")
        head = get(self.dut, "seq", "record_head")[0]
        assert word == len(self._record) and head == len(self.records)
        held = head - int(self.dut.seq_record_tail.value)
        assert held < 4, "a record that the host has not read was overwritten"
        self._record.append(data)
        if len(self._record) == 8:
            self.records.append(self._record)
            self._record = []
            self.log("record")

    async def command(self, command: int) -> None:
        """Give a command."""
        put(self.dut, "seq", command_valid=1, command=command)
        await FallingEdge(self.dut.clk)
        put(self.dut, "seq", command_valid=0, command=self.rng.getrandbits(32))

    async def settled(self, limit: int = 20_000) -> None:
        """Wait until the sequencer is idle."""
        for _ in range(limit):
            if not get(self.dut, "seq", "busy")[0]:
                return
            await FallingEdge(self.dut.clk)
        raise AssertionError(f"busy after {limit} cycles; last events {self.names()[-6:]}")

    async def trials(self, count: int, seed: int, inject: int = Inject.SWEEP, cursor: int = 0) -> None:
        """Start trials; the ring is empty."""
        self.events.clear()
        self.records.clear()
        self.outcomes.clear()
        self.flips.clear()
        self.waited = 0
        self.injections = 0
        put(self.dut, "seq", trials=count, seed_first=seed, inject=inject, cursor_first=cursor, record_tail=0)
        await self.command(Command.TRIALS)
