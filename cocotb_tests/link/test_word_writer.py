# SPDX-License-Identifier: Apache-2.0
"""Words to bytes."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench


def test_word_writer(simulator: str) -> None:
    """Every test of sim_word_writer.py."""
    run_bench("cocotb_tests.link.sim_word_writer", simulator)
