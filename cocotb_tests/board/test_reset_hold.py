# SPDX-License-Identifier: Apache-2.0
"""Reset from power-on, button and lock."""

from __future__ import annotations

from cocotb_tests.simulation import simulate
from host.toolchain import read_sources


def test_reset_hold() -> None:
    """Every test of sim_reset_hold.py, under Icarus, whose flip-flops are unknown unless they are initialised."""
    sources = read_sources("board/reset_hold.v")
    simulate("reset_hold", "cocotb_tests.board.sim_reset_hold", sources, simulator="icarus")
