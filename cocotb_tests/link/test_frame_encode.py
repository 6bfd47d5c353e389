# SPDX-License-Identifier: Apache-2.0
"""The encoder against the packages cobs and zlib."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_frame_encode(simulator: str) -> None:
    """Every test of sim_frame_encode.py."""
    run_bench("cocotb_tests.link.sim_frame_encode", simulator)
