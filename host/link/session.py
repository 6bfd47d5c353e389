# SPDX-License-Identifier: Apache-2.0
"""A session with a board over a port: requests that are carried out exactly once, or an error."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import serial
from numpy.typing import ArrayLike, NDArray

from host.link.errors import LinkError, RateRefused, Refused
from host.link.frames import (
    DELIMITER,
    FRAME_WORDS,
    RECORD_WORDS,
    SHORTEST_RESPONSE,
    FrameError,
    Operation,
    Request,
    Response,
    Status,
    build_request,
    longest_response,
    parse_response,
)
from host.link.port import open_port, send_break, set_baud

__all__ = ["Counters", "LinkError", "Port", "RateRefused", "Records", "Refused", "Session"]

#: Times a request is sent before the board counts as silent.
ATTEMPTS = 8
#: Times of HELLO: a wrong port should not take long to be found out.
HELLO_ATTEMPTS = 4
#: Seconds to wait for a response beyond its time on the line: first attempt, and the most. Each doubles the last.
#: USB bridges hold bytes for up to 16 ms each way; a simulated board on a busy machine is slower than its baud.
PATIENCE = 0.5
LONGEST_PATIENCE = 2.0
#: Bits of a byte on the line.
BYTE_BITS = 10
#: Data words below which frames do not shrink: room for one record.
SMALLEST_FRAME = 16
#: Full frames without a retry after which frames grow again, once there was an error.
CLEAN_BEFORE_GROWTH = 16


class Port(Protocol):
    """What a session needs of a port; a subset of :class:`serial.Serial`."""

    timeout: float | None
    baudrate: int

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes; fewer when the time-out ends first."""

    def write(self, data: bytes, /) -> int | None:
        """Send bytes."""


@dataclass(frozen=True)
class Counters:
    """What a session has done so far: requests, repetitions of them, and bytes."""

    requests: int = 0
    retries: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True)
class Records:
    """What a RECORDS request returned.

    Attributes
    ----------
    status
        The STATUS register, read before the records were counted.
    first
        Number of the first record.
    words
        The records, uint32, shape (n, 8).
    """

    status: int
    first: int
    words: NDArray[np.uint32]


class Session:
    """A session with a board; made, it has spoken with it.

    Parameters
    ----------
    port
        An open port: :class:`serial.Serial` or anything that reads and writes like it.
    baud
        Bit rate of the line in bit/s, for the time-outs.
    frame_words
        The most data words a frame may carry: the board's FRAME_WORDS.
    name
        What errors call the port.

    Raises
    ------
    LinkError
        If nothing answers as a board does.
    """

    def __init__(self, port: Port, baud: int, *, frame_words: int = FRAME_WORDS, name: str = "the port") -> None:
        self._port: Any = port
        self._baud = baud
        self._name = name
        self._sequence = 0
        self._timeout = 0.0
        self._late = 0
        self._limit = SMALLEST_FRAME
        self._received = bytearray()
        self._counters = Counters()
        self._frame_words = _checked_frame_words(frame_words)
        self._start_small()
        self.greet()

    @classmethod
    def open(cls, path: str, baud: int, *, raised: bool = False) -> Self:
        """Open a serial port and start a session over it.

        Parameters
        ----------
        path
            The port: ``/dev/ttyUSB1``, ``COM5``, or the pseudo-terminal of a simulated board.
        baud
            Bit rate in bit/s.
        raised
            The board may be at a higher rate, left so by another host: a break gives it back the one it wakes up with.

        Raises
        ------
        LinkError
            If the port cannot be opened or no board answers.
        """
        port = open_port(path, baud)
        try:
            if raised:
                send_break(port)
                set_baud(port, baud, path)
            return cls(port, baud, name=path)
        except BaseException:
            port.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the port. May be called again."""
        close = getattr(self._port, "close", None)
        if close is not None:
            close()

    @property
    def counters(self) -> Counters:
        """What was done so far."""
        return self._counters

    @property
    def baud(self) -> int:
        """Bit rate of this end of the line in bit/s."""
        return self._baud

    def set_baud(self, baud: int) -> None:
        """Change the bit rate of this end of the line.

        Raises
        ------
        RateRefused
            If this machine cannot; the rate of the port is not known then.
        """
        set_baud(self._port, baud, self._name)
        self._baud = baud
        self._start_small()

    def break_line(self, baud: int) -> None:
        """Give the board back ``baud``, the bit rate that it wakes up with, whatever it is at (docs/link.md)."""
        send_break(self._port)
        self.set_baud(baud)
        self._received.clear()

    @property
    def frame_words(self) -> int:
        """The most data words a frame may carry; to be set to the board's FRAME_WORDS."""
        return self._frame_words

    @frame_words.setter
    def frame_words(self, value: int) -> None:
        self._frame_words = _checked_frame_words(value)
        self._limit = min(self._limit, self._frame_words)

    def read(self, address: int, count: int) -> NDArray[np.uint32]:
        """Read consecutive words.

        Parameters
        ----------
        address
            Word address of the first.
        count
            How many; any number.

        Returns
        -------
        uint32 array of shape (count,)

        Raises
        ------
        Refused
            If the board refuses a word.
        LinkError
            If it does not answer.
        """
        words = np.empty(count, dtype=np.uint32)
        for begin, end in self._pieces(count):
            piece = self._request(Operation.READ, end - begin, address + begin)
            words[begin:end] = self._expect(piece, end - begin)
        return words

    def write(self, address: int, words: ArrayLike) -> None:
        """Write consecutive words, in order, each once.

        Parameters
        ----------
        address
            Word address of the first.
        words
            Unsigned 32-bit integers, any number.

        Raises
        ------
        Refused
            If the board refuses a word; those before it were written.
        LinkError
            If it does not answer; then it is not known how many were written.
        ValueError
            If a word does not fit 32 bits.
        """
        data = _as_words(words)
        for begin, end in self._pieces(len(data)):
            self._expect(self._request(Operation.WRITE, end - begin, address + begin, data[begin:end]), 0)

    def records(self, first: int, max_words: int) -> Records:
        """Trial records from a number on, as many as are ready and fit; acknowledges those before it.

        Parameters
        ----------
        first
            Number of the first record wanted. If that is none of those on the board, the oldest there comes first.
        max_words
            The most data words to be sent, at least 2; 8 for a record and 2 beside them.

        Raises
        ------
        LinkError
            If the board does not answer.
        """
        if max_words < 2:
            raise ValueError(f"max_words is {max_words}: a response to RECORDS has at least 2 words")
        count = min(max_words, self._limit)
        words = self._request(Operation.RECORDS, count, first & 0xFFFFFFFF).words
        if not 2 <= len(words) <= count or (len(words) - 2) % RECORD_WORDS:
            raise LinkError(self._nonsense(f"{len(words)} words where 2 and whole records were due"))
        return Records(int(words[0]), int(words[1]), words[2:].reshape(-1, RECORD_WORDS))

    def _pieces(self, count: int) -> Iterator[tuple[int, int]]:
        """Begin and end of each frame's words, at the limit of the moment."""
        begin = 0
        while begin < count:
            end = min(count, begin + self._limit)
            yield begin, end
            begin = end

    def _expect(self, response: Response, count: int) -> NDArray[np.uint32]:
        if len(response.words) != count:
            raise LinkError(self._nonsense(f"{len(response.words)} words where {count} were due"))
        return response.words

    def greet(self, attempts: int | None = None) -> None:
        """Make the board forget what it answered last; its answer proves that the line is ours.

        Raises
        ------
        LinkError
            If it does not answer.
        """
        nonce = secrets.randbits(32)
        self._exchange(Request(0, Operation.HELLO, 1, nonce), attempts or HELLO_ATTEMPTS)

    def _request(
        self, operation: Operation, count: int, address: int, words: NDArray[np.uint32] | None = None
    ) -> Response:
        """One request and its response, however many attempts it takes."""
        if not 0 <= address < 1 << 32:
            raise ValueError(f"{address} is no word address: it must be in 0 … {0xFFFFFFFF:#x}")
        self._sequence = self._sequence % 255 + 1
        response = self._exchange(Request(self._sequence, operation, count, address, words), ATTEMPTS)
        if response.status is Status.BUS_ERROR:
            refused = address + int(self._expect(response, 1)[0])
            raise Refused(
                f"the board on {self._name} refused word address {refused:#x} ({operation.name}):"
                " there is no such address, it is read-only, or the board is busy with trials",
                refused,
            )
        if response.status is Status.BAD_REQUEST:
            raise LinkError(
                f"the board on {self._name} does not understand {operation.name} of {count} words:"
                " its frames are shorter or its protocol is another; load a bitstream of this version"
            )
        return response

    def _exchange(self, request: Request, attempts: int) -> Response:
        """Send a request until its response comes; every time the very same bytes, but for a delimiter ahead."""
        frame = build_request(request)
        patience = PATIENCE
        heard = self._counters.bytes_received
        self._count(requests=1)
        for attempt in range(attempts):
            first = attempt == 0
            if not first:
                self._count(retries=1)
                self._shrink()
            # What an unfinished frame left on the board must not spoil this one.
            fresh = first and request.operation is not Operation.HELLO
            self._set_timeout(patience)
            self._send(frame if fresh else DELIMITER + frame)
            response = self._await(request)
            if response is not None:
                if first and request.count >= self._limit:
                    self._grow()
                return response
            patience = min(2 * patience, LONGEST_PATIENCE)
        raise LinkError(self._silence(request, attempts, self._counters.bytes_received > heard))

    def _set_timeout(self, patience: float) -> None:
        """Wait for a response as long as the longest frame and its longest response take on the line, and then some.

        The same for every size: a serial port is reconfigured whenever its time-out changes.
        """
        line_time = 2 * BYTE_BITS * longest_response(self._frame_words) / self._baud
        self._timeout = patience + line_time
        if self._port.timeout != self._timeout:
            self._port.timeout = self._timeout

    def _await(self, request: Request) -> Response | None:
        """The response to a request; None when time is up or a damaged frame came in its place."""
        deadline = time.monotonic() + self._timeout
        self._late = 0
        while True:
            frame = self._receive(deadline)
            if frame is None:
                return None
            if not frame:
                continue
            try:
                response = parse_response(frame)
            except FrameError:
                return None
            # Others answer earlier attempts, of this session or the one before.
            if _answers(response, request):
                return response

    def _receive(self, deadline: float) -> bytes | None:
        """The next frame without its delimiter; None when time is up."""
        while DELIMITER not in self._received:
            there = getattr(self._port, "in_waiting", 0)
            if time.monotonic() > deadline:
                # The board may have been in time and this process late: up to a response of what is there counts.
                if not there or there + self._late > longest_response(self._frame_words):
                    return None
                self._late += there
                wanted = there
            else:
                wanted = max(1, SHORTEST_RESPONSE - len(self._received), there)
            data = self._guarded("read", wanted)
            if not data:
                return None
            self._received += data
            self._count(bytes_received=len(data))
        frame, _, rest = bytes(self._received).partition(DELIMITER)
        self._received = bytearray(rest)
        return frame

    def _send(self, data: bytes) -> None:
        self._guarded("write", data)
        self._count(bytes_sent=len(data))

    def _guarded(self, what: str, argument: Any) -> Any:
        """A port's method, its failures in words."""
        try:
            return getattr(self._port, what)(argument)
        except serial.SerialTimeoutException:
            raise LinkError(
                f"{self._name} takes no more bytes: the board or the simulated board has stopped; start it again"
            ) from None
        except OSError as error:
            raise LinkError(
                f"{self._name} is gone ({error}): the board was unplugged or the simulated board ended; start it again"
            ) from error

    def _count(self, **more: int) -> None:
        now = self._counters
        self._counters = replace(now, **{name: getattr(now, name) + n for name, n in more.items()})

    def _start_small(self) -> None:
        """Frames start small and double, so that a bad line is found out with short frames."""
        self._limit = min(SMALLEST_FRAME, self._frame_words)
        self._clean = 0
        self._clean_before_growth = 1

    def _shrink(self) -> None:
        self._limit = max(self._limit // 2, min(SMALLEST_FRAME, self._frame_words))
        self._clean = 0
        self._clean_before_growth = CLEAN_BEFORE_GROWTH

    def _grow(self) -> None:
        self._clean += 1
        if self._clean >= self._clean_before_growth:
            self._limit = min(2 * self._limit, self._frame_words)
            self._clean = 0

    def _nonsense(self, what: str) -> str:
        return f"the board on {self._name} answered with {what}: load a bitstream of this version"

    def _silence(self, request: Request, attempts: int, heard: bool) -> str:
        if heard:
            what = f"only unreadable bytes came from {self._name} in {attempts} attempts at {request.operation.name}"
            check = f"check that the board runs at {self._baud} baud, and the cable"
        else:
            what = f"no answer from {self._name} in {attempts} attempts at {request.operation.name}"
            check = f"check that this is the board's port, that it is configured and runs at {self._baud} baud"
        return f"{what}: {check}"


def _answers(response: Response, request: Request) -> bool:
    """Whether a response is that to a request."""
    if request.operation is Operation.HELLO:
        return response.status is Status.OK and response.sequence == 0 and response.words.tolist() == [request.address]
    return response.sequence == request.sequence


def _as_words(words: ArrayLike) -> NDArray[np.uint32]:
    """Words as uint32, none of them changed."""
    data = np.atleast_1d(np.asarray(words))
    if data.size == 0:
        return np.empty(0, dtype=np.uint32)
    if data.ndim != 1 or data.dtype.kind not in "ui":
        raise ValueError(f"words are {data.dtype} of shape {data.shape}: they must be one row of integers")
    if int(data.min()) < 0 or int(data.max()) >= 1 << 32:
        raise ValueError(f"words lie in {data.min()} … {data.max()}: they must fit 32 bits without sign")
    return data.astype(np.uint32)


def _checked_frame_words(value: int) -> int:
    if value < 2 + RECORD_WORDS:
        raise ValueError(f"{value} data words a frame: at least {2 + RECORD_WORDS} are needed, for one record")
    return value
