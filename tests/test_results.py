# SPDX-License-Identifier: Apache-2.0
"""The results store: what is written stays, what is wrong is said."""

from __future__ import annotations

import csv
import os
import sqlite3
from dataclasses import fields
from itertools import chain
from pathlib import Path

import pyarrow.parquet
import pytest

from host.boards import Counters
from host.results import FORMATS, ResultsError, ResultsStore, RunFolder, RunInfo, export, schema
from host.trials import TrialRow

PAGE = Path(__file__).resolve().parent.parent / "results" / "README.md"
SETTINGS = {c.name: f"value of {c.name}" for c in schema.SETTINGS} | {"campaign_seed": 7}
INFO = RunInfo("python -m host.campaign", '{"python": "3"}', 100, 200)


def row(trial: int, point: int = 0) -> TrialRow:
    """A row with the largest numbers there can be."""
    return TrialRow(
        point=point,
        ber=0.1,
        threshold=1 << 32,
        trial=trial,
        seed=(1 << 63) - 1000 + trial,
        flips=(1 << 32) - 1,
        digest=(1 << 32) - 1,
        proven=True,
        status="OK",
        accuracy=1 / 3,
        pictures=3,
        answered=3,
        masked=1,
        tolerated=1,
        critical=1,
        unanswered=0,
        correct=1,
        cycles=None if trial % 2 else 12345,
        corrected=0,
        uncorrectable=65535,
        retries=2,
    )


@pytest.fixture
def store(tmp_path: Path) -> ResultsStore:
    """An open store with a run."""
    made = ResultsStore.create(tmp_path / "results.sqlite", SETTINGS)
    made.start_run(INFO)
    return made


def test_columns_are_those_of_the_rows() -> None:
    stored = {c.name for c in schema.TRIAL_COLUMNS}
    assert stored - {"run_id", "time"} == {f.name for f in fields(TrialRow)} - {"log"}
    assert set(schema.INCIDENTAL) < stored


def test_the_page_is_the_schema() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tables = (schema.TRIAL_COLUMNS, schema.SETTINGS, schema.RUN_COLUMNS, schema.EVENT_COLUMNS, schema.UPSET_COLUMNS)
    for column in chain(*tables):
        assert any(line.startswith(f"| `{column.name}` |") and column.doc in line for line in page.splitlines()), column
    named = {line.split("`")[1] for line in page.split("## Schema")[1].splitlines() if line.startswith("| `")}
    assert named == {column.name for column in chain(*tables)}, "the page has columns that the schema has not"
    assert f"Schema, version {schema.SCHEMA_VERSION}" in page and f"0x{schema.APPLICATION_ID:08x}" in page
    view = page.split("### `rows`")[1]
    assert all(f"`{name}`" in view for name in schema.EXPORT_COLUMNS[len(schema.TRIAL_COLUMNS) :])


def test_rows_come_back_as_they_went(store: ResultsStore) -> None:
    rows = [row(t) for t in range(5)]
    for one in reversed(rows):
        store.add(one)
    assert list(store.rows()) == rows
    assert store.done() == {r.seed for r in rows}
    assert store.settings() == SETTINGS


def test_a_row_is_committed_at_once_in_wal_mode(store: ResultsStore, tmp_path: Path) -> None:
    store.add(row(0))
    with sqlite3.connect(tmp_path / "results.sqlite") as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("SELECT count(*) FROM trials").fetchone() == (1,)


def test_a_trial_cannot_be_doubled(store: ResultsStore) -> None:
    store.add(row(0))
    with pytest.raises(ResultsError, match="cannot be used"):
        store.add(row(0))
    assert len(list(store.rows())) == 1


def test_runs_and_events_are_kept(store: ResultsStore, tmp_path: Path) -> None:
    store.event("loaded again")
    store.end_run(Counters(requests=5, retries=4, bytes_sent=3, bytes_received=2, reloads=1))
    store.close()
    again = ResultsStore.open(tmp_path / "results.sqlite")
    again.start_run(INFO)
    with sqlite3.connect(tmp_path / "results.sqlite") as other:
        columns = "ended IS NULL, requests, retries, bytes_sent, bytes_received, reloads"
        runs = other.execute(f"SELECT {columns} FROM runs").fetchall()
        events = other.execute("SELECT text FROM events JOIN runs USING (run_id)").fetchall()
        (ids,) = other.execute("SELECT count(DISTINCT run_id) FROM runs").fetchone()
    assert (runs, events, ids) == ([(0, 5, 4, 3, 2, 1), (1, *[None] * 5)], [("loaded again",)], 2)


def test_changed_settings_are_named(store: ResultsStore) -> None:
    store.require_same(SETTINGS)
    with pytest.raises(ResultsError, match="trials was value of trials and is 7 now; build_id was value") as caught:
        store.require_same({**SETTINGS, "trials": 7, "build_id": "x"})
    assert "image_digest" not in str(caught.value)


def test_creation_is_whole_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.sqlite"
    monkeypatch.setattr(Path, "replace", lambda a, b: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        ResultsStore.create(path, SETTINGS)
    monkeypatch.undo()
    assert not path.exists()
    RunFolder(tmp_path).check(resume=False)
    ResultsStore.create(path, SETTINGS).close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.sqlite"]


@pytest.mark.parametrize("spoil", ["head", "middle", "other", "empty"])
def test_a_damaged_file_is_said(store: ResultsStore, tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "results.sqlite"
    for trial in range(400):
        store.add(row(trial))
    store.close()
    data = bytearray(path.read_bytes())
    if spoil == "head":
        data[:64] = os.urandom(64)
    elif spoil == "middle":
        data[4096 * 5 : -4096] = bytes(len(data) - 4096 * 6)
    elif spoil == "other":
        path.unlink()
        sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close()
        data = bytearray(path.read_bytes())
    else:
        data = bytearray()
    path.write_bytes(data)
    with pytest.raises(ResultsError) as caught:
        ResultsStore.open(path)
    assert str(path) in str(caught.value) and "--out" in str(caught.value) and "\n" not in str(caught.value)
    assert path.read_bytes() == data, "what cannot be read must not be changed"


def test_another_schema_version_is_refused(store: ResultsStore, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "results.sqlite") as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(ResultsError, match=f"schema version 99, this host writes {schema.SCHEMA_VERSION}"):
        ResultsStore.open(tmp_path / "results.sqlite")


def test_a_missing_setting_is_said(store: ResultsStore, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "results.sqlite") as other:
        other.execute("DELETE FROM campaign WHERE name = 'wiring'")
    with pytest.raises(ResultsError, match=r"lacks the settings wiring: .*--out"):
        ResultsStore.open(tmp_path / "results.sqlite")


def test_a_full_disk_loses_nothing(store: ResultsStore, tmp_path: Path) -> None:
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    stored = 0
    with pytest.raises(ResultsError, match=r"is the disk full.*what was stored before is safe.*--resume --out"):
        for trial in range(1000):
            store.add(row(trial))
            stored += 1
    store.close()
    assert stored > 10
    assert len(list(ResultsStore.open(tmp_path / "results.sqlite").rows())) == stored


def test_exports_hold_every_row_and_column(store: ResultsStore, tmp_path: Path) -> None:
    for trial in range(4):
        store.add(row(trial))
    table = pyarrow.parquet.read_table(export(store, tmp_path, "parquet"))
    assert tuple(table.column_names) == schema.EXPORT_COLUMNS
    wanted = [dict(zip(schema.EXPORT_COLUMNS, values, strict=True)) for values in store.export_rows()]
    assert table.to_pylist() == wanted
    with export(store, tmp_path, "csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    assert read == [{name: "" if v is None else str(v) for name, v in one.items()} for one in wanted]
    assert wanted[0]["campaign_seed"] == 7 and wanted[0]["versions"] == INFO.versions
    assert sorted(FORMATS) == ["csv", "parquet"]


def test_an_empty_run_exports(store: ResultsStore, tmp_path: Path) -> None:
    for form in FORMATS:
        assert export(store, tmp_path, form).exists()


class TestFolder:
    """Who may use a run folder."""

    def test_new_and_empty_folders_are_fine(self, tmp_path: Path) -> None:
        RunFolder(tmp_path).check(resume=False)
        folder = RunFolder(tmp_path / "a" / "b")
        folder.check(resume=False)
        assert not (tmp_path / "a").exists(), "checking must not make anything"
        folder.claim()
        assert folder.path.is_dir() and not folder.used

    def test_used_folders_need_resume(self, store: ResultsStore, tmp_path: Path) -> None:
        with pytest.raises(ResultsError, match="holds a run already: add --resume"):
            RunFolder(tmp_path).check(resume=False)
        RunFolder(tmp_path).check(resume=True)

    def test_folders_of_other_things_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").touch()
        for resume in (False, True):
            with pytest.raises(ResultsError, match=r"holds other files \(thesis.tex"):
                RunFolder(tmp_path).check(resume)

    def test_files_are_no_folders(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for path in (tmp_path / "file", tmp_path / "file" / "below"):
            with pytest.raises(ResultsError, match="--out"):
                RunFolder(path).check(resume=False)

    def test_folders_that_cannot_be_written_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("host.results.folder.os.access", lambda path, mode: False)
        with pytest.raises(ResultsError, match="cannot be written: choose another folder with --out"):
            RunFolder(tmp_path / "new").check(resume=False)

    def test_one_campaign_at_a_time(self, tmp_path: Path) -> None:
        first, second = RunFolder(tmp_path), RunFolder(tmp_path)
        first.claim()
        with pytest.raises(ResultsError, match="another campaign is writing"):
            second.claim()
        first.release()
        second.claim()
