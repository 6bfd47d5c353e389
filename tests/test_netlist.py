# SPDX-License-Identifier: Apache-2.0
"""Netlists as programs: a small design in the place of the testbed, synthesised for each family, answers from its pins.

The design with an engine takes minutes: ``python -m tools.netlist --all``, which the workflow of the bitstreams runs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest
import serial

from cocotb_tests.board.echo_testbed import echo_sources
from host.boards import simulated
from host.boards.hardware import Family, Hardware, parameters
from host.boards.simulated import SimulatedBoard
from host.regmap import Engine
from host.toolchain import ROOT
from tools import netlist
from tools.bitstream import BuildFailed
from tools.inference import SYNTHESIS, read_stat
from tools.netlist import BOARDS, CELLS, MODELS, Netlist

BUILD = ROOT / "build" / "netlist"
SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))


def echo(program: Path, sent: bytes) -> bytes:
    """What a program sends back, until nothing comes for a second; nothing where it ends over a bad stop bit."""
    board = SimulatedBoard.run(program)
    try:
        with serial.Serial(board.port, 1_000_000, timeout=1) as port:
            port.write(sent)
            return port.read(len(sent))
    except serial.SerialException:
        return b""
    finally:
        board.close()


@pytest.mark.parametrize("name", BOARDS)
def test_a_netlist_answers_from_its_pins(name: str) -> None:
    """PLL, reset, UART and block RAM; with one lookup table of the UART inverted, it does not."""
    hardware = BOARDS[name]
    family = hardware.device.family
    folder = BUILD / f"echo-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sent = random.Random(SEED).randbytes(300)
    print(f"seed {SEED}")
    begin = time.monotonic()
    made = netlist.build(hardware, Engine.LUT, folder, echo_sources(folder))
    print(f"built in {time.monotonic() - begin:.1f} s, {made.cells} cells")
    assert echo(made.program, sent) == sent
    counts = read_stat(folder / "cells.json", hardware.top)
    assert sum(counts.get(cell, 0) for cell in SYNTHESIS[family].block_rams) == 1

    if family is not Family.ICE40:
        return
    path = folder / "netlist.json"
    design = json.loads(path.read_text(encoding="utf-8"))
    cells = design["modules"][hardware.top]["cells"]
    victim = next(cell for at, cell in sorted(cells.items()) if cell["type"] == "SB_LUT4" and "uart_tx" in at)
    victim["parameters"]["LUT_INIT"] = victim["parameters"]["LUT_INIT"].translate(str.maketrans("01", "10"))
    path.write_text(json.dumps(design), encoding="utf-8")
    assert echo(netlist.compile_netlist(hardware, folder).program, sent) != sent


def test_every_board_has_models_and_a_network_that_fits() -> None:
    for name, hardware in BOARDS.items():
        assert CELLS[hardware.device.family].logic
        assert all(path.exists() for path in CELLS[hardware.device.family].models)
        for engine in Engine:
            assert hardware.builds[engine].networks, name
            # four clock cycles a bit, the fewest that the UART takes
            assert parameters(hardware, engine)["CLOCK_HZ"] == 4 * hardware.baud
    models = {path for cells in CELLS.values() for path in cells.models}
    assert models == set(MODELS.glob("*.v"))


def test_the_table_has_every_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A board that passes, one that has another engine than was asked for, and netlists that were not made."""
    program = simulated.build({"BAUD": simulated.DEFAULT_BAUD})

    def built(hardware: Hardware, engine: Engine, folder: Path) -> Netlist:
        if hardware.device.family is Family.ECP5:
            raise BuildFailed("no memory")
        folder.mkdir(parents=True)
        return Netlist(program, 7_000)

    monkeypatch.setattr(netlist, "build", built)
    monkeypatch.setattr(netlist, "NETLISTS", tmp_path)
    assert netlist.main(["--all"]) == 1
    rows = (tmp_path / "report.md").read_text(encoding="utf-8").splitlines()[2:]
    assert [row.split(" | ")[-1] for row in rows] == [
        "PASS |",
        "FAIL (golden skipped, faults skipped, trials skipped, beam skipped) |",
        "none |",
        "none |",
    ]
    assert rows[0].startswith("| icebreaker | ice40 | mac | 7,000 | ")


def test_what_is_asked_for_is_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--all", "--board", "icebreaker"], ["--all", "--serve"], ["--board", "icebreaker", "--serve"]):
        with pytest.raises(SystemExit):
            netlist.main(words)
        assert "say --board NAME" in capsys.readouterr().err
