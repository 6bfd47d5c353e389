# SPDX-License-Identifier: Apache-2.0
"""The flip list."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_flip(simulator: str) -> None:
    """Every test of sim_flip.py."""
    run_bench("cocotb_tests.fault.sim_flip", simulator)
