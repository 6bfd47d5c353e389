# SPDX-License-Identifier: Apache-2.0
"""Trials that the board runs by itself: started with one command, their records read while it goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from host.boards.batches import Batch
from host.boards.board import BoardError, Outcomes, TrialRecord
from host.boards.commands import BUSY, PATIENCE_S, Commands
from host.boards.pace import HEAD_WORDS, Pace
from host.boards.registers import Link, Registers
from host.boards.upset_log import UpsetLog
from host.regmap import RECORD_WORDS, Command, Region, TrialStatus, window


class Astray(Exception):
    """The stores were not golden where they had to be; the text says before or after which trial."""


class TrialStream:
    """Starts trials on a device and yields their records.

    Parameters
    ----------
    link
        An open link.
    commands
        The other commands of the same device.
    pace
        When to ask for records.
    """

    def __init__(self, link: Link, commands: Commands, pace: Pace) -> None:
        self._link = link
        self._registers = Registers(link)
        self._commands = commands
        self._pace = pace

    def run(
        self, batch: Batch, golden: int, what: str, log: UpsetLog | None = None, patience_s: float = PATIENCE_S
    ) -> Iterator[TrialRecord]:
        """Run a batch and yield its records in order; what they claim is not proven here.

        Parameters
        ----------
        batch
            The trials.
        golden
            Digest of the golden stores.
        what
            What a trial's number is to the user, such as "trial with seed".
        log
            The board's upset log, kept read so that it does not fill up; None when nothing is logged.
        patience_s
            Longest time without a record or an upset, in seconds.

        Raises
        ------
        Astray
            If the stores were not golden before the first trial, or after one.
        BoardError
            If a record is not that of its trial, or none comes.
        """
        self._commands.await_idle()
        if len(batch.entries):
            self._link.write(window(Region.FLIPS), batch.entries)
        for name, values in batch.settings.items():
            self._registers.write_run(name, values)
        # SEED_LOW … COMMAND follow one another, so one request starts the trials.
        self._registers.write_run("SEED_LOW", [*batch.registers(golden), Command.TRIALS])
        pace, received, last = self._pace, 0, 0
        pace.start(time.monotonic())
        if log is not None:
            log.start()
        end = time.monotonic() + patience_s
        ended = False
        while received < batch.count:
            logged = 0 if log is None else log.drain()
            wait = pace.wait_s(batch.count - received, last)
            time.sleep(0 if ended else wait if log is None else min(wait, log.wait_s()))
            answer = self._link.records(received, HEAD_WORDS + pace.most * len(RECORD_WORDS))
            now, last = time.monotonic(), len(answer.words)
            pace.seen(last, now)
            if answer.first != received:
                raise BoardError(f"asked for record {received}, the board sent record {answer.first}: reset the board")
            if log is not None:
                # what the records that just came are about has been logged before them
                log.drain()
            for words in answer.words:
                number = batch.first + received
                yield _record(words, number, batch.faults(number), f"{what} {number}")
                received += 1
            if last or logged:
                end = now + patience_s
            elif ended:
                _raise_end(answer.status, f"{what} {batch.first + received}")
            elif now > end:
                raise BoardError(
                    f"no record for {patience_s:.0f} s from the {what} {batch.first + received}: reset the board"
                )
            ended = not answer.status & BUSY


def _raise_end(status: int, trial: str) -> None:
    """The trials ended early: say why."""
    if status >> 8 & 0xFF == TrialStatus.NOT_GOLDEN:
        raise Astray(f"the stores were not golden before the {trial}")
    raise BoardError(f"the board stopped before the {trial} (STATUS {status:08x}): reset the board")


def _record(words: NDArray[np.uint32], number: int, faults: int, trial: str) -> TrialRecord:
    """A record of the ring as a value; ``faults`` must be its word FAULTS."""
    word = {name: int(words[i]) for i, (name, _) in enumerate(RECORD_WORDS)}
    if word["FAULTS"] != faults:
        raise BoardError(
            f"{trial}: the board reports the faults {word['FAULTS']:08x}, asked for were {faults:08x}: reset the board"
        )
    status = word["STATUS"] & 0xFF
    if status == TrialStatus.NOT_RESTORED:
        raise Astray(f"the stores were not golden after the {trial}")
    if status not in (TrialStatus.OK, TrialStatus.HANG, TrialStatus.CYCLE_LIMIT):
        raise BoardError(f"{trial}: the board reports unknown status {status}: reset the board")
    return TrialRecord(
        seed=number,
        flips=word["FLIPS"],
        digest=word["DIGEST"],
        proven=True,
        status=TrialStatus(status),
        outcomes=Outcomes(
            answered=word["STATUS"] >> 16,
            masked=word["UNCHANGED"] & 0xFFFF,
            tolerated=word["UNCHANGED"] >> 16,
            critical=word["CHANGED"] & 0xFFFF,
            correct=word["CHANGED"] >> 16,
        ),
        cycles=word["CYCLES"],
        corrected=word["EVENTS"] & 0xFFFF,
        uncorrectable=word["EVENTS"] >> 16,
    )
