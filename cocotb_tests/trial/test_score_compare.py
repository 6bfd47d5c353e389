# SPDX-License-Identifier: Apache-2.0
"""Judging pictures."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_score_compare(simulator: str) -> None:
    """Every test of sim_score_compare.py."""
    run_bench("cocotb_tests.trial.sim_score_compare", simulator)
