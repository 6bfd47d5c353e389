# SPDX-License-Identifier: Apache-2.0
"""A choice among words."""

from __future__ import annotations

from cocotb_tests.lut.build import run_bench


def test_select_word(simulator: str) -> None:
    """Every test of sim_select_word.py."""
    run_bench("cocotb_tests.lut.sim_select_word", simulator)
