# SPDX-License-Identifier: Apache-2.0
"""The whole link, from line to bus, and what noise does to it."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_link(simulator: str) -> None:
    """Every test of sim_link.py."""
    run_bench("cocotb_tests.link.sim_link", simulator)
