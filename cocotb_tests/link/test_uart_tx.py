# SPDX-License-Identifier: Apache-2.0
"""The transmitter against a published receiver."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_uart_tx(simulator: str) -> None:
    """Every test of sim_uart_tx.py."""
    run_bench("cocotb_tests.link.sim_uart_tx", simulator)
