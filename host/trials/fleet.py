# SPDX-License-Identifier: Apache-2.0
"""Running a plan on several boards at once: the rows of one, and a sick board holds up nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing

from host.boards import Board, BoardError
from host.link.session import LinkError
from host.trials.plan import Plan
from host.trials.run import TrialRow, rows_of
from host.trials.shares import Share, Shares

# Seconds between two looks at a thread that is to end.
_LOOK_S = 0.02


class NoBoardLeft(BoardError):
    """Every board of a fleet was set aside. The text is one sentence with the reason of each."""


class _Ended:
    """A board has no more to do: it was set aside for this reason, fell over this defect of ours, or is done."""

    def __init__(self, name: str, reason: str | None = None, defect: BaseException | None = None) -> None:
        self.name = name
        self.reason = reason
        self.defect = defect


class _Crew:
    """One thread for each board, and what comes from them."""

    def __init__(
        self, boards: Mapping[str, Board], load: Callable[[Board], None], shares: Shares, pictures: int
    ) -> None:
        self.arrivals: queue.SimpleQueue[TrialRow | _Ended] = queue.SimpleQueue()
        self._load = load
        self._shares = shares
        self._pictures = pictures
        self._leave = threading.Event()
        # a thread that does not end must not keep a user who insists from leaving
        self._threads = [threading.Thread(target=self._work, args=item, daemon=True) for item in boards.items()]
        for thread in self._threads:
            thread.start()

    def dismiss(self) -> None:
        """Stop every board after the trial in flight, and wait for its thread."""
        self._leave.set()
        self._shares.end()
        for thread in self._threads:
            while thread.is_alive():
                thread.join(_LOOK_S)

    def _work(self, name: str, board: Board) -> None:
        ended = _Ended(name)
        try:
            self._load(board)
            while not self._leave.is_set() and (share := self._shares.take()) is not None:
                self._run(board, share)
        except (BoardError, LinkError) as error:
            ended = _Ended(name, reason=str(error))
        except BaseException as error:
            ended = _Ended(name, defect=error)
        self.arrivals.put(ended)

    def _run(self, board: Board, share: Share) -> None:
        ran = 0
        try:
            with closing(rows_of(share.point, board, share.first, share.count, self._pictures)) as rows:
                for row in rows:
                    ran += 1
                    self.arrivals.put(row)
                    if self._leave.is_set():
                        return
        finally:
            self._shares.finish(share, ran)


def run_on_all(
    plan: Plan,
    boards: Mapping[str, Board],
    load: Callable[[Board], None],
    pictures: int,
    done: Collection[int],
    notify: Callable[[str], None],
) -> Generator[TrialRow, None, None]:
    """Load every board and share the trials that are not done yet among them.

    A board that fails is set aside: its unfinished trials go to the others. Closing the generator early stops all.

    Parameters
    ----------
    plan
        What to run.
    boards
        Boards of one build, by what the user calls them.
    load
        Loads a board; called in the board's own thread.
    pictures
        Pictures of the test set.
    done
        Numbers of the trials that need no running (column ``seed``).
    notify
        Told in one sentence of every board that is set aside; called in the caller's thread.

    Yields
    ------
    TrialRow
        Each trial once, in the order in which they arrive.

    Raises
    ------
    NoBoardLeft
        If every board was set aside before the end.
    """
    shares = Shares(plan, done, len(boards))
    crew = _Crew(boards, load, shares, pictures)
    reasons: dict[str, str] = {}
    working = len(boards)
    try:
        while working:
            arrival = crew.arrivals.get()
            if isinstance(arrival, TrialRow):
                yield arrival
                continue
            working -= 1
            if arrival.defect is not None:
                raise arrival.defect
            if arrival.reason is not None:
                reasons[arrival.name] = arrival.reason
                notify(f"the board on {arrival.name} was set aside, the others take its trials: {arrival.reason}")
    finally:
        crew.dismiss()
    if not shares.complete:
        told = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise NoBoardLeft(f"every board was set aside ({told}); what was stored is safe: go on with --resume")
