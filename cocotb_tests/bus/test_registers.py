# SPDX-License-Identifier: Apache-2.0
"""Registers."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_registers(simulator: str) -> None:
    """Every test of sim_registers.py."""
    run_bench("cocotb_tests.bus.sim_registers", simulator)
