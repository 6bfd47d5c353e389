# SPDX-License-Identifier: Apache-2.0
"""What a results file may hold: types from the schema, ranges beside them; anything else is one sentence."""

from __future__ import annotations

import json
import reprlib
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host.faults import NEVER, Exposures, Pattern, pack_entry
from host.faults.beam import NO_SITE
from host.regmap import ENGINE_STORES, Engine, TrialStatus
from host.results import schema
from host.results.errors import ResultsError
from host.trials import INJECT, BeamPlan, PlanError, choose_protections

Value = str | int | float | None

#: Choices of the command line, which takes them from here.
WIRINGS = ("stored", "fixed")
SCRUB_FROM = ("code", "golden")

# SQLite keeps signed numbers of 64 bits.
_MOST = (1 << 63) - 1
_WORD = (1 << 32) - 1
_LARGEST = sys.float_info.max

# Least and most of a column, where that is not 0 and what fits.
_RANGES: Mapping[str, tuple[float, float]] = {
    "ber": (0, 1),
    "threshold": (0, 1 << 32),
    "digest": (0, _WORD),
    "proven": (0, 1),
    "accuracy": (0, 1),
    "pictures": (1, _MOST),
    # An entry of the upset log (docs/registers.md): 48-bit ticks, the site as an entry of the flip list.
    "tick": (0, NEVER - 1),
    "store": (0, 7),
    "word": (0, (1 << 21) - 1),
    "bit": (0, 127),
    "cycle": (0, _WORD),
}
_STATUSES = tuple(status.name for status in (TrialStatus.OK, TrialStatus.HANG, TrialStatus.CYCLE_LIMIT))

# Columns of a trial that are not empty where faults come from there.
_OF_INJECT: Mapping[str, frozenset[str]] = {
    "sweep": frozenset(("ber", "threshold")),
    "beam": frozenset(
        ("upset_rate", "history", "time_s", "upsets", "scrubbed", "scrub_corrected", "scrub_uncorrectable")
    ),
}


def damaged(path: Path, what: str) -> ResultsError:
    """The error of a file that holds what no campaign stores."""
    return ResultsError(f"{path} is damaged ({what}): put a copy back, or start a new run with another --out")


@dataclass(frozen=True)
class _Kind:
    """What a value of a column may be: types, least and most of a number, words, and whether it may be empty."""

    types: tuple[type, ...]
    low: float
    high: float
    words: tuple[str, ...]
    empty: bool

    @classmethod
    def of(cls, column: schema.Column, required: bool) -> _Kind:
        low, high = _RANGES.get(column.name, (0, _MOST))
        types: tuple[type, ...] = {"INTEGER": (int,), "REAL": (int, float), "TEXT": (str,)}[column.type.split()[0]]
        whole = "NOT NULL" in column.type or "PRIMARY KEY" in column.type
        return cls(types, low, high, _STATUSES if column.name == "status" else (), not (whole or required))

    def holds(self, value: object) -> bool:
        if value is None:
            return self.empty
        if not isinstance(value, self.types):
            return False
        if isinstance(value, int | float):
            # also refuses what is no number at all
            return self.low <= value <= self.high
        return not self.words or value in self.words

    def __str__(self) -> str:
        if self.words:
            return f"one of {', '.join(self.words)}"
        if str in self.types:
            return "text"
        kind = "a number" if float in self.types else "a whole number"
        return f"{kind} from {self.low} " + ("on" if self.high == _MOST else f"to {self.high}")


class Columns:
    """The columns of a table, in the order in which they are read.

    Parameters
    ----------
    path
        The database, for its user.
    table
        Its name.
    columns
        What is read of it.
    required
        Columns that must not be empty, besides those that the schema says.
    """

    def __init__(
        self, path: Path, table: str, columns: Sequence[schema.Column], required: Collection[str] = ()
    ) -> None:
        self._path = path
        self._table = table
        self._names = [column.name for column in columns]
        self._kinds = [_Kind.of(column, column.name in required) for column in columns]

    def check(self, values: Sequence[Any]) -> None:
        """Refuse a row that holds what no campaign stores.

        Raises
        ------
        ResultsError
            Naming the column.
        """
        for name, kind, value in zip(self._names, self._kinds, values, strict=False):
            if not kind.holds(value):
                where = f" of seed {values[self._names.index('seed')]}" if "seed" in self._names else ""
                raise damaged(
                    self._path,
                    f"{name} of table {self._table}{where} is {reprlib.repr(value)}, which must be {kind}",
                )


def trial_columns(path: Path, names: Sequence[str], inject: str) -> Columns:
    """Columns of the table ``trials`` by name, of a run with faults from there."""
    by_name = {column.name: column for column in schema.TRIAL_COLUMNS}
    return Columns(path, "trials", [by_name[name] for name in names], _OF_INJECT.get(inject, frozenset()))


class UpsetsInside:
    """The bits and times that upsets of a beam can have.

    Parameters
    ----------
    path
        The database, for its user.
    plan
        What was run.
    """

    def __init__(self, path: Path, plan: BeamPlan) -> None:
        source = plan.points()[0].source
        assert isinstance(source, Exposures), "a beam has histories"
        self._path = path
        self._space = plan.space
        self._source = source

    def check(self, upset: tuple[int, int, int, int, int, int]) -> None:
        """Refuse an upset in no bit of the stores, or outside its slice.

        Parameters
        ----------
        upset
            By the columns of :data:`host.results.schema.UPSET_COLUMNS`, each right alone.

        Raises
        ------
        ResultsError
            Naming its slice.
        """
        seed, tick, store, word, bit, _ = upset
        space, period = self._space, self._source.period
        there = store < len(space.extents) and word < space.extents[store] and bit < space.widths[store]
        # an upset for which no bit was found is logged, too
        if not there and pack_entry(store, word, bit) != NO_SITE:
            raise damaged(
                self._path,
                f"the log has an upset of store {store} word {word} bit {bit} in slice {seed}, where no bit is",
            )
        begin = self._source.place(seed)[1] * period
        if not begin <= tick < begin + period:
            raise damaged(
                self._path,
                f"the log has an upset of slice {seed} at tick {tick}, which must be {begin} to {begin + period - 1}",
            )


@dataclass(frozen=True)
class _Setting:
    """What a setting may be, in words and as a test."""

    what: str
    holds: Callable[[Any], bool]
    empty: bool = False


def _number(value: object, low: float = 0.0, high: float = _LARGEST) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _read(text: object) -> Any:
    """What JSON says; None where it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _listed(text: object, holds: Callable[[Any], bool]) -> bool:
    found = _read(text)
    return isinstance(found, list) and all(map(holds, found))


def _whole(low: int, high: int = _MOST, empty: bool = False) -> _Setting:
    words = f"a whole number from {low} " + ("on" if high == _MOST else f"to {high}")
    return _Setting(words, lambda value: isinstance(value, int) and low <= value <= high, empty)


def _choice(words: Sequence[str], empty: bool = False) -> _Setting:
    return _Setting(f"one of {', '.join(words)}", lambda value: value in words, empty)


def _numbers(what: str, high: float) -> _Setting:
    return _Setting(f"a JSON list of {what}", lambda text: _listed(text, lambda one: _number(one, 0.0, high)))


_TEXT = _Setting("text", lambda value: isinstance(value, str))
_WORDS = _Setting("a JSON list of words", lambda text: _listed(text, lambda one: isinstance(one, str)))
_SECONDS = _Setting("a number of seconds above 0", lambda value: _number(value) and value > 0, empty=True)
_ENGINES = tuple(engine.name.lower() for engine in Engine)

#: What each of :data:`host.results.schema.SETTINGS` may be.
SETTINGS: Mapping[str, _Setting] = {
    "board": _TEXT,
    "network": _TEXT,
    "wiring": _choice(WIRINGS),
    "protect": _WORDS,
    "inject": _choice(INJECT),
    "ber": _numbers("bit error rates from 0 to 1", 1.0),
    "trials": _whole(1),
    "campaign_seed": _whole(0, (1 << 31) - 1, empty=True),
    "pattern": _TEXT,
    "interleave": _whole(1, 8),
    "stuck_at": _whole(0, 1, empty=True),
    "upset_rate": _numbers("upset rates from 0 on", _LARGEST),
    "duration": _SECONDS,
    "slices": _whole(1, 1 << 20, empty=True),
    "scrub_interval": _SECONDS,
    "scrub_from": _choice(SCRUB_FROM, empty=True),
    "any_cycle": _whole(0, 1, empty=True),
    "slice_pictures": _whole(1, empty=True),
    "stores": _WORDS,
    "fault_list": _Setting("text", lambda value: isinstance(value, str), empty=True),
    "test_set": _TEXT,
    "images": _whole(1),
    "image_digest": _TEXT,
    "test_set_digest": _TEXT,
    "store_bits": _whole(0),
    "golden_accuracy": _Setting("a number from 0 to 1", lambda value: _number(value, 0.0, 1.0)),
    "engine": _choice(_ENGINES),
    "map_hash": _TEXT,
    "build_id": _TEXT,
    "geometry": _Setting("a JSON object", lambda text: isinstance(_read(text), dict)),
}

# Settings that are not empty where faults come from there: the rates among them name one at least.
_SETTINGS_OF: Mapping[str, tuple[str, ...]] = {
    "sweep": ("ber", "campaign_seed"),
    "beam": ("upset_rate", "campaign_seed", "duration", "slices", "scrub_from"),
}


def check_settings(path: Path, settings: Mapping[str, Value]) -> None:
    """Refuse settings that no campaign stores.

    Raises
    ------
    ResultsError
        Naming those that are missing, or the first that is wrong.
    """
    missing = [column.name for column in schema.SETTINGS if column.name not in settings]
    if missing:
        raise ResultsError(
            f"{path} lacks the settings {', '.join(missing)}: put a copy back, or start a new run with another --out"
        )
    for name, kind in SETTINGS.items():
        value = settings[name]
        if not (kind.empty if value is None else kind.holds(value)):
            raise damaged(path, f"setting {name} is {reprlib.repr(value)}, which must be {kind.what}")
    for what in _contradictions(settings):
        raise damaged(path, what)


def _contradictions(settings: Mapping[str, Value]) -> Iterator[str]:
    """What does not go together of settings that are right, each alone."""
    inject = str(settings["inject"])
    for name in _SETTINGS_OF.get(inject, ()):
        if settings[name] in (None, "[]"):
            yield f"setting {name} is empty, with faults from a {inject}"
    engine = Engine[str(settings["engine"]).upper()]
    for store in _read(settings["stores"]):
        if store not in ENGINE_STORES[engine]:
            yield f"setting stores names {store!r}, which engine {settings['engine']} has not"
    try:
        choose_protections(engine, _read(settings["protect"]))
    except PlanError as error:
        yield f"setting protect: {error}"
    try:
        Pattern.parse(str(settings["pattern"]), int(settings["interleave"] or 0))
    except ValueError as error:
        yield f"setting pattern: {error}"
