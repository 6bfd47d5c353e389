# SPDX-License-Identifier: Apache-2.0
"""The plain block RAM."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_ram_1w1r(simulator: str) -> None:
    """Every test of sim_ram_1w1r.py."""
    run_bench("cocotb_tests.store.sim_ram_1w1r", simulator)
