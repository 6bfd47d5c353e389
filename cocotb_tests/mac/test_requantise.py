# SPDX-License-Identifier: Apache-2.0
"""Requantisation."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_requantise(simulator: str) -> None:
    """Every test of sim_requantise.py."""
    run_bench("cocotb_tests.mac.sim_requantise", simulator)
