# SPDX-License-Identifier: Apache-2.0
"""Single commands of a device behind a link: each waits for its end and returns what came of it."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from host.boards.board import Answer, BoardError, Identity, Outcomes
from host.boards.registers import Link, Registers
from host.faults import Scrubbed
from host.regmap import SCRUB_GOLDEN_BIT, Command, Protection, Region, TrialStatus, window

#: Bit of STATUS (docs/registers.md).
BUSY = 1

# SCRUB_FIRST without one (docs/registers.md).
_NO_PLACE = 0xFFFF_FFFF

#: Longest time without a sign of progress, in seconds. The watchdog of the board ends any run long before.
PATIENCE_S = 600.0


class Commands:
    """The commands of a device but TRIALS.

    Parameters
    ----------
    link
        An open link.
    identity
        The board behind it.
    """

    def __init__(self, link: Link, identity: Identity) -> None:
        self._link = link
        self._registers = Registers(link)
        self._identity = identity

    def await_idle(self) -> int:
        """Wait for the command in hand; how it ended (bits 15:8 of STATUS).

        Raises
        ------
        BoardError
            If it takes longer than any command can.
        """
        wait_s, end = 0.001, time.monotonic() + PATIENCE_S
        while (status := self._registers.read("STATUS")) & BUSY:
            if time.monotonic() > end:
                raise BoardError(f"board {self._identity.name} has been busy for {PATIENCE_S:.0f} s: reset it")
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, 0.05)
        return status >> 8 & 0xFF

    def stop(self) -> None:
        """End what runs after the trial in flight; return when the board is idle."""
        if self._registers.read("STATUS") & BUSY:
            self._registers.write_run("COMMAND", [Command.STOP])
            self.await_idle()

    def digest(self) -> int:
        """Digest of all stores, computed on the board."""
        everything = (1 << len(self._identity.capabilities.stores)) - 1
        self._registers.write_run("STORE_MASK", [everything])
        self._registers.write_run("COMMAND", [Command.DIGEST])
        self.await_idle()
        return self._registers.read("DIGEST")

    def census(self) -> tuple[int, int]:
        """Code words that the last digest found wrong: those that its code corrects, and those that it cannot."""
        if all(store.protection is Protection.NONE for store in self._identity.capabilities.stores):
            return 0, 0
        was = self._registers.read_run("WORDS_CORRECTED", "WORDS_UNCORRECTABLE")
        return was["WORDS_CORRECTED"], was["WORDS_UNCORRECTABLE"]

    def run(self) -> Answer:
        """Run the pictures once."""
        self._registers.write_run("COMMAND", [Command.RUN])
        status = TrialStatus(self.await_idle())
        was = self._registers.read_run("CYCLES", "CORRECT")
        outcomes = Outcomes(was["ANSWERED"], was["MASKED"], was["TOLERATED"], was["CRITICAL"], was["CORRECT"])
        return Answer(status, outcomes, was["CYCLES"])

    def restore(self) -> None:
        """Write the board's golden copy over all stores."""
        everything = (1 << len(self._identity.capabilities.stores)) - 1
        self._registers.write_run("SCRUB", [everything | 1 << SCRUB_GOLDEN_BIT])
        self._registers.write_run("COMMAND", [Command.SCRUB])
        self.await_idle()

    def scrubbed(self) -> Scrubbed:
        """What the scrubber has seen since the trials started."""
        was = self._registers.read_run("SCRUB_WORDS", "SCRUB_FIRST")
        first = was["SCRUB_FIRST"]
        place = None if first == _NO_PLACE else (first >> 28 & 7, first & 0xFFFFF)
        return Scrubbed(was["SCRUB_WORDS"], was["SCRUB_CORRECTED"], was["SCRUB_UNCORRECTABLE"], place)

    def flip(self, entries: NDArray[np.uint32]) -> int:
        """Apply flip-list entries, as many at a time as the list holds; the number of bits flipped.

        Raises
        ------
        BoardError
            If an entry names no physical bit of the board.
        """
        room = self._identity.capabilities.flips
        flips = 0
        if self._identity.capabilities.upsets:
            self._registers.write_run("PATTERN", [0])
        for start in range(0, len(entries), room):
            part = entries[start : start + room]
            self._link.write(window(Region.FLIPS), part)
            self._registers.write_run("FLIP_COUNT", [len(part)])
            self._registers.write_run("COMMAND", [Command.FLIP])
            self.await_idle()
            was = self._registers.read_run("FLIPS", "FLIP_REFUSED")
            if refused := was["FLIP_REFUSED"]:
                raise BoardError(f"{refused} flips name no physical bit of board {self._identity.name}")
            flips += was["FLIPS"]
        return flips
