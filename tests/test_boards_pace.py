# SPDX-License-Identifier: Apache-2.0
"""The pace of questions, played against boards of many speeds in simulated time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from host.boards import upset_log
from host.boards.pace import Pace
from host.boards.upset_log import UpsetLog
from host.regmap import UPSET_WORDS, Region, register, window

REQUEST, RESPONSE, RECORD = 14, 18, 32  # bytes on the line (docs/link.md), COBS byte and delimiter included
LINE_BYTES_S = 300_000.0


def play(rate: float, trials: int, capacity: int, frame_words: int = 256) -> tuple[float, float]:
    """Bytes a trial, and the share of time the board waited for room."""
    pace = Pace(capacity, frame_words, 8)
    now = work = waited = 0.0
    produced = acknowledged = received = last = bytes_ = 0
    pace.start(now)
    while received < trials:
        goal = now + pace.wait_s(trials - received, last)
        while now < goal or now == goal == work:
            if produced == trials or work + 1 / rate > goal:
                break
            if produced - acknowledged < capacity:
                work += 1 / rate
                produced += 1
            else:
                waited += goal - work
                work = goal
        now = goal
        acknowledged = received
        last = min(produced - received, pace.most)
        received += last
        bytes_ += REQUEST + RESPONSE + RECORD * last + (RESPONSE + RECORD * last) // 254
        now += (REQUEST + RESPONSE + RECORD * last) / LINE_BYTES_S
        pace.seen(last, now)
    return bytes_ / trials, waited / now


@pytest.mark.parametrize("rate", [5.0, 20.0, 100.0, 1000.0, 4000.0])
@pytest.mark.parametrize("capacity", [16, 64])
def test_few_bytes_and_a_ring_that_never_fills(rate: float, capacity: int) -> None:
    bytes_a_trial, waited = play(rate, 2000, capacity)
    assert bytes_a_trial <= 48
    assert waited <= 0.05


def test_slow_boards_are_asked_every_second() -> None:
    pace = Pace(64, 256, 8)
    pace.start(0.0)
    pace.seen(1, 60.0)
    assert pace.wait_s(100, 1) == 1.0


def test_short_frames_are_asked_again_at_once() -> None:
    """On a bad line frames shrink; then an answer holds fewer records than are ready."""
    pace = Pace(64, 256, 8)
    pace.start(0.0)
    pace.seen(10, 0.01)
    assert pace.wait_s(1000, 10) > 0.01
    pace.seen(1, 0.03)
    assert pace.wait_s(1000, 1) == 0.0


def test_one_record_frames_work() -> None:
    assert play(100.0, 50, 4, frame_words=10)[0] < 100


class Beamed:
    """A board whose upsets arrive at given times and do not wait, behind a line of a given delay; and the clock."""

    def __init__(self, times: NDArray[np.float64], capacity: int, delay_s: float) -> None:
        self.now, self.times, self.capacity, self.delay_s = 0.0, times, capacity, delay_s
        self.head = self.tail = self.lost = self.arrived = 0

    def monotonic(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        while self.arrived < len(self.times) and self.times[self.arrived] <= self.now:
            self.arrived += 1
            room = self.head - self.tail < self.capacity
            self.head, self.lost = self.head + room, self.lost + (not room)

    def read(self, address: int, count: int) -> NDArray[np.uint32]:
        self.pass_s(self.delay_s + (REQUEST + RESPONSE + 4 * count) / LINE_BYTES_S)
        if address >= window(Region.UPSETS):
            first = (address - window(Region.UPSETS)) // len(UPSET_WORDS)
            assert first + count // len(UPSET_WORDS) <= self.capacity
            return np.zeros(count, dtype=np.uint32)
        has = {register("UPSET_HEAD"): self.head, register("UPSETS_LOST"): self.lost}
        return np.array([has.get(address + n, 0) for n in range(count)], dtype=np.uint32)

    def write(self, address: int, words: list[int]) -> None:
        self.pass_s(self.delay_s)
        assert address == register("UPSET_TAIL")
        self.tail = int(words[0])


@pytest.mark.parametrize("rate", [30.0, 330.0, 700.0, 1200.0, 2048.0])
@pytest.mark.parametrize("delay_s", [0.0005, 0.001, 0.002])
def test_no_upset_is_lost_that_the_line_can_carry(rate: float, delay_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a second in any cycle: for records alone the host would look once a second."""
    times = np.cumsum(np.random.default_rng(7).exponential(1 / rate, size=int(10 * rate)))
    board = Beamed(times, 64, delay_s)
    monkeypatch.setattr(upset_log, "time", board)
    log, records = UpsetLog(board, board.capacity, 256), Pace(64, 256, 8)  # type: ignore[arg-type]
    log.start()
    looks = 0
    while board.arrived < len(times):
        log.drain()
        board.pass_s(min(1.0, records.wait_s(10, 0), log.wait_s()))
        # the question for records
        board.pass_s(delay_s)
        records.seen(0, board.now)
        log.drain()
        looks += 1
    assert board.lost == 0
    assert looks < max(60, len(times) / 2)
