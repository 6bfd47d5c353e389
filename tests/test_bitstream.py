# SPDX-License-Identifier: Apache-2.0
"""The bitstream flow: every open family to a bitstream with a small design in the place of the testbed, and its ends.

Real tops, PLLs and constraints; only the testbed is replaced, since one with an engine takes minutes.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cocotb_tests.board.echo_testbed import echo_sources
from host.boards.bitstreams import sources_hash
from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Hardware, Resources, header, parameters
from host.regmap import Engine
from host.toolchain import ROOT, MissingTool
from tools import bitstream, build_report
from tools.bitstream import BuildFailed, build

BUILD = ROOT / "build" / "flow"

#: One board for each open family, and the words with which its configuration begins (programming guides FPGA-TN-02001
#: and FPGA-TN-02039; Gowin's files are the bits as text).
FAMILIES = {
    "icebreaker": b"\x7e\xaa\x99\x7e",
    "ulx3s-25f": b"\xff\xff\xbd\xb3",
    "tangnano9k": b"\n1010010111000011\n",
}


def folder_of(name: str) -> Path:
    """An empty folder, which the programs can see: below the root."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("name", FAMILIES)
def test_every_open_family_to_a_bitstream(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    hardware = find_hardware(name)
    folder = folder_of(name)
    sources = echo_sources(folder)
    made = build(hardware, Engine.LUT, folder=folder, sources=sources, seeds=1)
    assert made == folder / hardware.bitstream
    assert FAMILIES[name] in made.read_bytes()
    said = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    files = bitstream.flow.files_of(hardware, folder, sources)
    assert said["build_id"] == bitstream.identity(hardware, files, header(parameters(hardware, Engine.LUT)))
    assert said["parameters"] == parameters(hardware, Engine.LUT, said["build_id"])
    assert f"32'd{said['build_id']})" in (folder / "build.vh").read_text(encoding="utf-8")
    assert said["fmax_hz"] >= hardware.clock_hz
    # the delays along the critical path, from clock to setup, are the period
    assert 1e9 / said["critical_path"]["delay_ns"] == pytest.approx(said["fmax_hz"], rel=1e-3)
    area = json.loads((folder / "area.json").read_text(encoding="utf-8"))
    sourced = sources_hash(files.sources, header(parameters(hardware, Engine.LUT)))
    assert area["sources"] == said["sources"] == sourced and area["used"] == said["used"]
    assert len(said["tools"]) == 3 and all(re.search(r"\d", version) for version in said["tools"].values())
    # one block RAM, and the flip-flops of two shift registers of 8 and two phases of 24 bits at least
    assert said["used"]["block_rams"] == 1 and 64 <= said["used"]["flip_flops"] <= 200
    # what the data sheet says and what place and route has are the same FPGA
    there = build_report.available(hardware, build_report.read_nextpnr(folder / "timing.json"))
    assert there["luts"] == hardware.device.resources.luts
    assert there.items() <= said["available"].items()
    assert "| block RAMs | 1 |" in (folder / "report.md").read_text(encoding="utf-8")

    capsys.readouterr()
    stamp = made.stat().st_mtime_ns
    # a check of other sources in between
    (folder / "area.json").write_text("{}", encoding="utf-8")
    assert build(hardware, Engine.LUT, folder=folder, sources=sources) == made
    assert "nothing has changed" in capsys.readouterr().out and made.stat().st_mtime_ns == stamp
    assert json.loads((folder / "area.json").read_text(encoding="utf-8")) == area

    if name == "tangnano9k":
        assert build(hardware, Engine.LUT, folder=folder, sources=sources, check_only=True) is None
        assert "| block RAMs | 1 | 26 |" in capsys.readouterr().out and made.exists()
        _too_slow_leaves_no_bitstream(hardware, folder, sources, capsys)


def _too_slow_leaves_no_bitstream(
    hardware: Hardware, folder: Path, sources: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Placements that do not meet timing are told, and the bitstream of before is gone."""
    report = build_report.nextpnr_timing

    def pessimistic(board: Hardware, found: dict[str, object]) -> build_report.Timing:
        return replace(report(board, found), fmax_hz=0.8 * board.clock_hz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_report, "nextpnr_timing", pessimistic)
        patch.setattr(bitstream, "identity", lambda *_: 1)
        with pytest.raises(
            BuildFailed, match=r"too slow after 2 placements: 32\.4 MHz of 40\.5 MHz; the critical path"
        ):
            build(hardware, Engine.LUT, folder=folder, sources=sources, seeds=2)
    assert "32.4 MHz of 40.5 MHz with seed 1" in capsys.readouterr().out
    assert not list(folder.glob("tangnano9k.fs*")) and not (folder / "build.json").exists()
    assert "**not met**" in (folder / "report.md").read_text(encoding="utf-8")


def test_what_is_not_inferred_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory that cannot be block RAM ends the build after synthesis."""
    hardware = find_hardware("tangnano9k")
    folder = folder_of("flip-flops")
    sources = echo_sources(folder)
    text = sources[-1].read_text(encoding="utf-8")
    # read without a clock, which no block RAM can
    extra = "    (* keep *) reg [7:0] mem [0:63];\n    always @(posedge clk) mem[write_q[5:0]] <= rx_data;\n"
    extra += "    (* keep *) wire [7:0] read = mem[read_q[5:0]];\n\nendmodule\n"
    sources[-1].write_text(text.replace("\nendmodule\n", extra), encoding="utf-8")
    with pytest.raises(BuildFailed, match=r"did not infer what was meant: .*memory in lookup tables"):
        build(hardware, Engine.LUT, folder=folder, sources=sources)
    assert not list(folder.glob("*.fs*"))


def test_what_does_not_fit_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = find_hardware("tangnano9k")
    small = replace(hardware, device=replace(hardware.device, resources=Resources(50, 6_480, 26, 20)))
    folder = folder_of("small")
    with pytest.raises(BuildFailed, match=r"does not fit GW1NR.*: it takes \d+ LUTs of 50; choose a larger board"):
        build(small, Engine.LUT, folder=folder, sources=echo_sources(folder))


def test_a_program_that_fails_is_named_with_its_error(capsys: pytest.CaptureFixture[str]) -> None:
    files = bitstream.flow.files_of(find_hardware("ulx3s"), folder_of("failing"), [])
    with pytest.raises(
        BuildFailed, match=r"^x: place and route 1 failed, see .*place-and-route-1\.log: ERROR: no room$"
    ):
        bitstream._run(["sh", "-c", "echo Info: placing; echo ERROR: no room; exit 3"], files, "place-and-route-1", "x")
    bitstream._run(["sleep", "1"], files, "pack", "x")
    assert capsys.readouterr().out.endswith("x: pack … 1 s\n")


def test_every_input_changes_the_identity(tmp_path: Path) -> None:
    hardware = find_hardware("ulx3s")
    text = header(parameters(hardware, Engine.MAC))
    folder = ROOT / "build" / "bitstream" / "x"
    source = tmp_path / "a.v"
    source.write_text("module a; endmodule\n", encoding="utf-8")
    pins = tmp_path / "a.lpf"
    pins.write_text("\n", encoding="utf-8")
    files = replace(bitstream.flow.files_of(hardware, folder, [source]), constraints=pins)
    seen = {bitstream.identity(hardware, files, text)}
    seen.add(bitstream.identity(hardware, files, text.replace("OC_LANES(8)", "OC_LANES(4)")))
    seen.add(bitstream.identity(find_hardware("ulx3s-25f"), files, text))
    pins.write_text("BLOCK ASYNCPATHS;\n", encoding="utf-8")
    seen.add(bitstream.identity(hardware, files, text))
    source.write_text("module b; endmodule\n", encoding="utf-8")
    seen.add(bitstream.identity(hardware, files, text))
    assert len(seen) == 5


def test_a_pll_that_was_not_understood_is_no_proof() -> None:
    report: dict[str, object] = {"fmax": {"clk": {"achieved": 200.0, "constraint": 25.0}}, "critical_paths": []}
    hardware = replace(find_hardware("ulx3s"), clock_hz=100_000_000)
    with pytest.raises(ValueError, match=r"no clock of 100 MHz was found \(clk 25 MHz\)"):
        build_report.nextpnr_timing(hardware, report)


def test_missing_programs_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # a bitstream that has been made already needs no program
    monkeypatch.setattr(bitstream, "BITSTREAMS", tmp_path)
    monkeypatch.setattr(bitstream.shutil, "which", lambda name: None)
    assert bitstream.main(["--board", "arty", "--engine", "lut"]) == 1
    said = capsys.readouterr().err
    assert "there is no `vivado`" in said and "make bitstream BOARD=arty ENGINE=lut ARGS=--check-only" in said

    def absent(name: str) -> list[str]:
        raise MissingTool(f"there is no {name}: type `make bitstream`")

    monkeypatch.setattr(bitstream, "find_program", absent)
    assert bitstream.main(["--board", "icebreaker"]) == 1
    assert capsys.readouterr().err == "there is no nextpnr-ice40: type `make bitstream`\n"
    assert bitstream.main(["--board", "twin"]) == 1
    assert "there is no FPGA board 'twin': choose one of arty," in capsys.readouterr().err
