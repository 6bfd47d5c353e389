# SPDX-License-Identifier: Apache-2.0
"""Scores: written by the engine, read by the comparison or, when nothing runs, by the bus."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import get, put, seeded

ROWS = 8


async def clear(dut: Any) -> None:
    """Forget the run before."""
    put(dut, "scores", clear=1)
    await FallingEdge(dut.clk)
    put(dut, "scores", clear=0)
    for _ in range(ROWS):
        assert get(dut, "scores", "clearing") == [1]
        await FallingEdge(dut.clk)
    assert get(dut, "scores", "clearing") == [0]


async def run(dut: Any, rng: random.Random) -> dict[int, int]:
    """The engine writes some rows while the comparison reads others: what was written."""
    rows: dict[int, int] = {}
    for _ in range(12):
        writing = rng.random() < 0.6
        wrow, row = rng.sample(range(ROWS), 2)
        data = rng.getrandbits(128)
        put(dut, "scores", we=int(writing), wrow=wrow, wdata=data, re=1, row=row)
        await FallingEdge(dut.clk)
        assert get(dut, "scores", "data") == [rows.get(row, 0)], f"row {row}"
        if writing:
            rows[wrow] = data
    put(dut, "scores", we=0, re=0)
    return rows


@cocotb.test()
async def runs(dut: Any) -> None:
    """Each run shows its own rows and zeros elsewhere, on both sides."""
    rng = seeded(dut, "scores")
    bus = await Bus.reset(dut, rng)
    addresses = list(range(4 * ROWS))
    for _ in range(12):
        dut.locked.value = 1
        await clear(dut)
        rows = await run(dut, rng)
        assert await bus.read("scores", rng.choice(addresses)) is None, "answered while locked"
        dut.locked.value = 0
        rng.shuffle(addresses)
        replies = await bus.run("scores", [(address, None) for address in addresses])
        for address, reply in zip(addresses, replies, strict=True):
            word = rows.get(address // 4, 0) >> 32 * (address % 4) & 0xFFFF_FFFF
            assert reply.data == word, f"word {address}"
            assert reply.wait_states == 4


@cocotb.test()
async def rights(dut: Any) -> None:
    """The bus writes nothing, and nothing lies beyond."""
    rng = seeded(dut, "rights")
    bus = await Bus.reset(dut, rng)
    await clear(dut)
    for address in (0, 4 * ROWS - 1, 4 * ROWS, 1 << 23):
        assert not await bus.write("scores", address, 0xFFFF_FFFF)
    for address in (4 * ROWS, 4 * ROWS + 1, 8 * ROWS, (1 << 24) - 1):
        assert await bus.read("scores", address) is None
    for address in (0, 4 * ROWS - 1):
        assert await bus.read("scores", address) == 0
