# SPDX-License-Identifier: Apache-2.0
"""Scores, classes and outcomes."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_judge(simulator: str) -> None:
    """Every test of sim_judge.py."""
    run_bench("cocotb_tests.lut.sim_judge", simulator)
