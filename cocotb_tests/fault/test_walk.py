# SPDX-License-Identifier: Apache-2.0
"""The walk through physical bits."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench


def test_walk(simulator: str) -> None:
    """Every test of sim_walk.py."""
    run_bench("cocotb_tests.fault.sim_walk", simulator)
