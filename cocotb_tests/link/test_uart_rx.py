# SPDX-License-Identifier: Apache-2.0
"""The receiver against a published transmitter."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_uart_rx(simulator: str) -> None:
    """Every test of sim_uart_rx.py."""
    run_bench("cocotb_tests.link.sim_uart_rx", simulator)
