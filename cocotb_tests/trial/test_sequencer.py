# SPDX-License-Identifier: Apache-2.0
"""Commands and trials."""

from __future__ import annotations

from cocotb_tests.mac.build import run_bench


def test_sequencer(simulator: str) -> None:
    """Every test of sim_sequencer.py."""
    run_bench("cocotb_tests.trial.sim_sequencer", simulator)
