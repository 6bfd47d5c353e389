# SPDX-License-Identifier: Apache-2.0
"""The record ring: what the sequencer writes, the bus reads at any time."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import put, seeded
from host.regmap import RECORD_WORDS

RECORDS = 4
WORDS = len(RECORD_WORDS)


@cocotb.test()
async def records(dut: Any) -> None:
    """Record n stands at word 8 (n mod 4), while a command runs and at any lap of the address."""
    rng = seeded(dut, "records")
    bus = await Bus.reset(dut, rng)
    size = RECORDS * WORDS
    ring = [0] * size
    for number in range(5 * RECORDS):
        dut.locked.value = rng.randrange(2)
        for part in range(WORDS):
            data = rng.getrandbits(32)
            ring[number * WORDS % size + part] = data
            put(dut, "ring", we=1, record=number % RECORDS, part=part, data=data)
            await FallingEdge(dut.clk)
        put(dut, "ring", we=0, data=rng.getrandbits(32), part=rng.randrange(WORDS))
        if number + 1 < RECORDS:
            continue
        lap = size * rng.choice([0, 1, 5, (1 << 24) // size - 1])
        replies = await bus.run("ring", [(lap + address, None) for address in range(size)])
        assert [reply.data for reply in replies] == ring, f"after record {number}"
        assert not await bus.write("ring", rng.randrange(size), 0)


@cocotb.test()
async def reading_while_writing(dut: Any) -> None:
    """Reads of finished records are right while the next one is written."""
    rng = seeded(dut, "both")
    bus = await Bus.reset(dut, rng)
    words = [rng.getrandbits(32) for _ in range(RECORDS * WORDS)]
    for address, data in enumerate(words):
        put(dut, "ring", we=1, record=address // WORDS, part=address % WORDS, data=data)
        await FallingEdge(dut.clk)

    async def write_record_0() -> None:
        while True:
            put(
                dut,
                "ring",
                we=rng.randrange(2),
                record=0,
                part=rng.randrange(8),
                data=rng.getrandbits(32),
            )
            await FallingEdge(dut.clk)

    writing = cocotb.start_soon(write_record_0())
    for _ in range(6):
        replies = await bus.run("ring", [(a, None) for a in range(WORDS, len(words))])
        assert [reply.data for reply in replies] == words[WORDS:]
    writing.cancel()
