# SPDX-License-Identifier: Apache-2.0
"""Inputs of a batch."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_input_loader(simulator: str) -> None:
    """Every test of sim_input_loader.py."""
    run_bench("cocotb_tests.lut.sim_input_loader", simulator)
