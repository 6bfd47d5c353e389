# SPDX-License-Identifier: Apache-2.0
"""What the tests of the link share: reset, line rates, random numbers, the bus slave."""

from __future__ import annotations

import logging
import os
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge
from cocotbext.uart import UartSink, UartSource
from cocotbext.wishbone.monitor import WishboneSlave

from cocotb_tests.driver import start_clock

#: Inputs of the bench that rest at 0.
INPUTS = (
    *("crc_state", "crc_data", "tx_valid", "tx_data"),
    *("dec_valid", "dec_broken", "dec_data", "dec_frame_done"),
    *("mem_we", "mem_address", "mem_data", "reader_rewind", "reader_ready"),
    *("enc_start", "enc_length", "enc_ready", "writer_valid", "writer_index", "writer_data"),
    *("cmd_frame_valid", "cmd_frame_length", "cmd_send_done", "cmd_wb_datrd", "cmd_wb_ack", "cmd_wb_err"),
    *("link_wb_datrd", "link_wb_ack", "link_wb_err"),
    *("link_set_valid", "link_set_step", "rate_set_valid", "rate_set_step", "rate_quiet"),
)

#: Clock cycles of a break in the bench: 300 us at its parameter CLOCK_HZ.
BREAK = 12_000_000 // 3333

SEED = int(os.environ.get("FAULTLOOP_SEED", "20260322"))


@dataclass(frozen=True)
class Line:
    """A clock and a bit rate."""

    clock_hz: int
    baud: int

    @property
    def step(self) -> int:
        """Bit rate as a fraction of the clock, in 2^-24."""
        return round(self.baud * 2**24 / self.clock_hz)

    @property
    def period_ps(self) -> int:
        """Clock period; even, as its halves are whole."""
        return 2 * round(10**12 / self.clock_hz / 2)

    @property
    def bit_clocks(self) -> float:
        """Clocks a bit."""
        return self.clock_hz / self.baud


ARTY = Line(100_000_000, 3_000_000)
ULX = Line(25_000_000, 3_000_000)
SLOW = Line(12_000_000, 115_200)
FASTEST = Line(12_000_000, 3_000_000)
LINES = (ARTY, ULX, SLOW, FASTEST)


def random_numbers(dut: Any, name: str) -> random.Random:
    """A generator for one test, its seed printed."""
    dut._log.info("seed: FAULTLOOP_SEED=%d", SEED)
    return random.Random(f"{SEED} {name}")


async def start(dut: Any, line: Line = ULX) -> None:
    """Start the clock and reset, every input at rest."""
    for name in INPUTS:
        getattr(dut, name).value = 0
    dut.rx_rxd.value = 1
    dut.link_rxd.value = 1
    dut.rate_rxd.value = 1
    dut.step.value = line.step
    dut.rst.value = 1
    start_clock(dut.clk, line.period_ps, "ps")
    await ClockCycles(dut.clk, 4)
    dut.rst.value = 0
    await RisingEdge(dut.clk)


def quiet_source(pin: Any, baud: float) -> UartSource:
    """A published transmitter that does not log every byte."""
    source = UartSource(pin, baud=baud)
    source.log.setLevel(logging.WARNING)
    return source


def quiet_sink(pin: Any, baud: float) -> UartSink:
    """A published receiver that does not log every byte."""
    sink = UartSink(pin, baud=baud)
    sink.log.setLevel(logging.WARNING)
    return sink


def retune(model: UartSource | UartSink, baud: float) -> None:
    """Give a model another bit rate; the setter of its own calls itself without end."""
    model._run_cr.cancel()
    model._run_cr = None
    model._baud = baud
    model._restart()


def with_crc(content: bytes) -> bytes:
    """Content and its CRC."""
    return content + zlib.crc32(content).to_bytes(4, "little")


def awkward_contents(rng: random.Random) -> Iterator[bytes]:
    """Contents at which COBS goes wrong when it does, and random ones; 8 … 1032 bytes, a multiple of 4."""
    for run in range(248, 264):
        yield _whole(bytes(rng.randrange(1, 256) for _ in range(run)))
        yield _whole(bytes(run % 5) + bytes(rng.randrange(1, 256) for _ in range(run)) + bytes(1))
    for run in (504, 508, 512, 762):
        yield _whole(bytes(rng.randrange(1, 256) for _ in range(run)))
    yield from (bytes(8), bytes(256), bytes(1032), b"\xff" * 1032, b"\x01" * 254 + bytes(2))
    for _ in range(30):
        length = 8 + 4 * rng.choice((0, 0, 1, 2, 7, 62, 63, 64, 256, rng.randrange(257)))
        zeros = rng.choice((0, 0.003, 0.1, 0.5, 0.95))
        yield bytes(0 if rng.random() < zeros else rng.randrange(256) for _ in range(length))


def _whole(content: bytes) -> bytes:
    """Content, lengthened by non-zero bytes in front to a whole number of words."""
    return b"\x55" * (-len(content) % 4) + content


@dataclass(frozen=True)
class Transfer:
    """One word on the bus."""

    write: bool
    address: int
    data: int
    accepted: bool


@dataclass
class Slave:
    """The published slave, with a memory behind it. An address that `refuses` is answered with an error."""

    memory: dict[int, int] = field(default_factory=dict)
    refuses: Callable[[bool, int], bool] = lambda write, address: False
    on_write: Callable[[int, int], None] | None = None
    waits: Callable[[], int] = lambda: 0
    transfers: list[Transfer] = field(default_factory=list)

    def attach(self, dut: Any, name: str) -> None:
        """Take the bus of this name."""
        # The model asks for wait states, then for data (reads), then for the kind of reply: 1 ack, 2 err.
        self._model = WishboneSlave(
            dut, name, dut.clk, width=32, datgen=self._data(), ackgen=self._replies(), waitreplygen=self._waits()
        )
        self._model.log.setLevel(logging.WARNING)

    def _waits(self) -> Iterator[int]:
        while True:
            yield self.waits()

    def _data(self) -> Iterator[int]:
        while True:
            yield self.memory.get(int(self._model.bus.adr.value), 0)

    def _replies(self) -> Iterator[int]:
        while True:
            bus = self._model.bus
            write, address = bool(int(bus.we.value)), int(bus.adr.value)
            data = int(bus.datwr.value) if write else self.memory.get(address, 0)
            accepted = not self.refuses(write, address)
            if write and accepted:
                if self.on_write is None:
                    self.memory[address] = data
                else:
                    self.on_write(address, data)
            self.transfers.append(Transfer(write, address, data, accepted))
            yield 1 if accepted else 2


async def load(dut: Any, content: bytes) -> None:
    """Write content into the bench's memories."""
    dut.mem_we.value = 1
    for address, byte in enumerate(content):
        dut.mem_address.value = address
        dut.mem_data.value = byte
        await RisingEdge(dut.clk)
    dut.mem_we.value = 0


async def settled(dut: Any) -> None:
    """The next edge, and all that follows from it."""
    await RisingEdge(dut.clk)
    await ReadOnly()
