# SPDX-License-Identifier: Apache-2.0
"""A board behind a line, by the letter of docs/link.md, and what a bad line does to bytes.

Written against `cobs`, `struct` and `zlib` alone, so that it can disagree with :mod:`host.link`.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cobs import cobs

RECORD_WORDS = 8


def seal(content: bytes) -> bytes:
    """Frame of a content."""
    return bytes(cobs.encode(content + struct.pack("<I", zlib.crc32(content)))) + b"\0"


@dataclass
class ModelBoard:
    """Memory behind frames. Addresses at or beyond `end` are refused."""

    end: int = 1 << 20
    frame_words: int = 256
    status: int = 0x55
    head: int = 0
    tail: int = 0
    memory: dict[int, int] = field(default_factory=dict)
    writes: list[tuple[int, int]] = field(default_factory=list)
    executed: list[tuple[int, int]] = field(default_factory=list)
    frames_bad: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _last: int = 0
    _stored: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """Bytes from the host; what is answered to them."""
        out = b""
        for byte in data:
            if byte:
                self._buffer.append(byte)
            elif self._buffer:
                frame, self._buffer = bytes(self._buffer), bytearray()
                out += self._frame(frame)
        return out

    def record(self, number: int) -> list[int]:
        """Words of a record."""
        return [(number << 8) + k for k in range(RECORD_WORDS)]

    def _frame(self, frame: bytes) -> bytes:
        try:
            content = cobs.decode(frame)
        except cobs.DecodeError:
            content = b""
        good = len(content) >= 12 and struct.pack("<I", zlib.crc32(content[:-4])) == content[-4:]
        if not good:
            self.frames_bad += 1
            return b""
        sequence, operation, count, address = struct.unpack_from("<BBHI", content)
        words = list(struct.unpack(f"<{(len(content) - 12) // 4}I", content[8:-4]))
        if operation == 0:
            self._last = 0
            self._stored = self._answer(0, 0, [address])
        elif sequence != self._last:
            self.executed.append((operation, count))
            self._last = sequence
            self._stored = self._answer(sequence, *self._execute(operation, count, address, words))
        return self._stored

    @staticmethod
    def _answer(sequence: int, status: int, words: list[int]) -> bytes:
        return seal(struct.pack(f"<BBH{len(words)}I", sequence, status, len(words), *words))

    def _execute(self, operation: int, count: int, address: int, words: list[int]) -> tuple[int, list[int]]:
        if operation not in (1, 2, 3) or count > self.frame_words or (operation == 2 and len(words) != count):
            return 2, []
        if operation == 3:
            return 0, self._records(count, address)
        values = []
        for index in range(count):
            if address + index >= self.end:
                return 1, [index]
            if operation == 2:
                self.memory[address + index] = words[index]
                self.writes.append((address + index, words[index]))
            else:
                values.append(self.memory.get(address + index, 0))
        return 0, values

    def _records(self, count: int, first: int) -> list[int]:
        if self.tail <= first <= self.head:
            self.tail = first
        taken = min(self.head - self.tail, (count - 2) // RECORD_WORDS)
        records = [word for n in range(self.tail, self.tail + taken) for word in self.record(n)]
        return [self.status, self.tail, *records]


def clean(data: bytes) -> bytes:
    """A line that does nothing to bytes."""
    return data


@dataclass
class FakePort:
    """A port with a board at its other end. Time stands still: an empty read is a time-out that has passed.

    Attributes
    ----------
    there, back
        What the line does to bytes in either direction.
    late
        Probability that what the board sends comes only after the host has stopped waiting once.
    """

    board: ModelBoard
    there: Callable[[bytes], bytes] = clean
    back: Callable[[bytes], bytes] = clean
    late: float = 0.0
    rng: random.Random = field(default_factory=random.Random)
    timeout: float | None = None
    sent: list[bytes] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    closed: bool = False
    _output: bytearray = field(default_factory=bytearray)
    _held: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes, /) -> int:
        self.sent.append(data)
        answer = self.back(self.board.feed(self.there(data)))
        if self.rng.random() < self.late:
            self._held += answer
        else:
            self._output += self._held + answer
            self._held.clear()
        return len(data)

    def read(self, size: int = 1, /) -> bytes:
        data = bytes(self._output[:size])
        del self._output[:size]
        if not data:
            assert self.timeout is not None, "would wait for ever"
            self.waited.append(self.timeout)
            self._output += self._held
            self._held.clear()
        return data

    @property
    def in_waiting(self) -> int:
        return len(self._output)

    def close(self) -> None:
        self.closed = True


def bad_line(rng: random.Random, rate: float) -> Callable[[bytes], bytes]:
    """A line that flips, drops and doubles bytes at a rate, and now and then a whole burst."""

    def spoil(data: bytes) -> bytes:
        if rng.random() < rate * 5:
            return b""
        if rng.random() < rate * 5:
            data = data + data
        out = bytearray()
        for byte in data:
            event = rng.random() / rate if rate else 9.0
            if event < 1 / 3:
                out.append(byte ^ (1 << rng.randrange(8)))
            elif event < 2 / 3:
                out += bytes((byte, byte))
            elif event >= 1:
                out.append(byte)
        return bytes(out)

    return spoil
