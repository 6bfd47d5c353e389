# SPDX-License-Identifier: Apache-2.0
"""Threefry: published vectors, random hashes, cycles."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench


def test_threefry(simulator: str) -> None:
    """Every test of sim_threefry.py."""
    run_bench("cocotb_tests.fault.sim_threefry", simulator)
