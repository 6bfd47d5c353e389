# SPDX-License-Identifier: Apache-2.0
"""Wires of a batch."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_wire_memory(simulator: str) -> None:
    """Every test of sim_wire_memory.py."""
    run_bench("cocotb_tests.lut.sim_wire_memory", simulator)
