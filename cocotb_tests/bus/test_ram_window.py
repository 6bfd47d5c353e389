# SPDX-License-Identifier: Apache-2.0
"""A window onto a block RAM."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_ram_window(simulator: str) -> None:
    """Every test of sim_ram_window.py."""
    run_bench("cocotb_tests.bus.sim_ram_window", simulator)
