# SPDX-License-Identifier: Apache-2.0
"""Simulator side: a byte memory as a stream of words."""

from __future__ import annotations

import struct
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from cocotb_tests.link.driver import load, random_numbers, start


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def words(dut: Any) -> None:
    """All words in order, taken early or late, also after going back to the start; four cycles a word at best."""
    rng = random_numbers(dut, "word_reader")
    await start(dut)
    content = rng.randbytes(256)
    await load(dut, content)
    expected = struct.unpack("<64I", content)
    for eagerness in (1.0, 0.3, 0.05):
        dut.reader_rewind.value = 1
        dut.reader_ready.value = 0
        await RisingEdge(dut.clk)
        dut.reader_rewind.value = 0
        got: list[int] = []
        cycles = 0
        want = rng.randrange(1, 65)
        while len(got) < want:
            dut.reader_ready.value = int(rng.random() < eagerness)
            await ReadOnly()
            if int(dut.reader_valid.value) and int(dut.reader_ready.value):
                got.append(int(dut.reader_data.value))
            cycles += 1
            await RisingEdge(dut.clk)
        assert tuple(got) == expected[:want]
        if eagerness == 1.0:
            assert cycles <= 5 * want
