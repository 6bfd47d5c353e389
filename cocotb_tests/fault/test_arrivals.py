# SPDX-License-Identifier: Apache-2.0
"""Upsets of a beam, drawn by the RTL and by the host."""

from __future__ import annotations

from cocotb_tests.simulation import read_sources, simulate


def test_arrivals() -> None:
    """Every test of sim_arrivals.py (Icarus; under Verilator as part of the core)."""
    sources = read_sources("fault/", "store/store_bits")
    simulate(
        "arrivals", "cocotb_tests.fault.sim_arrivals", sources, simulator="icarus", parameters={"PROTECTIONS": 0x3210}
    )
