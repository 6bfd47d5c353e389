# SPDX-License-Identifier: Apache-2.0
"""Parameter stores under both their ports."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_param_store(simulator: str) -> None:
    """Every test of sim_param_store.py."""
    run_bench("cocotb_tests.store.sim_param_store", simulator)
