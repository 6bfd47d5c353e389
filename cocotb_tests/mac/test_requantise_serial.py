# SPDX-License-Identifier: Apache-2.0
"""The requantiser that takes a bit at a time."""

from __future__ import annotations

from cocotb_tests.simulation import read_sources, simulate


def test_requantise_serial() -> None:
    """Every test of sim_requantise_serial.py (Icarus only: a build of its own)."""
    simulate(
        "requantise_serial",
        "cocotb_tests.mac.sim_requantise_serial",
        read_sources("engine/mac/requantise_serial.v"),
        simulator="icarus",
    )
