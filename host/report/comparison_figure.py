# SPDX-License-Identifier: Apache-2.0
"""Sweeps side by side as one picture with two views: equal bit error rate, and equal expected flips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from host.report.charts import Series
from host.report.comparison import Comparison
from host.report.figures import STYLE
from host.report.svg import spread

# Okabe and Ito's set for colour-blind readers ("Color universal design", 2008), darkened for labels on white.
_COLOURS = ("#0062a3", "#b04a00", "#00704f", "#8d3b73", "#1b1f24", "#7a6000")
_MARKERS, _DASHES = ("o", "s", "^", "D"), ("-", (0, (6, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)))


def draw_comparison(found: Comparison, title: str, stem: Path) -> list[Path]:
    """Draw all curves with their bands in both views.

    Parameters
    ----------
    found
        What to draw.
    title
        A line above the picture.
    stem
        Path without ending.

    Returns
    -------
    list of Path
        The PNG and the SVG.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(12.5, 4.9), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _view(left, [c.series() for c in found.curves], "bit error rate", label=False)
        flips = [c.series(c.run.store_bits) for c in found.curves]
        _view(right, flips, "expected flips in the chosen stores", label=True)
        left.set_ylabel("accuracy on the test set")
        figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold")
        paths = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
        figure.savefig(paths[0], dpi=150)
        figure.savefig(paths[1], metadata={"Date": None})
    return paths


def _view(axes: Axes, series: Sequence[Series], axis: str, *, label: bool) -> None:
    axes.set_xscale("log")
    axes.set_ylim(0, 1.04)
    rates = {rate for one in series for rate in one.rates}
    if len(rates) == 1:
        axes.set_xlim(min(rates) / 10, max(rates) * 10)
    for i, one in enumerate(series):
        colour = _COLOURS[i % len(_COLOURS)]
        mean, low, high = (np.array([getattr(v, end) for v in one.values]) for end in ("mean", "low", "high"))
        if one.golden is not None:
            axes.axhline(one.golden, color=colour, linewidth=1, linestyle=(0, (1, 3)), zorder=1)
        axes.fill_between(one.rates, low, high, color=colour, alpha=0.2, linewidth=0, zorder=2)
        axes.plot(
            one.rates, mean, color=colour, marker=_MARKERS[i % 4], linestyle=_DASHES[i % 4], markersize=5, linewidth=1.8
        )
        if len(one.rates) == 1:
            axes.errorbar(one.rates, mean, [mean - low, high - mean], color=colour, capsize=4)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.grid(color="#e4e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(axis)
    if label:
        _labels(axes, series)


def _labels(axes: Axes, series: Sequence[Series]) -> None:
    """Names at the ends of the curves, moved apart where they would overlap."""
    ends = [one.values[-1].mean for one in series]
    for i, (one, end, place) in enumerate(zip(series, ends, spread(ends, 0.06, 0.02, 1.0), strict=True)):
        colour = _COLOURS[i % len(_COLOURS)]
        axes.annotate(
            one.name,
            (one.rates[-1], end),
            xycoords="data",
            xytext=(1.03, place),
            textcoords=("axes fraction", "data"),
            va="center",
            color=colour,
            fontweight="bold",
            fontsize=9.5,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "alpha": 0.6, "shrinkB": 3},
            annotation_clip=False,
        )
