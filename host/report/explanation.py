# SPDX-License-Identifier: Apache-2.0
"""One trial for a reader: its flips, and what they did to the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from host.trials import TrialRow
from host.trials.explanation import ChangedPicture, Flip

# Lines of a list, and changed scores of a picture, that are shown at first.
_LINES, _SCORES = 20, 2


def print_flips(console: Console, flips: Sequence[Flip], count: int) -> None:
    """Print flips, the first of ``count``."""
    if flips:
        lines = [[f.store, str(f.word), str(f.bit), *_place(f), _value(f)] for f in flips]
        _print(console, ("store", "word", "bit", "layer", "tensor", "index", "bit", "value"), lines)
    _print_rest(console, count - len(flips))


def shown(full: bool) -> int | None:
    """Lines of a list that are shown; None for all."""
    return None if full else _LINES


def print_outcomes(console: Console, row: TrialRow) -> None:
    """Print what became of the pictures, in a sentence."""
    text = f"{row.pictures} pictures: {row.masked} masked, {row.tolerated} tolerated, {row.critical} critical"
    if row.unanswered:
        text += f", {row.unanswered} without an answer because the trial ended with {row.status}"
    console.print(f"{text}; {row.correct} correct", soft_wrap=True, markup=False)


def print_pictures(console: Console, pictures: Sequence[ChangedPicture], full: bool) -> None:
    """Print the pictures whose scores changed."""
    chosen = pictures[: shown(full)]
    if chosen:
        lines = [
            [
                str(p.number),
                str(p.label),
                str(p.golden),
                str(p.seen),
                "critical" if p.critical else "tolerated",
                _scores(p, full),
            ]
            for p in chosen
        ]
        _print(console, ("picture", "label", "golden", "now", "outcome", "scores that changed, by class"), lines)
    _print_rest(console, len(pictures) - len(chosen))


def _place(flip: Flip) -> Iterable[str]:
    place = flip.place
    return place.layer, place.tensor, " ".join(map(str, place.index)), str(place.bit)


def _value(flip: Flip) -> str:
    return "padding" if flip.before is None else f"{flip.before} → {flip.after}"


def _scores(picture: ChangedPicture, full: bool) -> str:
    chosen = picture.scores if full else picture.scores[:_SCORES]
    parts = [f"{c}: {before} → {after}" for c, before, after in chosen]
    rest = len(picture.scores) - len(chosen)
    return ", ".join([*parts, *([f"{rest} more"] if rest else [])])


def _print(console: Console, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1 if console.width > 90 else 0, 0, 0))
    for name in head:
        words = name in ("store", "layer", "tensor", "value", "outcome", "scores that changed, by class")
        table.add_column(name, justify="left" if words else "right", overflow="fold")
    for line in lines:
        # what stands in brackets is no markup
        table.add_row(*map(escape, line))
    console.print(table)


def _print_rest(console: Console, rest: int) -> None:
    if rest:
        console.print(f"and {rest} more: --full shows all", soft_wrap=True)
