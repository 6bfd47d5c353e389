# SPDX-License-Identifier: Apache-2.0
"""What one trial did: its flips as bits of parameters, and the pictures whose scores they changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from host.boards import Answer, Board, TrialRecord
from host.faults import FaultSet
from host.image import MemoryImage, Place
from host.image.values import value_at
from host.trials.plan import Plan, PlanError, Point
from host.trials.run import TrialRow, row_of
from host.twin import Inference

# What may differ between a row and its repetition: clock and link are the board's.
_OF_THE_BOARD = ("cycles", "retries")


@dataclass(frozen=True)
class Flip:
    """One flip.

    Attributes
    ----------
    store, word, bit
        The physical bit; the store by name.
    place
        What it is.
    before, after
        The value that it is a bit of, golden and with all flips of the trial; None for padding.
    """

    store: str
    word: int
    bit: int
    place: Place
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ChangedPicture:
    """A picture with other scores than golden.

    Attributes
    ----------
    number
        Its number in the test set.
    label, golden, seen
        Its true class, its class without faults, and its class with them.
    scores
        Class, golden score and score with the faults, of each class whose score changed: first those of the classes
        before and now, then the greatest change.
    """

    number: int
    label: int
    golden: int
    seen: int
    scores: tuple[tuple[int, int, int], ...]

    @property
    def critical(self) -> bool:
        """Whether its class changed."""
        return self.seen != self.golden


def point_of(plan: Plan, row: TrialRow) -> Point:
    """The point of a plan that a row belongs to.

    Raises
    ------
    PlanError
        If the plan has no such trial.
    """
    points = plan.points()
    if row.point < len(points):
        point = points[row.point]
        if 0 <= row.seed - point.first < point.trials:
            return point
    raise PlanError(f"the campaign has no trial with seed {row.seed} at point {row.point}: its rows are not its own")


def differences(row: TrialRow, point: Point, record: TrialRecord) -> list[str]:
    """What a board's repetition of a trial has other than the stored row, a phrase for each column."""
    now = row_of(point, record, row.pictures, 0)
    return [
        f"{name} was {getattr(row, name)} and is {getattr(now, name)} now"
        for name in (field.name for field in fields(TrialRow))
        if name not in _OF_THE_BOARD and getattr(row, name) != getattr(now, name)
    ]


def repeat(board: Board, point: Point, number: int) -> TrialRecord:
    """Run one trial again."""
    (record,) = board.run_trials(point.source, number, 1)
    return record


def flips(faults: FaultSet, image: MemoryImage) -> Iterator[Flip]:
    """Each flip of a fault set and what it is."""
    golden, names = image.physical, tuple(image.stores)
    upset = faults.apply(golden)
    for store, word, bit in zip(faults.store.tolist(), faults.word.tolist(), faults.bit.tolist(), strict=True):
        place = image.layout.locate(store, word, bit)
        before, after = (value_at(image.layout, stores, place) for stores in (golden, upset))
        yield Flip(names[store], word, bit, place, before, after)


def changed_pictures(golden: Inference, labels: NDArray[np.uint16], answer: Answer) -> list[ChangedPicture]:
    """The pictures whose scores changed, critical ones first.

    Parameters
    ----------
    golden
        The fault-free run.
    labels
        uint16[n] true class of each picture.
    answer
        The run with faults, with details; of one that hung, no picture.
    """
    assert answer.scores is not None and answer.classes is not None, "an answer with details"
    found = []
    for number in np.flatnonzero(np.any(answer.scores != golden.scores[: len(answer.scores)], axis=1)).tolist():
        before, after = golden.scores[number].astype(int).tolist(), answer.scores[number].astype(int).tolist()
        was, seen = int(golden.classes[number]), int(answer.classes[number])
        scores = [(c, a, b) for c, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        scores.sort(key=lambda s: (s[0] not in (was, seen), -abs(s[2] - s[1])))
        found.append(ChangedPicture(number, int(labels[number]), was, seen, tuple(scores)))
    return sorted(found, key=lambda picture: not picture.critical)
