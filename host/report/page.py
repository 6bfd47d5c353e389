# SPDX-License-Identifier: Apache-2.0
"""``report.html``: one run on one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from host.image import MemoryImage
from host.rates.durations import largest_unit, show_duration
from host.report import html
from host.report.charts import OUTCOME_NAMES, Series, both_widths, curves, outcome_mix
from host.report.charts import courses as course_chart
from host.report.effects_view import sweep_section, walk_section
from host.report.exposure import COUNTED, beam_notes, course_series, courses, slice_notes, until_all
from host.report.exposure import HEAD as COURSE_HEAD
from host.report.exposure import cells as course_cells
from host.report.provenance import command, events_table, invocations_table, settings_table
from host.report.run_data import Run, find_image, read_run
from host.report.sensitivity import sweep_sensitivity, walk_sensitivity
from host.report.summary import INTERVALS, OUTCOMES, PointSummary, summarise
from host.report.table import HEAD, cells, notes, span
from host.report.verdict import beam_verdict, list_verdict, listed, sweep_verdict, walk_verdict
from host.results import ResultsStore
from host.statistics import Interval

REPORT = "report.html"


def write_report(
    store: ResultsStore, folder: Path, interval: str = "student", image: MemoryImage | None = None
) -> Path:
    """Write the page of a run into its folder, replacing an earlier one.

    Parameters
    ----------
    store
        Database of the run.
    folder
        Run folder.
    interval
        One of :data:`host.report.summary.INTERVALS`.
    image
        The memory image that the flips were made in; None to compile the run's network again.

    Returns
    -------
    Path
        The page.
    """
    path = folder / REPORT
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(report_page(read_run(store, folder), interval, image), encoding="utf-8")
    fresh.replace(path)
    return path


def report_page(run: Run, interval: str = "student", image: MemoryImage | None = None) -> str:
    """The page of a run, as :func:`write_report` writes it."""
    why = ""
    if image is None:
        image, why = find_image(run)
    if run.inject == "sweep":
        parts = _sweep(run, interval, image, why)
    elif run.inject == "beam":
        parts = _beam(run, interval)
    else:
        parts = _single(run, interval, image, why)
    parts += [
        html.section("How it was made", "made", settings_table(run)),
        html.section("Link and events", "events", invocations_table(run) + events_table(run)),
        html.section("The same again", "again", f"<pre><code>{escape(command(run))}</code></pre>"),
    ]
    return html.page(f"{run.network}: bit flips in {listed(run.stores)}", "".join(parts))


def _head(run: Run, verdict: str, warnings: Sequence[str]) -> str:
    title = f"{run.network}: bit flips in {listed(run.stores)}"
    line = (
        f"engine {run.text('engine')}, board {run.text('board')}, {run.text('images')} pictures of"
        f" {run.text('test_set')}; run {run.name}"
    )
    told = "".join(html.paragraph(words, "warn") for words in warnings)
    return f"<h1>{escape(title)}</h1>{html.paragraph(line, 'soft')}{html.paragraph(verdict, 'verdict')}{told}\n"


def _sweep(run: Run, interval: str, image: MemoryImage | None, why: str) -> list[str]:
    points = summarise(run.rows(), interval)
    done = sum(p.trials for p in points)
    warnings = []
    if run.planned is not None and done < run.planned:
        warnings.append(f"The run is not complete: {done:,} of {run.planned:,} trials are stored.")
    found = html.paragraph(why) if image is None else sweep_section(*sweep_sensitivity(run, image, len(points)))
    return [
        _head(run, sweep_verdict(run, points), warnings),
        html.section("Accuracy versus bit error rate", "accuracy", _curve(run, points, interval)),
        html.section("What became of the pictures", "outcomes", _mix(points)),
        html.section("Where flips hurt", "sensitivity", found),
        html.section("The numbers", "numbers", _table(points)),
    ]


def _beam(run: Run, interval: str) -> list[str]:
    """Histories: accuracy and events against time."""
    found = courses(run.rows(), interval)
    stored = sum(1 for _ in run.rows())
    warnings = []
    if run.planned is not None and stored < run.planned:
        warnings.append(f"The run is not complete: {stored:,} of {run.planned:,} slices are stored.")
    if not found:
        return [_head(run, "No slice is stored yet.", warnings)]
    ends = until_all(found)
    when = show_duration(ends[0].end.time_s)
    if warnings:
        warnings.append(f"Numbers are those after {when}, the last moment that all rates have reached.")
    unit = largest_unit(max(course.end.time_s for course in found))
    series = [course_series(run, course, f"{course.upset_rate:g} upsets per bit and second", unit) for course in found]
    title = f"Accuracy of {run.network} versus time; the table below has the numbers"
    chart = both_widths(lambda width, class_: course_chart(series, title, f"time, {unit}", width, class_))
    caption = f"Mean accuracy over histories at the end of each slice, with its 95 % interval ({interval})."
    numbers = html.table(
        f"After {when}; means over histories.",
        list(COURSE_HEAD),
        [course_cells(course, run) for course in ends],
    )
    numbers += html.paragraph(COUNTED, "soft") + "".join(map(html.paragraph, beam_notes(ends, None)))
    return [
        _head(run, beam_verdict(run, ends), [*warnings, *slice_notes(run)]),
        html.section("Accuracy versus time", "accuracy", html.figure(chart, caption)),
        html.section("The numbers", "numbers", numbers),
    ]


def _curve(run: Run, points: Sequence[PointSummary], interval: str) -> str:
    shown = [p for p in points if p.ber > 0]
    if not shown:
        return html.paragraph("There is no rate above 0 to draw; the table has what was run.")
    one = Series(run.network, tuple(p.ber for p in shown), tuple(p.accuracy for p in shown), run.golden)
    axis = "bit error rate (probability that a stored bit flips)"
    title = f"Accuracy of {run.network} versus bit error rate; the table below has the numbers"
    chart = both_widths(lambda width, class_: curves([one], title, axis, width, class_, run.store_bits))
    caption = (
        f"Mean accuracy over trials with its 95 % interval ({interval}) over fault sets; a picture without an answer"
        " counts as wrong."
    )
    return html.figure(chart, caption)


def _mix(points: Sequence[PointSummary]) -> str:
    if not points:
        return html.paragraph("No trial is stored yet.")
    title = "Shares of pictures masked, tolerated, critical and without an answer; the table below has the numbers"
    chart = both_widths(lambda width, class_: outcome_mix(points, title, width, class_))
    caption = (
        "Masked: scores as without faults. Tolerated: other scores, same class. Critical: another class. No answer: the"
        " trial hung before it."
    )
    return html.figure(chart, caption)


def _table(points: Sequence[PointSummary]) -> str:
    rows = []
    for point in points:
        line = cells(point)
        for i, name in enumerate(OUTCOMES, start=HEAD.index("masked")):
            line[i] += f" ({span(point.shares[name])})"
        rows.append(
            [*line, f"{100 * point.hangs.mean:.1f} ({100 * point.hangs.low:.1f} … {100 * point.hangs.high:.1f})"]
        )
    caption = "Per cent of pictures (hung: of trials), means over trials with 95 % intervals."
    return html.table(caption, [*HEAD, "hung"], rows) + "".join(html.paragraph(n) for n in notes(points, shares=True))


def _single(run: Run, interval: str, image: MemoryImage | None, why: str) -> list[str]:
    """A walk or a list: no rates, so no curve."""
    rows = list(run.rows())
    walk = run.inject == "walk"
    shares = {name: [getattr(row, name) / row.pictures for row in rows] for name in OUTCOMES}
    accuracy = INTERVALS[interval]([row.accuracy for row in rows]) if rows else None
    found = walk_sensitivity(run, image) if walk and rows and image is not None else None
    if walk:
        verdict = walk_verdict(run, found, len(rows), accuracy and _loss(run, accuracy))
    else:
        verdict = list_verdict(run, len(rows), accuracy)
    parts = [
        _head(run, verdict, []),
        html.section("What became of the pictures", "outcomes", _shares(shares, accuracy)),
    ]
    if walk:
        words = html.paragraph(why or "No trial is stored yet.") if found is None else walk_section(found)
        parts.append(html.section("Where flips hurt", "sensitivity", words))
    return parts


def _loss(run: Run, accuracy: Interval) -> Interval:
    low, high = run.golden - accuracy.high, run.golden - accuracy.low
    return Interval(run.golden - accuracy.mean, low, high, accuracy.n)


def _shares(shares: dict[str, list[float]], accuracy: Interval | None) -> str:
    if accuracy is None:
        return html.paragraph("No trial is stored yet.")
    rows = [["accuracy", f"{100 * accuracy.mean:.4g}", "–", "–"]]
    for name, values in shares.items():
        touched = sum(value > 0 for value in values)
        mean = 100 * sum(values) / len(values)
        rows.append([OUTCOME_NAMES[name], f"{mean:.4g}", f"{100 * max(values):.4g}", f"{touched:,} of {len(values):,}"])
    head = ["outcome", "mean, %", "most, %", "trials with any"]
    return html.table("Per cent of pictures over all trials, padding included.", head, rows)
