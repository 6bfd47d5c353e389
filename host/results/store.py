# SPDX-License-Identifier: Apache-2.0
"""``results.sqlite``: made whole or not at all, a committed row for each trial, checked when opened again."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import repeat
from pathlib import Path
from typing import Any

from host.boards import Counters, LoggedUpset
from host.faults import unpack_entry
from host.results import schema
from host.results.errors import ResultsError, explained
from host.trials import TrialRow

Value = str | int | float | None

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
        """The campaign's settings by name."""
        with explained(self._path):
            return dict(self._connection.execute("SELECT name, value FROM campaign").fetchall())

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

    def end_run(self, counters: Counters) -> None:
        """Enter that the invocation ended by itself, and what the link carried."""
        with explained(self._path):
            self._connection.execute(
                "UPDATE runs SET ended = ?, requests = ?, retries = ?, bytes_sent = ?, bytes_received = ?, reloads = ?"
                " WHERE run_id = ?",
                (
                    _now(),
                    counters.requests,
                    counters.retries,
                    counters.bytes_sent,
                    counters.bytes_received,
                    counters.reloads,
                    self._run_id,
                ),
            )

    def done(self) -> set[int]:
        """Numbers of the stored trials (column ``seed``)."""
        with explained(self._path):
            return {seed for (seed,) in self._connection.execute("SELECT seed FROM trials")}

    def rows(self) -> Iterator[TrialRow]:
        """The stored trials, in order of points and trials."""
        with explained(self._path):
            yield from map(_row, self._connection.execute(f"{_SELECT} ORDER BY seed"))

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
        return None if values is None else _row(values)

    def export_rows(self) -> Iterator[tuple[object, ...]]:
        """The stored trials with all columns of :data:`host.results.schema.EXPORT_COLUMNS`."""
        with explained(self._path):
            yield from self._connection.execute(f"SELECT {', '.join(schema.EXPORT_COLUMNS)} FROM rows")

    def upsets(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        """The upsets of a beam, slice by slice, each by :data:`host.results.schema.UPSET_COLUMNS`."""
        with explained(self._path):
            yield from self._connection.execute(
                "SELECT seed, tick, store, word, bit, cycle FROM upsets ORDER BY seed, rowid"
            )

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
        with explained(self._path):
            found = self._connection.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}, rowid")
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
            found = " ".join(verdict.split()).removeprefix("*** in database main *** ")
            raise ResultsError(
                f"{self._path} is damaged ({found}): put a copy back, or start a new run with another --out"
            )
        missing = [column.name for column in schema.SETTINGS if column.name not in self.settings()]
        if missing:
            raise ResultsError(
                f"{self._path} lacks the settings {', '.join(missing)}: put a copy back, or start a new run with"
                " another --out"
            )


def _upset(row: TrialRow, upset: LoggedUpset) -> tuple[int, ...]:
    """An entry of a slice's log, by the columns of the table ``upsets``."""
    return row.seed, upset.tick, *unpack_entry(upset.site), upset.cycle


def _row(values: tuple[Any, ...]) -> TrialRow:
    named = dict(zip(_ROW_FIELDS, values, strict=True))
    return TrialRow(**{**named, "proven": bool(named["proven"])})


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
