# SPDX-License-Identifier: Apache-2.0
"""The loops of a layer."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_loop_nest(simulator: str) -> None:
    """Every test of sim_loop_nest.py."""
    run_bench("cocotb_tests.mac.sim_loop_nest", simulator)
