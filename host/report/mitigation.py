# SPDX-License-Identifier: Apache-2.0
"""``mitigation.html``: protection × scrub interval × upset rate on one page that needs nothing but itself."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from pathlib import Path

from host.boards.bitstreams import Area, make_command, read_area
from host.image.protections import parse_protections
from host.rates.durations import largest_unit, show_duration
from host.rates.scrubbing import residual_rate, secded_uncorrectable, tmr_wrong
from host.regmap import ENGINE_STORES, Engine, Protection
from host.report import html
from host.report.charts import both_widths
from host.report.charts import courses as course_chart
from host.report.exposure import (
    COUNTED,
    Course,
    beam_notes,
    course_series,
    courses,
    slice_notes,
    until_all,
    wrong_cells,
)
from host.report.run_data import CORRECTING, Run, open_store, read_run
from host.report.table import percent, span
from host.report.verdict import listed
from host.statistics import Interval

PAGE = "mitigation.html"

_LEFT = (
    "protection",
    "scrub",
    "accuracy, %",
    "95 % interval",
    "lowest, %",
    "wrong words",
    "found wrong",
    "uncorrectable",
    "measured/h",
    "expected/h",
)
_COST = ("protection", "bits", "LUTs", "flip-flops", "block RAMs", "DSPs", "MHz", "cycles a picture")
_RESOURCES = ("luts", "flip_flops", "block_rams", "dsps")
_EXPLAINED = (
    f"{COUNTED} Measured/h: mean wrong words at the end of the histories divided by their length, where a scrubber"
    " corrects what the code can, so that what it cannot piles up; a word counts once, so this falls short where many"
    " are wrong. Expected/h: code words an hour that become uncorrectable (TMR: outvoted) by the"
    " closed form, if each were made right again from elsewhere (host.rates.scrubbing)."
)


@dataclass(frozen=True, eq=False)
class Kept:
    """One run: how its stores were kept, and what became of them.

    Attributes
    ----------
    run
        The run.
    protection
        Of its stores, as it was typed.
    found
        A course for each upset rate.
    """

    run: Run
    protection: str
    found: list[Course]

    @property
    def interval_s(self) -> float | None:
        """Seconds of a round of the scrubber; None without one."""
        found = self.run.settings.get("scrub_interval")
        return None if found is None else float(found)

    @property
    def golden(self) -> bool:
        """Whether the scrubber writes the golden copy."""
        return self.run.text("scrub_from") == "golden"

    @property
    def scrub(self) -> str:
        """What the scrubber does, in words."""
        if self.interval_s is None:
            return "never"
        return show_duration(self.interval_s) + (" from a golden copy" if self.golden else "")

    @property
    def name(self) -> str:
        """Label of its curves."""
        if self.interval_s is None:
            return f"{self.protection}, no scrub"
        return f"{self.protection}, {'golden' if self.golden else 'scrub'} {show_duration(self.interval_s)}"


def write_mitigation(folders: Sequence[Path], out: Path, board: str, engine: Engine, interval: str = "student") -> Path:
    """Write the page of several runs of ``--inject beam``.

    Parameters
    ----------
    folders
        Their folders.
    out
        Where the page goes.
    board
        Whose builds are told.
    engine
        Of the network.
    interval
        One of :data:`host.report.summary.INTERVALS`.

    Raises
    ------
    ResultsError
        If a run cannot be read.
    BoardError
        If the description of a build cannot be read.
    """
    with ExitStack() as stack:
        kept = []
        for folder in folders:
            store = open_store(folder)
            stack.callback(store.close)
            run = read_run(store, folder)
            protection = " ".join(json.loads(run.text("protect", '["none"]')))
            kept.append(Kept(run, protection, courses(run.rows(), interval)))
        text = mitigation_page(kept, board, engine, interval)
    path = out / PAGE
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


def mitigation_page(kept: Sequence[Kept], board: str, engine: Engine, interval: str = "student") -> str:
    """The page of runs with the same upset rates; numbers are those of the last moment that all have reached."""
    ends = _until_all(kept)
    first = ends[0].run
    end = ends[0].found[0].end
    histories = {course.end.histories for one in ends for course in one.found}
    spread = sorted({min(histories), max(histories)})
    about = (
        f"{first.network} on board {first.text('board')}, {listed(first.stores)} in a beam for"
        f" {show_duration(end.time_s)}, {' to '.join(map(str, spread))} histories each"
    )
    if first.slice_pictures is None:
        about += f"; without faults {percent(first.golden)} %"
    title = f"{first.network}: what protection and scrubbing buy"
    parts = [f"<h1>{escape(title)}</h1>{html.paragraph(about, 'soft')}{html.paragraph(_verdict(ends), 'verdict')}"]
    parts += [html.paragraph(note, "warn") for note in slice_notes(first)]
    for index, course in enumerate(ends[0].found):
        heading = f"{course.upset_rate:g} upsets per bit and second"
        parts.append(html.section(heading, f"rate{index}", _rate(kept, ends, index, interval)))
    parts.append(html.section("What it costs", "cost", _cost(kept, board, engine)))
    return html.page(title, "".join(parts))


def _until_all(kept: Sequence[Kept]) -> list[Kept]:
    """The runs up to the last moment that all rates of all of them have reached."""
    cut = iter(until_all([course for one in kept for course in one.found]))
    return [replace(one, found=[next(cut) for _ in one.found]) for one in kept]


def _verdict(kept: Sequence[Kept]) -> str:
    """What is best at the highest rate, what cannot be told from it, and which of these is the smallest."""
    rate = kept[0].found[-1].upset_rate
    where = f"At {rate:g} upsets per bit and second, accuracy"
    # of equal means, the first
    best = max(kept, key=lambda one: _end(one).mean)
    if len(kept) == 1:
        return f"{where} ends at {_accuracy(best)} with {best.name}; one run alone has nothing to be compared with."
    if any(_end(one).n < 2 for one in kept):
        return (
            f"{where} ends highest with {best.name}, at {percent(_end(best).mean)} %, but one history has no interval:"
            " give --trials 2 or more to tell the runs apart."
        )
    alike = [one for one in kept if _overlap(_end(one), _end(best))]
    words = f"{where} ends highest, at {_accuracy(best)}, with {best.name}"
    if len(alike) == 1:
        words += ", apart from all others."
    else:
        others = [f"{one.name} ({_accuracy(one)})" for one in alike if one is not best]
        small = min(alike, key=lambda one: (one.run.store_bits, -_end(one).mean))
        words += (
            f"; it cannot be told apart from {'; '.join(others)}, since their 95 % intervals overlap. The smallest of"
            f" those that cannot be told apart is {small.name}, with {small.run.store_bits:,} bits."
        )
    worst = min(kept, key=lambda one: _end(one).mean)
    return words if worst in alike else f"{words} It ends lowest, at {_accuracy(worst)}, with {worst.name}."


def _end(one: Kept) -> Interval:
    """Accuracy at the end of its histories, at the highest rate."""
    return one.found[-1].end.accuracy


def _accuracy(one: Kept) -> str:
    return f"{percent(_end(one).mean)} % ({span(_end(one))})"


def _overlap(one: Interval, other: Interval) -> bool:
    return one.low <= other.high and other.low <= one.high


def _rate(kept: Sequence[Kept], ends: Sequence[Kept], index: int, interval: str) -> str:
    """Curves of one rate as far as they go, and the numbers at their common end."""
    unit = largest_unit(max(one.found[index].end.time_s for one in kept))
    series = [course_series(one.run, one.found[index], one.name, unit) for one in kept]
    title = "Accuracy versus time; the table below has the numbers"
    chart = both_widths(partial(course_chart, series, title, f"time, {unit}"))
    figure = html.figure(chart, f"Mean accuracy over histories with its 95 % interval ({interval}).")
    rows = [_left(one, one.found[index]) for one in ends]
    caption = f"What is left after {show_duration(ends[0].found[index].end.time_s)}; means over histories."
    stars = beam_notes([one.found[index] for one in ends], None)
    notes = "".join(map(html.paragraph, stars)) + html.paragraph(_EXPLAINED, "soft")
    return figure + html.table(caption, list(_LEFT), rows) + notes


def _left(one: Kept, course: Course) -> list[str]:
    end = course.end
    return [
        one.protection,
        one.scrub,
        percent(end.accuracy.mean),
        span(end.accuracy),
        percent(course.lowest),
        *wrong_cells(end, one.run),
        _measured(one, course),
        _expected(one, course.upset_rate),
    ]


def _measured(one: Kept, course: Course) -> str:
    """Words an hour that became wrong, from those at the end; a dash where their number does not pile up steadily."""
    # with --any-cycle, words are counted before the last slice
    counted = course.moments[:-1] if one.run.settings.get("any_cycle") else course.moments
    seconds = counted[-1].time_s if counted else 0.0
    if one.golden or not one.run.codes & CORRECTING or one.interval_s is None or one.interval_s >= seconds:
        return "–"
    return f"{3600 * course.end.wrong / seconds:.4g}"


def _expected(one: Kept, rate: float) -> str:
    """Words an hour that become uncorrectable, by the closed form; a dash where it says nothing."""
    seconds = one.interval_s
    if seconds is None or len(one.run.codes) != 1 or not one.run.codes <= CORRECTING:
        return "–"
    if one.run.text("pattern", "1x1") != "1x1" or one.run.settings.get("stuck_at") is not None:
        return "–"
    q = -math.expm1(-2.0 * rate * seconds) / 2.0
    secded = Protection.SECDED in one.run.codes
    words = one.run.store_bits // (39 if secded else 96)
    failure = secded_uncorrectable(q, 39) if secded else tmr_wrong(q, 32)
    return f"{3600 * residual_rate(failure, words, seconds):.4g}"


def _cost(kept: Sequence[Kept], board: str, engine: Engine) -> str:
    names = ENGINE_STORES[engine]
    rows, missing, older = [], [], []
    for code in dict.fromkeys(one.protection for one in kept):
        own = [one.run for one in kept if one.protection == code]
        protections = parse_protections(names, code.split())
        area = read_area(board, engine, protections)
        if area is None:
            missing.append(_build(board, engine, protections))
        elif area.older:
            older.append(_build(board, engine, protections, placed=area.fmax_hz is not None))
        rows.append([code, f"{own[0].store_bits:,}", *_area_cells(area), _cycles(own)])
    caption = f"Physical bits of the stores in the beam; area of board {board}, engine {engine.name.lower()}."
    notes = [f"Not built here: {'; '.join(missing)}."] if missing else []
    if older:
        notes.append(f"† of a build from other sources than those here; to renew it: {'; '.join(older)}.")
    if any(row[-1] == "–" for row in rows):
        notes.append("Cycles need a board with a clock (--board sim), and are equal for all codes.")
    return html.table(caption, list(_COST), rows) + "".join(map(html.paragraph, notes))


def _area_cells(area: Area | None) -> list[str]:
    """What a build takes, with a dagger where it is of other sources; dashes where there is none."""
    if area is None:
        return ["–"] * (len(_RESOURCES) + 1)
    used = [f"{area.used[n]:,.0f} ({100 * area.used[n] / area.available[n]:.0f} %)" for n in _RESOURCES]
    used.append("not placed" if area.fmax_hz is None else f"{area.fmax_hz / 1e6:.1f}")
    return [f"{words} †" for words in used] if area.older else used


def _cycles(runs: Sequence[Run]) -> str:
    """Clock cycles of a picture without faults: drawing upsets and digests are not of the network."""
    found = next(((run.golden_cycles, run.pictures) for run in runs if run.golden_cycles is not None), None)
    return "–" if found is None else f"{found[0] / found[1]:.1f}"


def _build(board: str, engine: Engine, protections: Sequence[Protection], *, placed: bool = False) -> str:
    command = make_command("bitstream", board, engine, protections)
    if placed:
        return command
    if "ARGS=" in command:
        return command[:-1] + ' --check-only"'
    return command + " ARGS=--check-only"
