# SPDX-License-Identifier: Apache-2.0
"""Programs of Python packages are started once before they are used, and never two at a time."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from host import toolchain

PROGRAM = """
import sys, time
with open(sys.argv[1], "a", buffering=1) as log:
    print("begin", file=log)
    time.sleep(float(sys.argv[2]))
    print("end", file=log)
"""


def test_two_processes_prepare_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    log = tmp_path / "log"
    command = [sys.executable, "-c", PROGRAM, str(log), "0.3"]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: toolchain.prepared("program", command), range(3))) == [command] * 3
    assert log.read_text(encoding="utf-8").split() == ["begin", "end"] * 3


def test_a_long_wait_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    toolchain.prepared("quick", [sys.executable, "-c", PROGRAM, str(tmp_path / "log"), "0"])
    assert capsys.readouterr().err == ""
    toolchain.prepared("slow", [sys.executable, "-c", PROGRAM, str(tmp_path / "log"), "2.5"])
    assert capsys.readouterr().err == "preparing slow (once, up to two minutes) …\n"
    assert (tmp_path / "log").read_text(encoding="utf-8").split() == ["begin", "end"] * 2
