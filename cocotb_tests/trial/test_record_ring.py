# SPDX-License-Identifier: Apache-2.0
"""Records."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_record_ring(simulator: str) -> None:
    """Every test of sim_record_ring.py."""
    run_bench("cocotb_tests.trial.sim_record_ring", simulator)
