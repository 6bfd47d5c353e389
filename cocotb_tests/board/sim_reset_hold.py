# SPDX-License-Identifier: Apache-2.0
"""Simulator side: how long reset lasts."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge, Timer

from cocotb_tests.driver import start_clock

#: Cycles of reset after the last cause.
HELD = 256


async def _cycles_of_reset(dut: Any) -> int:
    """Rising edges until reset has ended."""
    for count in range(2 * HELD):
        await Timer(1, unit="ns")
        if not int(dut.rst.value):
            return count
        await RisingEdge(dut.clk)
    raise AssertionError("reset does not end")


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def held_after_every_cause(dut: Any) -> None:
    """After configuration, and after each press, however short, that a clock edge sees."""
    dut.hold.value = 0
    start_clock(dut.clk, 10)
    await Timer(1, unit="ns")
    assert int(dut.rst.value) == 1
    # the clock begins with an edge, which may have been seen already
    assert HELD - 1 <= await _cycles_of_reset(dut) <= HELD
    for pressed in (1, 2, 40, 3 * HELD):
        await FallingEdge(dut.clk)
        dut.hold.value = 1
        await ClockCycles(dut.clk, pressed)
        await Timer(1, unit="ns")
        dut.hold.value = 0
        await ClockCycles(dut.clk, 3)
        await Timer(1, unit="ns")
        assert int(dut.rst.value) == 1
        # the release passes two flip-flops, and three cycles are over
        assert HELD - 3 <= await _cycles_of_reset(dut) <= HELD + 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def pressed_again(dut: Any) -> None:
    """A press while reset lasts makes it last anew."""
    dut.hold.value = 1
    start_clock(dut.clk, 10)
    await ClockCycles(dut.clk, 10)
    dut.hold.value = 0
    await ClockCycles(dut.clk, HELD - 10)
    dut.hold.value = 1
    await ClockCycles(dut.clk, 4)
    dut.hold.value = 0
    await ClockCycles(dut.clk, HELD - 10)
    await Timer(1, unit="ns")
    assert int(dut.rst.value) == 1
    await RisingEdge(dut.clk)
    assert await _cycles_of_reset(dut) <= 14
