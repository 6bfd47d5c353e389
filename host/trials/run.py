# SPDX-License-Identifier: Apache-2.0
"""Running a plan on a board: one row for each trial."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from host.boards import Board, LoggedUpset, TrialRecord
from host.faults import Exposures
from host.trials.plan import Plan, Point


@dataclass(frozen=True)
class TrialRow:
    """One trial of a plan, in flat columns (results/README.md says what each means), and the upsets of a slice."""

    point: int
    ber: float | None
    threshold: int | None
    trial: int
    seed: int
    flips: int
    digest: int
    proven: bool
    status: str
    accuracy: float
    pictures: int
    answered: int
    masked: int
    tolerated: int
    critical: int
    unanswered: int
    correct: int
    cycles: int | None
    corrected: int
    uncorrectable: int
    wrong: int
    retries: int
    upset_rate: float | None = None
    history: int | None = None
    time_s: float | None = None
    upsets: int | None = None
    scrubbed: int | None = None
    scrub_corrected: int | None = None
    scrub_uncorrectable: int | None = None
    log: tuple[LoggedUpset, ...] = field(default=(), compare=False, repr=False)


def run(
    plan: Plan, board: Board, pictures: int, done: Collection[int] = frozenset()
) -> Generator[TrialRow, None, None]:
    """Run every trial of a plan that is not done yet. Closing the generator early stops the board.

    Parameters
    ----------
    plan
        What to run.
    board
        A loaded board.
    pictures
        Pictures of its test set.
    done
        Numbers of the trials that need no running (column ``seed``).

    Yields
    ------
    TrialRow
        In order of points and trials.
    """
    for point in plan.points():
        for first, count in missing(point, done):
            yield from rows_of(point, board, first, count, pictures)


def rows_of(point: Point, board: Board, first: int, count: int, pictures: int) -> Generator[TrialRow, None, None]:
    """Run trials ``first … first + count - 1`` of a point; closing the generator early stops the board."""
    retries = board.counters.retries
    with closing(board.run_trials(point.source, first, count)) as records:
        for record in records:
            now = board.counters.retries
            yield row_of(point, record, pictures, now - retries)
            retries = now


def missing(point: Point, done: Collection[int]) -> Iterator[tuple[int, int]]:
    """Runs (first number, count) of consecutive trials of a point that are not done."""
    first = None
    end = point.first + point.trials
    for number in range(point.first, end + 1):
        wanted = number < end and number not in done
        if wanted and first is None:
            first = number
        if not wanted and first is not None:
            yield first, number - first
            first = None


def row_of(point: Point, record: TrialRecord, pictures: int, retries: int) -> TrialRow:
    """A board's record as a row."""
    assert record.wrong is not None, "a record is proven before it is a row"
    seen, exposed = record.outcomes, record.exposed
    scrubbed = None if exposed is None else exposed.scrubbed
    history = time_s = None
    if isinstance(point.source, Exposures):
        # a slice may run some of the pictures, the next one others
        pictures = point.source.pictures or pictures
        history, place = divmod(record.seed - point.first, point.source.slices)
        time_s = (place + 1) * point.source.period / point.tick_hz
    return TrialRow(
        point=point.index,
        ber=point.ber,
        threshold=point.threshold,
        trial=record.seed - point.first,
        seed=record.seed,
        flips=record.flips,
        digest=record.digest,
        proven=record.proven,
        status=record.status.name,
        # A picture without an answer counts as wrong.
        accuracy=seen.correct / pictures,
        pictures=pictures,
        answered=seen.answered,
        masked=seen.masked,
        tolerated=seen.tolerated,
        critical=seen.critical,
        unanswered=pictures - seen.answered,
        correct=seen.correct,
        cycles=record.cycles,
        corrected=record.corrected,
        uncorrectable=record.uncorrectable,
        wrong=record.wrong,
        upset_rate=point.upset_rate,
        history=history,
        time_s=time_s,
        upsets=None if exposed is None else len(exposed.upsets),
        scrubbed=None if scrubbed is None else scrubbed.words,
        scrub_corrected=None if scrubbed is None else scrubbed.corrected,
        scrub_uncorrectable=None if scrubbed is None else scrubbed.uncorrectable,
        retries=retries,
        log=() if exposed is None else exposed.upsets,
    )
