# SPDX-License-Identifier: Apache-2.0
"""The scrubber, its walk and the golden copy."""

from __future__ import annotations

from pathlib import Path

from cocotb_tests.simulation import read_sources, simulate

BENCH = Path(__file__).resolve().parent / "scrub_bench.v"


def test_scrub(simulator: str) -> None:
    """Every test of sim_scrub.py."""
    sources = [*read_sources("store/"), BENCH]
    simulate("scrub_bench", "cocotb_tests.store.sim_scrub", sources, simulator=simulator)
