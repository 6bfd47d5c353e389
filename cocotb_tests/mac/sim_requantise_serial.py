# SPDX-License-Identifier: Apache-2.0
"""Requantisation a bit at a time against exact rationals."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import start_clock
from cocotb_tests.mac.driver import INT32_EDGES, seeded, signed
from cocotb_tests.mac.sim_requantise import Layer, Value, half_way, random_int32, random_layer
from host.twin import reference

#: Cycles without a shift, and the most (the head of the module).
FEWEST, MOST = 42, 75


async def start(dut: Any) -> None:
    """Clock and reset."""
    for name in ("single", "zero_point", "minimum", "maximum", "start", "accumulator", "bias", "requant"):
        getattr(dut, name).value = 0
    dut.rst.value = 1
    start_clock(dut.clk, 10)
    for _ in range(3):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    await FallingEdge(dut.clk)


async def check(dut: Any, rng: random.Random, layer: Layer, value: Value) -> int:
    """One value, whose parameters are there in the cycle after they were asked for, and only then; its cycles."""
    total, multiplier, shift = value
    bias = random_int32(rng)
    for name, number in vars(layer).items():
        getattr(dut, name).value = int(number) & (1 if name == "single" else 0xFF)
    dut.start.value = 1
    dut.accumulator.value = (total - bias) & 0xFFFFFFFF
    asked: int | None = None
    for cycle in range(MOST + 1):
        await ReadOnly()
        asks = [int(dut.bias_re.value), int(dut.multiplier_re.value), int(dut.shift_re.value)]
        await FallingEdge(dut.clk)
        dut.start.value = 0
        dut.accumulator.value = rng.getrandbits(32)
        parameters = (bias, multiplier, (shift & 63) | rng.getrandbits(26) << 6)
        asked = asks.index(1) if 1 in asks else None
        dut.bias.value = (parameters[0] if asked == 0 else rng.getrandbits(32)) & 0xFFFFFFFF
        dut.requant.value = (parameters[asked] if asked in (1, 2) else rng.getrandbits(32)) & 0xFFFFFFFF
        if dut.done.value == 1:
            exact = reference.requantise(*value, *vars(layer).values())
            seen = signed(int(dut.value.value), 8)
            assert seen == exact, f"{layer} {value}: RTL {seen}, rationals {exact}"
            await FallingEdge(dut.clk)
            assert dut.done.value == 0
            return cycle + 1
    raise AssertionError(f"{layer} {value}: no result in {MOST} cycles")


@cocotb.test()
async def edges(dut: Any) -> None:
    """Edges of sums, multipliers and shifts, both roundings; as many cycles as the module says."""
    rng = seeded(dut, "edges")
    await start(dut)
    cycles = set()
    for single in (False, True):
        for total in (-(2**31), -1, 2**31 - 1):
            for multiplier in (-(2**31), -1, 2**30 + 1):
                for shift in (-32, -1, 0, 1, 31):
                    cycles.add(await check(dut, rng, Layer(single, 0, -128, 127), (total, multiplier, shift)))
    dut._log.info("%d to %d cycles", min(cycles), max(cycles))
    assert min(cycles) >= FEWEST
    assert max(cycles) <= MOST


@cocotb.test()
async def random_values(dut: Any) -> None:
    """Anything, with random zero points and limits, the minimum above the maximum too; and near the middle."""
    rng = seeded(dut, "values")
    await start(dut)
    for number in range(40):
        layer = random_layer(rng, number % 2 == 0)
        total = rng.choice([random_int32(rng), rng.choice(INT32_EDGES)])
        await check(dut, rng, layer, (total, random_int32(rng), rng.randrange(-32, 32)))
        plausible = Layer(number % 2 == 0, rng.randrange(-5, 6), -128, 127)
        await check(dut, rng, plausible, half_way(rng, plausible.single))
