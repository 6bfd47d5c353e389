# SPDX-License-Identifier: Apache-2.0
"""The array against a matrix product."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import get, pack, put, seeded, start, unpack


@cocotb.test()
async def tiles(dut: Any) -> None:
    """Tiles of random length, back to back: each channel has the product of its own weights."""
    rng = np.random.default_rng(seeded(dut, "tiles").getrandbits(32))
    await start(dut)
    outputs, inputs = get(dut, "oc", "lanes") + get(dut, "ic", "lanes")
    lengths = [1, 1, 2, *rng.integers(1, 12, size=40).tolist()]
    x = rng.integers(-255, 256, size=(sum(lengths), inputs))
    weights = rng.integers(-128, 128, size=(sum(lengths), outputs, inputs))
    ok = rng.random(sum(lengths)) < 0.9
    firsts = np.cumsum([0, *lengths[:-1]])
    lasts = np.cumsum(lengths) - 1
    sums = np.einsum("si,soi,s->so", x, weights, ok.astype(np.int64))
    for cycle in range(sum(lengths) + 5):
        done = np.flatnonzero(lasts == cycle - 5)
        if len(done):
            got = unpack(get(dut, "array", "accumulators")[0], 32, outputs)
            expected = sums[firsts[done[0]] : lasts[done[0]] + 1].sum(axis=0).tolist()
            assert got == expected, f"tile {done[0]}"
        if cycle < sum(lengths):
            put(
                dut,
                "array",
                inputs=pack(x[cycle].tolist(), 9),
                weights=pack(weights[cycle].ravel().tolist(), 8),
                weights_ok=int(ok[cycle]),
            )
        # control of the accumulate stage comes 4 cycles after the operands
        put(dut, "array", accumulate=int(4 <= cycle < sum(lengths) + 4))
        put(dut, "array", restart=int(cycle - 4 in firsts))
        await FallingEdge(dut.clk)
