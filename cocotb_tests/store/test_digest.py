# SPDX-License-Identifier: Apache-2.0
"""The digest against zlib."""

from __future__ import annotations

import pytest

from cocotb_tests.fault.build import run_bench
from cocotb_tests.simulation import mostly_verilator


def test_digest(simulator: str) -> None:
    """Every test of sim_digest.py."""
    run_bench("cocotb_tests.store.sim_digest", simulator)


@pytest.mark.parametrize("sweep_words", [1, 8, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 16))])
def test_width_changes_no_digest(sweep_words: int) -> None:
    """Groups of one and two code words, and rows wider than a group (Icarus only)."""
    run_bench("cocotb_tests.store.sim_digest", "icarus", SWEEP_WORDS=sweep_words)


@mostly_verilator
def test_byte_by_byte(simulator: str) -> None:
    """The small alternative, whose words must not overtake each other."""
    run_bench("cocotb_tests.store.sim_digest", simulator, BYTEWISE=1)
