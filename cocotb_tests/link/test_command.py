# SPDX-License-Identifier: Apache-2.0
"""Requests against a published bus model."""

from __future__ import annotations

from cocotb_tests.link.build import run_bench


def test_command(simulator: str) -> None:
    """Every test of sim_command.py."""
    run_bench("cocotb_tests.link.sim_command", simulator)
