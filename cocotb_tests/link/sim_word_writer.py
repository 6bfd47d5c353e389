# SPDX-License-Identifier: Apache-2.0
"""Simulator side: words into a byte memory."""

from __future__ import annotations

import struct
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from cocotb_tests.link.driver import random_numbers, start


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def words(dut: Any) -> None:
    """Each word's bytes at its place and nothing else; five cycles a word at most; ready means written."""
    rng = random_numbers(dut, "word_writer")
    await start(dut)
    memory: dict[int, int] = {}

    async def collect() -> None:
        while True:
            await RisingEdge(dut.clk)
            await ReadOnly()
            if int(dut.writer_ram_we.value):
                memory[int(dut.writer_ram_address.value)] = int(dut.writer_ram_data.value)

    cocotb.start_soon(collect())
    expected: dict[int, int] = {}
    cycles = 0
    for index in rng.sample(range(512), 60):
        word = rng.getrandbits(32)
        expected.update(enumerate(struct.pack("<I", word), start=4 * index))
        dut.writer_valid.value = 1
        dut.writer_index.value = index
        dut.writer_data.value = word
        ready = 0
        while not ready:
            await ReadOnly()
            ready = int(dut.writer_ready.value)
            cycles += 1
            await RisingEdge(dut.clk)
        dut.writer_valid.value = 0
    while True:
        await ReadOnly()
        if int(dut.writer_ready.value):
            break
        await RisingEdge(dut.clk)
    assert memory == expected
    assert cycles <= 5 * 60
