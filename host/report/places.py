# SPDX-License-Identifier: Apache-2.0
"""From the rows of a walk or a list to outcome shares for each layer and tensor, and for each bit of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from host.faults import Source
from host.image import MemoryImage, Place
from host.image.layout import PROGRAM_PADDING
from host.report.summary import OUTCOMES
from host.report.table import percent
from host.trials import TrialRow

#: Stands for the layer and the tensor of a fault set whose flips are in several.
SEVERAL = "(several)"
#: Stands for the layer and the tensor of a fault set without flips.
NONE = "(no flip)"

_SHARES = ("masked", "tolerated", "critical", "no answer")
_HEAD = ("layer", "tensor", "bit", "flips", "accuracy", *_SHARES, "trials")


@dataclass(frozen=True)
class Where:
    """What a fault set flips: layer, tensor, bit of the value (None for any), and whether it is padding."""

    layer: str
    tensor: str
    bit: int | None
    padding: bool


@dataclass(frozen=True)
class PlaceSummary:
    """All trials whose flips are in one place.

    Attributes
    ----------
    where
        The place.
    trials
        Trials behind the shares.
    flips
        Mean flips of a trial.
    accuracy
        Mean accuracy over trials.
    shares
        Mean share of pictures of each of :data:`host.report.summary.OUTCOMES` over trials.
    """

    where: Where
    trials: int
    flips: float
    accuracy: float
    shares: dict[str, float]


class Places:
    """Rows of a walk or a list, by what they flip.

    A walk flips each bit once, so the shares of what it has walked are exact, and no interval is given. Nothing is
    known of how the sets of a list were chosen, so none is given there either.

    Parameters
    ----------
    rows
        The rows.
    source
        Where their faults came from.
    image
        Whose bits were flipped.
    """

    def __init__(self, rows: Iterable[TrialRow], source: Source, image: MemoryImage) -> None:
        locate = cache(image.layout.locate)
        self._rows: list[tuple[TrialRow, list[Place]]] = []
        for row in rows:
            faults = source.fault_set(row.seed, image.space)
            flips = zip(faults.store.tolist(), faults.word.tolist(), faults.bit.tolist(), strict=True)
            self._rows.append((row, [locate(*flip) for flip in flips]))

    def by_tensor(self) -> list[PlaceSummary]:
        """A summary for each layer and tensor, padding apart, in order of the rows."""
        return self._grouped(lambda place: Where(place.layer, place.tensor, None, place.padding))

    def by_bit(self) -> list[PlaceSummary]:
        """A summary for each layer, tensor and bit of the value, padding left out."""
        found = self._grouped(lambda place: Where(place.layer, place.tensor, place.bit, place.padding))
        return [one for one in found if one.where.bit is not None and not one.where.padding]

    def _grouped(self, where: Callable[[Place], Where]) -> list[PlaceSummary]:
        groups: dict[Where, list[TrialRow]] = {}
        for row, places in self._rows:
            groups.setdefault(_common([where(place) for place in places]), []).append(row)
        return [_summary(where, rows) for where, rows in groups.items()]


def _common(found: Sequence[Where]) -> Where:
    """The place of all flips, or what stands for it."""
    if not found:
        return Where(NONE, NONE, None, False)
    return found[0] if len(set(found)) == 1 else Where(SEVERAL, SEVERAL, None, False)


def _summary(where: Where, rows: Sequence[TrialRow]) -> PlaceSummary:
    count = len(rows)
    return PlaceSummary(
        where=where,
        trials=count,
        flips=sum(row.flips for row in rows) / count,
        accuracy=sum(row.accuracy for row in rows) / count,
        shares={name: sum(getattr(row, name) / row.pictures for row in rows) / count for name in OUTCOMES},
    )


def _cells(one: PlaceSummary, flips: bool) -> dict[str, str]:
    """Cells of a line, by column; without a bit where it is for all of them, with flips where asked for."""
    where = one.where
    # padding of the program is called so already
    tensor = where.tensor + (" (padding)" if where.padding and where.tensor != PROGRAM_PADDING else "")
    shares = [percent(one.shares[name]) for name in OUTCOMES]
    texts = [where.layer, tensor, str(where.bit), f"{one.flips:.4g}", percent(one.accuracy), *shares, str(one.trials)]
    cells = dict(zip(_HEAD, texts, strict=True))
    if where.bit is None:
        del cells["bit"]
    if not flips:
        del cells["flips"]
    return cells


def _lines(places: Sequence[PlaceSummary]) -> list[dict[str, str]]:
    several = any(one.flips != 1 for one in places)
    return [_cells(one, several) for one in places]


def print_places(console: Console, places: Sequence[PlaceSummary], title: str) -> None:
    """Print a table, shares in per cent of pictures."""
    lines = _lines(places)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1 if console.width > 90 else 0, 0, 0))
    for head in lines[0]:
        name = head in ("layer", "tensor")
        table.add_column(head, justify="left" if name else "right", no_wrap=not name, overflow="fold")
    for line in lines:
        # what stands in brackets is no markup
        table.add_row(*map(escape, line.values()))
    console.print(title, style="bold", soft_wrap=True, markup=False)
    console.print(table)


def markdown_places(places: Sequence[PlaceSummary]) -> str:
    """The table as Markdown."""
    lines = _lines(places)
    rules = ["---" if head in ("layer", "tensor") else "---:" for head in lines[0]]
    out = [f"| {' | '.join(lines[0])} |", f"|{'|'.join(rules)}|"]
    # a name may hold what ends a cell
    out += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line.values())} |" for line in lines]
    return "\n".join(out) + "\n"
