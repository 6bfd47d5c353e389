# SPDX-License-Identifier: Apache-2.0
"""The section on sensitivity: what one flip does, by layer and tensor and by position in the value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

from host.report import html
from host.report.charts import Bar, bars, both_widths
from host.report.sensitivity import LEAST_FLIPS, LEAST_TRIALS, Effect, Sensitivity
from host.statistics import Interval

_TOO_LITTLE = "not enough data"
# More bars or pictures than this say nothing; the tables hold all.
_MOST_BARS, _MOST_TENSORS = 64, 4
_AXIS = "pictures that one flip makes critical or unanswered, %"

_METHOD = (
    "The effect of a flip is the mean of what a trial yields with the flip less what it yields without it, while all"
    " other bits flip at the rate. It is estimated without bias from the covariance of a trial's answers with its"
    " number of flips in the bits (Birnbaum 1969, Russo 1982, Glynn 1990; formulas in host/statistics/effects.py), with"
    " an interval over fault sets, the statistical unit. Where many bits flip, other flips have done part of the harm"
    " already, so an effect differs from that of the flip alone, which a walk tells exactly. Padding does nothing: how"
    " far its estimate lies from 0 shows what the others are worth."
)


def walk_section(found: Sensitivity) -> str:
    """What every single flip of a walk did, exactly."""
    whole = found.trials == found.of_trials
    note = (
        "Every physical bit was flipped by itself, so these are no estimates and have no intervals."
        if whole
        else f"{found.trials:,} of {found.of_trials:,} bits were walked, in order of store, code word and bit: means"
        " are over the bits walked, which are no sample of the others."
    )
    return html.paragraph(note) + _charts(found, "each flip by itself") + _tables(found)


def sweep_section(pooled: Sensitivity | None, found: Sequence[Sensitivity]) -> str:
    """What a flip does on average where few bits flip, and at each rate of a sweep."""
    if not found:
        return html.paragraph("No rate between 0 and 1 was run, so no effect of a flip can be estimated.")
    if pooled is None or not pooled.known:
        words = f"There is {_TOO_LITTLE} to tell the effect of a flip from 0: run more trials at low rates, or a walk."
        return html.paragraph(words) + html.paragraph(_METHOD, "soft") + _by_rate(found)
    low, high = f"{pooled.bers[0]:g}", f"{pooled.bers[-1]:g}"
    rates = f"at a bit error rate of {low}" if low == high else f"at bit error rates {low} … {high}"
    words = (
        f"Averaged over the rates at which at most a tenth of the answers have changed, {low} … {high}:"
        f" {pooled.trials:,} trials. Hollow bars are not told apart from 0."
    )
    if pooled.trials < pooled.of_trials:
        words += f" They are the first of each rate's trials, of {pooled.of_trials:,} in all."
    parts = [html.paragraph(words), _charts(pooled, rates), html.paragraph(_METHOD, "soft"), _tables(pooled)]
    return "".join([*parts, _by_rate(found)])


def _charts(found: Sensitivity, when: str) -> str:
    """Bars by layer and tensor, and by position for each of the first tensors."""
    layers = [*found.layers, *([found.padding] if found.padding else [])]
    parts = ["<h3>By layer and tensor</h3>", _chart(layers, f"by layer and tensor, {when}")]
    tensors = list(dict.fromkeys(one.tensor for one in found.positions))
    for tensor in tensors[:_MOST_TENSORS]:
        effects = [one for one in found.positions if one.tensor == tensor]
        what = f"by position in the value of {tensor}, {when}"
        parts += [f"<h3>{escape(f'By position: {tensor}')}</h3>", _chart(effects, what)]
    if len(tensors) > _MOST_TENSORS:
        parts.append(html.paragraph("Positions of the other tensors are in the table.", "soft"))
    return "".join(parts)


def _chart(effects: Sequence[Effect], what: str) -> str:
    """Bars of some effects, or of the largest where there are too many."""
    shown = sorted(effects, key=lambda one: -abs(one.changed.mean) if one.changed else 0.0)[:_MOST_BARS]
    kept = [one for one in effects if one in shown]
    lines = [Bar(label(one), _scaled(one.changed), _TOO_LITTLE) for one in kept]
    title = f"Bars: {_AXIS}, {what}; the table below has the numbers"
    cut = f" The {len(kept)} largest of {len(effects)}." if len(kept) < len(effects) else ""
    chart = both_widths(partial(bars, lines, title, _AXIS))
    return html.figure(chart, f"Share of pictures that one flip changes, {what}.{cut}")


def _tables(found: Sensitivity) -> str:
    everything = [one for one in (found.whole, *found.layers, *found.positions, found.padding) if one is not None]
    walk = not found.bers
    head = ["bits flipped", "bits", "walked" if walk else "flips seen", "answers changed, %", "accuracy lost, points"]
    rows = [
        [label(one), f"{one.bits:,}", f"{one.flips:,}", _words(one.changed), _words(one.loss)] for one in everything
    ]
    note = "" if walk else f" Fewer than {LEAST_TRIALS} trials or {LEAST_FLIPS} flips are not enough data."
    means = html.table(f"Mean effect of one flip{'' if walk else ', with its 95 % interval'}.{note}", head, rows)
    return means + html.details("Each layer by position", _heat(found))


def _heat(found: Sensitivity) -> str:
    """A table of layers and tensors by position for each of both quantities, shaded by value."""
    rows = list(dict.fromkeys((one.layer, one.tensor) for one in found.cells))
    positions = sorted({one.position for one in found.cells if one.position is not None})
    cells = {(one.layer, one.tensor, one.position): one for one in found.cells}
    parts = []
    for caption, pick in (
        ("Answers changed by one flip, %; columns are positions, 0 the least significant bit.", "changed"),
        ("Accuracy lost by one flip, percentage points.", "loss"),
    ):
        values = {key: getattr(one, pick) for key, one in cells.items()}
        most = max((abs(v.mean) for v in values.values() if v is not None), default=0.0) or 1.0
        words, shades = [], []
        for layer, tensor in rows:
            line = [values.get((layer, tensor, position), _NONE) for position in positions]
            words.append([f"{layer} {tensor}", *(_short(v) for v in line)])
            shades.append([max(0.0, v.mean) / most if isinstance(v, Interval) else 0.0 for v in line])
        parts.append(html.table(caption, ["layer, tensor", *(str(p) for p in positions)], words, shades))
    return "".join(parts)


# There is no such bit, which is not the same as no data.
_NONE = object()


def _short(value: object) -> str:
    if isinstance(value, Interval):
        sure = value.low == value.high or value.low > 0 or value.high < 0
        return f"{100 * value.mean:.2g}" + ("" if sure else "?")
    return "" if value is _NONE else "–"


def _by_rate(found: Sequence[Sensitivity]) -> str:
    """Effects over all bits, by layer and by position at every rate; what is known at none is left out."""
    columns = [[*([one.whole] if one.whole else []), *one.layers, *one.positions] for one in found]
    lines = [line for line in zip(*columns, strict=True) if any(effect.changed for effect in line)]
    rows = [[label(line[0]), *(_words(effect.changed, "–") for effect in line)] for line in lines]
    if not rows:
        return ""
    head = ["bits flipped", *(f"{one.bers[0]:g}" for one in found)]
    caption = f"Answers changed by one flip, %, by bit error rate, with 95 % intervals; – is {_TOO_LITTLE}."
    return html.details("At every rate", html.table(caption, head, rows))


def label(effect: Effect) -> str:
    """Which bits an effect is of."""
    if effect.tensor is None:
        return "all bits but padding"
    parts = [effect.layer or "", effect.tensor]
    if effect.position is not None:
        parts.append(str(effect.position))
    return " ".join(part for part in parts if part)


def _words(value: Interval | None, missing: str = _TOO_LITTLE) -> str:
    if value is None:
        return missing
    mean = f"{100 * value.mean:.3g}"
    return mean if value.low == value.high else f"{mean} ({100 * value.low:.2g} … {100 * value.high:.2g})"


def _scaled(value: Interval | None) -> Interval | None:
    """In per cent."""
    return None if value is None else Interval(100 * value.mean, 100 * value.low, 100 * value.high, value.n)
