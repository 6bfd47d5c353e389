# SPDX-License-Identifier: Apache-2.0
"""One output channel of the array."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_mac_lane(simulator: str) -> None:
    """Every test of sim_mac_lane.py."""
    run_bench("cocotb_tests.mac.sim_mac_lane", simulator)
