# SPDX-License-Identifier: Apache-2.0
"""From rows to one summary a point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from host.statistics import (
    Interval,
    bootstrap_interval,
    student_interval,
    wilson_interval,
)
from host.trials import TrialRow

#: Kinds of interval for means over trials.
INTERVALS: dict[str, Callable[[list[float]], Interval]] = {
    "student": student_interval,
    "bootstrap": bootstrap_interval,
}

#: What can happen to a picture.
OUTCOMES = ("masked", "tolerated", "critical", "unanswered")


@dataclass(frozen=True)
class PointSummary:
    """All trials of one bit error rate.

    Attributes
    ----------
    ber
        The rate asked for.
    trials
        Trials behind the estimates.
    flips
        Mean flips of a trial.
    accuracy
        Mean accuracy over trials, with its 95 % interval.
    shares
        Mean share of pictures of each of :data:`OUTCOMES` over trials, with its interval.
    hangs
        Share of trials that hung, with Wilson's interval.
    cycle_limits
        Trials that the clock-cycle limit ended: a defect of the design.
    """

    ber: float
    trials: int
    flips: float
    accuracy: Interval
    shares: dict[str, Interval]
    hangs: Interval
    cycle_limits: int


def summarise(rows: Iterable[TrialRow], interval: str = "student") -> list[PointSummary]:
    """Summaries of all points of a sweep.

    Parameters
    ----------
    rows
        Rows in order of points.
    interval
        One of :data:`INTERVALS`.
    """
    return [_point(list(group), INTERVALS[interval]) for _, group in groupby(rows, key=lambda row: row.point)]


def _point(rows: list[TrialRow], interval: Callable[[list[float]], Interval]) -> PointSummary:
    ber = rows[0].ber
    assert ber is not None, "rows of a walk or a list have no rate: see host.report.places"
    return PointSummary(
        ber=ber,
        trials=len(rows),
        flips=sum(row.flips for row in rows) / len(rows),
        accuracy=interval([row.accuracy for row in rows]),
        shares={name: interval([getattr(row, name) / row.pictures for row in rows]) for name in OUTCOMES},
        hangs=wilson_interval(sum(row.status == "HANG" for row in rows), len(rows)),
        cycle_limits=sum(row.status == "CYCLE_LIMIT" for row in rows),
    )
