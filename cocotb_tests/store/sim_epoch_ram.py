# SPDX-License-Identifier: Apache-2.0
"""The RAM whose words read as zero unless this epoch wrote them, against a dictionary."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import get, put, seeded, start

WORDS = 16
EPOCHS = 4


async def read(dut: Any, address: int) -> int:
    """One read; a bit that is undefined raises ValueError."""
    put(dut, "epoch", re=1, raddr=address)
    await FallingEdge(dut.clk)
    word, raw = get(dut, "epoch", "rdata")[0], dut.epoch_raw.value
    # whether it is current comes a cycle later, with the word of the next read
    put(dut, "epoch", raddr=address ^ 1)
    await FallingEdge(dut.clk)
    put(dut, "epoch", re=0)
    # the word by its parts; an undefined one is never current
    assert word == (int(raw) if get(dut, "epoch", "current")[0] else 0)
    return word


async def clear(dut: Any, rng: random.Random) -> None:
    """Forget everything; the walk takes a cycle a word, and writes meanwhile are lost."""
    put(dut, "epoch", clear=1)
    await FallingEdge(dut.clk)
    put(dut, "epoch", clear=0)
    for _ in range(WORDS):
        assert get(dut, "epoch", "clearing") == [1]
        address, data = rng.randrange(WORDS), rng.getrandbits(16)
        put(dut, "epoch", we=rng.randrange(2), waddr=address, wdata=data)
        await FallingEdge(dut.clk)
    put(dut, "epoch", we=0)
    assert get(dut, "epoch", "clearing") == [0]


@cocotb.test()
async def nothing_before_the_first_clear(dut: Any) -> None:
    """Epoch 0 belongs to no one: every word reads as zero, whatever the RAM woke up with."""
    await start(dut)
    for address in range(WORDS):
        assert await read(dut, address) == 0
    put(dut, "epoch", we=1, waddr=3, wdata=0xFFFF)
    await FallingEdge(dut.clk)
    put(dut, "epoch", we=0)
    assert await read(dut, 3) == 0


@cocotb.test()
async def epochs(dut: Any) -> None:
    """Only the present epoch's writes show; a clear makes every epoch unused again."""
    rng = seeded(dut, "epochs")
    await start(dut)
    for _ in range(6):
        await clear(dut, rng)
        for epoch in range(1, EPOCHS):
            put(dut, "epoch", epoch=epoch)
            assert [await read(dut, address) for address in range(WORDS)] == [0] * WORDS
            written: dict[int, int] = {}
            for _ in range(60):
                address, other = rng.sample(range(WORDS), 2)
                data = rng.choice([0, 0xFFFF, rng.getrandbits(16)])
                writing = rng.random() < 0.4
                put(dut, "epoch", we=int(writing), waddr=other, wdata=data)
                assert await read(dut, address) == written.get(address, 0), f"epoch {epoch}"
                if writing:
                    written[other] = data
            put(dut, "epoch", we=0)
            for address in range(WORDS):
                assert await read(dut, address) == written.get(address, 0), f"epoch {epoch}"


@cocotb.test()
async def clears_again(dut: Any) -> None:
    """A clear in the middle of a walk starts it anew, a reset ends it."""
    rng = seeded(dut, "again")
    await start(dut)
    for cut in (1, 7, WORDS - 1):
        put(dut, "epoch", clear=1)
        await FallingEdge(dut.clk)
        put(dut, "epoch", clear=0)
        for _ in range(cut):
            await FallingEdge(dut.clk)
        await clear(dut, rng)
    put(dut, "epoch", clear=1)
    await FallingEdge(dut.clk)
    put(dut, "epoch", clear=0)
    dut.rst.value = 1
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    assert get(dut, "epoch", "clearing") == [0]
