# SPDX-License-Identifier: Apache-2.0
"""The results store: what is written stays, what is wrong is said."""

from __future__ import annotations

import csv
import os
import sqlite3
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from host.boards import Counters, LoggedUpset
from host.results import FORMATS, ResultsError, ResultsStore, RunFolder, RunInfo, checks, export, schema
from host.trials import TrialRow

PAGE = Path(__file__).resolve().parent.parent / "results" / "README.md"
#: Settings of a sweep; those of a beam and of a list are empty.
SETTINGS = dict.fromkeys(column.name for column in schema.SETTINGS) | {
    "board": "twin",
    "network": "mine.npz",
    "wiring": "stored",
    "protect": '["none"]',
    "inject": "sweep",
    "ber": "[0.001, 0.1]",
    "trials": 1000,
    "campaign_seed": 7,
    "pattern": "1x1",
    "interleave": 1,
    "upset_rate": "[]",
    "stores": '["weights"]',
    "test_set": "digits-test",
    "images": 3,
    "image_digest": "01234567",
    "test_set_digest": "89abcdef",
    "store_bits": 20480,
    "golden_accuracy": 0.95,
    "engine": "mac",
    "map_hash": "01234567",
    "build_id": "00000000",
    "geometry": '{"array": [8, 8, 8]}',
}
BEAM_SETTINGS = {
    **SETTINGS,
    "inject": "beam",
    "ber": "[]",
    "upset_rate": "[1e-3, 1]",
    "duration": 1.5,
    "slices": 20,
    "scrub_from": "code",
}
NUMBERS = [c.name for c in schema.TRIAL_COLUMNS if c.type.split()[0] in ("INTEGER", "REAL")]
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
        wrong=70000,
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
    store.end_run(Counters(requests=5, retries=4, bytes_sent=3, bytes_received=2, reloads=1), 5678)
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
    with pytest.raises(ResultsError, match="trials was 1000 and is 7 now; build_id was 00000000 and is x") as caught:
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


def spoil(path: Path, table: str, name: str, value: object) -> None:
    """Store another value, as no campaign does."""
    with sqlite3.connect(path) as other:
        if table == "campaign":
            other.execute("UPDATE campaign SET value = ? WHERE name = ?", (value, name))
        else:
            other.execute(f"UPDATE {table} SET {name} = ?", (value,))
    other.close()


def test_every_setting_has_a_kind() -> None:
    assert set(checks.SETTINGS) == {column.name for column in schema.SETTINGS}
    checks.check_settings(Path("x"), SETTINGS)
    checks.check_settings(Path("x"), BEAM_SETTINGS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, b"\xff") for name in checks.SETTINGS),
        *((name, None) for name, kind in checks.SETTINGS.items() if not kind.empty),
        *((name, text) for name in ("ber", "upset_rate") for text in ("oops", "1", '["x"]', "[-1]", "[NaN]", "{}")),
        *((name, text) for name in ("protect", "stores") for text in ("oops", "1", "[1]", '["oops"]')),
        *((name, text) for name in ("wiring", "inject", "scrub_from", "engine") for text in ("oops", "", 1)),
        *((name, value) for name in ("trials", "slices", "images", "interleave") for value in ("x", 0, -1, 1.5)),
        *((name, value) for name in ("duration", "scrub_interval") for value in ("x", 0, -1.0, float("inf"))),
        *(("golden_accuracy", value) for value in ("x", -0.1, 1.1)),
        *(("geometry", value) for value in ("another", "[]", "1")),
        *(("pattern", value) for value in ("x", "3x1", "1")),
        ("ber", "[2]"),
        ("ber", f"[1{'0' * 400}]"),
        ("ber", "[" * 100000),
        ("ber", "[]"),
        ("campaign_seed", 1 << 31),
        ("stuck_at", 2),
        ("slice_pictures", 0),
    ],
)
def test_a_setting_that_cannot_be_is_said(name: str, value: Any) -> None:
    with pytest.raises(ResultsError, match=rf"^x is damaged \(setting {name}.*\): put a copy back") as caught:
        checks.check_settings(Path("x"), {**SETTINGS, name: value})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_settings_are_checked_where_they_are_read(store: ResultsStore, tmp_path: Path) -> None:
    """When the file is opened, and by a store that is open."""
    path = tmp_path / "results.sqlite"
    spoil(path, "campaign", "trials", "many")
    for read in (store.settings, lambda: ResultsStore.open(path)):
        with pytest.raises(ResultsError, match=r"results.sqlite is damaged \(setting trials is 'many'"):
            read()


def test_a_beam_needs_its_settings_and_columns(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    store = ResultsStore.create(path, BEAM_SETTINGS)
    store.start_run(INFO)
    beam = {"upset_rate": 1.0, "history": 0, "time_s": 0.1, "upsets": 1}
    beam |= {"scrubbed": 0, "scrub_corrected": 0, "scrub_uncorrectable": 0}
    whole = replace(row(0), ber=None, threshold=None, **beam)
    store.add(whole)
    assert list(store.rows()) == [whole]
    for name, value in beam.items():
        spoil(path, "trials", name, None)
        with pytest.raises(ResultsError, match=f"{name} of table trials of seed {row(0).seed} is None"):
            list(store.rows())
        spoil(path, "trials", name, value)
    assert list(store.rows()) == [whole]
    for name in ("upset_rate", "campaign_seed", "duration", "slices", "scrub_from"):
        spoil(path, "campaign", name, "[]" if name == "upset_rate" else None)
        with pytest.raises(ResultsError, match=f"setting {name} is empty, with faults from a beam"):
            store.settings()
        spoil(path, "campaign", name, BEAM_SETTINGS[name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((c.name, b"\xff") for c in schema.TRIAL_COLUMNS),
        *(
            (c.name, "oops")
            for c in schema.TRIAL_COLUMNS
            if c.type.split()[0] in ("INTEGER", "REAL") and c.name != "seed"
        ),
        *((name, -1) for name in NUMBERS),
        *((name, None) for name in ("ber", "threshold")),
        *((name, 1.5) for name in ("ber", "accuracy", "flips", "trial")),
        ("status", "FINE"),
        ("pictures", 0),
        ("digest", 1 << 32),
        ("time_s", float("inf")),
    ],
)
def test_a_row_that_cannot_be_is_said(name: str, value: object) -> None:
    columns = checks.trial_columns(Path("x"), [name, "seed"], "sweep")
    with pytest.raises(ResultsError, match=rf"^x is damaged \({name} of table trials of seed .* must be ") as caught:
        columns.check([value, 7])
    assert "\n" not in str(caught.value)


def test_rows_are_checked_where_they_are_read(store: ResultsStore, tmp_path: Path) -> None:
    store.add(row(0))
    spoil(tmp_path / "results.sqlite", "trials", "masked", "oops")
    for read in (store.rows, store.done, store.export_rows, lambda: [store.row_at(0)]):
        with pytest.raises(ResultsError, match=rf"masked of table trials of seed {row(0).seed} is 'oops', which must"):
            list(read())


def test_invocations_and_events_are_checked(store: ResultsStore, tmp_path: Path) -> None:
    store.event("loaded again")
    spoil(tmp_path / "results.sqlite", "runs", "golden_cycles", "many")
    spoil(tmp_path / "results.sqlite", "events", "text", b"\xff")
    with pytest.raises(ResultsError, match=r"is damaged \(golden_cycles of table runs is 'many'"):
        store.runs()
    with pytest.raises(ResultsError, match=r"is damaged \(text of table events is b"):
        store.events()


def test_a_snapshot_is_of_one_moment(store: ResultsStore, tmp_path: Path) -> None:
    """Rows that another connection stores meanwhile are seen after it."""
    store.add(row(0))
    other = ResultsStore.open(tmp_path / "results.sqlite")
    other.start_run(INFO)
    with store.snapshot():
        assert store.count() == 1
        other.add(replace(row(1), log=(LoggedUpset(5, 6, 7),)))
        assert (store.count(), list(store.upsets())) == (1, [])
    assert (store.count(), list(store.upsets())) == (2, [(row(1).seed, 5, 0, 6, 0, 7)])
    with pytest.raises(KeyError), store.snapshot():
        raise KeyError
    store.add(row(2))


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
