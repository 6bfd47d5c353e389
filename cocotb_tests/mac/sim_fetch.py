# SPDX-License-Identifier: Apache-2.0
"""Instructions: their fields, their order, and what is fetched where there is no program."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import Memory, get, put, seeded, start

WORDS = 64

#: Word, lowest bit and width of each field, as docs/mac-engine.md lays them out.
FIELDS = {
    "single": (0, 8, 1),
    "src": (0, 16, 2),
    "dst": (0, 18, 2),
    "n_in": (1, 0, 16),
    "n_out": (1, 16, 16),
    "src_row": (2, 0, 16),
    "dst_row": (2, 16, 16),
    "weight_block": (3, 0, 16),
    "channel_block": (3, 16, 16),
    "input_zero_point": (4, 0, 8),
    "output_zero_point": (4, 8, 8),
    "activation_min": (4, 16, 8),
    "activation_max": (4, 24, 8),
}

#: Cycles of a fetch: 8 words and the read latency of the store, and one to say so.
CYCLES = 8 + 3 + 1


def expected(words: list[int]) -> dict[str, int]:
    """Fields of an instruction."""
    fields = {name: words[w] >> low & ((1 << bits) - 1) for name, (w, low, bits) in FIELDS.items()}
    return fields | {
        "op_end": int(words[0] & 0xFF == 0),
        "op_dense": int(words[0] & 0xFF == 1),
    }


class Fetch:
    """The module under test and its program store."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.program = [rng.getrandbits(32) for _ in range(WORDS)]
        # all kinds of operation, each with random padding
        for number in range(0, WORDS, 8):
            operation = rng.choice([0, 1, 1, 2, 128, 255])
            self.program[number] = self.program[number] & ~0xFF | operation
        address, data = dut.fetch_store_word, dut.fetch_store_data
        self.store = Memory(dut.fetch_store_re, address, data, 3, self.program.__getitem__, rng)

    async def cycle(self) -> int:
        """One cycle; whether `valid` is high after it."""
        self.store.cycle()
        await FallingEdge(self.dut.clk)
        return get(self.dut, "fetch", "valid")[0]

    async def fetch(self, rewind: bool = False) -> dict[str, int]:
        """The fields of the next instruction."""
        put(self.dut, "fetch", start=1, rewind=int(rewind))
        for cycle in range(1, CYCLES + 1):
            valid = await self.cycle()
            put(self.dut, "fetch", start=0, rewind=0)
            assert valid == (cycle == CYCLES), f"cycle {cycle} of a fetch: valid {valid}"
        return self.fields()

    def fields(self) -> dict[str, int]:
        """The fields as they stand."""
        names = [*FIELDS, "op_end", "op_dense"]
        return dict(zip(names, get(self.dut, "fetch", *names), strict=True))


@cocotb.test()
async def programs(dut: Any) -> None:
    """Instructions follow each other, wrap at the extent, and stand until the next fetch."""
    rng = seeded(dut, "programs")
    await start(dut)
    for extent in (8, 16, 56, 64):
        bench = Fetch(dut, rng)
        put(dut, "fetch", extent=extent)
        number = 0
        for count in range(2 * extent // 8 + 3):
            rewind = count == 0 or rng.random() < 0.1
            number = 0 if rewind else number
            early = rng.random() < 0.5
            if rewind and early:
                put(dut, "fetch", rewind=1)
                await bench.cycle()
                put(dut, "fetch", rewind=0)
            fields = await bench.fetch(rewind and not early)
            instruction = expected(bench.program[8 * number : 8 * number + 8])
            assert fields == instruction, f"extent {extent}, instruction {number}"
            for _ in range(rng.randrange(4)):
                assert await bench.cycle() == 0
                assert bench.fields() == instruction, "an instruction did not last"
            number = (number + 1) % (extent // 8)


@cocotb.test()
async def no_program(dut: Any) -> None:
    """With an extent of 0 every fetch is END, whatever the store holds."""
    rng = seeded(dut, "nothing")
    await start(dut)
    bench = Fetch(dut, rng)
    for count in range(3):
        assert await bench.fetch(rewind=count == 0) == expected([0] * 8)


@cocotb.test()
async def flushed(dut: Any) -> None:
    """A reset at any cycle of a fetch leaves nothing behind: the next one is whole."""
    rng = seeded(dut, "flushed")
    await start(dut)
    bench = Fetch(dut, rng)
    put(dut, "fetch", extent=WORDS)
    for cut in range(CYCLES + 2):
        put(dut, "fetch", start=1)
        for _ in range(cut):
            await bench.cycle()
            put(dut, "fetch", start=0)
        put(dut, "fetch", start=0)
        dut.rst.value = 1
        assert await bench.cycle() == 0
        dut.rst.value = 0
        for _ in range(rng.randrange(3)):
            assert await bench.cycle() == 0
        assert await bench.fetch(rewind=True) == expected(bench.program[:8]), f"cut at {cut}"
