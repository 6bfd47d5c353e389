# SPDX-License-Identifier: Apache-2.0
"""A choice among the entries of a table."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_select_entry(simulator: str) -> None:
    """Every test of sim_select_entry.py."""
    run_bench("cocotb_tests.lut.sim_select_entry", simulator)
