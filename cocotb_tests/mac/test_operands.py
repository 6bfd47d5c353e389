# SPDX-License-Identifier: Apache-2.0
"""Operands of a step."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_operands(simulator: str) -> None:
    """Every test of sim_operands.py."""
    run_bench("cocotb_tests.mac.sim_operands", simulator)
