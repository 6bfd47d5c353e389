# SPDX-License-Identifier: Apache-2.0
"""Inputs of batches against the image store, one string of bits."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import Memory, get, pack, put, seeded
from cocotb_tests.lut.driver import start

ROWS = 64
INPUTS = 16


class Loader:
    """The module under test and the image store."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.rows = [rng.getrandbits(128) for _ in range(ROWS)]
        self.image = Memory(
            dut.loader_image_re,
            dut.loader_image_row,
            dut.loader_image_data,
            1,
            self.rows.__getitem__,
            rng,
            holds=True,
        )
        self.left: tuple[int, ...] | None = None

    async def cycle(self) -> tuple[int, tuple[int, ...] | None]:
        """One cycle: whether it is busy, and what it writes."""
        self.image.cycle()
        await ReadOnly()
        busy, we = get(self.dut, "loader", "busy", "we")
        write = tuple(get(self.dut, "loader", "we_half", "we_wire", "we_data")) if we else None
        await FallingEdge(self.dut.clk)
        return busy, write

    def take_left(self) -> tuple[int, ...] | None:
        """What the batch before has left to write, in the first cycle with `busy` low."""
        left, self.left = self.left, None
        return left

    async def batch(self, inputs: int, half: int, row: int, lanes: int) -> None:
        """Start in this cycle: a wire a cycle, from the third on, and the last when it is no longer busy."""
        wires = pack(self.rows[row : row + -(-inputs * lanes // 128)], 128)
        put(self.dut, "loader", start=1, half=half, inputs=inputs)
        assert await self.cycle() == (0, self.take_left())
        put(self.dut, "loader", start=0, rewind=0)
        reads = self.image.reads
        for place in range(-2, inputs - 1 if inputs else -2):
            expected = (half, place, wires >> place * lanes & ((1 << lanes) - 1)) if place >= 0 else None
            assert await self.cycle() == (1, expected), f"{inputs} inputs, wire {place}"
        self.left = (half, inputs - 1, wires >> (inputs - 1) * lanes & ((1 << lanes) - 1)) if inputs else None
        assert self.image.reads - reads == -(-inputs * lanes // 128)


@cocotb.test()
async def batches(dut: Any) -> None:
    """Back to back and with pauses, of any number of inputs, each from a new row on."""
    rng = seeded(dut, "batches")
    lanes = (await start(dut)).lanes
    bench = Loader(dut, rng)
    for inputs in (0, 1, 2, 3, 4, 5, 8, 13, INPUTS - 1, INPUTS):
        size = -(-inputs * lanes // 128)
        row = rng.randrange(ROWS - 3 * size)
        put(dut, "loader", rewind=1, first_row=row)
        if rng.random() < 0.5:
            assert await bench.cycle() == (0, bench.take_left())
            put(dut, "loader", rewind=0, first_row=rng.getrandbits(16))
        for number in range(3):
            await bench.batch(inputs, rng.randrange(2), row + number * size, lanes)
            for _ in range(rng.randrange(3)):
                assert await bench.cycle() == (0, bench.take_left())


@cocotb.test()
async def flushed(dut: Any) -> None:
    """A reset at any cycle ends the batch at once; the next one is whole."""
    rng = seeded(dut, "flushed")
    lanes = (await start(dut)).lanes
    bench = Loader(dut, rng)
    for cut in range(1, INPUTS + 3):
        put(dut, "loader", rewind=1, first_row=0, start=1, inputs=INPUTS)
        for _ in range(cut):
            await bench.cycle()
            put(dut, "loader", rewind=0, start=0)
        put(dut, "loader", rst=1)
        await bench.cycle()
        put(dut, "loader", rst=0)
        for _ in range(3):
            assert await bench.cycle() == (0, None), f"cut at {cut}"
        put(dut, "loader", rewind=1, first_row=5)
        await bench.batch(INPUTS, 1, 5, lanes)
        assert await bench.cycle() == (0, bench.take_left())
