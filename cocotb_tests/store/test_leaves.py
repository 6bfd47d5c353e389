# SPDX-License-Identifier: Apache-2.0
"""word_order, code_word, crc32_word, popcount."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_leaves(simulator: str) -> None:
    """Every test of sim_leaves.py."""
    run_bench("cocotb_tests.store.sim_leaves", simulator)
