# SPDX-License-Identifier: Apache-2.0
"""Loading a bitstream, with a loader that only says how it was called; and boards that have another one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from device_model import ModelDevice

from host import program
from host.boards import CATALOGUE, bitstreams, find_entry
from host.boards.catalogue import Kind
from host.boards.registers import Registers, identify
from host.image import compile_network
from host.networks import load_network
from host.regmap import Engine

ARTY = find_entry("arty")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a bitstream for engine lut; its folder."""
    monkeypatch.setattr(bitstreams, "BITSTREAMS", tmp_path / "bitstream")
    folder = tmp_path / "bitstream" / "arty-lut"
    folder.mkdir(parents=True)
    (folder / "arty.bit").write_bytes(b"bits")
    return folder


@pytest.fixture
def loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A loader that writes down its arguments, and ends with the status in a file."""
    programs = tmp_path / "programs"
    programs.mkdir()
    path = programs / "openFPGALoader"
    path.write_text(f'#!/bin/sh\necho "$@" > {programs}/called\nexit $(cat {programs}/status)\n')
    path.chmod(0o755)
    (programs / "status").write_text("0")
    monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
    return programs


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The command: status, output, errors."""
    status = program.main(["--board", "arty", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_bitstream_goes_to_the_loader(built: Path, loader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--engine", "lut")[0] == 0
    assert (loader / "called").read_text().split() == ["--board", "arty_a7_35t", str(built / "arty.bit")]
    status, out, _ = run(capsys, "--engine", "lut", "--flash", "--serial", "210319A")
    assert status == 0 and "python -m host.selftest --board arty" in out
    called = (loader / "called").read_text().split()
    assert called[2:-1] == ["--write-flash", "--ftdi-serial", "210319A"]


def test_what_is_missing_is_one_sentence(
    built: Path, loader: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, _, errors = run(capsys, "--engine", "mac")
    assert status == 1 and "type `make bitstream BOARD=arty ENGINE=mac` first" in errors
    (loader / "status").write_text("3")
    status, _, errors = run(capsys, "--engine", "lut")
    assert status == 1 and "ended with 3: check that the board is plugged in" in errors
    monkeypatch.setenv("PATH", str(built))
    status, _, errors = run(capsys, "--engine", "lut")
    assert status == 1 and len(errors.splitlines()) == 1
    assert "install it" in errors and f"then type `openFPGALoader --board arty_a7_35t {built / 'arty.bit'}`" in errors


def test_a_board_with_another_build_is_told(built: Path) -> None:
    device = ModelDevice(compile_network(load_network("digits-mlp")))
    identity = replace(identify(Registers(device), "arty"), engine=Engine.LUT)
    assert bitstreams.stale_build(ARTY, identity) is None, "nothing says what was built"
    described = built / "build.json"
    described.write_text(json.dumps({"build_id": identity.build_id}))
    assert bitstreams.stale_build(ARTY, identity) is None
    described.write_text(json.dumps({"build_id": 0xABCD}))
    told = bitstreams.stale_build(ARTY, identity)
    assert told is not None and "has build id 00001234" in told and "has 0000abcd" in told
    assert "make program BOARD=arty ENGINE=lut" in told
    assert bitstreams.stale_build(ARTY, replace(identity, engine=Engine.MAC)) is None, "another engine's is no matter"
    described.write_text("{")
    told = bitstreams.stale_build(ARTY, identity)
    assert told is not None and "cannot be read" in told


def test_every_serial_board_can_be_programmed() -> None:
    for entry in CATALOGUE:
        assert (entry.kind is Kind.SERIAL) == (entry.loader is not None) == bool(entry.bitstream)
        if entry.bitstream:
            assert entry.bitstream.split(".")[0] == entry.name
            assert entry.bitstream.split(".")[1] in ("bit", "bin", "fs")
