# SPDX-License-Identifier: Apache-2.0
"""A store of 8 rows of two code words in a memory with fewer ports: who waits, and that nothing is lost."""

from __future__ import annotations

import os
import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import start_clock

SEED = os.environ.get("FAULTLOOP_SEED", "1")
LATENCY = int(os.environ["FAULTLOOP_LATENCY"])
#: Of the maintenance port.
READ_BACK = min(LATENCY, 2)
ROWS, BANKS = 8, 2


@cocotb.test()
async def maintenance_waits_and_the_engine_never(dut: Any) -> None:
    """Random traffic on both ports against a list of words, at any share of the engine."""
    rng = random.Random(f"ports-{SEED}")
    dut._log.info("random seed ports-%s", SEED)
    for name in ("e_re", "e_row", "m_valid", "m_we", "m_slice", "m_mask", "m_wdata"):
        getattr(dut, name).value = 0
    start_clock(dut.clk, 10)
    await FallingEdge(dut.clk)
    words = [rng.getrandbits(32) for _ in range(ROWS * BANKS)]
    dut.m_valid.value = dut.m_we.value = dut.m_mask.value = 1
    for place, word in enumerate(words):
        dut.m_slice.value, dut.m_wdata.value = place, word
        await FallingEdge(dut.clk)
    reads: list[int | None] = [None] * LATENCY
    coming: list[int | None] = [None] * READ_BACK
    done = {"read": 0, "write": 0, "waited": 0}
    for cycle in range(1500):
        engine = rng.random() < (0.2, 0.5, 0.8)[cycle % 3]
        row, place = rng.randrange(ROWS), rng.randrange(ROWS * BANKS)
        valid, write, mask = rng.random() < 0.9, rng.random() < 0.5, rng.getrandbits(1)
        data = rng.getrandbits(32)
        dut.e_re.value, dut.e_row.value = int(engine), row
        dut.m_valid.value, dut.m_we.value, dut.m_mask.value = int(valid), int(write), mask
        dut.m_slice.value, dut.m_wdata.value = place, data
        await ReadOnly()
        assert int(dut.m_ready.value) == (not engine)
        reads = [sum(words[BANKS * row + bank] << 32 * bank for bank in range(BANKS)) if engine else None, *reads]
        coming = [words[place] if valid and not write and not engine else None, *coming]
        if valid and write and not engine and mask:
            words[place] = data
        done["waited"] += valid and engine
        done["write"] += valid and write and not engine
        await FallingEdge(dut.clk)
        if reads[LATENCY - 1] is not None:
            assert int(dut.e_data.value) == reads[LATENCY - 1], f"cycle {cycle}"
        if coming[READ_BACK - 1] is not None:
            done["read"] += 1
            assert int(dut.m_rdata.value) == coming[READ_BACK - 1], f"cycle {cycle}"
        reads, coming = reads[:LATENCY], coming[:READ_BACK]
    dut._log.info("%s", done)
    assert min(done["read"], done["write"], done["waited"]) > 100
