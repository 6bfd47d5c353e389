# SPDX-License-Identifier: Apache-2.0
"""The decoder against the packages cobs and zlib."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench


def test_frame_decode(simulator: str) -> None:
    """Every test of sim_frame_decode.py."""
    run_bench("cocotb_tests.link.sim_frame_decode", simulator)
