# SPDX-License-Identifier: Apache-2.0
"""The digest against zlib."""

from __future__ import annotations

from cocotb_tests.fault.build import run_bench


def test_digest(simulator: str) -> None:
    """Every test of sim_digest.py."""
    run_bench("cocotb_tests.store.sim_digest", simulator)
