# SPDX-License-Identifier: Apache-2.0
"""One channel against sums of products in plain integers."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge

from cocotb_tests.mac.driver import get, pack, put, seeded, signed, start

LANES = 16


@cocotb.test()
async def random_steps(dut: Any) -> None:
    """A step a cycle: restarts, pauses, weights that do not count, the ends of the ranges."""
    rng = seeded(dut, "steps")
    await start(dut)
    total = 0
    sums: list[int] = []
    expected: list[int | None] = []
    controls: list[tuple[int, int]] = []
    for cycle in range(2000):
        # the accumulator holds a step's sum 5 cycles later
        if cycle >= 5 and expected[cycle - 5] is not None:
            got = signed(get(dut, "lane", "accumulator")[0], 32)
            assert got == expected[cycle - 5], f"step {cycle - 5}: {got}"
        extreme = rng.random() < 0.3
        inputs = rng.choices([-255, 255] if extreme else range(-255, 256), k=LANES)
        weights = rng.choices([-128, 127] if extreme else range(-128, 128), k=LANES)
        ok = int(rng.random() < 0.9)
        accumulate = int(cycle == 0 or rng.random() < 0.8)
        restart = int(cycle == 0 or rng.random() < 0.05)
        put(dut, "lane", inputs=pack(inputs, 9), weights=pack(weights, 8), weights_ok=ok)
        sums.append(sum(x * w for x, w in zip(inputs, weights, strict=True)) * ok)
        controls.append((accumulate, restart))
        if accumulate:
            total = signed(sums[-1] if restart else total + sums[-1], 32)
        expected.append(total)
        # control belongs to the operands of four cycles before
        late = controls[cycle - 4] if cycle >= 4 else (0, 0)
        put(dut, "lane", accumulate=late[0], restart=late[1])
        await FallingEdge(dut.clk)


@cocotb.test()
async def wraps(dut: Any) -> None:
    """The sum leaves the range of int32 at either end and comes back at the other."""
    await start(dut)
    for x, w in ((255, 127), (255, -128), (-255, -128)):
        put(dut, "lane", inputs=pack([x] * LANES, 9), weights=pack([w] * LANES, 8), weights_ok=1)
        put(dut, "lane", accumulate=1, restart=1)
        await ClockCycles(dut.clk, 6, FallingEdge)
        put(dut, "lane", restart=0)
        steps = 2**31 // (LANES * abs(x * w)) + 10
        await ClockCycles(dut.clk, steps, FallingEdge)
        total = (steps + 1) * LANES * x * w
        assert not -(2**31) <= total < 2**31
        assert signed(get(dut, "lane", "accumulator")[0], 32) == signed(total, 32)
