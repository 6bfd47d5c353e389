# SPDX-License-Identifier: Apache-2.0
"""Replay of stored histories: what it compares, runs that are not complete or go on meanwhile, damaged runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_campaign import finish, refusal

from host import replay
from host.boards import open_board
from host.image import compile_network
from host.networks import load_network
from host.report.__main__ import main as report_main
from host.results import ResultsStore

FIRST = 1 << 32
#: Two rates, two histories of four slices each.
BEAM = ("--inject", "beam", "--images", "20", "--export", "none", "--upset-rate", "2", "5", "--duration", "10ms")
SHORT = ("--slices", "4", "--trials", "2")
SLICES = 16


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete run on the twin, not to be changed."""
    out = tmp_path_factory.mktemp("replay") / "run"
    finish(out, *BEAM, *SHORT)
    return out


def copy_to(made: Path, out: Path) -> Path:
    """A copy of a run."""
    out.mkdir()
    source = sqlite3.connect(made / "results.sqlite")
    with sqlite3.connect(out / "results.sqlite") as target:
        source.backup(target)
    target.close()
    source.close()
    return out


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy_to(made, tmp_path / "run")


def change(out: Path, *statements: str) -> None:
    """Change the database of a run behind its back."""
    with sqlite3.connect(out / "results.sqlite") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def replayed(out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Replay a run: status, output, errors."""
    capsys.readouterr()
    status = replay.main([str(out)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_complete_run_comes_out_as_it_is_stored(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, errors = replayed(made, capsys)
    assert (status, text, errors) == (0, f"{SLICES} slices replayed, 0 come out otherwise\n", "")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("accuracy", "accuracy / 2"),
        ("wrong", "wrong + 1"),
        ("time_s", "time_s * 2"),
        ("upset_rate", "upset_rate + 1"),
        ("history", "history + 1"),
        ("trial", "trial + 1"),
        ("point", "point + 1"),
        ("flips", "flips + 1"),
        ("digest", "(digest + 1) % 4294967296"),
        ("proven", "0"),
        ("status", "'HANG'"),
        ("pictures", "pictures + 1"),
        ("unanswered", "unanswered + 1"),
        ("correct", "correct + 1"),
        ("corrected", "corrected + 1"),
        ("upsets", "upsets + 1"),
        ("scrubbed", "scrubbed + 1"),
    ],
)
def test_every_column_is_compared(column: str, value: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(out, f"UPDATE trials SET {column} = {value} WHERE seed = {FIRST + 5}")
    status, text, _ = replayed(out, capsys)
    assert status == 1 and f"{SLICES} slices replayed, 1 come out otherwise" in text
    (line,) = [line for line in text.splitlines() if line.startswith("slice ")]
    assert line.startswith("slice 5 of rate 2: ") and f"{column} is stored as " in line


def test_upsets_of_no_stored_slice_are_told(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(out, f"DELETE FROM trials WHERE seed = {FIRST + 7}")
    with sqlite3.connect(out / "results.sqlite") as database:
        (upsets,) = database.execute("SELECT count(*) FROM upsets WHERE seed = ?", (FIRST + 7,)).fetchone()
    assert upsets
    status, text, _ = replayed(out, capsys)
    assert status == 1
    assert f"the log has {upsets} upsets of slices that are not stored (the first is {FIRST + 7})" in text
    assert f"15 of {SLICES} slices replayed, 0 come out otherwise" in text


def test_slices_of_no_history_are_told(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(out, *(f"UPDATE {table} SET seed = {FIRST + 8} WHERE seed = {FIRST + 7}" for table in ("trials", "upsets")))
    change(out, f"UPDATE upsets SET tick = tick - 750000 WHERE seed = {FIRST + 8}")
    status, text, _ = replayed(out, capsys)
    assert status == 1 and f"1 slices belong to no history of the run (the first is {FIRST + 8})" in text


def test_a_run_that_is_not_complete(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slice whose history lacks one before it waits for that one, whose upsets nobody knows."""
    for table in ("trials", "upsets"):
        change(out, f"DELETE FROM {table} WHERE seed IN ({FIRST + 1}, {FIRST + 7})")
    status, text, _ = replayed(out, capsys)
    assert status == 0
    assert f"12 of {SLICES} slices replayed, 0 come out otherwise; 2 more wait for slices before them" in text


@pytest.mark.parametrize("which", ["seed >= 0", "seed % 4 = 0"])
def test_no_slice_at_all_is_an_error(which: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for table in ("trials", "upsets"):
        change(out, f"DELETE FROM {table} WHERE {which}")
    status, text, errors = replayed(out, capsys)
    assert (status, text) == (2, "")
    assert errors.startswith("replay: no history" if "%" in which else f"replay: {out} has no slice yet: go on")
    assert errors.count("\n") == 1 and f"--resume --out {out}" in errors


def test_a_run_that_goes_on_meanwhile(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever replay reads a table, another slice has just been stored: it sees all tables as they were at once."""
    late = list(range(FIRST + 4, FIRST + 8))
    for table in ("trials", "upsets"):
        change(out, f"CREATE TABLE late_{table} AS SELECT * FROM {table} WHERE seed IN {tuple(late)}")
        change(out, f"DELETE FROM {table} WHERE seed IN {tuple(late)}")
    reads = {name: getattr(ResultsStore, name) for name in ("rows", "upsets")}

    def stores_one(name: str) -> Any:
        def read(store: ResultsStore, *arguments: object) -> Iterator[object]:
            seed = late.pop(0)
            change(out, *(f"INSERT INTO {t} SELECT * FROM late_{t} WHERE seed = {seed}" for t in ("trials", "upsets")))
            yield from reads[name](store, *arguments)

        return read

    for name in reads:
        monkeypatch.setattr(ResultsStore, name, stores_one(name))
    status, text, errors = replayed(out, capsys)
    assert (status, errors) == (0, "") and len(late) == 2
    assert f"13 of {SLICES} slices replayed, 0 come out otherwise\n" == text


def test_any_cycle_takes_stores_as_they_were_before_the_slice(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows of a run with --any-cycle, made from those of one without: digest and census are those of the one before."""
    golden = compile_network(load_network("digits-mlp")).digest
    before = {"digest": golden, "corrected": 0, "uncorrectable": 0, "wrong": 0}
    change(
        out,
        "CREATE TABLE was AS SELECT * FROM trials",
        "UPDATE campaign SET value = 'sim' WHERE name = 'board'",
        "UPDATE campaign SET value = 1 WHERE name = 'any_cycle'",
        *(
            f"UPDATE trials SET {name} = CASE seed % 4 WHEN 0 THEN {first}"
            f" ELSE (SELECT {name} FROM was WHERE was.seed = trials.seed - 1) END"
            for name, first in before.items()
        ),
    )
    status, text, _ = replayed(out, capsys)
    assert status == 0 and f"{SLICES} slices replayed, 0 come out otherwise (stores and counts" in text
    change(out, f"UPDATE trials SET wrong = wrong + 1, accuracy = accuracy / 2 WHERE seed = {FIRST + 2}")
    status, text, _ = replayed(out, capsys)
    assert status == 1 and "1 come out otherwise" in text
    assert "wrong is stored as" in text and "accuracy is stored as" in text and "digest" not in text


def test_simulate_says_how_many_of_how_many(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin stands for the simulated board; slices that wait for none before them are compared, too."""
    monkeypatch.setattr(replay, "open_board", lambda name, port, image, notify=None: open_board("twin", port, image))
    assert replay.main([str(out), "--simulate"]) == 0
    assert capsys.readouterr().out == f"{SLICES} slices simulated, 0 come out otherwise\n"
    for table in ("trials", "upsets"):
        change(out, f"DELETE FROM {table} WHERE seed IN ({FIRST + 1}, {FIRST + 7}) OR seed > {FIRST + 1000}")
    assert replay.main([str(out), "--simulate"]) == 0
    assert capsys.readouterr().out == f"6 of {SLICES} slices simulated, 0 come out otherwise\n"
    change(out, f"UPDATE trials SET wrong = wrong + 1 WHERE seed = {FIRST + 2}")
    change(out, f"UPDATE upsets SET cycle = 5 WHERE seed = {FIRST + 3}")
    change(out, f"INSERT INTO upsets VALUES ({FIRST + 7}, 999999, 0, 1, 2, 0)")
    assert replay.main([str(out), "--simulate"]) == 1
    text = capsys.readouterr().out
    assert "the log has 1 upsets of slices that are not stored" in text
    assert "slice 2 of rate 2: other wrong\n" in text and "slice 3 of rate 2: other the log\n" in text
    assert f"6 of {SLICES} slices simulated, 2 come out otherwise" in text


def test_another_network_is_refused_by_name(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(out, "UPDATE campaign SET value = '01234567' WHERE name = 'image_digest'")
    status, _, errors = replayed(out, capsys)
    assert status == 2 and "is of another checkout, network or list: image_digest was 01234567 and is " in errors


LOG = {
    f"UPDATE upsets SET word = 640 WHERE seed = {FIRST + 5}": "word 640",
    f"UPDATE upsets SET word = -1 WHERE seed = {FIRST + 5}": "word of table upsets of seed 4294967301 is -1",
    f"UPDATE upsets SET bit = 32 WHERE seed = {FIRST + 5}": "bit 32",
    f"UPDATE upsets SET bit = 'x' WHERE seed = {FIRST + 5}": "bit of table upsets of seed 4294967301 is 'x'",
    f"UPDATE upsets SET store = 4 WHERE seed = {FIRST + 5}": "store 4",
    f"UPDATE upsets SET store = 9 WHERE seed = {FIRST + 5}": "store of table upsets of seed 4294967301 is 9",
    f"UPDATE upsets SET tick = -5 WHERE seed = {FIRST + 5}": "tick of table upsets of seed 4294967301 is -5",
    f"UPDATE upsets SET tick = 999999999 WHERE seed = {FIRST + 5}": "at tick 999999999, which must be 250000 to 499999",
    f"UPDATE upsets SET cycle = 1.5 WHERE seed = {FIRST + 5}": "cycle of table upsets of seed 4294967301 is 1.5",
}


@pytest.mark.parametrize("statement", LOG)
def test_a_damaged_log_is_one_sentence(statement: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(out, statement)
    status, text, errors = replayed(out, capsys)
    assert (status, text) == (2, "")
    assert errors.startswith(f"replay: {out / 'results.sqlite'} is damaged (") and errors.count("\n") == 1
    assert LOG[statement] in errors


def test_an_upset_that_found_no_bit_is_none_of_the_stores(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is logged as store 0, word 0x1fffff, and flips nothing: only what it was before comes out otherwise."""
    change(out, f"UPDATE upsets SET store = 0, word = 2097151, bit = 0 WHERE seed = {FIRST + 7}")
    status, text, errors = replayed(out, capsys)
    assert (status, errors) == (1, "") and "1 come out otherwise" in text and "flips is stored as" in text


DAMAGE = {
    "UPDATE campaign SET value = 'oops' WHERE name = 'upset_rate'": "setting upset_rate is 'oops', which must be",
    "UPDATE campaign SET value = '[1, true]' WHERE name = 'upset_rate'": "setting upset_rate is '[1, true]'",
    "UPDATE campaign SET value = '[]' WHERE name = 'upset_rate'": "setting upset_rate is empty",
    "UPDATE campaign SET value = 'x' WHERE name = 'duration'": "setting duration is 'x', which must be a number",
    "UPDATE campaign SET value = NULL WHERE name = 'slices'": "setting slices is empty, with faults from a beam",
    "UPDATE campaign SET value = '[\"tables\"]' WHERE name = 'stores'": "setting stores names 'tables'",
    "UPDATE campaign SET value = '[\"rust\"]' WHERE name = 'protect'": "setting protect: there is no protection 'rust'",
    "UPDATE campaign SET value = 'fpga' WHERE name = 'engine'": "setting engine is 'fpga', which must be one of mac",
    "UPDATE campaign SET value = '{' WHERE name = 'geometry'": "setting geometry is '{', which must be a JSON object",
    "UPDATE campaign SET value = 0 WHERE name = 'interleave'": "setting interleave is 0, which must be a whole number",
    "UPDATE trials SET history = NULL": "history of table trials of seed 4294967296 is None, which must be a whole",
    "UPDATE trials SET upsets = NULL": "upsets of table trials of seed 4294967296 is None, which must be a whole",
    "UPDATE trials SET time_s = 'late'": "time_s of table trials of seed 4294967296 is 'late', which must be a number",
    "UPDATE trials SET pictures = 0": "pictures of table trials of seed 4294967296 is 0, which must be a whole",
    "UPDATE trials SET status = 'FINE'": "status of table trials of seed 4294967296 is 'FINE', which must be one of OK",
    "UPDATE trials SET accuracy = 1.5": "accuracy of table trials of seed 4294967296 is 1.5",
}


@pytest.mark.parametrize("statement", DAMAGE)
def test_a_damaged_run_is_one_sentence_everywhere(
    statement: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = DAMAGE[statement]
    change(out, statement)
    status, text, errors = replayed(out, capsys)
    assert (status, text) == (2, "") and errors.count("\n") == 1 and errors.startswith("replay: ") and words in errors
    assert report_main([str(out)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("report: ") and words in said
    assert words in refusal("--resume", "--out", str(out))
