# SPDX-License-Identifier: Apache-2.0
"""The RAM that forgets."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_epoch_ram(simulator: str) -> None:
    """Every test of sim_epoch_ram.py."""
    run_bench("cocotb_tests.store.sim_epoch_ram", simulator)
