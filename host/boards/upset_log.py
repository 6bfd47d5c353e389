# SPDX-License-Identifier: Apache-2.0
"""The upset log of a device: read while the board goes on, in order, nothing left out."""

from __future__ import annotations

import time
from collections import deque

from host.boards.board import BoardError, LoggedUpset
from host.boards.pace import Pace
from host.boards.registers import Link, Registers
from host.regmap import UPSET_WORDS, Region, window


class UpsetLog:
    """What a board logged since its trials started.

    Parameters
    ----------
    link
        An open link.
    capacity
        Entries that the board's log holds.
    frame_words
        Data words that a response carries at most.
    """

    def __init__(self, link: Link, capacity: int, frame_words: int) -> None:
        self._link = link
        self._registers = Registers(link)
        self._capacity = capacity
        self._read = 0
        self._entries: deque[LoggedUpset] = deque()
        # An eighth of the log between two questions, which themselves take as long as some more upsets.
        self._pace = Pace(max(1, capacity // 3), frame_words, len(UPSET_WORDS))
        self._last = 0

    def start(self) -> None:
        """Trials have started."""
        self._pace.start(time.monotonic())

    def wait_s(self) -> float:
        """Seconds after which to look again, so that the log does not fill up meanwhile."""
        behind = 4 * self._last >= self._capacity
        return 0.0 if behind else self._pace.wait_s(self._capacity, self._last)

    def drain(self) -> int:
        """Read what is new and let the board have its room; how many entries that were.

        Raises
        ------
        BoardError
            If the board counts upsets that found no room in the log.
        """
        was = self._registers.read_run("UPSET_HEAD", "UPSETS_LOST")
        if was["UPSETS_LOST"]:
            raise BoardError(
                f"the upset log had no room for {was['UPSETS_LOST']} upsets: lower the rate, or let upsets come between"
                " slices, where a full log makes the board wait"
            )
        new = (was["UPSET_HEAD"] - self._read) % (1 << 32)
        self._last = new
        self._pace.seen(new, time.monotonic())
        if not new:
            return 0
        size = len(UPSET_WORDS)
        left = new
        while left:
            place = self._read % self._capacity
            count = min(left, self._capacity - place)
            words = self._link.read(window(Region.UPSETS, size * place), size * count).reshape(-1, size).tolist()
            self._entries.extend(LoggedUpset(low | high << 32, site, cycle) for low, high, site, cycle in words)
            self._read = (self._read + count) % (1 << 32)
            left -= count
        self._registers.write_run("UPSET_TAIL", [self._read])
        return new

    def take_before(self, tick: int) -> tuple[LoggedUpset, ...]:
        """The entries that lie before a tick; none of them comes again."""
        taken = []
        while self._entries and self._entries[0].tick < tick:
            taken.append(self._entries.popleft())
        return tuple(taken)
