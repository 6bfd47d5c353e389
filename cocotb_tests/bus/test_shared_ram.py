# SPDX-License-Identifier: Apache-2.0
"""Memories of the host and the board."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_shared_ram(simulator: str) -> None:
    """Every test of sim_shared_ram.py."""
    run_bench("cocotb_tests.bus.sim_shared_ram", simulator)
