# SPDX-License-Identifier: Apache-2.0
"""The schema of ``results.sqlite``: the single source; results/README.md is its page, and a test compares them."""

from __future__ import annotations

from dataclasses import dataclass

#: Raised by one whenever a table or a column changes its meaning; kept in ``PRAGMA user_version``.
SCHEMA_VERSION = 5

#: ``PRAGMA application_id`` of a results file: the bytes of "FLTL".
APPLICATION_ID = 0x464C544C


@dataclass(frozen=True)
class Column:
    """One column: its name, SQLite type, and what it holds."""

    name: str
    type: str
    doc: str


#: Columns of the table ``trials``: one row a trial.
TRIAL_COLUMNS: tuple[Column, ...] = (
    Column("run_id", "TEXT NOT NULL", "invocation that ran the trial, in the table `runs`"),
    Column("point", "INTEGER NOT NULL", "number of the rate, in ascending order from 0; 0 for a walk or a list"),
    Column("ber", "REAL", "bit error rate asked for; empty but for a sweep"),
    Column("threshold", "INTEGER", "true bit error rate in units of 2^-32; empty but for a sweep"),
    Column("trial", "INTEGER NOT NULL", "number of the trial within the point, from 0; of a beam, of the slice"),
    Column(
        "seed",
        "INTEGER PRIMARY KEY",
        "number of the trial in its source: seed of a sweep, number of the physical bit of a walk, place in the fault"
        " list, number of the slice of a beam; unique in a run folder",
    ),
    Column("flips", "INTEGER NOT NULL", "physical bits flipped"),
    Column(
        "digest",
        "INTEGER NOT NULL",
        "digest of all stores with the flips in them (docs/faults.md), of a slice with --any-cycle before them",
    ),
    Column("proven", "INTEGER NOT NULL", "1 when flips and digest equal those of the fault model on the host"),
    Column("status", "TEXT NOT NULL", "OK, HANG or CYCLE_LIMIT (docs/registers.md)"),
    Column("accuracy", "REAL NOT NULL", "correct / pictures; a picture without an answer counts as wrong"),
    Column("pictures", "INTEGER NOT NULL", "pictures of the trial"),
    Column("answered", "INTEGER NOT NULL", "pictures that got an answer"),
    Column("masked", "INTEGER NOT NULL", "answered pictures with the golden scores"),
    Column("tolerated", "INTEGER NOT NULL", "answered pictures with other scores but the golden class"),
    Column("critical", "INTEGER NOT NULL", "answered pictures with another class than golden"),
    Column("unanswered", "INTEGER NOT NULL", "pictures without an answer because the trial hung"),
    Column("correct", "INTEGER NOT NULL", "pictures whose class is their label"),
    Column("cycles", "INTEGER", "clock cycles of the whole trial; empty on a board without a clock"),
    Column("corrected", "INTEGER NOT NULL", "code words of all stores whose code corrects the flips"),
    Column(
        "uncorrectable", "INTEGER NOT NULL", "code words of all stores that the code finds wrong and cannot correct"
    ),
    Column(
        "wrong",
        "INTEGER NOT NULL",
        "code words of all stores that are read with other data than the golden ones, whether their code says so or"
        " not; of a slice with --any-cycle, before it",
    ),
    Column("upset_rate", "REAL", "upsets per bit and second asked for; this and the next six are empty but for a beam"),
    Column("history", "INTEGER", "number of the history within the point, from 0"),
    Column("time_s", "REAL", "seconds from the beginning of the history to the end of the slice"),
    Column("upsets", "INTEGER", "upsets in the slice; the table `upsets` has each"),
    Column("scrubbed", "INTEGER", "code words that the scrubber has come by since the history began"),
    Column("scrub_corrected", "INTEGER", "of these, corrected"),
    Column("scrub_uncorrectable", "INTEGER", "of these, found uncorrectable; each time it comes by"),
    Column("retries", "INTEGER NOT NULL", "requests repeated on the link since the row before"),
    Column("time", "TEXT NOT NULL", "when the row was stored (UTC, ISO 8601)"),
)

#: Columns that may differ between an interrupted and an uninterrupted run of the same plan.
INCIDENTAL = ("run_id", "retries", "time")

#: Settings of the campaign, one row each in the table ``campaign``; exports repeat them in every row.
SETTINGS: tuple[Column, ...] = (
    Column("board", "", "name of the board"),
    Column("network", "", "name or file of the network"),
    Column("wiring", "", "where wire numbers of lookup tables come from: stored, or fixed by the network's seed"),
    Column("protect", "", "protection of the stores, a JSON list of words as `--protect` takes them"),
    Column("inject", "", "where faults come from: sweep, walk, list or beam (docs/faults.md)"),
    Column("ber", "", "bit error rates, a JSON list; empty but for a sweep"),
    Column("trials", "", "trials for each of them, or of the walk or list; of a beam, histories for each upset rate"),
    Column("campaign_seed", "", "seed of the campaign; empty for a walk or a list"),
    Column("pattern", "", "rows and columns of the bits that flip where one is hit"),
    Column("interleave", "", "code words of a row of the memory"),
    Column("stuck_at", "", "value at which the bits of the fault list are stuck; empty where they flip"),
    Column("upset_rate", "", "upsets per bit and second, a JSON list; this and the next six are of a beam"),
    Column("duration", "", "seconds of a history"),
    Column("slices", "", "slices of a history"),
    Column("scrub_interval", "", "seconds in which the scrubber goes round the stores; empty without one"),
    Column("scrub_from", "", "what the scrubber writes: what the code corrects, or the golden copy"),
    Column("any_cycle", "", "1 where upsets and scrubs come while the pictures run"),
    Column("slice_pictures", "", "pictures of a slice; empty for all"),
    Column("stores", "", "stores that were upset, a JSON list of names"),
    Column("fault_list", "", "CRC-32 of the file `faults.csv`, hexadecimal; empty unless faults come from a list"),
    Column("test_set", "", "name of the test set"),
    Column("images", "", "number of its pictures"),
    Column("image_digest", "", "digest of the compiled network (docs/faults.md), hexadecimal"),
    Column("test_set_digest", "", "CRC-32 of pictures and labels, hexadecimal"),
    Column("store_bits", "", "physical bits of these stores"),
    Column("golden_accuracy", "", "accuracy without faults"),
    Column("engine", "", "engine kind"),
    Column("map_hash", "", "hash of the register map, hexadecimal"),
    Column("build_id", "", "identity of the board's build, hexadecimal, 0 when unknown"),
    Column("geometry", "", "capabilities of the board, a JSON object"),
)

#: Settings that exports leave out because rows have them already, or that say nothing of a single row.
_NOT_IN_ROWS = ("ber", "upset_rate", "trials", "golden_accuracy", "store_bits")

#: Columns of the table ``runs``: one row for each invocation.
RUN_COLUMNS: tuple[Column, ...] = (
    Column("run_id", "TEXT PRIMARY KEY", "identity of the invocation"),
    Column("started", "TEXT NOT NULL", "when it started (UTC, ISO 8601)"),
    Column("ended", "TEXT", "when it ended; empty when it was killed"),
    Column("command_line", "TEXT NOT NULL", "what was typed"),
    Column("versions", "TEXT NOT NULL", "versions of this project, Python and libraries, a JSON object"),
    Column("clock_hz", "INTEGER NOT NULL", "clock of the board, 0 where there is none"),
    Column("baud", "INTEGER NOT NULL", "bit rate of the link, 0 where there is none"),
    Column("golden_cycles", "INTEGER", "clock cycles of the pictures without faults; empty where there is no clock"),
    Column("requests", "INTEGER", "requests on the link"),
    Column("retries", "INTEGER", "of them repeats"),
    Column("bytes_sent", "INTEGER", "bytes sent to the board"),
    Column("bytes_received", "INTEGER", "bytes received from it"),
    Column("reloads", "INTEGER", "times the stores were not golden and were loaded again"),
)

#: Columns of the table ``events``: what went wrong and was put right.
EVENT_COLUMNS: tuple[Column, ...] = (
    Column("run_id", "TEXT NOT NULL", "invocation, in the table `runs`"),
    Column("time", "TEXT NOT NULL", "when (UTC, ISO 8601)"),
    Column("text", "TEXT NOT NULL", "one sentence"),
)

#: Columns of the table ``upsets``: one row for each upset of a beam.
UPSET_COLUMNS: tuple[Column, ...] = (
    Column("seed", "INTEGER NOT NULL", "the slice, in the table `trials`"),
    Column("tick", "INTEGER NOT NULL", "when, in ticks since the history began"),
    Column("store", "INTEGER NOT NULL", "id of the store"),
    Column("word", "INTEGER NOT NULL", "code word"),
    Column("bit", "INTEGER NOT NULL", "physical bit of it; with a pattern, the first bit of it"),
    Column("cycle", "INTEGER NOT NULL", "clock cycles since the slice began; 0 where upsets come between slices"),
)

#: Columns of an export, in order: the trial, then what reproduces it.
EXPORT_COLUMNS: tuple[str, ...] = (
    *(c.name for c in TRIAL_COLUMNS),
    *(c.name for c in SETTINGS if c.name not in _NOT_IN_ROWS),
    "versions",
)


def _table(name: str, columns: tuple[Column, ...]) -> str:
    return f"CREATE TABLE {name} ({', '.join(f'{c.name} {c.type}' for c in columns)})"


def _view() -> str:
    own = [f"trials.{c.name}" for c in TRIAL_COLUMNS]
    settings = [f"(SELECT value FROM campaign WHERE name = '{n}') AS {n}" for n in EXPORT_COLUMNS[len(own) : -1]]
    columns = ", ".join([*own, *settings, "runs.versions"])
    return f"CREATE VIEW rows AS SELECT {columns} FROM trials JOIN runs USING (run_id) ORDER BY trials.seed"


#: Statements that make an empty results file.
STATEMENTS: tuple[str, ...] = (
    "CREATE TABLE campaign (name TEXT PRIMARY KEY, value)",
    _table("runs", RUN_COLUMNS),
    _table("trials", TRIAL_COLUMNS),
    _table("events", EVENT_COLUMNS),
    _table("upsets", UPSET_COLUMNS),
    "CREATE INDEX upsets_of_slice ON upsets (seed)",
    _view(),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
