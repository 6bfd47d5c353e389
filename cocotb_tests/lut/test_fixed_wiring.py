# SPDX-License-Identifier: Apache-2.0
"""Wiring from a seed."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_fixed_wiring(simulator: str) -> None:
    """Every test of sim_fixed_wiring.py."""
    run_bench("cocotb_tests.lut.sim_fixed_wiring", simulator)
