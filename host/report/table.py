# SPDX-License-Identifier: Apache-2.0
"""The table of a campaign: for the terminal, and as Markdown for the run folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from host.report.summary import OUTCOMES, PointSummary
from host.statistics import Interval

#: Columns of the table.
HEAD = ("BER", "flips", "accuracy", "95 % interval", "masked", "tolerated", "critical", "no answer", "trials")


def percent(share: float) -> str:
    """A share in per cent, so that neither 0 nor 1 is shown for what is only near it."""
    text = f"{100 * share:.1f}"
    if text == "0.0" and share > 0:
        return "<0.1"
    if text == "100.0" and share < 1:
        return ">99.9"
    return text


def span(interval: Interval) -> str:
    """The ends of an interval of a share in per cent; with a star where they are not to be trusted."""
    if interval.n < 2:
        return "–"
    return f"{100 * interval.low:.1f} … {100 * interval.high:.1f}" + ("*" if interval.note else "")


def cells(point: PointSummary) -> list[str]:
    """The words of a point's line, by the columns of :data:`HEAD`."""
    shares = [percent(point.shares[name].mean) for name in OUTCOMES]
    flips = f"{point.flips:{'.1f' if point.flips < 1e3 else '.0f' if point.flips < 1e6 else '.1e'}}"
    accuracy = percent(point.accuracy.mean)
    return [f"{point.ber:g}", flips, accuracy, span(point.accuracy), *shares, str(point.trials)]


def notes(points: Sequence[PointSummary], *, shares: bool) -> list[str]:
    """What a reader must know about the numbers, a line each; ``shares`` where their intervals are shown too."""
    shown = [p.accuracy for p in points] + [i for p in points for i in p.shares.values() if shares]
    lines = star_notes(shown, "trials of the point")
    limited = sum(p.cycle_limits for p in points)
    if limited:
        lines.append(f"{limited} trials ended at the clock-cycle limit, a defect of the design: report them")
    return lines


def star_notes(shown: Iterable[Interval], what: str) -> list[str]:
    """What the star of :func:`span` means, where one of these intervals has it; ``what`` is behind each."""
    if any(interval.n > 1 and interval.note for interval in shown):
        return [f"* all {what} agree, so the width of the interval is not known to be 0"]
    return []


def print_table(console: Console, points: Sequence[PointSummary], title: str) -> None:
    """Print the table, 80 columns wide at least; shares in per cent of pictures."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1 if console.width > 90 else 0, 0, 0))
    for head in HEAD:
        table.add_column(head, justify="right", no_wrap=True)
    for point in points:
        table.add_row(*cells(point))
    console.print(title, style="bold", soft_wrap=True)
    console.print(table)
    for line in notes(points, shares=False):
        console.print(line, highlight=False, soft_wrap=True)


def markdown(points: Sequence[PointSummary], title: str) -> str:
    """The table as Markdown, with the interval of every share."""
    head = [*HEAD, "hung"]
    out = [f"# {title}", "", "Per cent of pictures (`hung`: of trials), means over trials with 95 % intervals.", ""]
    out += [f"| {' | '.join(head)} |", "|" + "---:|" * len(head)]
    for point in points:
        line = cells(point)
        for i, name in enumerate(OUTCOMES, start=HEAD.index("masked")):
            line[i] += f" ({span(point.shares[name])})"
        hung = f"{100 * point.hangs.low:.1f} … {100 * point.hangs.high:.1f}"
        out.append(f"| {' | '.join([*line, f'{percent(point.hangs.mean)} ({hung})'])} |")
    out += ["", *notes(points, shares=True)]
    return "\n".join(out).rstrip() + "\n"
