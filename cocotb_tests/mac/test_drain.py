# SPDX-License-Identifier: Apache-2.0
"""Finished tiles."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_drain(simulator: str) -> None:
    """Every test of sim_drain.py."""
    run_bench("cocotb_tests.mac.sim_drain", simulator)
