# SPDX-License-Identifier: Apache-2.0
"""The arbiter of the maintenance port."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench


def test_store_arbiter(simulator: str) -> None:
    """Every test of sim_store_arbiter.py."""
    run_bench("cocotb_tests.store.sim_store_arbiter", simulator)
