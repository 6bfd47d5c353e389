# SPDX-License-Identifier: Apache-2.0
"""The plain block RAM against a list."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import get, put, seeded, start

WORDS = 12


@cocotb.test()
async def reads_and_writes(dut: Any) -> None:
    """A read shows what was written last and stands; a write changes its word and no other."""
    rng = seeded(dut, "ram")
    await start(dut)
    words = [rng.getrandbits(16) for _ in range(WORDS)]
    for address in rng.sample(range(WORDS), WORDS):
        put(dut, "ram", we=1, waddr=address, wdata=words[address])
        await FallingEdge(dut.clk)
    expected = None
    for _ in range(400):
        writing, reading = rng.random() < 0.4, rng.random() < 0.6
        written, read = rng.sample(range(WORDS), 2)
        data = rng.getrandbits(16)
        put(dut, "ram", we=int(writing), waddr=written, wdata=data, re=int(reading), raddr=read)
        await FallingEdge(dut.clk)
        if reading:
            expected = words[read]
        if writing:
            words[written] = data
        if expected is not None:
            assert get(dut, "ram", "rdata") == [expected]
