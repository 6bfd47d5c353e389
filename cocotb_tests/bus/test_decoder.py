# SPDX-License-Identifier: Apache-2.0
"""Regions of the bus."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_decoder(simulator: str) -> None:
    """Every test of sim_decoder.py."""
    run_bench("cocotb_tests.bus.sim_decoder", simulator)
