# SPDX-License-Identifier: Apache-2.0
"""Simulator side: when the line changes over to another bit rate, and what gives back the first one."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge

from cocotb_tests.link.driver import BREAK, FASTEST, random_numbers, start

#: Cycles through the synchroniser and the register behind it.
LATENCY = 4


async def _set(dut: Any, step: int) -> None:
    await FallingEdge(dut.clk)
    dut.rate_set_valid.value = 1
    dut.rate_set_step.value = step
    await FallingEdge(dut.clk)
    dut.rate_set_valid.value = 0


async def _hold_low(dut: Any, cycles: int) -> None:
    await FallingEdge(dut.clk)
    dut.rate_rxd.value = 0
    await ClockCycles(dut.clk, cycles)
    await FallingEdge(dut.clk)
    dut.rate_rxd.value = 1
    await ClockCycles(dut.clk, LATENCY)
    await FallingEdge(dut.clk)


def _step(dut: Any) -> int:
    return int(dut.rate_step.value)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def changes_over_when_quiet(dut: Any) -> None:
    """It waits for the quiet, is active meanwhile, and takes the last of several."""
    rng = random_numbers(dut, "rate quiet")
    await start(dut, FASTEST)
    assert _step(dut) == FASTEST.step and not int(dut.rate_active.value)
    before = FASTEST.step
    for _ in range(10):
        wanted = [rng.randrange(1, 1 << 22) for _ in range(rng.randrange(1, 4))]
        for step in wanted:
            await _set(dut, step)
        for _ in range(rng.randrange(1, 40)):
            await FallingEdge(dut.clk)
            assert _step(dut) == before and int(dut.rate_active.value)
        dut.rate_quiet.value = 1
        await FallingEdge(dut.clk)
        assert _step(dut) == wanted[-1] and not int(dut.rate_active.value)
        dut.rate_quiet.value = 0
        before = wanted[-1]
        # the rate that the board wakes up with is no longer that of the line
        dut.step.value = rng.randrange(1, 1 << 22)
        await ClockCycles(dut.clk, 3)
        assert _step(dut) == before


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def a_break_gives_the_first_rate_back(dut: Any) -> None:
    """A cycle less than a break changes nothing, though there are many; a break ends what is waiting, too."""
    await start(dut, FASTEST)
    dut.rate_quiet.value = 1
    await _set(dut, 77)
    await FallingEdge(dut.clk)
    for _ in range(3):
        await _hold_low(dut, BREAK - LATENCY)
        assert _step(dut) == 77 and not int(dut.rate_active.value)
    dut.rate_quiet.value = 0
    await _set(dut, 78)
    await _hold_low(dut, BREAK + LATENCY)
    assert _step(dut) == FASTEST.step and not int(dut.rate_active.value)
    dut.rate_quiet.value = 1
    await ClockCycles(dut.clk, 5)
    assert _step(dut) == FASTEST.step
    await _set(dut, 79)
    await FallingEdge(dut.clk)
    await FallingEdge(dut.clk)
    assert _step(dut) == 79, "and another one may be chosen"


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def a_line_that_stays_low_lets_it_sleep(dut: Any) -> None:
    """While the cycles of a break are counted it is active, and not for ever."""
    await start(dut, FASTEST)
    dut.rate_rxd.value = 0
    await ClockCycles(dut.clk, BREAK // 2)
    await FallingEdge(dut.clk)
    assert int(dut.rate_active.value)
    await ClockCycles(dut.clk, BREAK)
    await FallingEdge(dut.clk)
    assert not int(dut.rate_active.value)
