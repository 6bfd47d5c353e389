# SPDX-License-Identifier: Apache-2.0
"""Windows onto the parameter stores."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_store_window(simulator: str) -> None:
    """Every test of sim_store_window.py."""
    run_bench("cocotb_tests.bus.sim_store_window", simulator)
