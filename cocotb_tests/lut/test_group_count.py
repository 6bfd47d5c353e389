# SPDX-License-Identifier: Apache-2.0
"""Class scores."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_group_count(simulator: str) -> None:
    """Every test of sim_group_count.py."""
    run_bench("cocotb_tests.lut.sim_group_count", simulator)
