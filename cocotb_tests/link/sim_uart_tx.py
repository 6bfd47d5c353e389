# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the transmitter against a published receiver, and the place of its edges."""

from __future__ import annotations

import math
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge

from cocotb_tests.link.driver import LINES, SLOW, Line, quiet_sink, random_numbers, start


async def _feed(dut: Any, data: bytes, gaps: list[int]) -> None:
    for byte, gap in zip(data, gaps, strict=True):
        if gap:
            await ClockCycles(dut.clk, gap)
        dut.tx_valid.value = 1
        dut.tx_data.value = byte
        while True:
            await ReadOnly()
            ready = int(dut.tx_ready.value)
            await RisingEdge(dut.clk)
            if ready:
                break
        dut.tx_valid.value = 0


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(line=LINES, error=[-0.015, 0.0, 0.015])
async def heard(dut: Any, line: Line, error: float) -> None:
    """Bytes with and without gaps arrive at a receiver whose rate is off."""
    rng = random_numbers(dut, f"tx {line} {error}")
    await start(dut, line)
    sink = quiet_sink(dut.tx_txd, line.baud * (1 + error))
    count = 60 if line is not SLOW else 10
    data = rng.randbytes(count)
    await _feed(dut, data, [rng.choice((0, 0, 1, rng.randrange(60))) for _ in range(count)])
    await ClockCycles(dut.clk, 11 * math.ceil(line.bit_clocks))
    assert bytes(sink.read_nowait()) == data
    assert int(dut.tx_txd.value) == 1 and not int(dut.tx_active.value)


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(line=LINES)
async def edges(dut: Any, line: Line) -> None:
    """Every bit begins within a clock of its place; bytes follow each other after 10 bits, rounded up."""
    await start(dut, line)
    levels: list[int] = []

    async def record() -> None:
        while True:
            await RisingEdge(dut.clk)
            await ReadOnly()
            levels.append(int(dut.tx_txd.value))

    cocotb.start_soon(record())
    data = bytes([0x55, 0x00, 0xFF, 0x93])
    await _feed(dut, data, [5, 0, 0, 0])
    clocks = 2**24 / line.step
    await ClockCycles(dut.clk, math.ceil(12 * clocks))
    begin = levels.index(0)
    for byte in data:
        bits = [0, *((byte >> k) & 1 for k in range(8)), 1]
        for k, bit in enumerate(bits):
            first, last = begin + math.ceil(k * clocks), begin + math.ceil((k + 1) * clocks)
            assert levels[first:last] == [bit] * (last - first), (byte, k)
        begin += math.ceil(10 * clocks)
    assert all(levels[begin:])
