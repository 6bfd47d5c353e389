# SPDX-License-Identifier: Apache-2.0
"""Scores."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_score_store(simulator: str) -> None:
    """Every test of sim_score_store.py."""
    run_bench("cocotb_tests.trial.sim_score_store", simulator)
