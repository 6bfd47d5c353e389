# SPDX-License-Identifier: Apache-2.0
"""Simulator side: what a person at the board and a host on its line see of a top."""

from __future__ import annotations

import os
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, Timer
from cocotbext.uart import UartSink, UartSource

from cocotb_tests.driver import start_clock
from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Light, Signal

BOARD = find_hardware(os.environ["FAULTLOOP_BOARD"])

#: Cycles after which reset is over, whatever began it.
SETTLED = 300


def _lit(dut: Any, light: Light) -> bool:
    """Whether a light of the board is on."""
    return _level(dut, BOARD.leds[light])


def _all_lit(dut: Any) -> set[Light]:
    return {light for light in BOARD.leds if _lit(dut, light)}


def _level(dut: Any, signal: Signal) -> bool:
    name, _, index = signal.port.rstrip("]").partition("[")
    value = int(getattr(dut, name).value)
    return bool(value >> int(index or 0) & 1) != signal.inverted


async def _power_up(dut: Any) -> Any:
    """Start the clock with nobody touching anything; the clock's pin."""
    clock = getattr(dut, BOARD.clock.port)
    getattr(dut, BOARD.button.port).value = int(BOARD.button.inverted)
    getattr(dut, BOARD.uart_rx.port).value = 1
    # the stand-ins of the PLLs let the clock through, so the pin has the clock of the design
    period_ps = round(1e12 / BOARD.clock_hz / 2) * 2
    start_clock(clock, period_ps, "ps")
    await Timer(2, unit="ps")
    return clock


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def reset_and_button(dut: Any) -> None:
    """Reset is seen and ends by itself; the button brings it back."""
    clock = await _power_up(dut)
    assert _lit(dut, Light.RESET)
    await ClockCycles(clock, SETTLED)
    assert not _lit(dut, Light.RESET)
    button = getattr(dut, BOARD.button.port)
    button.value = int(not BOARD.button.inverted)
    await ClockCycles(clock, SETTLED)
    assert _lit(dut, Light.RESET)
    button.value = int(BOARD.button.inverted)
    await ClockCycles(clock, SETTLED)
    assert not _lit(dut, Light.RESET)


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def bytes_there_and_back(dut: Any) -> None:
    """Bytes come back at the entry's rate, and the lights tell of them."""
    clock = await _power_up(dut)
    await ClockCycles(clock, SETTLED)
    assert _all_lit(dut) == set()
    for signal in BOARD.constants:
        assert _level(dut, signal)
    line_in, line_out = getattr(dut, BOARD.uart_rx.port), getattr(dut, BOARD.uart_tx.port)
    source = UartSource(line_in, baud=BOARD.baud)
    sink = UartSink(line_out, baud=BOARD.baud)
    data = bytes([0x00, 0x55, 0xA7, 0xFF])
    await source.write(data)
    await FallingEdge(line_in)
    await ClockCycles(clock, 4)
    # the start bit of the first byte, to which nothing can have been answered
    assert _all_lit(dut) == {Light.FROM_HOST, Light.WORK} & set(BOARD.leds)
    await FallingEdge(line_out)
    await Timer(1, unit="ps")
    assert _all_lit(dut) - {Light.FROM_HOST} == {Light.TO_HOST, Light.WORK} & set(BOARD.leds)
    heard = b""
    while len(heard) < len(data):
        heard += bytes(await sink.read())
    assert heard == data
    await ClockCycles(clock, SETTLED)
    assert _all_lit(dut) == set()
