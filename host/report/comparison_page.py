# SPDX-License-Identifier: Apache-2.0
"""``compare.html``: sweeps side by side on one page that needs nothing but itself; and their table in the terminal."""

from __future__ import annotations

from functools import partial

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from host.report import html
from host.report.charts import both_widths, curves
from host.report.comparison import Comparison, at_words, interval_words, sentence
from host.report.table import percent

_HEAD = ("run", "lost", "BER", "95 % band", "expected flips", "95 % band", "of them used")
_CAPTION = "Where each has lost points of its own fault-free accuracy; of them used: flips that hit no padding."
_EXPLAINED = (
    "Means over trials with 95 % intervals over fault sets; between two rates the curve is taken as straight on the"
    " logarithmic axis, and the interval holds the rates whose band holds the level. Expected flips are those of one"
    " trial in all physical bits of the chosen stores, padding included."
)


def table_rows(found: Comparison) -> list[list[str]]:
    """The words of the table, a line for each curve and number of points."""
    rows = []
    for fall in found.falls:
        bits, used = fall.curve.run.store_bits, fall.curve.used_bits
        rows.append(
            [
                fall.curve.name,
                str(fall.drop),
                at_words(fall),
                interval_words(fall),
                at_words(fall, bits),
                interval_words(fall, bits),
                "unknown" if used is None else at_words(fall, used),
            ]
        )
    return rows


def comparison_page(found: Comparison) -> str:
    """The page."""
    by_rate = [curve.series() for curve in found.curves]
    by_flips = [curve.series(curve.run.store_bits) for curve in found.curves]
    title = "Accuracy versus {}; the table below has the numbers"
    rate, flips = "bit error rate", "expected flips in the chosen stores"
    first = found.curves[0].run
    about = f"{first.text('images')} pictures of {first.text('test_set')}"
    views = [
        html.figure(
            both_widths(partial(curves, series, title.format(axis), axis)),
            f"At equal {axis}. Dashed: accuracy without faults.",
        )
        for series, axis in ((by_rate, rate), (by_flips, flips))
    ]
    parts = [
        f"<h1>Runs side by side</h1>{html.paragraph(about, 'soft')}{html.paragraph(sentence(found), 'verdict')}",
        *(html.paragraph(note, "warn") for note in found.notes),
        html.section("Equal bit error rate", "rate", views[0]),
        html.section("Equal expected flips", "flips", views[1]),
        html.section("Where accuracy is lost", "lost", html.table(_CAPTION, _HEAD, table_rows(found))),
        html.paragraph(_EXPLAINED, "soft"),
        html.section("The runs", "runs", _runs(found)),
    ]
    return html.page("Runs side by side", "".join(parts))


def _runs(found: Comparison) -> str:
    head = ["run", "folder", "engine", "board", "stores", "fault-free, %", "bits", "used bits", "trials", "image"]
    rows = [
        [
            curve.name,
            curve.run.name,
            curve.run.text("engine"),
            curve.run.text("board"),
            ", ".join(curve.run.stores),
            percent(curve.run.golden),
            f"{curve.run.store_bits:,}",
            "unknown" if curve.used_bits is None else f"{curve.used_bits:,}",
            f"{sum(p.trials for p in curve.points):,}",
            curve.run.text("image_digest"),
        ]
        for curve in found.curves
    ]
    return html.table("Each folder's report.html has the whole of it.", head, rows)


def print_comparison(console: Console, found: Comparison) -> None:
    """Print the table and the notes; a narrow terminal gets the first columns only."""
    shown = len(_HEAD) if console.width >= 110 else 5
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for i, head in enumerate(_HEAD[:shown]):
        # only the name of a run may be broken
        table.add_column(head, justify="left" if i == 0 else "right", no_wrap=i > 0)
    before = None
    for (name, *others), fall in zip(table_rows(found), found.falls, strict=True):
        again = fall.curve is before
        table.add_row("" if again else escape(name), *others[: shown - 1])
        before = fall.curve
    console.print("points lost of the fault-free accuracy of each", style="bold")
    console.print(table)
    for note in found.notes:
        console.print(escape(note), highlight=False, soft_wrap=True)
