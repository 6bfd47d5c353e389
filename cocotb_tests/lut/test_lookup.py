# SPDX-License-Identifier: Apache-2.0
"""Tables of all lanes."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_lookup(simulator: str) -> None:
    """Every test of sim_lookup.py."""
    run_bench("cocotb_tests.lut.sim_lookup", simulator)
