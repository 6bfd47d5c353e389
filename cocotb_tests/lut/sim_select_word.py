# SPDX-License-Identifier: Apache-2.0
"""One of 2, 4 or 8 words, each bit chosen by its own selects."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, pack, put, seeded
from cocotb_tests.lut.driver import start


@cocotb.test()
async def random_words(dut: Any) -> None:
    """Random words and selects, bit by bit."""
    rng = seeded(dut, "select_word")
    lanes = (await start(dut)).lanes
    for _ in range(60):
        words = [rng.getrandbits(lanes) for _ in range(8)]
        selects = [rng.getrandbits(lanes) for _ in range(3)]
        put(dut, "select", words=pack(words, lanes), selects=pack(selects, lanes))
        await FallingEdge(dut.clk)
        for count in (1, 2, 3):
            expected = 0
            for bit in range(lanes):
                number = sum((selects[s] >> bit & 1) << s for s in range(count))
                expected |= (words[number] >> bit & 1) << bit
            assert get(dut, "select", f"chosen_{count}") == [expected], f"{count} selects"


@cocotb.test()
async def words_of_one_bit(dut: Any) -> None:
    """Random words and selects; each word counts for all lanes."""
    rng = seeded(dut, "select_word of bits")
    lanes = (await start(dut)).lanes
    for _ in range(60):
        words = rng.getrandbits(8)
        selects = [rng.getrandbits(lanes) for _ in range(3)]
        put(dut, "entry", words=words, selects=pack(selects, lanes))
        await FallingEdge(dut.clk)
        for count in (1, 2, 3):
            numbers = [sum((selects[s] >> bit & 1) << s for s in range(count)) for bit in range(lanes)]
            expected = sum((words >> number & 1) << bit for bit, number in enumerate(numbers))
            assert get(dut, "entry", f"chosen_{count}") == [expected], f"{count} selects"
