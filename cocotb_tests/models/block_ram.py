# SPDX-License-Identifier: Apache-2.0
"""A block RAM of ECP5 bit by bit, for the test of its Verilog model: what each pin does to which stored bit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: A stored bit: data bit 0 ... 16383, or the parity bit -1 - n of byte n. Its value is None when it is unknown.
Bit = int | None

BYTES = 2048


@dataclass(frozen=True)
class Pins:
    """Inputs of a port at a clock edge."""

    ce: bool
    oce: bool
    we: bool
    rst: bool
    cs: int
    address: int
    di: int


@dataclass(frozen=True)
class Mode:
    """Parameters of a port."""

    width: int
    write: str = "NORMAL"
    registered: bool = False
    select: int = 0


def stored(mode: Mode, address: int) -> list[int]:
    """Stored bits of the word at an address, least significant first."""
    if mode.width < 9:
        first = address // mode.width * mode.width
        return list(range(first, first + mode.width))
    size = mode.width // 9
    first = address // (8 * size) * size
    return [bit for n in range(first, first + size) for bit in (*range(8 * n, 8 * n + 8), -1 - n)]


def enabled(mode: Mode, address: int) -> list[bool]:
    """Which bits of a word a write reaches: bytes by the lowest bits of the address where there are several."""
    if mode.width <= 9:
        return [True] * mode.width
    return [bool(address >> n & 1) for n in range(mode.width // 9) for _ in range(9)]


@dataclass
class Port:
    """A port: how it is set up, and what it holds."""

    mode: Mode
    latch: list[Bit] = field(default_factory=list)
    out: list[Bit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.latch = self.latch or [0] * self.mode.width
        self.out = self.out or [0] * self.mode.width

    def on(self, pins: Pins) -> bool:
        """Whether it takes part."""
        return pins.ce and pins.cs == self.mode.select

    def writes(self, pins: Pins, di: int) -> dict[int, int]:
        """Stored bits that it changes."""
        if not (self.on(pins) and pins.we and not pins.rst):
            return {}
        word = zip(stored(self.mode, pins.address), enabled(self.mode, pins.address), strict=True)
        return {bit: di >> n & 1 for n, (bit, reached) in enumerate(word) if reached}

    @property
    def shown(self) -> list[Bit]:
        """What its pins show."""
        return self.out if self.mode.registered else self.latch


class BlockRam:
    """Two ports and what they share."""

    def __init__(self, a: Mode, b: Mode, first: Mapping[int, int] | None = None) -> None:
        self.a, self.b = Port(a), Port(b)
        self.memory: dict[int, Bit] = dict(first or {})

    def edge(self, a: Pins, b: Pins) -> None:
        """A clock edge of both ports."""
        wide = a.di | b.di << 18
        written = self.a.writes(a, wide), self.b.writes(b, b.di)
        old = dict(self.memory)
        for mine, others in (written, written[::-1]):
            self.memory.update({bit: None if bit in others else value for bit, value in mine.items()})
        for port, pins, others in ((self.a, a, written[1]), (self.b, b, written[0])):
            if pins.oce:
                port.out = port.latch
            if port.on(pins) and not (pins.we and port.mode.write == "NORMAL"):
                through = pins.we and port.mode.write == "WRITETHROUGH"
                source = self.memory if through else old
                port.latch = [None if bit in others else source.get(bit, 0) for bit in stored(port.mode, pins.address)]
                if pins.we and port.mode.write == "READBEFOREWRITE" and port.mode.width < 9:
                    port.latch = [None] * port.mode.width
            if pins.rst:
                port.latch = port.out = [0] * port.mode.width

    def shown(self) -> tuple[str, str]:
        """Pins DOA and DOB, most significant first, X where they are unknown."""
        if self.b.mode.width == 36:
            return _text(self.b.shown[:18]), _text(self.b.shown[18:])
        return _text(self.a.shown[:18]), _text(self.b.shown)


def _text(bits: Iterable[Bit]) -> str:
    text = "".join("X" if bit is None else str(bit) for bit in bits)
    return text.ljust(18, "0")[::-1]
