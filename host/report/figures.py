# SPDX-License-Identifier: Apache-2.0
"""The curve: accuracy versus bit error rate with its band."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from host.report.summary import PointSummary

_BLUE, _GREY, _INK = "#1f5fa8", "#8a8f98", "#22262b"
#: Settings of matplotlib that all pictures share.
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.edgecolor": _GREY,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.color": _INK,
    "axes.spines.right": False,
    # The same picture gives the same file.
    "svg.hashsalt": "faultloop",
}


def draw_curve(
    points: Sequence[PointSummary], golden_accuracy: float, bits: int, title: str, subtitle: str, stem: Path
) -> list[Path]:
    """Draw accuracy versus bit error rate.

    Parameters
    ----------
    points
        At least one point with a rate above 0; a point at 0 has no place on a logarithmic axis and is left out.
    golden_accuracy
        Accuracy without faults.
    bits
        Physical bits that could flip: the second axis shows the flips expected.
    title, subtitle
        Two lines above the picture.
    stem
        Path without ending.

    Returns
    -------
    list of Path
        The PNG and the SVG; none when there is no point to draw.
    """
    shown = [p for p in points if p.ber > 0]
    if not shown:
        return []
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 4.9), layout="constrained")
        axes = figure.add_subplot()
        _plot(axes, shown, golden_accuracy)
        _dress(axes, bits)
        figure.suptitle(title, x=0.105, ha="left", fontsize=13, fontweight="bold")
        axes.set_title(subtitle, loc="left", fontsize=9.5, color="#555b63", pad=10)
        paths = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
        figure.savefig(paths[0], dpi=160)
        figure.savefig(paths[1], metadata={"Date": None})
    return paths


def _plot(axes: Axes, points: Sequence[PointSummary], golden_accuracy: float) -> None:
    ber = np.array([p.ber for p in points])
    mean, low, high = (np.array([getattr(p.accuracy, end) for p in points]) for end in ("mean", "low", "high"))
    axes.set_xscale("log")
    axes.axhline(golden_accuracy, color=_GREY, linewidth=1.2, linestyle=(0, (5, 3)), zorder=1)
    axes.annotate(
        f"without faults {100 * golden_accuracy:.1f} %",
        (1.0, golden_accuracy),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 4),
        textcoords="offset points",
        ha="right",
        fontsize=9,
        color="#555b63",
    )
    axes.fill_between(ber, low, high, color=_BLUE, alpha=0.26, linewidth=0, label="95 % interval", zorder=2)
    if len(points) == 1:
        axes.set_xlim(ber[0] / 10, ber[0] * 10)
        axes.errorbar(ber, mean, [mean - low, high - mean], color=_BLUE, capsize=4, linewidth=1.5)
    trials = sorted({p.trials for p in points})
    count = str(trials[0]) if len(trials) == 1 else f"{trials[0]} to {trials[-1]}"
    axes.plot(ber, mean, "o-", color=_BLUE, markersize=5, linewidth=1.8, label=f"mean of {count} trials", zorder=3)
    axes.legend(loc="lower left", frameon=False, fontsize=9.5)


def _dress(axes: Axes, bits: int) -> None:
    axes.set_ylim(0, 1.06)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.set_xlabel("bit error rate (probability that a stored bit flips)")
    axes.set_ylabel("accuracy on the test set")
    axes.grid(axis="y", color="#e4e6ea", linewidth=0.8)
    axes.grid(axis="x", which="major", color="#e4e6ea", linewidth=0.8)
    axes.set_axisbelow(True)

    def to_flips(rate: Any) -> Any:
        return rate * bits

    def to_rate(flips: Any) -> Any:
        return flips / bits

    flips = axes.secondary_xaxis("top", functions=(to_flips, to_rate))
    flips.set_xlabel(f"expected flips in {bits:,} bits", labelpad=6)
    flips.xaxis.set_major_locator(LogLocator(10))
    flips.xaxis.set_minor_formatter(NullFormatter())
