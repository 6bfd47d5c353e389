# SPDX-License-Identifier: Apache-2.0
"""Histories in a beam: accuracy and events against time, over all histories of an upset rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table

from host.rates.durations import UNITS, show_duration
from host.regmap import Protection
from host.report.charts import Series
from host.report.run_data import Run
from host.report.summary import INTERVALS
from host.report.table import percent, span, star_notes
from host.statistics import Interval
from host.trials import TrialRow

#: Columns of the table, one line for each upset rate: at the last moment that all rates have reached.
HEAD = (
    "upsets/bit/s",
    "histories",
    "upsets",
    "accuracy",
    "95 % interval",
    "lowest",
    "wrong words",
    "found wrong",
    "uncorrectable",
    "scrubbed",
    "corrected",
    "given up",
)
# Columns of a terminal that has no room for all, and the width from which on it has.
_NARROW = ("upsets/bit/s", "upsets", "accuracy", "95 % interval", "lowest", "wrong words", "uncorrectable")
_WIDE = 140

#: What the counts of code words mean.
COUNTED = (
    "Wrong words: code words that are read with other data than without faults, whether their code says so or not."
    " Found wrong: those of which their code says that bits of them are, corrected when read or not; uncorrectable:"
    " those that it says it cannot correct, which three copies never do. A dash: no store in the beam has a code."
)


@dataclass(frozen=True)
class Moment:
    """The end of a slice, over all histories of an upset rate that have reached it.

    Attributes
    ----------
    time_s
        Seconds since the histories began.
    histories
        Histories behind the means.
    accuracy
        Mean accuracy over histories, with its 95 % interval.
    lowest
        Lowest accuracy of this slice.
    upsets
        Mean upsets since then.
    wrong
        Mean code words that are read with other data than the golden ones.
    corrected, uncorrectable
        Mean code words that the stores hold wrong, and that their codes can correct or not.
    scrubbed, scrub_corrected, scrub_uncorrectable
        What the scrubber has seen since then, mean.
    """

    time_s: float
    histories: int
    accuracy: Interval
    lowest: float
    upsets: float
    wrong: float
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
    moments
        In order of time.
    """

    upset_rate: float
    moments: tuple[Moment, ...]

    @property
    def end(self) -> Moment:
        """The last moment."""
        return self.moments[-1]

    @property
    def lowest(self) -> float:
        """Lowest accuracy of a slice of any history."""
        return min(moment.lowest for moment in self.moments)


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


def until_all(found: Sequence[Course]) -> list[Course]:
    """The courses up to the last moment that all of them have reached, so that they can be compared at their ends."""
    times = [{moment.time_s for moment in course.moments} for course in found]
    last = max(set.intersection(*times)) if times else 0.0
    return [replace(one, moments=tuple(m for m in one.moments if m.time_s <= last)) for one in found]


def _course(rows: Sequence[TrialRow], interval: str) -> Course:
    upsets: dict[int, int] = {}
    at: dict[float, list[tuple[TrialRow, int]]] = {}
    for row in rows:
        assert row.history is not None and row.time_s is not None and row.upsets is not None, "no slice of a beam"
        upsets[row.history] = upsets.get(row.history, 0) + row.upsets
        at.setdefault(row.time_s, []).append((row, upsets[row.history]))
    rate = rows[0].upset_rate
    assert rate is not None
    return Course(rate, tuple(_moment(time_s, at[time_s], interval) for time_s in sorted(at)))


def _moment(time_s: float, slices: Sequence[tuple[TrialRow, int]], interval: str) -> Moment:
    def mean(values: Iterable[float | None]) -> float:
        return sum(value or 0 for value in values) / len(slices)

    rows = [row for row, _ in slices]
    return Moment(
        time_s=time_s,
        histories=len(rows),
        accuracy=INTERVALS[interval]([row.accuracy for row in rows]),
        lowest=min(row.accuracy for row in rows),
        upsets=mean(count for _, count in slices),
        wrong=mean(row.wrong for row in rows),
        corrected=mean(row.corrected for row in rows),
        uncorrectable=mean(row.uncorrectable for row in rows),
        scrubbed=mean(row.scrubbed for row in rows),
        scrub_corrected=mean(row.scrub_corrected for row in rows),
        scrub_uncorrectable=mean(row.scrub_uncorrectable for row in rows),
    )


def course_series(run: Run, course: Course, name: str, unit: str) -> Series:
    """Accuracy over time in a unit of :data:`host.rates.durations.UNITS`; no golden line where pictures vary."""
    return Series(
        name,
        tuple(moment.time_s / UNITS[unit] for moment in course.moments),
        tuple(moment.accuracy for moment in course.moments),
        run.golden if run.slice_pictures is None else None,
    )


def cells(course: Course, run: Run | None = None) -> list[str]:
    """The words of a course's line, by the columns of :data:`HEAD`; of a run whose settings say what has a code."""
    end = course.end
    return [
        f"{course.upset_rate:g}",
        str(end.histories),
        f"{end.upsets:.4g}",
        percent(end.accuracy.mean),
        span(end.accuracy),
        percent(course.lowest),
        *wrong_cells(end, run),
        *(f"{count:.4g}" for count in (end.scrubbed, end.scrub_corrected, end.scrub_uncorrectable)),
    ]


def wrong_cells(moment: Moment, run: Run | None) -> list[str]:
    """Words that are wrong, and what codes say of them; a dash where no store in the beam has a code."""
    wrong = f"{moment.wrong:.4g}"
    if run is not None and run.codes <= {Protection.NONE}:
        return [wrong, "–", "–"]
    return [wrong, f"{moment.corrected + moment.uncorrectable:.4g}", f"{moment.uncorrectable:.4g}"]


def beam_notes(found: Sequence[Course], run: Run | None) -> list[str]:
    """What a reader must know about the numbers at the ends of the courses, a sentence each."""
    lines = star_notes([course.end.accuracy for course in found], "histories of the rate")
    if run is not None:
        lines += slice_notes(run)
    return lines


def slice_notes(run: Run) -> list[str]:
    """What a slice of a run is, where that is not what one would think, a sentence each."""
    lines = []
    if run.slice_pictures is not None:
        lines.append(
            f"Each slice runs {run.slice_pictures} of {run.pictures} pictures, the next slice the next ones, so"
            " accuracy moves with the pictures, too: it is not to be compared with the accuracy of all pictures."
        )
    if run.settings.get("any_cycle"):
        lines.append("Upsets come while the pictures run; wrong words are those before the slice.")
    return lines


def print_courses(console: Console, found: Sequence[Course], title: str, run: Run | None = None) -> None:
    """Print the table; with the run, what its settings say of the numbers, too."""
    found = until_all(found)
    wide = console.width >= _WIDE
    shown = [i for i, head in enumerate(HEAD) if wide or head in _NARROW]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1 if wide else 0, 0, 0))
    for i in shown:
        table.add_column(HEAD[i], justify="right", no_wrap=True)
    for course in found:
        line = cells(course, run)
        table.add_row(*(line[i] for i in shown))
    console.print(title, style="bold", soft_wrap=True)
    if found:
        console.print(f"{_when(found)}:", highlight=False)
    console.print(table)
    for note in beam_notes(found, run):
        console.print(note, highlight=False, soft_wrap=True)


def markdown_courses(found: Sequence[Course], title: str, run: Run | None = None) -> str:
    """The table, and one of accuracy against time, as Markdown; with the run, what its settings say of the numbers."""
    ends = until_all(found)
    out = [f"# {title}", "", f"{_when(ends)}. {COUNTED}", ""]
    out += _lines(HEAD, [cells(course, run) for course in ends])
    for note in beam_notes(ends, run):
        out += ["", note]
    out += ["", "Accuracy at the end of each slice, per cent:", ""]
    at = [{moment.time_s: percent(moment.accuracy.mean) for moment in course.moments} for course in found]
    times = sorted({time_s for means in at for time_s in means})
    rows = [[show_duration(time_s), *(means.get(time_s, "–") for means in at)] for time_s in times]
    out += _lines(["after", *(f"{course.upset_rate:g} upsets/bit/s" for course in found)], rows)
    return "\n".join(out) + "\n"


def _when(found: Sequence[Course]) -> str:
    return f"After {show_duration(found[0].end.time_s)}, means over histories"


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---:|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]
