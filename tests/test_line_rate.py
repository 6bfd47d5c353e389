# SPDX-License-Identifier: Apache-2.0
"""The bit rate of a line: raised where both ends can, proven, given up where not clean, found again after a crash."""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from device_model import Framed, ModelDevice
from link_board import FakePort, ModelBoard, bad_line, clean
from test_link_session import Terminal

from host.boards import BoardError, find_entry, open_board
from host.boards.line_rate import step_of
from host.image import compile_network
from host.link import session as module
from host.link.session import RateRefused, Session
from host.networks import load_network

IMAGE = compile_network(load_network("digits-mlp"))
ARTY = find_entry("arty")
CLOCK_HZ = 100_000_000
BASE = ARTY.baud
FASTEST, FAST = ARTY.fast_bauds


class RatedPort(FakePort):
    """A line on which the ends only understand each other at one bit rate.

    Attributes
    ----------
    board_baud
        Rate of the board.
    refused
        What setting a rate raises.
    lines
        What the line does to bytes at a rate, where it is not clean.
    breaks, slow
        Whether the bridge can send a break, and go as slow as 9600 baud.
    """

    def __init__(self, device: ModelDevice, clock_hz: int = CLOCK_HZ) -> None:
        super().__init__(Framed(device))
        self.device = device
        self.clock_hz = clock_hz
        self.board_baud = float(BASE)
        self.refused: dict[int, Exception] = {}
        self.lines: dict[int, Callable[[bytes], bytes]] = {}
        self.breaks = self.slow = True
        self.broken = 0
        self._baud = BASE

    @property
    def baudrate(self) -> int:
        return self._baud

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        if value in self.refused:
            raise self.refused[value]
        self._baud = value

    @property
    def break_condition(self) -> bool:
        return False

    @break_condition.setter
    def break_condition(self, value: bool) -> None:
        if not self.breaks:
            raise NotImplementedError
        if value:
            self._break()

    def flush(self) -> None:
        """What was written is on the line."""

    def write(self, data: bytes, /) -> int:
        if self.slow and self._baud < 20_000 and 0 in data:
            self._break()
        if abs(self._baud / self.board_baud - 1) > 0.03:
            self.board.feed(b"\xff\x81")
            return len(data)
        self.there = self.back = self.lines.get(self._baud, clean)
        before = self.device.get("LINE_STEP")
        count = super().write(data)
        step = self.device.get("LINE_STEP")
        if step != before:
            # after the response
            self.board_baud = step * self.clock_hz / (1 << 24)
        return count

    def _break(self) -> None:
        self.board_baud = BASE
        self.device.set("LINE_STEP", round(BASE * (1 << 24) / self.clock_hz))
        self.broken += 1


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> RatedPort:
    """The line that is opened."""
    line = RatedPort(ModelDevice(IMAGE))

    def open_port(path: str, baud: int) -> RatedPort:
        line.baudrate = baud
        return line

    monkeypatch.setattr(module, "open_port", open_port)
    return line


def opened(told: list[str]) -> int:
    """Open the board, which reads its identity once more at the rate it got; that rate."""
    return open_board("arty", "P", IMAGE, notify=told.append).identity.baud


def test_the_highest_rate_is_taken_when_it_is_clean(port: RatedPort) -> None:
    told = list[str]()
    assert opened(told) == FASTEST and not told
    assert port.baudrate == FASTEST and round(port.board_baud / 1000) == FASTEST // 1000


def test_a_host_finds_a_board_that_another_left_fast(port: RatedPort) -> None:
    for breaks, slow in ((True, True), (False, True), (True, False)):
        port.board_baud, port.breaks, port.slow = FASTEST, breaks, slow
        assert opened([]) == FASTEST
    port.breaks = port.slow = False
    port.board_baud = FASTEST
    with pytest.raises(BoardError, match="board arty does not answer on P"):
        opened([])


def noisy(rate: float) -> Callable[[bytes], bytes]:
    """A line with errors, always the same ones."""
    return bad_line(Random(3), rate)


@pytest.mark.parametrize("line", [noisy(0.01), lambda data: b"", lambda data: data[:-1]])
def test_a_rate_that_is_not_clean_is_given_up_and_told(port: RatedPort, line: Callable[[bytes], bytes]) -> None:
    port.lines[FASTEST] = line
    told = list[str]()
    assert opened(told) == FAST
    (text,) = told
    assert text.startswith(f"the line runs at {FAST} baud, as ") and text.endswith(f" at {FASTEST}")
    assert port.broken > 2, "the board was not called back with a break"


def test_a_single_lost_frame_is_not_clean(port: RatedPort) -> None:
    lost = iter([False] * 30 + [True])
    port.lines[FASTEST] = lambda data: b"" if next(lost, False) else data
    told = list[str]()
    assert opened(told) == FAST and "1 requests had to be repeated" in told[0]


def test_without_any_clean_rate_the_base_stays(port: RatedPort) -> None:
    port.lines = {FASTEST: lambda data: b"", FAST: lambda data: b"\1"}
    told = list[str]()
    assert opened(told) == BASE
    assert len(told) == 1 and f"at {FASTEST} and nothing came through at {FAST}" in told[0]


@pytest.mark.parametrize("error", [ValueError("no such rate"), termios.error(22, "Invalid"), OSError(5, "EIO")])
def test_a_rate_that_the_driver_refuses_is_skipped(port: RatedPort, error: Exception) -> None:
    port.refused[FASTEST] = error
    told = list[str]()
    assert opened(told) == FAST
    assert told == [f"the line runs at {FAST} baud, as the serial driver of this machine cannot make {FASTEST}"]
    with pytest.raises(RateRefused, match=f"P cannot run at {FASTEST} baud"):
        Session.open("P", BASE, raised=True).set_baud(FASTEST)


def test_a_rate_that_the_clock_cannot_make_is_skipped(port: RatedPort) -> None:
    port.device.set("CLOCK_HZ", 8_000_000)
    port.clock_hz = 8_000_000
    told = list[str]()
    assert opened(told) == FAST
    assert f"the board's clock of 8000000 Hz cannot make {FASTEST}" in told[0]


def test_another_build_than_that_of_this_checkout_is_told(
    port: RatedPort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "arty-mac").mkdir()
    (tmp_path / "arty-mac" / "build.json").write_text('{"build_id": 7}')
    monkeypatch.setattr("host.boards.bitstreams.BITSTREAMS", tmp_path)
    told = list[str]()
    assert opened(told) == FASTEST
    assert len(told) == 1 and "has build id 00001234, the bitstream in" in told[0]


def test_trials_that_another_host_left_running_do_not_matter(port: RatedPort) -> None:
    port.device.to_do = 1000
    told = list[str]()
    assert opened(told) == FASTEST and not told and port.device.to_do


def test_a_board_that_is_lost_for_good_is_said(port: RatedPort) -> None:
    """It goes away while the rate is raised."""

    def cut(data: bytes) -> bytes:
        port.lines[BASE] = lambda data: b""
        return b""

    port.lines = {FASTEST: cut}
    with pytest.raises(BoardError, match="board arty does not answer on P"):
        opened([])
    assert port.closed


def test_steps() -> None:
    """Whole registers within 1.5 % and a quarter of the clock."""
    assert step_of(3_000_000, CLOCK_HZ) == round(0.03 * 2**24)
    assert step_of(3_000_000, 12_000_000) == 1 << 22
    assert step_of(3_000_000, 11_900_000) is None and step_of(1_000_000, 0) is None
    for clock in (12_000_000, 25_000_000, 27_000_000, 48_000_000, 100_000_000):
        for baud in (1_000_000, 2_000_000, 3_000_000):
            step = step_of(baud, clock)
            assert step is not None and abs(step * clock / 2**24 / baud - 1) < 1e-5
    # the resolution: a fortieth of a step off 40
    assert step_of(25, 1 << 24) == 25 and step_of(1, 1 << 26) is None


def test_a_terminal_has_no_line_to_break() -> None:
    """It costs next to no time, and the board answers."""
    there = Terminal(ModelBoard(memory={5: 6}))
    try:
        begin = time.monotonic()
        with Session.open(there.path, BASE, raised=True) as session:
            session.set_baud(FASTEST)
            assert session.read(5, 1).tolist() == [6]
            session.break_line(BASE)
            session.greet()
            assert session.read(5, 1).tolist() == [6] and session.baud == BASE
        assert time.monotonic() - begin < 1.0
        assert session.counters.retries == 0
    finally:
        there.go_away()


def test_a_fixed_rate_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated board: no break, no slow byte, no other rate."""
    device = ModelDevice(IMAGE)
    port = FakePort(Framed(device))
    monkeypatch.setattr(module, "open_port", lambda path, baud: port)
    open_board("sim", os.devnull, IMAGE)
    assert device.log == [] and port.sent[0][:1] == b"\0" and len(port.sent[0]) > 2


def test_real_boards_have_room_to_fall() -> None:
    """Every serial board wakes up slower than what it tries, highest first."""
    from host.boards import CATALOGUE
    from host.boards.catalogue import Kind

    for entry in CATALOGUE:
        if entry.kind is Kind.SERIAL:
            assert list(entry.fast_bauds) == sorted(entry.fast_bauds, reverse=True)
            for baud in (entry.baud, *entry.fast_bauds):
                assert baud >= entry.baud and step_of(baud, entry.clock_hz), f"{entry.name} at {baud}"
