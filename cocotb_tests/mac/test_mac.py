# SPDX-License-Identifier: Apache-2.0
"""The engine."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench

# How much of it: Icarus is many times slower.
EXTENT = {
    "icarus": {"FAULTLOOP_PROGRAMS": "2"},
    "verilator": {"FAULTLOOP_PROGRAMS": "12", "FAULTLOOP_MANY_BATCHES": "1"},
}


def test_mac(simulator: str) -> None:
    """Every test of sim_mac.py."""
    whole = {"WITH_MAC": 1} if simulator == "icarus" else {}
    run_bench("cocotb_tests.mac.sim_mac", simulator, EXTENT[simulator], **whole)
