# SPDX-License-Identifier: Apache-2.0
"""Requantisation against exact rationals and against the twin, one value a cycle."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import INT32_EDGES, put, seeded, signed, start
from host.twin import reference, requantise

LATENCY = 12


@dataclass(frozen=True)
class Layer:
    """What is constant while values are in flight."""

    single: bool
    zero_point: int
    minimum: int
    maximum: int


Value = tuple[int, int, int]  # sum, multiplier, shift as a signed 6-bit number


def random_layer(rng: random.Random, single: bool) -> Layer:
    """Limits in either order."""
    zero_point, low, high = (rng.choice([-128, 127, rng.randrange(-128, 128)]) for _ in range(3))
    return Layer(single, zero_point, low, high)


def random_int32(rng: random.Random) -> int:
    """Edges, powers of two and their neighbours, and anything of any size."""
    near = rng.choice([1, -1]) * 2 ** rng.randrange(32) + rng.randrange(-2, 3)
    return signed(rng.choice([rng.choice(INT32_EDGES), near, rng.getrandbits(32)]), 32)


def half_way(rng: random.Random, single: bool) -> Value:
    """A value whose exact result is near the middle between two outputs."""
    multiplier, shift = rng.randrange(2**30, 2**31), rng.randrange(-31, 1)
    middle = rng.randrange(-140, 141) + Fraction(1, 2)
    factor = Fraction(multiplier) * Fraction(2) ** (shift - 31)
    total = int(middle / factor) + rng.randrange(-2, 3)
    return max(min(total, 2**31 - 1), -(2**31)), multiplier, shift


async def check(dut: Any, rng: random.Random, layer: Layer, values: Iterable[Value]) -> None:
    """Put the values in, one a cycle, and compare what comes out 12 cycles later."""
    values = list(values)
    put(
        dut,
        "rq",
        single=int(layer.single),
        zero_point=layer.zero_point,
        minimum=layer.minimum,
        maximum=layer.maximum,
    )
    got = []
    for cycle in range(len(values) + LATENCY):
        if cycle >= LATENCY:
            got.append(signed(int(dut.rq_value.value), 8))
        if cycle < len(values):
            total, multiplier, shift = values[cycle]
            bias = random_int32(rng)
            put(
                dut,
                "rq",
                accumulator=total - bias,
                bias=bias,
                multiplier=multiplier,
                shift=shift,
            )
        await FallingEdge(dut.clk)
    sums, multipliers, shifts = np.array(values, dtype=np.int64).T
    twin = requantise(
        sums.astype(np.int32),
        multipliers.astype(np.int32),
        shifts.astype(np.int8),
        single_rounding=layer.single,
        output_zero_point=layer.zero_point,
        activation_min=layer.minimum,
        activation_max=layer.maximum,
    )
    for value, one, fast in zip(values, got, twin.tolist(), strict=True):
        exact = reference.requantise(*value, *vars(layer).values())
        assert one == exact == fast, f"{layer} {value}: RTL {one}, rationals {exact}, twin {fast}"


@cocotb.test()
async def every_shift_and_edge(dut: Any) -> None:
    """All patterns of the shift with the edges of sums and multipliers, both roundings."""
    rng = seeded(dut, "edges")
    await start(dut)
    for single in (False, True):
        for layer in (Layer(single, 0, -128, 127), Layer(single, -128, 127, -128)):
            edges = INT32_EDGES if layer.minimum < layer.maximum else (-(2**31), 0, 2**31 - 1)
            values = [(a, q, s) for a in edges for q in edges[::2] for s in range(-32, 32)]
            await check(dut, rng, layer, values)


@cocotb.test()
async def random_values(dut: Any) -> None:
    """Anything, with random zero points and limits, the minimum above the maximum too."""
    rng = seeded(dut, "values")
    await start(dut)
    for number in range(24):
        layer = random_layer(rng, number % 2 == 0)
        values = [(random_int32(rng), random_int32(rng), rng.randrange(-32, 32)) for _ in range(60)]
        await check(dut, rng, layer, values)


@cocotb.test()
async def near_half_way(dut: Any) -> None:
    """Multipliers and shifts as networks have them, sums around the middle of two outputs."""
    rng = seeded(dut, "half way")
    await start(dut)
    for single in (False, True):
        layer = Layer(single, rng.randrange(-5, 6), -128, 127)
        await check(dut, rng, layer, [half_way(rng, single) for _ in range(1200)])
