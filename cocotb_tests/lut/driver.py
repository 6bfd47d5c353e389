# SPDX-License-Identifier: Apache-2.0
"""Drives bench.v, with what every such bench needs (cocotb_tests/driver.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocotb_tests.driver import get, inputs_of, reset

_INPUTS = inputs_of(Path(__file__).resolve().parent / "bench.v")


@dataclass(frozen=True)
class Geometry:
    """Operands of a gate, pictures computed at once, whether the wiring is stored."""

    k: int
    lanes: int
    stored: bool


async def start(dut: Any) -> Geometry:
    """Start the clock and reset, every input at 0; ends at a falling edge."""
    await reset(dut, _INPUTS)
    k, lanes, stored = get(dut, "geometry", "k", "lanes", "stored")
    return Geometry(k, lanes, bool(stored))


def sliced(values: Sequence[int], bits: int) -> list[int]:
    """Rows of one bit a lane, the least significant first, of a value a lane."""
    return [sum((value >> b & 1) << lane for lane, value in enumerate(values)) for b in range(bits)]


def evaluate(table: int, operands: Sequence[int], lanes: int) -> int:
    """Entries of a table at the addresses that the lanes' bits of the operands form, operand 0 lowest."""
    result = 0
    for lane in range(lanes):
        address = sum((operand >> lane & 1) << place for place, operand in enumerate(operands))
        result |= (table >> address & 1) << lane
    return result
