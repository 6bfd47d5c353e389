# SPDX-License-Identifier: Apache-2.0
"""The pace of questions, played against boards of many speeds in simulated time."""

from __future__ import annotations

import pytest

from host.boards.pace import Pace

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
