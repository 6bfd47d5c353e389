# SPDX-License-Identifier: Apache-2.0
"""DP16KD, MULT18X18D."""

from __future__ import annotations

from pathlib import Path

from cocotb_tests.simulation import simulate
from host.toolchain import RTL

SOURCES = [*sorted((RTL / "sim" / "models").glob("*.v")), Path(__file__).resolve().parent / "bench.v"]


def test_ecp5() -> None:
    """Every test of sim_ecp5.py, under Icarus, in which the undefined is unknown."""
    simulate("bench", "cocotb_tests.models.sim_ecp5", SOURCES, simulator="icarus")
