# SPDX-License-Identifier: Apache-2.0
"""Two or more sweeps side by side: which may be, how they are called, and at which rate each has lost what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from host.image import MemoryImage
from host.report.charts import Series
from host.report.run_data import Run, find_image
from host.report.summary import PointSummary, summarise
from host.report.verdict import DROPS, count_words, falls
from host.statistics import Crossing


class CompareError(Exception):
    """Runs that cannot be shown side by side. The text is one sentence for the user."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One sweep of a comparison.

    Attributes
    ----------
    name
        What tells it from the others; it always names the stores.
    run
        The run.
    points
        Its rates above 0.
    used_bits
        Physical bits that the golden network uses: those that are not padding. None where the network is not at hand.
    """

    name: str
    run: Run
    points: tuple[PointSummary, ...]
    used_bits: int | None

    def series(self, factor: float = 1.0) -> Series:
        """The curve over rates times a factor."""
        rates = tuple(factor * p.ber for p in self.points)
        return Series(self.name, rates, tuple(p.accuracy for p in self.points), self.run.golden)


@dataclass(frozen=True)
class Fall:
    """Where one curve has lost some points of its own fault-free accuracy.

    Attributes
    ----------
    curve
        Which.
    drop
        Percentage points.
    at
        Bit error rate, with the interval from the band.
    """

    curve: Curve
    drop: int
    at: Crossing


@dataclass(frozen=True, eq=False)
class Comparison:
    """Sweeps side by side.

    Attributes
    ----------
    curves
        In the order given.
    falls
        For each curve, one for each of :data:`host.report.verdict.DROPS`.
    notes
        What a reader must know, a sentence each.
    """

    curves: tuple[Curve, ...]
    falls: tuple[Fall, ...]
    notes: tuple[str, ...]


def compare(runs: Sequence[Run], interval: str = "student") -> Comparison:
    """Put sweeps side by side.

    Parameters
    ----------
    runs
        Two or more.
    interval
        One of :data:`host.report.summary.INTERVALS`.

    Raises
    ------
    CompareError
        If one is no sweep or has no rate above 0, or their test sets differ.
    """
    if len(runs) < 2:
        raise CompareError("one run is no comparison: give two or more run folders")
    _require_same_pictures(runs)
    notes, curves = [], []
    for name, run in zip(_names(runs), runs, strict=True):
        summaries = summarise(run.rows(), interval)
        points = tuple(p for p in summaries if p.ber > 0)
        if not points:
            raise CompareError(f"run {run.name} has no trial at a rate above 0: give runs with some")
        done = sum(p.trials for p in summaries)
        if run.planned is not None and done < run.planned:
            notes.append(f"Run {run.name} is not complete: {done:,} of {run.planned:,} trials.")
        image, why = find_image(run)
        if image is None:
            notes.append(f"Padding of {name} is not known. {why}")
        curves.append(Curve(name, run, points, None if image is None else run.store_bits - _padding(run, image)))
    if len({run.text("test_set_digest") for run in runs}) > 1:
        notes.append(
            "The networks take their pictures in forms of their own, so the digests of the test sets differ: that they"
            " are the same pictures rests on name and number alone."
        )
    return Comparison(tuple(curves), _falls(curves), tuple(notes))


def _padding(run: Run, image: MemoryImage) -> int:
    """Padding bits of the chosen stores."""
    return sum(int(np.bitwise_count(image.layout.padding_mask(store)).sum()) for store in run.store_ids)


def _falls(curves: Sequence[Curve]) -> tuple[Fall, ...]:
    found = []
    for curve in curves:
        for drop in DROPS:
            at = falls(curve.points, curve.run.golden, drop)
            assert at is not None, "every curve has a rate above 0"
            found.append(Fall(curve, drop, at))
    return tuple(found)


def _require_same_pictures(runs: Sequence[Run]) -> None:
    """Refuse what is no sweep, and test sets that cannot be the same."""
    first = runs[0]
    for run in runs:
        if run.inject != "sweep":
            raise CompareError(f"run {run.name} is a {run.inject}, which has no rates: give runs of --inject sweep")
        for setting, what in (("test_set", "test set"), ("images", "number of pictures")):
            if run.text(setting) != first.text(setting):
                raise CompareError(
                    f"runs {first.name} and {run.name} differ in their {what} ({first.text(setting)} and"
                    f" {run.text(setting)}), so their accuracies cannot be compared: run both on the same pictures"
                )
    digests: dict[str, tuple[str, str]] = {}
    for run in runs:
        image, pictures = run.text("image_digest"), run.text("test_set_digest")
        other, name = digests.setdefault(image, (pictures, run.name))
        if other != pictures:
            raise CompareError(
                f"runs {name} and {run.name} have the same network, but the pictures under their test set's name differ"
                f" (digests {other} and {pictures}): run both with the same version of the test set"
            )


def _names(runs: Sequence[Run]) -> list[str]:
    """Network and stores; what else differs where that does not tell runs apart."""
    parts: list[Callable[[Run], str]] = [
        lambda run: f"{run.network} {'+'.join(run.stores)}",
        lambda run: f"on {run.text('board')}",
        lambda run: f"({run.name})",
    ]
    names = [parts[0](run) for run in runs]
    for more in parts[1:]:
        count = Counter(names)
        extended = [f"{name} {more(run)}" if count[name] > 1 else name for name, run in zip(names, runs, strict=True)]
        # what is the same for all of one name tells nothing
        names = extended if len(set(extended)) > len(set(names)) else names
    count = Counter(names)
    return [f"{name}, {i + 1}" if count[name] > 1 else name for i, name in enumerate(names)]


def rates_of(fall: Fall) -> tuple[float, float]:
    """First and last rate of a fall's curve."""
    return fall.curve.points[0].ber, fall.curve.points[-1].ber


def at_words(fall: Fall, factor: float = 1.0) -> str:
    """Where it is, as a rate or (times the bits) as a number of flips; in words where it was not reached."""
    if fall.at.rate == 0.0:
        return "before the first rate"
    return "not reached" if fall.at.rate == float("inf") else _rounded(fall.at.rate, factor)


def interval_words(fall: Fall, factor: float = 1.0) -> str:
    """Its interval, open where an edge of the band does not reach the level."""
    first, last = rates_of(fall)
    low = f"< {_rounded(first, factor)}" if fall.at.low == 0.0 else _bounded(fall.at.low, last, factor)
    high = f"< {_rounded(first, factor)}" if fall.at.high == 0.0 else _bounded(fall.at.high, last, factor)
    return low if low == high else f"{low} … {high}"


def _bounded(rate: float, last: float, factor: float) -> str:
    return f"> {_rounded(last, factor)}" if rate == float("inf") else _rounded(rate, factor)


def _rounded(rate: float, factor: float) -> str:
    return f"{rate:.3g}" if factor == 1.0 else count_words(factor * rate)


def sentence(found: Comparison, drop: int = 5) -> str:
    """The comparison in one sentence, in order of the rates."""
    chosen = sorted((fall for fall in found.falls if fall.drop == drop), key=lambda fall: -fall.at.rate)
    by_rate = ", ".join(f"{at_words(fall)} ({fall.curve.name})" for fall in chosen)
    flips = sorted(chosen, key=lambda fall: -fall.at.rate * fall.curve.run.store_bits)
    by_flips = ", ".join(f"{at_words(fall, fall.curve.run.store_bits)} ({fall.curve.name})" for fall in flips)
    return (
        f"{drop} points of their own fault-free accuracy are lost at these bit error rates: {by_rate}; counted in"
        f" expected flips: {by_flips}."
    )
