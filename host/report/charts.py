# SPDX-License-Identifier: Apache-2.0
"""The charts of the pages: curves with bands, the outcome mix, bars with intervals. Each for a given width.

A page holds each chart twice, for wide and for narrow screens, so that its text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from host.report.summary import OUTCOMES, PointSummary
from host.report.svg import (
    BOLD,
    CHARACTER,
    LINE,
    Scale,
    box,
    drawing,
    element,
    line,
    marker,
    polyline,
    power,
    spread,
    text,
)
from host.statistics import Interval

#: Widths that the page chooses from by its own.
WIDE, NARROW = 760, 360
# Letters of a label; longer ones are cut.
_MOST_LETTERS = 36
#: Words of the outcomes.
OUTCOME_NAMES = {name: name if name != "unanswered" else "no answer" for name in OUTCOMES}


@dataclass(frozen=True)
class Series:
    """One curve.

    Attributes
    ----------
    name
        Its label.
    rates
        Places on the axis, ascending, above 0.
    values
        The curve with its band.
    golden
        Its value without faults; None where it has no single one.
    """

    name: str
    rates: tuple[float, ...]
    values: tuple[Interval, ...]
    golden: float | None


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value and interval, and a remark in place of them where there is none."""

    name: str
    value: Interval | None
    remark: str = ""


def both_widths(draw: Callable[[int, str], str]) -> str:
    """A chart for wide and narrow screens; ``draw`` takes the width and the class."""
    return draw(WIDE, "wide") + draw(NARROW, "narrow")


def curves(series: Sequence[Series], title: str, axis: str, width: int, class_: str, bits: int | None = None) -> str:
    """Accuracy of one or more runs versus a rate on a logarithmic axis, with 95 % bands.

    Parameters
    ----------
    series
        At least one, each with at least one point.
    title
        Text alternative.
    axis
        What the rate is.
    width, class_
        Of the picture.
    bits
        Physical bits behind the rate: a second axis shows the flips expected. None for no second axis.
    """
    wide = width >= WIDE
    letters = min(max(len(one.name) for one in series), _MOST_LETTERS)
    label_room = 12 + BOLD * letters if wide and len(series) > 1 else 8
    legend = 0 if wide or len(series) == 1 else LINE * len(series) + 6
    top = legend + (42 if bits else 12)
    height = top + (300 if wide else 230) + 44
    x = Scale(*_ends([r for one in series for r in one.rates]), 46, width - label_room, log=True)
    # room above 100 % for the words on the golden line
    y = Scale(0.0, 1.07, height - 44, top)
    parts = [_frame(x, y, width), text((x.start + x.end) / 2, height - 6, axis, "middle", "axis")]
    parts += [_flip_axis(x, top, bits)] if bits else []
    ends = spread([y(one.values[-1].mean) for one in series], LINE, top + 4, height - 46)
    for i, one in enumerate(series):
        parts.append(_curve(i, one, x, y, alone=len(series) == 1))
        if len(series) > 1 and wide:
            last = x(one.rates[-1]), y(one.values[-1].mean)
            parts.append(polyline([last, (x.end + 2, ends[i]), (x.end + 6, ends[i])], f"leader s{i % 6}"))
            parts.append(text(x.end + 8, ends[i] + 4, _cut(one.name, _MOST_LETTERS), class_=f"label f{i % 6}"))
        elif len(series) > 1:
            at = 10 + LINE * i
            parts += [line(4, at, 28, at, f"line s{i % 6}"), marker(i, 16, at, f"dot s{i % 6} f{i % 6}")]
            parts.append(text(34, at + 4, _cut(one.name, _MOST_LETTERS), class_="label"))
    return drawing(width, height, title, "".join(parts), class_)


def courses(series: Sequence[Series], title: str, axis: str, width: int, class_: str) -> str:
    """Accuracy of one or more series versus time on a linear axis from 0 on, with 95 % bands.

    Parameters
    ----------
    series
        At least one, each with at least one point.
    title
        Text alternative.
    axis
        What the times are, with their unit.
    width, class_
        Of the picture.
    """
    wide = width >= WIDE
    # names stand above the chart, from its left to its right
    letters = int((width - 34 - 4) / BOLD)
    top = LINE * len(series) + 12
    height = top + (300 if wide else 230) + 44
    x = Scale(0.0, max(one.rates[-1] for one in series), 46, width - 14)
    y = Scale(0.0, 1.07, height - 44, top)
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(line(x.start, y(share), x.end, y(share), "grid"))
        parts.append(text(x.start - 6, y(share) + 4, f"{100 * share:.0f} %", "end"))
    for tick in x.ticks(6 if wide else 3):
        parts += [line(x(tick), y.start, x(tick), y.end, "grid")]
        parts += [text(x(tick), y.start + 18, f"{tick:.3g}", "middle")]
    parts.append(text((x.start + x.end) / 2, height - 6, axis, "middle", "axis"))
    for i, one in enumerate(series):
        parts.append(_curve(i, one, x, y, alone=False))
        at = 10 + LINE * i
        parts += [line(4, at, 28, at, f"line s{i % 6}"), marker(i, 16, at, f"dot s{i % 6} f{i % 6}")]
        parts.append(text(34, at + 4, _cut(one.name, letters), class_="label"))
    return drawing(width, height, title, "".join(parts), class_)


def _ends(rates: Sequence[float]) -> tuple[float, float]:
    """Ends of a logarithmic axis with some room at both."""
    low, high = min(rates), max(rates)
    return (low / 1.25, high * 1.25) if high > low else (low / 10, high * 10)


def _frame(x: Scale, y: Scale, width: int) -> str:
    """Grid and numbers of a rate and a share."""
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(line(x.start, y(share), x.end, y(share), "grid"))
        parts.append(text(x.start - 6, y(share) + 4, f"{100 * share:.0f} %", "end"))
    for exponent in x.decades():
        at = x(10.0**exponent)
        parts += [line(at, y.start, at, y.end, "grid"), text(at, y.start + 18, power(exponent), "middle")]
    if len(x.decades()) < 2:
        parts += [text(x(rate), y.start + 18, f"{rate:.2g}", anchor) for rate, anchor in _plain_ends(x)]
    return "".join(parts)


def _plain_ends(x: Scale) -> list[tuple[float, str]]:
    """Numbers for an axis that holds no two powers of ten."""
    inside = [x.low * 1.02, x.high / 1.02]
    kept = zip(inside, ("start", "end"), strict=True)
    return [(r, a) for r, a in kept if all(abs(x(r) - x(10.0**e)) > 40 for e in x.decades())]


def _flip_axis(x: Scale, top: float, bits: int) -> str:
    flips = Scale(x.low * bits, x.high * bits, x.start, x.end, log=True)
    parts = [text((x.start + x.end) / 2, 13, f"expected flips in {bits:,} bits", "middle", "axis")]
    for exponent in flips.decades():
        at = flips(10.0**exponent)
        parts += [line(at, top - 5, at, top, "tick"), text(at, top - 10, power(exponent), "middle")]
    return "".join(parts)


def _curve(i: int, one: Series, x: Scale, y: Scale, *, alone: bool) -> str:
    colour = f"s{i % 6}"
    places = [x(rate) for rate in one.rates]
    parts = []
    if one.golden is not None:
        parts.append(line(x.start, y(one.golden), x.end, y(one.golden), f"golden {colour}"))
    if alone and one.golden is not None:
        words = f"without faults {100 * one.golden:.1f} %"
        parts.append(text(x.end - 4, y(one.golden) - 6, words, "end", "note"))
    edge = [(a, y(v.high)) for a, v in zip(places, one.values, strict=True)]
    edge += [(a, y(v.low)) for a, v in reversed(list(zip(places, one.values, strict=True)))]
    parts.append(polyline(edge, f"band f{i % 6}", closed=True))
    for a, v in zip(places, one.values, strict=True):
        parts.append(line(a, y(v.low), a, y(v.high), f"whisker {colour}"))
    parts.append(polyline([(a, y(v.mean)) for a, v in zip(places, one.values, strict=True)], f"line {colour} d{i % 4}"))
    parts += [marker(i, a, y(v.mean), f"dot {colour} f{i % 6}") for a, v in zip(places, one.values, strict=True)]
    return "".join(parts)


def outcome_mix(points: Sequence[PointSummary], title: str, width: int, class_: str) -> str:
    """Stacked bars of the shares of the outcomes, one bar a rate; the four have patterns of their own."""
    key = LINE + 12
    height = key + 240 + 44
    y = Scale(0.0, 1.0, height - 44, key)
    left, right = 46.0, width - 8.0
    step = (right - left) / len(points)
    parts = [_patterns(class_), _key(width, class_)]
    for share in (0.0, 0.5, 1.0):
        parts.append(line(left, y(share), right, y(share), "grid"))
        parts.append(text(left - 6, y(share) + 4, f"{100 * share:.0f} %", "end"))
    longest = max(len(f"{p.ber:g}") for p in points)
    every = math.ceil((CHARACTER * longest + 6) / step)
    for i, point in enumerate(points):
        bar, base = left + step * (i + 0.5), 0.0
        for name in OUTCOMES:
            share = point.shares[name].mean
            if share > 0:
                top = y(base + share)
                parts.append(_filled(name, class_, bar - 0.39 * step, top, 0.78 * step, y(base) - top))
            base += share
        if i % every == 0:
            parts.append(text(bar, height - 26, f"{point.ber:g}", "middle"))
    parts.append(text((left + right) / 2, height - 6, "bit error rate", "middle", "axis"))
    return drawing(width, height, title, "".join(parts), class_)


def _filled(name: str, prefix: str, x: float, y: float, width: float, height: float) -> str:
    """A box in the colour of an outcome with its pattern on it."""
    plain = box(x, y, width, height, f"o-{name}")
    return plain if name == "masked" else plain + box(x, y, width, height, "outline", fill=f"url(#{prefix}-{name})")


def _key(width: int, class_: str) -> str:
    parts, at = [], 6.0
    for name in OUTCOMES:
        words = OUTCOME_NAMES[name]
        parts.append(_filled(name, class_, at, 3, 14, 13))
        parts.append(text(at + 19, 14, words))
        at += (width - 12) / 4 if width < WIDE else 24 + 19 + CHARACTER * len(words)
    return "".join(parts)


def _patterns(prefix: str) -> str:
    """Dots, stripes and a lattice; the plain colour is the fourth."""
    size = {"width": 10, "height": 10, "patternUnits": "userSpaceOnUse"}
    marks = {
        "tolerated": element("circle", cx=5, cy=5, r=1.3, class_="dotted"),
        "critical": element("path", d="M-2 2 L2 -2 M0 10 L10 0 M8 12 L12 8", class_="hatch"),
        "unanswered": element("path", d="M0 5 H10 M5 0 V10", class_="hatch"),
    }
    return element("defs", "".join(element("pattern", mark, id=f"{prefix}-{n}", **size) for n, mark in marks.items()))


def bars(rows: Sequence[Bar], title: str, axis: str, width: int, class_: str) -> str:
    """Horizontal bars with intervals.

    Parameters
    ----------
    rows
        At least one.
    title
        Text alternative.
    axis
        What the values are.
    width, class_
        Of the picture.
    """
    known = [row.value for row in rows if row.value is not None]
    low = min([0.0, *(v.low for v in known)])
    high = max([0.0, *(v.high for v in known)])
    if high == low:
        high = low + 1.0
    letters = min(max(len(row.name) for row in rows), _MOST_LETTERS if width >= WIDE else _MOST_LETTERS // 2)
    left = 12 + CHARACTER * letters
    height = 10 + 24 * len(rows) + 44
    x = Scale(low, high, left, width - 14)
    parts = []
    for tick in x.ticks(6 if width >= WIDE else 3):
        parts += [line(x(tick), 6, x(tick), height - 40, "grid"), text(x(tick), height - 24, f"{tick:.3g}", "middle")]
    for i, row in enumerate(rows):
        middle = 10 + 24 * i + 12.0
        parts.append(text(left - 8, middle + 4, _cut(row.name, letters), "end"))
        if row.value is None:
            parts.append(text(x(0.0) + 6, middle + 4, row.remark, class_="note"))
            continue
        ends = sorted((x(0.0), x(row.value.mean)))
        sure = row.value.low > 0 or row.value.high < 0 or row.value.low == row.value.high
        parts.append(box(ends[0], middle - 8, max(ends[1] - ends[0], 0.5), 16, "bar" if sure else "bar unsure"))
        if row.value.high > row.value.low:
            a, b = x(row.value.low), x(row.value.high)
            parts += [line(a, middle, b, middle, "whisker ink")]
            parts += [line(end, middle - 4, end, middle + 4, "whisker ink") for end in (a, b)]
    parts.append(line(x(0.0), 6, x(0.0), height - 40, "tick"))
    parts.append(text((x.start + x.end) / 2 if width >= WIDE else width / 2, height - 5, axis, "middle", "axis"))
    return drawing(width, height, title, "".join(parts), class_)


def _cut(name: str, most: int) -> str:
    """A label of so many letters at most."""
    return name if len(name) <= most else name[: most - 1] + "…"
