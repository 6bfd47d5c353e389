# SPDX-License-Identifier: Apache-2.0
"""One of 2, 4 or 8 entries, chosen anew for each bit."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, pack, put, seeded
from cocotb_tests.lut.driver import start


@cocotb.test()
async def random_entries(dut: Any) -> None:
    """Random entries and selects, bit by bit."""
    rng = seeded(dut, "select_entry")
    lanes = (await start(dut)).lanes
    for _ in range(60):
        entries = rng.getrandbits(8)
        selects = [rng.getrandbits(lanes) for _ in range(3)]
        put(dut, "entry", entries=entries, selects=pack(selects, lanes))
        await FallingEdge(dut.clk)
        for count in (1, 2, 3):
            numbers = [sum((selects[s] >> bit & 1) << s for s in range(count)) for bit in range(lanes)]
            expected = sum((entries >> number & 1) << bit for bit, number in enumerate(numbers))
            assert get(dut, "entry", f"chosen_{count}") == [expected], f"{count} selects"
