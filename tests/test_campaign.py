# SPDX-License-Identifier: Apache-2.0
"""The command line, as a user meets it: on the twin, as a process."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from campaign_runs import ROOT, command, count_rows, kill_and_resume, run, stored_rows

from host import campaign, options
from host.boards import NAMES
from host.image import compile_network
from host.networks import load_network, save_network
from host.report.summary import INTERVALS, summarise
from host.results import FORMATS, ResultsStore

SMALL = ("--ber", "1e-3", "3e-2", "--trials", "6", "--images", "50")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small campaign that ran to its end, and what it printed."""
    out = tmp_path_factory.mktemp("run") / "small"
    done = run("twin", out, *SMALL)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def here(*words: str) -> tuple[int, str, str]:
    """Run a campaign in this process, which need not import everything again: status, output, errors."""
    with redirect_stdout(io.StringIO()) as text, redirect_stderr(io.StringIO()) as errors:
        status = campaign.main(words)
    return status, text.getvalue(), errors.getvalue()


def finish(out: Path, *words: str) -> str:
    """Run a campaign on the twin to its end; what it printed."""
    status, text, errors = here("--board", "twin", "--out", str(out), *words)
    assert (status, errors) == (0, "")
    return text


def refusal(*words: str) -> str:
    """What a campaign that must fail at once says."""
    status, text, errors = here(*words)
    assert status in (1, 2)
    lines = errors.splitlines()
    assert len(lines) == 1 and lines[0].startswith("campaign: "), errors
    assert text == ""
    return lines[0]


def test_everything_promised_is_in_the_folder(finished: tuple[Path, str]) -> None:
    out, text = finished
    there = {p.name for p in out.iterdir()}
    assert {"results.sqlite", "trials.csv", "trials.parquet", "summary.md", "curve.png", "curve.svg"} <= there
    assert not [name for name in there if name.endswith((".new", "-wal"))]
    assert f"results: {out}" in text and f"picture: {out / 'curve.png'}" in text
    assert (out / "curve.png").read_bytes()[:4] == b"\x89PNG"
    assert "<svg" in (out / "curve.svg").read_text(encoding="utf-8")


def test_the_table_shows_the_rows(finished: tuple[Path, str]) -> None:
    out, text = finished
    points = summarise(ResultsStore.open(out / "results.sqlite").rows())
    assert [p.ber for p in points] == [1e-3, 3e-2] and [p.trials for p in points] == [6, 6]
    for point in points:
        (line,) = re.findall(rf"^ *{point.ber:g} .*$", text, re.MULTILINE)
        assert f" {100 * point.accuracy.mean:.1f} " in line and line.rstrip().endswith(" 6")
        assert f"{100 * point.accuracy.low:.1f} … {100 * point.accuracy.high:.1f}" in line
    assert "12/12 trials" in text


def test_settings_tell_how_to_do_it_again(finished: tuple[Path, str]) -> None:
    out, _ = finished
    settings = ResultsStore.open(out / "results.sqlite").settings()
    image = compile_network(load_network("digits-mlp"))
    assert settings["image_digest"] == f"{image.digest:08x}" and settings["store_bits"] == 32 * image.extents[0]
    assert (settings["board"], settings["images"], settings["stores"]) == ("twin", 50, '["weights"]')
    with sqlite3.connect(out / "results.sqlite") as database:
        ((line, versions),) = database.execute("SELECT command_line, versions FROM runs").fetchall()
    assert line.startswith("python -m host.campaign --board twin") and "--ber 1e-3 3e-2" in line
    assert {"faultloop", "python", "numpy"} <= set(json.loads(versions))


def test_the_same_command_gives_the_same_rows(finished: tuple[Path, str], tmp_path: Path) -> None:
    finish(tmp_path / "again", *SMALL)
    assert stored_rows(tmp_path / "again") == stored_rows(finished[0])
    finish(tmp_path / "other", *SMALL, "--seed", "2")
    assert stored_rows(tmp_path / "other") != stored_rows(finished[0])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--ber", "1.5"), "bit error rate 1.5 is not a probability: give a number from 0 to 1"),
        (("--ber", "-1e-3"), "bit error rate -0.001 is not a probability"),
        (("--ber", "nan"), "bit error rate nan is not a probability"),
        (("--ber", "many"), "'many' is no number: give one such as 1e-3"),
        (("--ber",), "--ber"),
        (("--trials", "0"), "0 trials cannot be run: give --trials a number from 1"),
        (("--trials", "2.5"), "'2.5' is no whole number"),
        (("--seed", "-1"), "seed -1 is out of range: give --seed a number from 0"),
        (("--seed", "99999999999"), "is out of range"),
        (("--network", "alexnet"), "there is no network 'alexnet'"),
        (("--network", "README.md"), "README.md"),
        (("--board", "nexus"), "there is no board 'nexus': choose one of sim, twin, arty"),
        (("--stores", "tables"), "there is no store 'tables': choose from weights, bias, requant, program or all"),
        (("--wiring", "fixed"), "network 'digits-mlp' has no wiring that could be fixed: leave it stored"),
        (
            ("--network", "digits-lut4", "--wiring", "fixed", "--stores", "wiring"),
            "there are no bits in wiring with --wiring fixed: choose other --stores",
        ),
        (("--images", "0"), "0 pictures cannot be run"),
        (("--images", "100000"), "100000 pictures of digits-test wanted; give a number from 1 to 360"),
        (("--out", "/dev/null/x"), "choose another folder with --out"),
        (("--out", "/proc/run"), "/proc"),
        (("--export", "xlsx"), "xlsx"),
        (("--resume",), "--resume needs the folder of the run: name it with --out"),
        (("--frobnicate",), "--frobnicate"),
        (("--inject", "beam", "--duration", "-1h"), "duration '-1h' cannot be read: give a number above 0"),
        (("--inject", "beam", "--scrub-interval", "-1ms"), "duration '-1ms' cannot be read: give a number above 0"),
        (("--inject", "beam", "--duration", "-.5h"), "duration '-.5h' cannot be read: give a number above 0"),
        (("--inject", "beam", "--duration", "-2weeks"), "duration '-2weeks' cannot be read"),
        (("--trials", "-1h"), "is no whole number: give one such as 50"),
        (("--ber", "-inf"), "bit error rate -inf is not a probability"),
        (("--port", "/dev/ttyUSB1"), "board twin has no port"),
    ],
)
def test_a_bad_argument_is_one_sentence(words: tuple[str, ...], text: str, tmp_path: Path) -> None:
    more: tuple[str, ...] = () if "--out" in words or "--resume" in words else ("--out", str(tmp_path / "never"))
    board: tuple[str, ...] = () if "--board" in words else ("--board", "twin")
    assert text in refusal(*board, *words, *more)
    assert not (tmp_path / "never").exists()


def test_an_absent_board_is_said_with_the_ports_found(tmp_path: Path) -> None:
    said = refusal("--board", "arty", "--out", str(tmp_path / "never"))
    assert "no board arty is plugged in (serial ports found: " in said and "--board sim" in said
    assert not (tmp_path / "never").exists()


def test_help_has_examples() -> None:
    typed = [sys.executable, "-m", "host.campaign", "--help"]
    done = subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "examples:" in done.stdout and all(name in done.stdout for name in NAMES)


def test_a_used_folder_needs_resume(finished: tuple[Path, str]) -> None:
    before = stored_rows(finished[0])
    said = refusal("--board", "twin", "--out", str(finished[0]), *SMALL)
    assert "holds a run already: add --resume to go on with it" in said
    assert stored_rows(finished[0]) == before


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--trials", "7"), "--trials was 6 and is 7 now"),
        (("--wiring", "fixed"), "--wiring was stored and is fixed now"),
        (("--seed", "3"), "--seed was 1 and is 3 now"),
        (("--ber", "1e-3", "2e-2"), "--ber was 0.001 0.03 and is 0.001 0.02 now"),
        (("--stores", "bias"), "--stores was weights and is bias now"),
        (("--images", "51"), "--images was 50 and is 51 now"),
        (("--board", "sim"), "--board was twin and is sim now"),
        (("--network", "other.npz"), "--network was digits-mlp and is other.npz now"),
        (("--faults", "missing.csv"), "--faults goes with --inject list only"),
    ],
)
def test_a_changed_setting_is_refused_by_name(finished: tuple[Path, str], words: tuple[str, ...], text: str) -> None:
    before = stored_rows(finished[0])
    assert text in refusal("--resume", "--out", str(finished[0]), *words)
    assert stored_rows(finished[0]) == before


def test_changes_that_nobody_typed_are_refused_by_name(finished: tuple[Path, str], tmp_path: Path) -> None:
    """Another network under the same name, another build of the board."""
    for name in ("image_digest", "test_set_digest", "map_hash", "build_id", "geometry"):
        copy = tmp_path / name
        copy.mkdir()
        source = sqlite3.connect(finished[0] / "results.sqlite")
        with sqlite3.connect(copy / "results.sqlite") as target:
            source.backup(target)
            another = "{}" if name == "geometry" else "another"
            target.execute("UPDATE campaign SET value = ? WHERE name = ?", (another, name))
        assert f"{name} was {another} and is " in refusal("--resume", "--out", str(copy))


def test_resume_of_no_run_is_refused(tmp_path: Path) -> None:
    """Unless it is said what to run: host.mitigate goes on so with runs that have not begun."""
    typo = tmp_path / "typo"
    for words in ((), ("--board", "twin"), ("--export", "none"), ("--interval", "bootstrap")):
        said = refusal("--resume", "--out", str(typo), *words)
        assert said == f"campaign: {typo} holds no run to go on with: leave out --resume to start one"
        assert not typo.exists()
    assert f"{typo} holds no run yet: starting one" in finish(typo, "--resume", *SMALL, "--export", "none")


def test_faults_of_a_beam_without_stuck_bits_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "run"
    beam = ("--inject", "beam", "--upset-rate", "0", "--slices", "1", "--trials", "1", "--images", "5")
    finish(out, *beam, "--export", "none")
    said = refusal("--resume", "--out", str(out), "--faults", "missing.csv")
    assert "was made with other settings: --faults was not given and is missing.csv now. Leave them out" in said
    finish(out, "--resume", "--export", "none")


def test_resume_of_a_finished_run_changes_no_row(finished: tuple[Path, str]) -> None:
    before = stored_rows(finished[0])
    assert "(12 done)" in finish(finished[0], "--resume", *SMALL, "--stores", "weights")
    assert stored_rows(finished[0]) == before


def test_a_network_file_and_all_stores(tmp_path: Path) -> None:
    save_network(load_network("digits-mlp"), tmp_path / "mine.npz")
    out = tmp_path / "run"
    finish(out, *SMALL, "--network", str(tmp_path / "mine.npz"), "--stores", "all", "--export", "none")
    assert not (out / "trials.csv").exists()
    assert ResultsStore.open(out / "results.sqlite").settings()["stores"] == '["weights", "bias", "requant", "program"]'
    finish(out, "--resume", "--stores", "all", "--export", "csv")
    assert (out / "trials.csv").exists()


def test_one_trial_and_no_faults(tmp_path: Path) -> None:
    text = finish(tmp_path / "run", "--ber", "0", "--trials", "1", "--images", "10", "--interval", "bootstrap")
    assert "picture:" not in text, "a rate of 0 has no place on a logarithmic axis"


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = ("--ber", "1e-2", "--trials", "100000")
    process = subprocess.Popen(
        command("twin", out, *settings), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while count_rows(out) < 5:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and errors == ""
    assert f"go on with: python -m host.campaign --resume --out {out}" in text
    with sqlite3.connect(out / "results.sqlite") as database:
        assert database.execute("SELECT ended IS NOT NULL FROM runs").fetchall() == [(1,)]


def test_a_bar_on_a_terminal(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\x78\x00" + bytes(4))  # 40 rows, 120 columns
    process = subprocess.Popen(
        command("twin", tmp_path / "run", *SMALL), cwd=ROOT, stdout=slave, env={**os.environ, "TERM": "xterm"}
    )
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:
        pass  # the other end closed
    assert process.wait() == 0
    assert "trials/s" in shown.decode() and "\x1b[" in shown.decode() and "━" in shown.decode()


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    out = tmp_path / "run"
    settings = ("--ber", "1e-2", "--trials", "1000", "--images", "20")

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    done = subprocess.run(
        command("twin", out, *settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=little_room,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "is the disk full?" in line and f"--resume --out {out}" in line
    stored = stored_rows(out)
    assert 20 < len(stored) < 1000
    finish(out, "--resume")
    assert stored_rows(out)[: len(stored)] == stored and len(stored_rows(out)) == 1000


def test_a_damaged_database_is_one_sentence(finished: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").write_bytes(b"this is no database, but long enough to be read as one" * 100)
    assert "damaged or no results file" in refusal("--resume", "--out", str(tmp_path))


def test_kill_at_random_moments_then_resume_gives_equal_rows(tmp_path: Path) -> None:
    settings = ("--ber", "1e-3", "1e-2", "1e-1", "--trials", "400", "--images", "120", "--stores", "all")
    seed = 20
    print(f"seed of the kills: {seed}")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run("twin", whole, *settings).returncode == 0
    stored = kill_and_resume("twin", broken, settings, kills=8, seed=seed, spread_s=0.12)
    assert stored == sorted(stored)
    assert len({n for n in stored if 0 < n < 1200}) >= 3, f"the kills missed the run: {stored}"
    assert stored_rows(broken) == stored_rows(whole)
    assert len(stored_rows(whole)) == 1200


def test_lists_kept_twice_agree() -> None:
    """The command line must not import SciPy to know its choices."""
    assert tuple(INTERVALS) == campaign.INTERVALS
    typed = options.parse([], tuple(FORMATS), campaign.INTERVALS)
    assert set(options._DEFAULTS) < set(vars(typed)) and all(
        set(own) < set(options._DEFAULTS) for own in options._DEFAULTS_OF.values()
    )


def test_nothing_heavy_is_imported_before_arguments_are_checked() -> None:
    heavy = ("scipy", "matplotlib", "sklearn", "pandas", "pyarrow")
    code = f"import sys, host.campaign; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
