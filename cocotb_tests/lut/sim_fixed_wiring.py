# SPDX-License-Identifier: Apache-2.0
"""Wire numbers from a seed against host.networks, layer after layer."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, put, seeded, unpack
from cocotb_tests.lut.driver import start
from host.networks import seeded_wiring

LATENCY = 2
GOLDEN = 0x9E3779B9


async def inference(dut: Any, rng: random.Random, seed: int, inputs: int, widths: list[int], k: int) -> None:
    """Wire numbers of every gate are those of the host, two cycles after their step."""
    expected = seeded_wiring(seed, inputs, widths, k)
    put(dut, "fixed", seed=seed, rewind=1, layer=0, step=0)
    await FallingEdge(dut.clk)
    put(dut, "fixed", rewind=0)
    start, end = 0, inputs
    for layer, width in enumerate(widths):
        # wires of the layer count from the cycle after
        put(dut, "fixed", layer=1, **{"from": rng.getrandbits(17)}, count=rng.getrandbits(17))
        await FallingEdge(dut.clk)
        put(dut, "fixed", layer=0, **{"from": start}, count=end - start)
        due: list[int | None] = [None] * LATENCY
        gates = iter(range(min(width, len(expected[layer]))))
        left = width
        while left or any(gate is not None for gate in due):
            late = due.pop(0)
            if late is not None:
                got = [w & 0xFFFF for w in unpack(get(dut, "fixed", "wires")[0], 16, k)]
                assert got == expected[layer][late].tolist(), f"seed {seed:#x}, layer {layer}, gate {late}"
            step = int(left > 0 and rng.random() < 0.8)
            due.append(next(gates) if step else None)
            left -= step
            put(dut, "fixed", step=step)
            await FallingEdge(dut.clk)
        put(dut, "fixed", step=0)
        start, end = end, end + width


@cocotb.test()
async def random_layers(dut: Any) -> None:
    """Random seeds and layers, empty ones and those with all wires there are included."""
    rng = seeded(dut, "layers")
    k = (await start(dut)).k
    for _ in range(12):
        inputs = rng.choice([1, 2, 16, 784, 65535, 65536])
        widths = [rng.choice([0, 1, 2, 9, 20]) for _ in range(rng.randrange(1, 7))]
        await inference(dut, rng, rng.getrandbits(32), inputs, widths, k)


@cocotb.test()
async def a_state_that_would_be_zero(dut: Any) -> None:
    """The seeds that meet the offset of an operand of some layer begin elsewhere."""
    rng = seeded(dut, "zero")
    k = (await start(dut)).k
    for layer in (0, 1, 3):
        for operand in range(k):
            seed = (8 * layer + operand + 1) * GOLDEN & 0xFFFFFFFF
            await inference(dut, rng, seed, 100, [3] * (layer + 2), k)
