# SPDX-License-Identifier: Apache-2.0
"""Sessions over lines that drop, damage, double and delay bytes, and over ports that are no board."""

from __future__ import annotations

import errno
import os
import random
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st
from link_board import FakePort, ModelBoard, bad_line, seal

from host.link import session as module
from host.link.session import LinkError, Refused, Session

BAUD = 3_000_000


def _words(rng: random.Random, count: int) -> list[int]:
    return [rng.getrandbits(32) for _ in range(count)]


def test_reads_back_what_it_wrote() -> None:
    board = ModelBoard()
    session = Session(FakePort(board), BAUD)
    rng = random.Random(1)
    for count in (0, 1, 15, 16, 17, 255, 256, 257, 2000):
        words = _words(rng, count)
        session.write(100, words)
        got = session.read(100, count)
        assert got.dtype == np.uint32 and got.tolist() == words
    assert session.counters.retries == 0


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.002, 0.004]), st.sampled_from([0.0, 0.2]))
@settings(deadline=None, max_examples=60)
def test_exactly_once_over_any_line(seed: int, rate: float, late: float) -> None:
    """Whatever the line does: words are written once and in order, and reads are right, or an error is raised."""
    rng = random.Random(seed)
    board = ModelBoard()
    port = FakePort(board, bad_line(rng, rate), bad_line(rng, rate), late, rng)
    expected: list[tuple[int, int]] = []
    try:
        session = Session(port, BAUD)
        for _ in range(6):
            address, words = rng.randrange(1000), _words(rng, rng.choice((1, 3, 20, 70)))
            session.write(address, words)
            expected += enumerate(words, start=address)
            assert board.writes == expected
            assert session.read(address, len(words)).tolist() == words
    except LinkError:
        assert rate > 0
        assert board.writes[: len(expected)] == expected


def test_most_bad_lines_are_overcome() -> None:
    """One byte in 500 damaged each way, one burst in 100 lost: everything arrives, and retries are counted."""
    rng = random.Random(7)
    board = ModelBoard()
    session = Session(FakePort(board, bad_line(rng, 0.002), bad_line(rng, 0.002), 0.0, rng), BAUD)
    words = _words(rng, 3000)
    session.write(0, words)
    assert session.read(0, 3000).tolist() == words
    assert board.writes == list(enumerate(words))
    assert session.counters.retries > 10
    assert board.frames_bad > 0


def test_frames_grow_and_shrink() -> None:
    board = ModelBoard()
    port = FakePort(board)
    session = Session(port, BAUD)
    session.write(0, [0] * 5000)
    sizes = [count for _, count in board.executed]
    assert sizes[:5] == [16, 32, 64, 128, 256] and max(sizes) == 256
    board.executed.clear()
    lost = iter([True, True])
    port.there = lambda data: b"" if next(lost, False) else data
    session.write(0, [0] * 5000)
    sizes = [count for _, count in board.executed]
    assert sizes[:2] == [256, 64], "two lost frames quarter the next"
    assert sizes[16:19] == [64, 128, 128], "and it is not trusted again at once"
    session.frame_words = 20
    board.executed.clear()
    session.write(0, [0] * 100)
    assert max(count for _, count in board.executed) == 20


def test_time_outs_grow_with_patience_and_with_the_line() -> None:
    def waits(baud: int) -> list[float]:
        board = ModelBoard()
        port = FakePort(board)
        session = Session(port, baud)
        port.there = lambda data: b""
        with pytest.raises(LinkError):
            session.read(0, 1)
        return port.waited

    fast, slow = waits(BAUD), waits(115_200)
    assert len(fast) == len(slow) == module.ATTEMPTS
    assert fast == sorted(fast) and fast[-1] > fast[0]
    # The longest frame and its response: 2 * 1037 bytes of 10 bits.
    assert slow[0] - fast[0] == pytest.approx(20_740 * (1 / 115_200 - 1 / BAUD), rel=0.01)


def test_a_retry_repeats_the_sequence_number() -> None:
    board = ModelBoard()
    port = FakePort(board)
    session = Session(port, BAUD)
    port.sent.clear()
    answers = iter([b"", b""])
    port.back = lambda data: next(answers, data)
    session.write(5, [6])
    assert port.sent[1:] == [b"\0" + port.sent[0]] * 2
    assert board.writes == [(5, 6)]
    assert (session.counters.requests, session.counters.retries) == (2, 2)
    assert session.counters.bytes_sent == sum(map(len, port.sent)) + len(b"\0") + 1 + 12 + 1


def test_a_damaged_answer_is_asked_for_again_at_once() -> None:
    board = ModelBoard(memory={3: 4})
    port = FakePort(board)
    session = Session(port, BAUD)
    damage = iter([b"\7"])
    port.back = lambda data: next(damage, b"") + data
    assert session.read(3, 1).tolist() == [4]
    assert session.counters.retries == 1
    assert port.waited == []


def test_sequence_numbers_go_round_without_zero() -> None:
    board = ModelBoard()
    session = Session(FakePort(board), BAUD)
    for value in range(600):
        session.write(value, [value])
    assert board.writes == [(value, value) for value in range(600)]


def test_what_was_on_the_line_before_is_ignored() -> None:
    """Responses to another session, half frames and old HELLOs come before the answer."""
    board = ModelBoard()
    port = FakePort(board)
    stale = seal(b"\0\0\1\0\1\2\3\4") + seal(b"\1\0\1\0\5\5\5\5")
    port.back = lambda data: stale + data
    session = Session(port, BAUD)
    port.back = lambda data: seal(b"\xc8\0\1\0\5\5\5\5") + b"\0\0" + data
    board.memory[3] = 77
    assert session.read(3, 1).tolist() == [77]


def test_records() -> None:
    board = ModelBoard(status=0x103, tail=2, head=40)
    session = Session(FakePort(board), BAUD)
    session.write(0, [0] * 2000)
    got = session.records(5, 100)
    assert (got.status, got.first, got.words.shape) == (0x103, 5, (12, 8))
    assert got.words.tolist() == [board.record(n) for n in range(5, 17)]
    assert board.tail == 5
    assert session.records(1, 1000).first == 5
    assert session.records(40, 1000).words.shape == (0, 8)
    assert session.records(40, 2).words.shape == (0, 8)
    with pytest.raises(ValueError, match="at least 2"):
        session.records(40, 1)


def test_refused() -> None:
    board = ModelBoard(end=1000)
    session = Session(FakePort(board), BAUD)
    for act in (lambda: session.read(900, 200), lambda: session.write(900, [1] * 200)):
        with pytest.raises(Refused, match="refused word address 0x3e8") as caught:
            act()
        assert caught.value.address == 1000
    assert [address for address, _ in board.writes] == list(range(900, 1000))


def test_not_understood() -> None:
    board = ModelBoard(frame_words=8)
    with pytest.raises(LinkError, match="does not understand WRITE of 9 words") as caught:
        Session(FakePort(board), BAUD).write(0, [0] * 9)
    assert not isinstance(caught.value, Refused)


def _requests(session: Session) -> list[Callable[[], object]]:
    return [lambda: session.read(0, 1), lambda: session.write(0, [1]), lambda: session.records(0, 10)]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda data: b"", "no answer .* check that this is the board's port"),
        (lambda data: data[:-2] + b"\0", "unreadable bytes .* check that the board runs at 3000000 baud"),
        (lambda data: b"\xff\x00\x13\x37", "unreadable bytes"),
        (lambda data: data[:-1], "unreadable bytes"),
    ],
)
def test_silence_and_noise_raise(answer: Callable[[bytes], bytes], says: str) -> None:
    """No request ever returns a value that no board sent."""
    board = ModelBoard()
    port = FakePort(board)
    session = Session(port, BAUD)
    port.back = answer
    for request in _requests(session):
        with pytest.raises(LinkError, match=says):
            request()
    with pytest.raises(LinkError, match=says):
        Session(port, BAUD)


def test_a_wrong_number_of_words_raises() -> None:
    board = ModelBoard(head=9)
    session = Session(FakePort(board), BAUD)
    board._execute = lambda operation, count, address, words: (0, [1, 2, 3])  # type: ignore[method-assign]
    for request in _requests(session):
        with pytest.raises(LinkError, match="answered with 3 words where"):
            request()


def test_an_interrupted_request_does_not_answer_the_next() -> None:
    board = ModelBoard(memory={1: 11, 2: 22})
    port = FakePort(board)
    session = Session(port, BAUD)

    def interrupt(data: bytes) -> bytes:
        port._output += data
        raise KeyboardInterrupt

    port.back = interrupt
    with pytest.raises(KeyboardInterrupt):
        session.read(1, 1)
    port.back = lambda data: data
    assert session.read(2, 1).tolist() == [22]


@pytest.mark.parametrize("words", [[-1], [1 << 32], [0.5], [[1, 2]], ["a"]])
def test_words_that_do_not_fit(words: list[object]) -> None:
    board = ModelBoard()
    session = Session(FakePort(board), BAUD)
    with pytest.raises(ValueError, match="words"):
        session.write(0, words)  # type: ignore[arg-type]
    assert not board.writes


@pytest.mark.parametrize("address", [-1, 1 << 32])
def test_addresses_that_do_not_fit(address: int) -> None:
    with pytest.raises(ValueError, match="no word address"):
        Session(FakePort(ModelBoard()), BAUD).read(address, 1)


class Terminal:
    """A board at the other end of a pseudo-terminal, until it goes away."""

    def __init__(self, board: ModelBoard) -> None:
        self.board = board
        self._end, self._kept = os.openpty()
        self.path = os.ttyname(self._kept)
        self._going = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._going.is_set():
            if select.select([self._end], [], [], 0.02)[0]:
                os.write(self._end, self.board.feed(os.read(self._end, 4096)))

    def go_away(self) -> None:
        if not self._going.is_set():
            self._going.set()
            self._thread.join()
            os.close(self._end)
            os.close(self._kept)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    there = Terminal(ModelBoard())
    yield there
    there.go_away()


@pytest.mark.parametrize("baud", [115_200, 3_000_000, 12_500_000])
def test_over_a_terminal(terminal: Terminal, baud: int) -> None:
    with Session.open(terminal.path, baud) as session:
        session.write(0, range(1, 1001))
        assert session.read(0, 1000).tolist() == list(range(1, 1001))
        with pytest.raises(LinkError, match="in use by another program"):
            Session.open(terminal.path, baud)
    assert session.counters.retries == 0
    with Session.open(terminal.path, baud) as session:
        assert session.read(5, 1).tolist() == [6]


def test_a_board_that_goes_away(terminal: Terminal) -> None:
    with Session.open(terminal.path, BAUD) as session:
        terminal.go_away()
        with pytest.raises(LinkError, match="is gone"):
            session.read(0, 1)


def test_no_such_port() -> None:
    with pytest.raises(LinkError, match="there is no port /dev/no-such-port: plug the board in"):
        Session.open("/dev/no-such-port", BAUD)


def test_no_serial_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(LinkError, match="cannot be opened as a serial port"):
        Session.open(str(path), BAUD)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (serial.SerialException(errno.EACCES, "denied"), "no permission to open P: type `sudo usermod"),
        (serial.SerialException(errno.EBUSY, "busy"), "P is in use"),
        (serial.SerialException("strange"), r"P cannot be opened as a serial port \(strange\)"),
        (ValueError("Not a valid baudrate"), "P cannot run at 3000000 baud"),
    ],
)
def test_port_that_does_not_open(monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(LinkError, match=says) as caught:
        Session.open("P", BAUD)
    assert "\n" not in str(caught.value)


def test_a_failed_opening_closes_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    port = FakePort(ModelBoard(), there=lambda data: b"")
    monkeypatch.setattr(module, "open_port", lambda path, baud: port)
    with pytest.raises(LinkError, match="no answer from P"):
        Session.open("P", BAUD)
    assert port.closed


def test_a_host_that_is_late_itself_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came in time counts, however late this process reads it."""
    board = ModelBoard()
    session = Session(FakePort(board), BAUD)
    hours = iter(range(0, 10**9, 3600))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(hours)))
    session.write(0, range(1000))
    assert session.read(0, 1000).tolist() == list(range(1000))
    assert session.counters.retries == 0


def test_a_line_that_never_falls_silent_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes without end that are no response do not hold a host for ever."""
    port = FakePort(ModelBoard())
    session = Session(port, BAUD)
    port.back = lambda data: b"\1\0" * 100_000
    hours = iter(range(0, 10**9, 3600))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(hours)))
    with pytest.raises(LinkError):
        session.read(0, 1)
