# SPDX-License-Identifier: Apache-2.0
"""Histories in a beam: accuracy and events against time, over all histories of an upset rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from host.rates.durations import show_duration
from host.report.summary import INTERVALS
from host.report.table import percent, span
from host.statistics import Interval
from host.trials import TrialRow

#: Columns of the table, one line for each upset rate: at the end of the histories.
HEAD = (
    "upsets/bit/s",
    "histories",
    "upsets",
    "accuracy",
    "95 % interval",
    "lowest",
    "found wrong",
    "uncorrectable",
    "scrubbed",
    "corrected",
    "given up",
)
# Columns of a terminal that has no room for all, and the width from which on it has.
_NARROW = ("upsets/bit/s", "upsets", "accuracy", "95 % interval", "lowest", "found wrong", "uncorrectable")
_WIDE = 118


@dataclass(frozen=True)
class Moment:
    """The end of a slice, over all histories of an upset rate.

    Attributes
    ----------
    time_s
        Seconds since the histories began.
    accuracy
        Mean accuracy over histories, with its 95 % interval.
    upsets
        Mean upsets since then.
    corrected, uncorrectable
        Mean code words that the stores hold wrong, and that their codes can correct or not.
    scrubbed, scrub_corrected, scrub_uncorrectable
        What the scrubber has seen since then, mean.
    """

    time_s: float
    accuracy: Interval
    upsets: float
    corrected: float
    uncorrectable: float
    scrubbed: float
    scrub_corrected: float
    scrub_uncorrectable: float


@dataclass(frozen=True)
class Course:
    """What happens at one upset rate.

    Attributes
    ----------
    upset_rate
        Upsets per bit and second.
    histories
        Histories behind it.
    lowest
        Lowest accuracy of a slice of any of them.
    moments
        In order of time.
    """

    upset_rate: float
    histories: int
    lowest: float
    moments: tuple[Moment, ...]

    @property
    def end(self) -> Moment:
        """The last moment."""
        return self.moments[-1]


def courses(rows: Iterable[TrialRow], interval: str = "student") -> list[Course]:
    """The course at each upset rate.

    Parameters
    ----------
    rows
        Rows in order of points and slices; histories that are not whole count as far as they go.
    interval
        One of :data:`host.report.summary.INTERVALS`.
    """
    return [_course(list(group), interval) for _, group in groupby(rows, key=lambda row: row.point)]


def _course(rows: Sequence[TrialRow], interval: str) -> Course:
    upsets: dict[int, int] = {}
    at: dict[float, list[tuple[TrialRow, int]]] = {}
    for row in rows:
        assert row.history is not None and row.time_s is not None and row.upsets is not None, "no slice of a beam"
        upsets[row.history] = upsets.get(row.history, 0) + row.upsets
        at.setdefault(row.time_s, []).append((row, upsets[row.history]))
    rate = rows[0].upset_rate
    assert rate is not None
    moments = tuple(_moment(time_s, at[time_s], interval) for time_s in sorted(at))
    return Course(rate, len(upsets), min(row.accuracy for row in rows), moments)


def _moment(time_s: float, slices: Sequence[tuple[TrialRow, int]], interval: str) -> Moment:
    def mean(values: Iterable[float | None]) -> float:
        return sum(value or 0 for value in values) / len(slices)

    rows = [row for row, _ in slices]
    return Moment(
        time_s=time_s,
        accuracy=INTERVALS[interval]([row.accuracy for row in rows]),
        upsets=mean(count for _, count in slices),
        corrected=mean(row.corrected for row in rows),
        uncorrectable=mean(row.uncorrectable for row in rows),
        scrubbed=mean(row.scrubbed for row in rows),
        scrub_corrected=mean(row.scrub_corrected for row in rows),
        scrub_uncorrectable=mean(row.scrub_uncorrectable for row in rows),
    )


def cells(course: Course) -> list[str]:
    """The words of a course's line, by the columns of :data:`HEAD`."""
    end = course.end
    wrong = end.corrected + end.uncorrectable
    counts = (wrong, end.uncorrectable, end.scrubbed, end.scrub_corrected, end.scrub_uncorrectable)
    return [
        f"{course.upset_rate:g}",
        str(course.histories),
        f"{end.upsets:.4g}",
        percent(end.accuracy.mean),
        span(end.accuracy),
        percent(course.lowest),
        *(f"{count:.4g}" for count in counts),
    ]


def print_courses(console: Console, found: Sequence[Course], title: str) -> None:
    """Print the table."""
    wide = console.width >= _WIDE
    shown = [i for i, head in enumerate(HEAD) if wide or head in _NARROW]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1 if wide else 0, 0, 0))
    for i in shown:
        table.add_column(HEAD[i], justify="right", no_wrap=True)
    for course in found:
        line = cells(course)
        table.add_row(*(line[i] for i in shown))
    console.print(title, style="bold", soft_wrap=True)
    console.print(table)


def markdown_courses(found: Sequence[Course], title: str) -> str:
    """The table, and one of accuracy against time, as Markdown."""
    out = [f"# {title}", "", f"After {show_duration(found[0].end.time_s)}, means over histories.", ""]
    out += _lines(HEAD, [cells(course) for course in found])
    out += ["", "Accuracy at the end of each slice, per cent:", ""]
    times = [moment.time_s for moment in found[0].moments]
    rows = [
        [
            show_duration(time_s),
            *(percent(course.moments[i].accuracy.mean) for course in found if i < len(course.moments)),
        ]
        for i, time_s in enumerate(times)
    ]
    out += _lines(["after", *(f"{course.upset_rate:g} upsets/bit/s" for course in found)], rows)
    return "\n".join(out) + "\n"


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---:|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]
