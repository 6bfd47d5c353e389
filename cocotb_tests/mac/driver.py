# SPDX-License-Identifier: Apache-2.0
"""Drives bench.v, with what every such bench needs (cocotb_tests/driver.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cocotb_tests.driver import Memory, get, inputs_of, pack, put, reset, seeded, signed, unpack

__all__ = ["INT32_EDGES", "Memory", "get", "pack", "put", "seeded", "signed", "start", "unpack"]

_INPUTS = inputs_of(Path(__file__).resolve().parent / "bench.v")

#: Ends of the range of int32 and what lies around them and around 0.
INT32_EDGES = (-(2**31), 1 - 2**31, -(2**30), -2, -1, 0, 1, 2, 2**30, 2**31 - 2, 2**31 - 1)


async def start(dut: Any) -> None:
    """Start the clock and reset, every input at 0; ends at a falling edge."""
    await reset(dut, _INPUTS)
