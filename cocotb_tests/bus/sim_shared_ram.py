# SPDX-License-Identifier: Apache-2.0
"""Memories that the host fills and the board reads, of four words a row and of one."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import get, put, seeded

ROWS = 8
SHAPES = (("quad", 4), ("mono", 1))


async def fill(bus: Bus, name: str, words: list[int]) -> None:
    """Write all words, in random order."""
    order = bus.rng.sample(range(len(words)), len(words))
    replies = await bus.run(name, [(address, words[address]) for address in order])
    assert not any(reply.refused for reply in replies)


async def rows_are(dut: Any, rng: random.Random, name: str, words: list[int], width: int) -> None:
    """Read rows through the row port, one a cycle, the last held."""
    last = None
    for _ in range(3 * ROWS):
        reading = rng.random() < 0.7
        row = rng.randrange(ROWS)
        put(dut, name, re=int(reading), row=row)
        await FallingEdge(dut.clk)
        if reading:
            last = sum(words[width * row + i] << 32 * i for i in range(width))
        if last is not None:
            assert get(dut, name, "data")[0] == last, f"{name} row {row}"
    put(dut, name, re=0, row=rng.randrange(ROWS))


@cocotb.test()
async def both_sides(dut: Any) -> None:
    """The bus reads back what it wrote; rows hold it; a lock parts the two."""
    rng = seeded(dut, "shared")
    bus = await Bus.reset(dut, rng)
    for name, width in SHAPES:
        size = ROWS * width
        words = [rng.getrandbits(32) for _ in range(size)]
        await fill(bus, name, words)
        for _ in range(8):
            address = rng.randrange(size)
            words[address] = rng.getrandbits(32)
            assert await bus.write(name, address, words[address])
            replies = await bus.run(name, [(a, None) for a in range(size)])
            assert [reply.data for reply in replies] == words
            dut.locked.value = 1
            await rows_are(dut, rng, name, words, width)
            for data in (None, 0):
                refused = await bus.run(name, [(rng.randrange(size), data)])
                assert refused[0].refused, f"{name} answered while locked"
            # a refused access leaves the row port alone
            await rows_are(dut, rng, name, words, width)
            dut.locked.value = 0
        for address in (size, 2 * size, 1 << 23, (1 << 24) - 1):
            assert not await bus.write(name, address, 0)
            assert await bus.read(name, address) is None
        replies = await bus.run(name, [(a, None) for a in range(size)])
        assert [reply.data for reply in replies] == words
