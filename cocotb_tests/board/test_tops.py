# SPDX-License-Identifier: Apache-2.0
"""Every board top, from the pins: reset, button, lights, and bytes there and back at the rate of its entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocotb_tests.board.echo_testbed import echo_sources
from cocotb_tests.simulation import simulate
from host.boards.fpga_boards import HARDWARE
from host.boards.hardware import Hardware, header, parameters
from host.regmap import Engine
from host.toolchain import ROOT, RTL

HERE = Path(__file__).resolve().parent

#: One board for each top.
BOARDS = {hardware.top: hardware for hardware in reversed(HARDWARE)}


@pytest.mark.parametrize("hardware", BOARDS.values(), ids=BOARDS)
def test_top(hardware: Hardware) -> None:
    """Every test of sim_tops.py, under Icarus, which elaborates a top in a second."""
    folder = ROOT / "build" / "echo" / hardware.name
    sources = [*echo_sources(folder), RTL / "board" / f"{hardware.top}.v", HERE / "primitives.v"]
    (folder / "build.vh").write_text(header(parameters(hardware, Engine.MAC)), encoding="utf-8")
    simulate(
        hardware.top,
        "cocotb_tests.board.sim_tops",
        sources,
        simulator="icarus",
        includes=[folder],
        extra_env={"FAULTLOOP_BOARD": hardware.name},
    )
