# SPDX-License-Identifier: Apache-2.0
"""The byte-serial CRC against zlib."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench


def test_crc32(simulator: str) -> None:
    """Every test of sim_crc32.py."""
    run_bench("cocotb_tests.link.sim_crc32", simulator)
