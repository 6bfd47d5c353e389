# SPDX-License-Identifier: Apache-2.0
"""Both engines in one command: the runs are those of the campaign, and the comparison has all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from campaign_runs import ROOT, run, stored_rows

from host import versus

SETTINGS = ("--ber", "1e-3", "3e-2", "--trials", "3", "--images", "40", "--export", "none")
RUNS = {"digits-mlp-weights": "weights", "digits-lut4-tables": "tables", "digits-lut4-wiring": "wiring"}


def versus_process(*words: object) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    command = [sys.executable, "-m", "host.versus", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder of runs, and what was printed."""
    out = tmp_path_factory.mktemp("versus") / "both"
    done = versus_process("--board", "twin", "--out", out, *SETTINGS)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_the_runs_are_those_of_the_campaign(compared: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = compared
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == sorted(RUNS)
    rows = {name: stored_rows(out / name) for name in RUNS}
    assert [len(stored) for stored in rows.values()] == [6, 6, 6]
    alone = run("twin", tmp_path / "alone", "--network", "digits-lut4", "--stores", "wiring", *SETTINGS)
    assert alone.returncode == 0, alone.stderr
    assert stored_rows(tmp_path / "alone") == rows["digits-lut4-wiring"] != rows["digits-lut4-tables"]


def test_the_curves_are_side_by_side(compared: tuple[Path, str]) -> None:
    out, said = compared
    page = (out / "compare.html").read_text(encoding="utf-8")
    for name, store in RUNS.items():
        curve = f"{name.removesuffix(f'-{store}')} {store}"
        assert curve in page and curve in said
    assert (out / "compare.png").stat().st_size and (out / "compare.svg").stat().st_size


def test_it_goes_on_where_it_was(compared: tuple[Path, str], tmp_path: Path) -> None:
    """A first run that is complete is kept, the others are made."""
    before, _ = compared
    out = tmp_path / "both"
    assert run("twin", out / "digits-mlp-weights", "--network", "digits-mlp", *SETTINGS).returncode == 0
    words = ("--board", "twin", "--out", out, *SETTINGS)
    refused = versus_process(*words)
    assert refused.returncode != 0 and "--resume" in refused.stderr
    done = versus_process(*words, "--resume")
    assert done.returncode == 0, done.stderr
    assert "6 trials (6 done)" in done.stdout and done.stdout.count("6 trials (0 done)") == 2
    for name in RUNS:
        assert stored_rows(out / name) == stored_rows(before / name)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--network", "digits-mlp"], "versus: --network is settled for each run: use python -m host.campaign"),
        (["--stores=bias"], "versus: --stores=bias is settled for each run"),
        (["--wiring", "fixed"], "versus: --wiring is settled for each run"),
        (["--networks", "digits-mlp"], "versus: digits-mlp alone is no comparison: name another network"),
        (["--networks", "digits-mlp", "digits-mlp"], "versus: two networks are called digits-mlp"),
        (["--networks", "nothing"], "versus: there is no network"),
        (["--ber", "2"], "campaign: "),
        (["--board", "none"], "campaign: there is no board 'none'"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert versus.main([*words, "--out", str(tmp_path / "runs")]) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(sentence), line
    assert not (tmp_path / "runs").exists()
