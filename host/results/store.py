# SPDX-License-Identifier: Apache-2.0
"""``results.sqlite``: made whole or not at all, a committed row for each trial, checked when opened again."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import repeat
from pathlib import Path
from typing import Any

from host.boards import Counters, LoggedUpset
from host.faults import unpack_entry
from host.results import schema
from host.results.checks import Columns, UpsetsInside, Value, check_settings, damaged, trial_columns
from host.results.errors import ResultsError, explained
from host.trials import BeamPlan, TrialRow

_ROW_FIELDS = tuple(f.name for f in fields(TrialRow) if f.name != "log")
_INSERT = (
    f"INSERT INTO trials ({', '.join(_ROW_FIELDS)}, run_id, time)"
    f" VALUES ({', '.join(f':{name}' for name in _ROW_FIELDS)}, :run_id, :time)"
)
_INSERT_UPSET = "INSERT INTO upsets (seed, tick, store, word, bit, cycle) VALUES (?, ?, ?, ?, ?, ?)"
_SELECT = f"SELECT {', '.join(_ROW_FIELDS)} FROM trials"


@dataclass(frozen=True)
class RunInfo:
    """What identifies one invocation (table ``runs``).

    Attributes
    ----------
    command_line
        What was typed.
    versions
        Versions behind the numbers, as JSON.
    clock_hz, baud
        Of the board.
    """

    command_line: str
    versions: str
    clock_hz: int
    baud: int


class ResultsStore:
    """The database of one run folder. Use :meth:`create` or :meth:`open`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._run_id = ""
        self._inject = ""

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Value]) -> ResultsStore:
        """Make a database.

        It is made under another name and renamed when complete, so that a kill leaves a whole one or none.

        Parameters
        ----------
        path
            ``results.sqlite`` of the run folder.
        settings
            A value for each of :data:`host.results.schema.SETTINGS`.

        Raises
        ------
        ResultsError
            If it cannot be written.
        """
        expected = {c.name for c in schema.SETTINGS}
        if set(settings) != expected:
            raise ValueError(f"settings differ from the schema: {sorted(set(settings) ^ expected)}")
        fresh = path.with_name(path.name + ".new")
        with explained(path):
            fresh.unlink(missing_ok=True)
            connection = sqlite3.connect(fresh, isolation_level=None)
            try:
                for statement in schema.STATEMENTS:
                    connection.execute(statement)
                connection.executemany("INSERT INTO campaign VALUES (?, ?)", settings.items())
            finally:
                connection.close()
            fresh.replace(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> ResultsStore:
        """Open a database that exists.

        Raises
        ------
        ResultsError
            If it is damaged, of another schema version, or cannot be used.
        """
        with explained(path):
            connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)
            try:
                store = cls(path, connection)
                store._check()
                connection.execute("PRAGMA journal_mode = WAL")
                # Enough against a kill; after a power cut the last rows may be missing, and --resume runs them again.
                connection.execute("PRAGMA synchronous = NORMAL")
            except BaseException:
                connection.close()
                raise
        return store

    def settings(self) -> dict[str, Value]:
        """The campaign's settings by name.

        Raises
        ------
        ResultsError
            If one is missing, or is none that a campaign stores.
        """
        with explained(self._path):
            found: dict[str, Value] = dict(self._connection.execute("SELECT name, value FROM campaign").fetchall())
        check_settings(self._path, found)
        return found

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read within this context belongs to one moment, whatever a campaign stores meanwhile."""
        with explained(self._path):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with explained(self._path):
                # an error of the file system has ended it already
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def require_same(self, settings: Mapping[str, Value]) -> None:
        """Refuse to go on under other settings.

        Raises
        ------
        ResultsError
            Naming each setting that differs.
        """
        changed = self.changes(settings)
        if changed:
            raise ResultsError(
                f"the run in {self._path.parent} was made with other settings: {'; '.join(changed)}. Go on with the"
                " settings it was made with, or start a new run with another --out"
            )

    def changes(self, settings: Mapping[str, Value]) -> list[str]:
        """What differs from the campaign's own settings, a phrase for each setting."""
        stored = self.settings()
        return [
            f"{name} was {stored.get(name)} and is {now} now"
            for name, now in settings.items()
            if stored.get(name) != now
        ]

    def start_run(self, info: RunInfo) -> str:
        """Enter an invocation; rows and events belong to it from now on.

        Returns
        -------
        str
            Its run id.
        """
        now = _now()
        self._run_id = f"{now.replace('-', '').replace(':', '')[:15]}-{os.urandom(3).hex()}"
        with explained(self._path):
            self._connection.execute(
                "INSERT INTO runs (run_id, started, command_line, versions, clock_hz, baud) VALUES (?, ?, ?, ?, ?, ?)",
                (self._run_id, now, info.command_line, info.versions, info.clock_hz, info.baud),
            )
        return self._run_id

    def add(self, row: TrialRow) -> None:
        """Store a trial, committed when this returns.

        Raises
        ------
        ResultsError
            If it cannot be written; rows stored before are safe.
        """
        values = {name: getattr(row, name) for name in _ROW_FIELDS}
        with explained(self._path):
            # A slice and its upsets are stored together or not at all.
            self._connection.execute("BEGIN")
            try:
                self._connection.execute(_INSERT, {**values, "run_id": self._run_id, "time": _now()})
                self._connection.execute("DELETE FROM upsets WHERE seed = ?", (row.seed,))
                if row.log:
                    self._connection.executemany(_INSERT_UPSET, map(_upset, repeat(row), row.log))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def event(self, text: str) -> None:
        """Store one sentence about something that was put right."""
        with explained(self._path):
            self._connection.execute("INSERT INTO events VALUES (?, ?, ?)", (self._run_id, _now(), text))

    def end_run(self, counters: Counters, golden_cycles: int | None) -> None:
        """Enter that the invocation ended by itself, what the link carried, and clock cycles of the golden run."""
        with explained(self._path):
            self._connection.execute(
                "UPDATE runs SET ended = ?, requests = ?, retries = ?, bytes_sent = ?, bytes_received = ?, reloads = ?,"
                " golden_cycles = ? WHERE run_id = ?",
                (
                    _now(),
                    counters.requests,
                    counters.retries,
                    counters.bytes_sent,
                    counters.bytes_received,
                    counters.reloads,
                    golden_cycles,
                    self._run_id,
                ),
            )

    def done(self) -> set[int]:
        """Numbers of the stored trials (column ``seed``).

        Raises
        ------
        ResultsError
            If one cannot be read, or holds what no campaign stores: before others are added to it.
        """
        columns = trial_columns(self._path, _ROW_FIELDS, self._inject)
        seed = _ROW_FIELDS.index("seed")
        found = set()
        with explained(self._path):
            for values in self._connection.execute(_SELECT):
                columns.check(values)
                found.add(int(values[seed]))
        return found

    def rows(self) -> Iterator[TrialRow]:
        """The stored trials, in order of points and trials.

        Raises
        ------
        ResultsError
            If one cannot be read, or holds what no campaign stores.
        """
        columns = trial_columns(self._path, _ROW_FIELDS, self._inject)
        with explained(self._path):
            for values in self._connection.execute(f"{_SELECT} ORDER BY seed"):
                columns.check(values)
                yield _row(values)

    def count(self) -> int:
        """Number of stored trials."""
        with explained(self._path):
            (count,) = self._connection.execute("SELECT count(*) FROM trials").fetchone()
        return int(count)

    def row_at(self, number: int) -> TrialRow | None:
        """The ``number``-th of :meth:`rows`, from 0; None where there is none."""
        return self._one(f"{_SELECT} ORDER BY seed LIMIT 1 OFFSET ?", number)

    def row_of(self, seed: int) -> TrialRow | None:
        """The stored trial of this number (column ``seed``); None where there is none."""
        return self._one(f"{_SELECT} WHERE seed = ?", seed)

    def _one(self, query: str, number: int) -> TrialRow | None:
        if not 0 <= number < 1 << 63:
            return None
        with explained(self._path):
            values = self._connection.execute(query, (number,)).fetchone()
        if values is None:
            return None
        trial_columns(self._path, _ROW_FIELDS, self._inject).check(values)
        return _row(values)

    def export_rows(self) -> Iterator[tuple[object, ...]]:
        """The stored trials with all columns of :data:`host.results.schema.EXPORT_COLUMNS`."""
        columns = trial_columns(self._path, [column.name for column in schema.TRIAL_COLUMNS], self._inject)
        with explained(self._path):
            for values in self._connection.execute(f"SELECT {', '.join(schema.EXPORT_COLUMNS)} FROM rows"):
                # the columns of a trial come first; settings are right since the file was opened
                columns.check(values)
                yield values

    def upsets(self, plan: BeamPlan | None = None) -> Iterator[tuple[int, int, int, int, int, int]]:
        """The upsets of a beam, slice by slice, each by :data:`host.results.schema.UPSET_COLUMNS`.

        Parameters
        ----------
        plan
            Whose stores and slices they must lie in; None where only their numbers must fit.

        Raises
        ------
        ResultsError
            If one cannot be read, or holds what no campaign stores.
        """
        columns = Columns(self._path, "upsets", schema.UPSET_COLUMNS)
        inside = None if plan is None else UpsetsInside(self._path, plan)
        names = ", ".join(column.name for column in schema.UPSET_COLUMNS)
        with explained(self._path):
            for values in self._connection.execute(f"SELECT {names} FROM upsets ORDER BY seed, rowid"):
                columns.check(values)
                if inside is not None:
                    inside.check(values)
                yield values

    def runs(self) -> list[dict[str, Value | None]]:
        """The invocations, first to last, each by the columns of :data:`host.results.schema.RUN_COLUMNS`."""
        return self._dicts("runs", schema.RUN_COLUMNS, "started")

    def events(self) -> list[dict[str, Value | None]]:
        """What was put right, first to last, each by the columns of :data:`host.results.schema.EVENT_COLUMNS`."""
        return self._dicts("events", schema.EVENT_COLUMNS, "time")

    def close(self) -> None:
        """Close the database; what was stored stays."""
        with explained(self._path):
            self._connection.close()

    def _dicts(self, table: str, columns: tuple[schema.Column, ...], order: str) -> list[dict[str, Value | None]]:
        names = [column.name for column in columns]
        check = Columns(self._path, table, columns).check
        with explained(self._path):
            found = self._connection.execute(
                f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}, rowid"
            ).fetchall()
        for values in found:
            check(values)
        return [dict(zip(names, values, strict=True)) for values in found]

    def _check(self) -> None:
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if application != schema.APPLICATION_ID:
            raise ResultsError(f"{self._path} is no results file of this project: choose another folder with --out")
        if version != schema.SCHEMA_VERSION:
            raise ResultsError(
                f"{self._path} has schema version {version}, this host writes {schema.SCHEMA_VERSION}: use the version"
                " of this project that made it, or start a new run with another --out"
            )
        (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise damaged(self._path, " ".join(verdict.split()).removeprefix("*** in database main *** "))
        self._inject = str(self.settings()["inject"])


def _upset(row: TrialRow, upset: LoggedUpset) -> tuple[int, ...]:
    """An entry of a slice's log, by the columns of the table ``upsets``."""
    return row.seed, upset.tick, *unpack_entry(upset.site), upset.cycle


def _row(values: tuple[Any, ...]) -> TrialRow:
    named = dict(zip(_ROW_FIELDS, values, strict=True))
    return TrialRow(**{**named, "proven": bool(named["proven"])})


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
