# SPDX-License-Identifier: Apache-2.0
"""Instructions."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_fetch(simulator: str) -> None:
    """Every test of sim_fetch.py."""
    run_bench("cocotb_tests.mac.sim_fetch", simulator)
