# SPDX-License-Identifier: Apache-2.0
"""``mitigation.html``: protection × scrub interval × upset rate on one page that needs nothing but itself."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from host.boards.bitstreams import make_command, read_area
from host.image.protections import parse_protections
from host.rates.durations import show_duration
from host.rates.scrubbing import residual_rate, secded_uncorrectable, tmr_wrong
from host.regmap import ENGINE_STORES, Engine, Protection
from host.report import html
from host.report.charts import Series, both_widths
from host.report.charts import courses as course_chart
from host.report.exposure import Course, courses
from host.report.run_data import Run, open_store, read_run
from host.report.table import percent, span

PAGE = "mitigation.html"

_LEFT = (
    "protection",
    "scrub",
    "accuracy, %",
    "95 % interval",
    "lowest, %",
    "found wrong",
    "uncorrectable",
    "expected/h",
)
_COST = ("protection", "bits", "LUTs", "flip-flops", "block RAMs", "DSPs", "MHz", "cycles a picture")
_EXPLAINED = (
    "At the end of the histories, means over them. Found wrong: code words of which their code says so, corrected when"
    " read or not; uncorrectable: those that it cannot. Expected/h: code words an hour that become"
    " uncorrectable (TMR: outvoted) by the closed form, if each were made right again from elsewhere"
    " (host.rates.scrubbing)."
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
    scrub
        Time of a round of the scrubber in words.
    found
        A course for each upset rate.
    cycles
        Median clock cycles of a picture, pictures and digests of a slice together; None on a board without a clock.
    """

    run: Run
    protection: str
    scrub: str
    found: list[Course]
    cycles: float | None

    @property
    def name(self) -> str:
        """Label of its curves."""
        return f"{self.protection}, scrub {self.scrub}"


def write_mitigation(folders: Sequence[Path], out: Path, board: str, engine: Engine) -> Path:
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

    Raises
    ------
    ResultsError
        If a run cannot be read.
    """
    with ExitStack() as stack:
        kept = []
        for folder in folders:
            store = open_store(folder)
            stack.callback(store.close)
            kept.append(_read(read_run(store, folder)))
        text = mitigation_page(kept, board, engine)
    path = out / PAGE
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return path


def _read(run: Run) -> Kept:
    cycles = [row.cycles / row.pictures for row in run.rows() if row.cycles is not None]
    return Kept(
        run,
        " ".join(json.loads(run.text("protect", '["none"]'))),
        _scrub(run),
        courses(run.rows()),
        statistics.median(cycles) if cycles else None,
    )


def _scrub(run: Run) -> str:
    interval = run.settings.get("scrub_interval")
    if interval is None:
        return "never"
    golden = " from a golden copy" if run.text("scrub_from") == "golden" else ""
    return show_duration(float(interval)) + golden


def mitigation_page(kept: Sequence[Kept], board: str, engine: Engine) -> str:
    """The page."""
    first = kept[0].run
    rates = [course.upset_rate for course in kept[0].found]
    end = kept[0].found[0].end.time_s
    about = (
        f"{first.network} on board {first.text('board')}, {', '.join(first.stores)} in a beam for {show_duration(end)},"
        f" {kept[0].found[0].histories} histories each; without faults {percent(first.golden)} %"
    )
    title = f"{first.network}: what protection and scrubbing buy"
    parts = [f"<h1>{escape(title)}</h1>{html.paragraph(about, 'soft')}{html.paragraph(_verdict(kept), 'verdict')}"]
    for index, rate in enumerate(rates):
        parts.append(html.section(f"{rate:g} upsets per bit and second", f"rate{index}", _rate(kept, index)))
    parts.append(html.section("What it costs", "cost", _cost(kept, board, engine)))
    return html.page(title, "".join(parts))


def _verdict(kept: Sequence[Kept]) -> str:
    """The least and the most that is left at the highest rate."""
    ends = sorted((one.found[-1].end.accuracy.mean, one.name) for one in kept)
    rate = kept[0].found[-1].upset_rate
    return (
        f"At {rate:g} upsets per bit and second, accuracy ends at {percent(ends[0][0])} % with {ends[0][1]}, and at"
        f" {percent(ends[-1][0])} % with {ends[-1][1]}."
    )


def _rate(kept: Sequence[Kept], index: int) -> str:
    unit, scale = ("s", 1.0) if kept[0].found[index].end.time_s >= 0.1 else ("ms", 1e3)
    series = [
        Series(
            one.name,
            tuple(scale * moment.time_s for moment in one.found[index].moments),
            tuple(moment.accuracy for moment in one.found[index].moments),
            one.run.golden,
        )
        for one in kept
    ]
    title = "Accuracy versus time; the table below has the numbers"
    chart = both_widths(partial(course_chart, series, title, f"time, {unit}"))
    rows = [_left(one, one.found[index]) for one in kept]
    figure = html.figure(chart, "Mean accuracy over histories with its 95 % interval.")
    return figure + html.table("What is left.", list(_LEFT), rows) + html.paragraph(_EXPLAINED, "soft")


def _left(one: Kept, course: Course) -> list[str]:
    end = course.end
    return [
        one.protection,
        one.scrub,
        percent(end.accuracy.mean),
        span(end.accuracy),
        percent(course.lowest),
        f"{end.corrected + end.uncorrectable:.4g}",
        f"{end.uncorrectable:.4g}",
        _expected(one, course.upset_rate),
    ]


def _expected(one: Kept, rate: float) -> str:
    """Words an hour that become uncorrectable, by the closed form; a dash where it says nothing."""
    interval = one.run.settings.get("scrub_interval")
    if interval is None or one.protection not in ("secded", "tmr"):
        return "–"
    if one.run.text("pattern", "1x1") != "1x1":
        return "–"
    seconds = float(interval)
    q = -math.expm1(-2.0 * rate * seconds) / 2.0
    width = 39 if one.protection == "secded" else 96
    words = one.run.store_bits // width
    failure = secded_uncorrectable(q, width) if one.protection == "secded" else tmr_wrong(q, 32)
    return f"{3600 * residual_rate(failure, words, seconds):.4g}"


def _cost(kept: Sequence[Kept], board: str, engine: Engine) -> str:
    names = ENGINE_STORES[engine]
    rows, missing = [], []
    for code in dict.fromkeys(one.protection for one in kept):
        own = [one for one in kept if one.protection == code]
        protections = parse_protections(names, code.split())
        area = read_area(board, engine, protections)
        cells = ["–"] * 5
        if area is None:
            missing.append(_build(board, engine, protections))
        else:
            shares = [
                f"{area.used[name]:,.0f} ({100 * area.used[name] / area.available[name]:.0f} %)"
                for name in ("luts", "flip_flops", "block_rams", "dsps")
            ]
            cells = [*shares, "not placed" if area.fmax_hz is None else f"{area.fmax_hz / 1e6:.1f}"]
        cycles = next((one.cycles for one in own if one.cycles is not None), None)
        told = "–" if cycles is None else f"{cycles:.1f}"
        rows.append([code, f"{own[0].run.store_bits:,}", *cells, told])
    caption = f"Physical bits of the stores in the beam; area of board {board}, engine {engine.name.lower()}."
    notes = html.paragraph(f"Not built here: {'; '.join(missing)}.") if missing else ""
    return html.table(caption, list(_COST), rows) + notes


def _build(board: str, engine: Engine, protections: Sequence[Protection]) -> str:
    command = make_command("bitstream", board, engine, protections)
    if "ARGS=" in command:
        return command[:-1] + ' --check-only"'
    return command + " ARGS=--check-only"
