# SPDX-License-Identifier: Apache-2.0
"""The trials of a plan in shares, for boards that work side by side: each trial is in one share at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from host.faults import Exposures
from host.trials.plan import Plan, Point
from host.trials.run import missing

# A share holds this part of what is left for each board, so that the last ones end together, but no fewer trials than
# hide the start of a TRIALS command (a few requests, about as long as a few trials).
_PART = 2
_FEWEST = 8


@dataclass(frozen=True)
class Share:
    """Trials ``first … first + count - 1`` of a point."""

    point: Point
    first: int
    count: int


class Shares:
    """What no board has run yet. Safe to use from several threads.

    Parameters
    ----------
    plan
        What to run.
    done
        Numbers of the trials that need no running (column ``seed``).
    boards
        How many boards take shares.
    """

    def __init__(self, plan: Plan, done: Collection[int], boards: int) -> None:
        self._runs = deque(Share(p, first, count) for p in plan.points() for first, count in missing(p, done))
        self._left = sum(run.count for run in self._runs)
        self._boards = boards
        self._in_hand = 0
        self._ended = False
        self._changed = threading.Condition()

    def take(self) -> Share | None:
        """The next share; None when every trial has been run, or :meth:`end` was called.

        Waits while others have shares in hand, which may come back.
        """
        with self._changed:
            while not self._runs and self._in_hand and not self._ended:
                self._changed.wait()
            if not self._runs or self._ended:
                return None
            run = self._runs.popleft()
            size = max(_FEWEST, self._left // (_PART * self._boards))
            if isinstance(run.point.source, Exposures):
                # A history is run from its beginning, so that a part of one costs as much as the whole.
                size += -(run.first - run.point.first + size) % run.point.source.slices
            size = min(run.count, size)
            if size < run.count:
                self._runs.appendleft(Share(run.point, run.first + size, run.count - size))
            self._left -= size
            self._in_hand += 1
            return Share(run.point, run.first, size)

    def finish(self, share: Share, ran: int) -> None:
        """Give a share up of which so many trials were run, from the first on; the others take the rest."""
        with self._changed:
            rest = share.count - ran
            if rest:
                self._runs.appendleft(Share(share.point, share.first + ran, rest))
                self._left += rest
            self._in_hand -= 1
            self._changed.notify_all()

    @property
    def complete(self) -> bool:
        """Whether every trial has been run."""
        with self._changed:
            return not self._runs and not self._in_hand

    def end(self) -> None:
        """Give out no more."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
