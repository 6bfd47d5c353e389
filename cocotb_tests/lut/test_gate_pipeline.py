# SPDX-License-Identifier: Apache-2.0
"""A gate a cycle."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_gate_pipeline(simulator: str) -> None:
    """Every test of sim_gate_pipeline.py."""
    run_bench("cocotb_tests.lut.sim_gate_pipeline", simulator)
