# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the receiver against a published transmitter, and against what no transmitter sends."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge, Timer

from cocotb_tests.link.driver import ARTY, FASTEST, LINES, SLOW, ULX, Line, quiet_source, random_numbers, start


class Watch:
    """Collects what the receiver says."""

    def __init__(self, dut: Any) -> None:
        self.data = bytearray()
        self.broken = 0
        self.active_cycles = 0
        self.task = cocotb.start_soon(self._run(dut))

    async def _run(self, dut: Any) -> None:
        while True:
            await RisingEdge(dut.clk)
            await ReadOnly()
            if int(dut.rx_valid.value):
                self.data.append(int(dut.rx_data.value))
            self.broken += int(dut.rx_broken.value)
            self.active_cycles += int(dut.rx_active.value)


async def _receive(dut: Any, line: Line, error: float, data: bytes) -> bytes:
    await start(dut, line)
    watch = Watch(dut)
    source = quiet_source(dut.rx_rxd, line.baud * (1 + error))
    source.write_nowait(data)
    await source.wait()
    await ClockCycles(dut.clk, 20 * int(line.bit_clocks))
    assert watch.broken == 0
    assert not int(dut.rx_active.value)
    watch.task.cancel()
    return bytes(watch.data)


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(line=LINES, error=[-0.015, 0.0, 0.015])
async def every_rate(dut: Any, line: Line, error: float) -> None:
    """Bytes back to back at a transmitter's rate error, at every board's clock and at 4 clocks a bit."""
    rng = random_numbers(dut, f"rx {line} {error}")
    data = bytes([0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80]) + rng.randbytes(40 if line is not SLOW else 12)
    assert await _receive(dut, line, error, data) == data


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(line=[ARTY, ULX], error=[-0.03, -0.025, 0.025, 0.03])
async def wide_error(dut: Any, line: Line, error: float) -> None:
    """With 8 clocks a bit or more there is twice that room."""
    rng = random_numbers(dut, f"rx wide {line} {error}")
    data = rng.randbytes(24)
    assert await _receive(dut, line, error, data) == data


async def _level(dut: Any, level: int, clocks: int) -> None:
    dut.rx_rxd.value = level
    await ClockCycles(dut.clk, clocks)


async def _byte(dut: Any, value: int, *, clocks: int = 8, stop: int = 1) -> None:
    for bit in (0, *((value >> k) & 1 for k in range(8)), stop):
        await _level(dut, bit, clocks)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def glitches_and_breaks(dut: Any) -> None:
    """A short low level is no byte; a low stop bit is a lost byte; a break is one lost byte and then rest."""
    await start(dut, Line(24_000_000, 3_000_000))
    watch = Watch(dut)
    for width in (1, 2, 3):
        await _level(dut, 0, width)
        await _level(dut, 1, 12)
        assert (bytes(watch.data), watch.broken, int(dut.rx_active.value)) == (b"", 0, 0)
    await _byte(dut, 0x35)
    await _byte(dut, 0x81, stop=0)
    await _level(dut, 1, 5)
    await _byte(dut, 0x7E)
    assert (bytes(watch.data), watch.broken) == (b"\x35\x7e", 1)
    await _level(dut, 0, 100)
    assert (bytes(watch.data), watch.broken) == (b"\x35\x7e", 2)
    await _level(dut, 0, 100)
    assert watch.broken == 2
    assert not int(dut.rx_active.value), "a line held low keeps the clock running"
    await _level(dut, 1, 3)
    await _byte(dut, 0xC3)
    await _level(dut, 1, 8)
    assert (bytes(watch.data), watch.broken) == (b"\x35\x7e\xc3", 2)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def active_while_anything_changes(dut: Any) -> None:
    """Active from two clocks after the start edge to the byte, without a gap."""
    await start(dut, FASTEST)
    seen: list[tuple[int, int]] = []

    async def record() -> None:
        while True:
            await RisingEdge(dut.clk)
            await ReadOnly()
            seen.append((int(dut.rx_active.value), int(dut.rx_valid.value)))

    cocotb.start_soon(record())
    await RisingEdge(dut.clk)
    await Timer(1, unit="ns")
    await _byte(dut, 0xA5, clocks=4)
    await _level(dut, 1, 12)
    active = [a for a, _ in seen]
    begin, end = active.index(1), len(active) - 1 - active[::-1].index(1)
    assert begin <= 2 and all(active[begin : end + 1])
    assert [v for _, v in seen].index(1) <= end
    assert end < 44
