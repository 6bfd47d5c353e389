# SPDX-License-Identifier: Apache-2.0
"""The array."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_array(simulator: str) -> None:
    """Every test of sim_array.py."""
    run_bench("cocotb_tests.mac.sim_array", simulator)
