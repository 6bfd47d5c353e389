# SPDX-License-Identifier: Apache-2.0
"""The script for Vivado, run by a real Tcl interpreter in which Vivado's commands are recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from host.boards.fpga_boards import find_hardware
from host.boards.hardware import header, parameters
from host.regmap import Engine
from host.toolchain import ROOT, read_sources
from tools import bitstream, build_report, flow

#: What each command of Vivado returns here; all are recorded, one line each. Slack and names come from the environment.
STUBS = r"""
proc record {name arguments} {
    set file [open $::env(RECORD) a]
    puts $file [linsert $arguments 0 $name]
    close $file
}
foreach name {read_verilog read_xdc synth_design opt_design place_design phys_opt_design route_design
              report_utilization report_timing_summary report_drc write_checkpoint write_bitstream} {
    proc $name {args} "record $name \$args"
}
proc get_cells {args} {
    record get_cells $args
    return {a b c}
}
proc get_timing_paths {args} {
    record get_timing_paths $args
    if {[lsearch $args min] >= 0} { return hold }
    return setup
}
proc get_property {name object} {
    array set value {STARTPOINT_PIN x/C ENDPOINT_PIN y/D DATAPATH_DELAY 8.5 LOGIC_LEVELS 7}
    if {$name eq "SLACK"} { return [expr {$object eq "hold" ? $::env(HOLD) : $::env(SETUP)}] }
    return $value($name)
}
proc version {args} { return 2024.1 }
set argv_of_script [lrange $argv 1 end]
set script [lindex $argv 0]
set argv $argv_of_script
source $script
"""


def interpreter() -> list[str]:
    """A Tcl interpreter: tclsh, else the one in Python."""
    if shutil.which("tclsh"):
        return ["tclsh"]
    pytest.importorskip("tkinter", reason="no Tcl: type `apt-get install tcl`")
    import sys

    code = "import sys, tkinter; t = tkinter.Tcl(); t.setvar('argv', tuple(sys.argv[2:])); t.evalfile(sys.argv[1])"
    return [sys.executable, "-c", code]


def run_script(tmp_path: Path, setup: float, hold: float) -> list[list[str]]:
    """Commands that the script gives to Vivado, in order."""
    hardware = find_hardware("arty")
    files = flow.files_of(hardware, tmp_path, read_sources())
    arguments = flow.vivado(hardware, files)
    script = arguments[arguments.index("-source") + 1]
    given = arguments[arguments.index("-tclargs") + 1 :]
    stubs, record = tmp_path / "stubs.tcl", tmp_path / "record"
    stubs.write_text(STUBS, encoding="utf-8")
    environment = {**os.environ, "RECORD": str(record), "SETUP": str(setup), "HOLD": str(hold)}
    done = subprocess.run(
        [*interpreter(), str(stubs), script, *given],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return [line.split() for line in record.read_text(encoding="utf-8").splitlines()]


def test_the_script_reads_the_design_and_keeps_the_order(tmp_path: Path) -> None:
    commands = run_script(tmp_path, setup=0.1, hold=0.05)
    read = [arguments[0] for name, *arguments in commands if name == "read_verilog"]
    assert [ROOT / path for path in read] == [*read_sources(), ROOT / "rtl" / "board" / "arty.v"]
    (pins,) = [arguments[0] for name, *arguments in commands if name == "read_xdc"]
    assert (ROOT / pins).samefile(ROOT / "constraints" / "arty.xdc")
    assert all((ROOT / path).exists() for path in read)
    names = [name for name, *_ in commands if name.endswith("_design") or name == "write_bitstream"]
    steps = ["synth_design", "opt_design", "place_design", "phys_opt_design", "route_design", "write_bitstream"]
    assert names == steps
    (synth,) = [" ".join(arguments) for name, *arguments in commands if name == "synth_design"]
    folder = os.path.relpath(tmp_path, ROOT)
    assert synth.startswith("-top arty -part xc7a35ticsg324-1L -include_dirs {")
    assert f"{{{folder} rtl/generated}}" in synth
    (written,) = [arguments for name, *arguments in commands if name == "write_bitstream"]
    assert written[-1] == f"{folder}/arty.bit.new"


@pytest.mark.parametrize(("setup", "hold"), [(-0.001, 0.2), (0.5, -0.001)])
def test_negative_slack_writes_no_bitstream(tmp_path: Path, setup: float, hold: float) -> None:
    commands = run_script(tmp_path, setup, hold)
    assert "route_design" in [name for name, *_ in commands]
    assert "write_bitstream" not in [name for name, *_ in commands]
    _, timing, _ = build_report.read_vivado(find_hardware("arty"), tmp_path / "result.txt")
    assert not timing.met


def test_its_result_is_read(tmp_path: Path) -> None:
    """100 MHz with 2 ns to spare is 125 MHz."""
    run_script(tmp_path, setup=2.0, hold=0.05)
    taken, timing, version = build_report.read_vivado(find_hardware("arty"), tmp_path / "result.txt")
    assert timing.met and timing.fmax_hz == pytest.approx(125e6)
    assert (timing.path.start, timing.path.end, timing.path.levels) == ("x/C", "y/D", 7)
    # three cells of each kind are found; two small block RAMs share a large one
    assert (taken.luts, taken.flip_flops, taken.block_rams, taken.dsps) == (3, 3, 5, 3)
    assert version == "Vivado 2024.1"


VIVADO = """#!/bin/sh
# Stands in for Vivado: the script in a Tcl interpreter, then a bitstream as Vivado would leave it.
while [ "$1" != -source ]; do shift; done
script=$2
shift 3
{tcl} {stubs} "$script" "$@" && {{ [ "$SETUP" = -1 ] || echo bits > "$4"; }}
"""


@pytest.mark.parametrize("setup", ["1", "-1"])
def test_from_the_command_to_the_bitstream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setup: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole flow of a 7-series board, with a program in the place of Vivado and no synthesis."""
    if shutil.which("tclsh") is None:
        pytest.skip("no tclsh: type `apt-get install tcl`")
    hardware = find_hardware("arty")
    stubs, program = tmp_path / "stubs.tcl", tmp_path / "bin" / "vivado"
    stubs.write_text(STUBS, encoding="utf-8")
    program.parent.mkdir()
    program.write_text(VIVADO.format(tcl="tclsh", stubs=stubs), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    monkeypatch.setenv("SETUP", setup)
    monkeypatch.setenv("HOLD", "0.1")
    estimated = build_report.estimate(hardware, {"LUT6": 10, "FDRE": 20, "RAMB18E1": 3, "DSP48E1": 4})
    assert estimated.block_rams == 2
    monkeypatch.setattr(bitstream, "_synthesise", lambda *_: estimated)
    folder = tmp_path / "build"
    if setup == "-1":
        with pytest.raises(
            bitstream.BuildFailed, match=r"arty-mac is too slow: 90\.9 MHz of 100 MHz; .* from x/C to y/D"
        ):
            bitstream.build(hardware, Engine.MAC, folder=folder)
        assert not list(folder.glob("*.bit*"))
        return
    made = bitstream.build(hardware, Engine.MAC, folder=folder)
    assert made == folder / "arty.bit" and made.read_text(encoding="utf-8") == "bits\n"
    values = parameters(hardware, Engine.MAC, bitstream.read_build_id(folder / "build.json") or 0)
    assert (folder / "build.vh").read_text(encoding="utf-8") == header(values)
    assert "111.1 MHz of 100 MHz" in capsys.readouterr().out
