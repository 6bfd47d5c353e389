# SPDX-License-Identifier: Apache-2.0
"""A run in one sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from host.rates.durations import show_duration
from host.report.exposure import Course
from host.report.run_data import Run
from host.report.sensitivity import Sensitivity
from host.report.summary import PointSummary
from host.report.table import percent
from host.statistics import Crossing, Interval, crossing

#: Percentage points whose loss is told.
DROPS = (1, 5, 10)


def falls(points: Sequence[PointSummary], golden: float, drop: float) -> Crossing | None:
    """The rate at which accuracy has fallen by ``drop`` percentage points; None without a rate above 0."""
    shown = [p for p in points if p.ber > 0]
    if not shown:
        return None
    mean, low, high = ([getattr(p.accuracy, end) for p in shown] for end in ("mean", "low", "high"))
    return crossing([p.ber for p in shown], mean, low, high, golden - drop / 100)


def rate_words(rate: float, first: float, last: float) -> str:
    """A rate of a crossing in words, where the run had rates from ``first`` to ``last``."""
    if rate == 0.0:
        return f"< {first:.3g}"
    return f"> {last:.3g}" if math.isinf(rate) else f"{rate:.3g}"


def span_words(found: Crossing, first: float, last: float) -> str:
    """The interval of a crossing in words."""
    return f"{rate_words(found.low, first, last)} … {rate_words(found.high, first, last)}"


def sweep_verdict(run: Run, points: Sequence[PointSummary], drop: int = 5) -> str:
    """At which rate a sweep has lost some points of its accuracy."""
    faultless = f"its fault-free {percent(run.golden)} %"
    where = f"flips in {listed(run.stores)} of {run.network}"
    found = falls(points, run.golden, drop)
    if found is None:
        trials = sum(p.trials for p in points)
        done = f"{trials} trial{'' if trials == 1 else 's'}" if trials else "no trial"
        return f"No rate above 0 was run ({done}), so nothing is known of {where}; accuracy is {faultless[4:]}."
    rates = [p.ber for p in points if p.ber > 0]
    worst = next(p for p in points if p.ber == rates[-1])
    if math.isinf(found.rate):
        end = f"still {percent(worst.accuracy.mean)} % at a bit error rate of {rates[-1]:g}, the highest that was run"
        return f"With {where}, accuracy stays within {drop} points of {faultless} at every rate that was run: {end}."
    if found.rate == 0.0:
        first = next(p for p in points if p.ber > 0)
        start = f"it is {percent(first.accuracy.mean)} % at {rates[0]:g}"
        return f"With {where}, accuracy is over {drop} points below {faultless} at the lowest rate already: {start}."
    flips = found.rate * run.store_bits
    return (
        f"With {where}, accuracy is {drop} points below {faultless} at a bit error rate of {found.rate:.3g}"
        f" (95 % band: {span_words(found, rates[0], rates[-1])}), about {count_words(flips)} flips in"
        f" {run.store_bits:,} bits."
    )


def walk_verdict(run: Run, found: Sensitivity | None, trials: int, mean: Interval | None) -> str:
    """What single flips do."""
    if not trials or mean is None:
        return "No trial is stored yet."
    start = f"One flip at a time in {listed(run.stores)} of {run.network}"
    walked = f"{trials:,} of {run.store_bits:,} bits walked"
    if found is None or found.whole is None or found.whole.changed is None or found.whole.loss is None:
        return f"{start} costs {points_words(mean.mean)} of accuracy on average ({walked}, padding included)."
    known = [effect for effect in found.cells if effect.changed is not None]
    worst = max(known, key=lambda effect: effect.changed.mean if effect.changed else 0.0)
    hurt = "" if worst.changed is None else f", most in {worst.tensor} of {worst.layer}, position {worst.position}"
    much = "" if worst.changed is None else f" ({percent(worst.changed.mean)} %)"
    return (
        f"{start} changes {percent(found.whole.changed.mean)} % of the answers and costs"
        f" {points_words(found.whole.loss.mean)} of accuracy on average{hurt}{much}; {walked}."
    )


def list_verdict(run: Run, trials: int, mean: Interval | None) -> str:
    """What the fault sets of a list do, on average."""
    if mean is None:
        return "No trial is stored yet."
    return (
        f"With {trials:,} fault sets of a list in {run.network}, accuracy is {percent(mean.mean)} % on average;"
        f" without faults it is {percent(run.golden)} %."
    )


def beam_verdict(run: Run, found: Sequence[Course]) -> str:
    """What is left at the end of the histories, which is the same moment at every rate."""
    words = [f"{percent(one.end.accuracy.mean)} % at {one.upset_rate:g} upsets per bit and second" for one in found]
    # pictures that vary from slice to slice have no one accuracy without faults
    golden = f"; without faults it is {percent(run.golden)} %" if run.slice_pictures is None else ""
    kept = ", ".join(json.loads(run.text("protect", "[]")))
    interval = run.settings.get("scrub_interval")
    scrubbed = "no scrubber" if interval is None else f"a scrub every {show_duration(float(interval))}"
    return (
        f"After {show_duration(found[0].end.time_s)} with protection {kept} and {scrubbed}, accuracy of {run.network}"
        f" is {listed(words)}{golden}."
    )


def listed(names: Sequence[str]) -> str:
    """Names as one speaks them."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def count_words(count: float) -> str:
    """A number of flips with about three digits."""
    return f"{count:,.0f}" if count >= 100 else f"{count:.3g}"


def points_words(loss: float) -> str:
    """A loss of accuracy in percentage points."""
    return f"{100 * loss:.3g} points"
