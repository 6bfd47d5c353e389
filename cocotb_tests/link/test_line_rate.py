# SPDX-License-Identifier: Apache-2.0
"""The bit rate of the line: raised, changed over, given back."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench


def test_line_rate(simulator: str) -> None:
    """Every test of sim_line_rate.py."""
    run_bench("cocotb_tests.link.sim_line_rate", simulator)
