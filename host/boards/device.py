# SPDX-License-Identifier: Apache-2.0
"""A device behind a link as a board: the same code for the simulated board and for real ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.boards.board import (
    Answer,
    BoardError,
    Counters,
    Identity,
    Notify,
    Outcomes,
    TrialRecord,
)
from host.boards.fit import require_fit
from host.boards.loader import load_everything
from host.boards.memories import memories
from host.boards.pace import HEAD_WORDS, Pace
from host.boards.proof import Injection
from host.boards.registers import Link, Registers, identify
from host.faults import FaultSet, Source, Sweep
from host.image import MemoryImage
from host.networks import TestSet
from host.regmap import RECORD_WORDS, Command, Inject, Region, TrialStatus, window
from host.twin import Inference

# Bits of STATUS (docs/registers.md).
_BUSY = 1

# Times in a row that a board may leave a trial with stores that are not golden before it counts as broken.
_RELOADS = 3

# Longest time without a sign of progress, in seconds. The watchdog of the board ends any run long before.
_PATIENCE_S = 600.0

_Words = NDArray[np.uint32]


class _Astray(Exception):
    """The stores were not golden where they had to be."""


class DeviceBoard:
    """The board-independent top behind a link.

    Parameters
    ----------
    link
        An open link; nothing is written before the register map and the engine are known to be right.
    name
        Name in the catalogue.
    notify
        Told in one sentence when the board had to be put right.
    on_close
        Called after the link was closed, for whatever was started with it.

    Raises
    ------
    BoardError
        If the device was built from another register map.
    """

    def __init__(
        self,
        link: Link,
        name: str,
        *,
        notify: Notify = lambda text: None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._registers = Registers(link)
        self._identity = identify(self._registers, name)
        self._notify = notify
        self._on_close = on_close
        self._reloads = 0
        self._loaded: tuple[MemoryImage, TestSet, Inference] | None = None
        has = self._identity.capabilities
        self._pace = Pace(has.records, has.frame_words, len(RECORD_WORDS))

    @property
    def identity(self) -> Identity:
        """Which board this is."""
        return self._identity

    @property
    def counters(self) -> Counters:
        """What it has cost so far."""
        link = self._link.counters
        return Counters(link.requests, link.retries, link.bytes_sent, link.bytes_received, self._reloads)

    def load(self, image: MemoryImage, test_set: TestSet, golden: Inference) -> None:
        """See :meth:`host.boards.board.Board.load`."""
        if golden.hung or len(golden.classes) != len(test_set.images):
            raise BoardError("the golden answers are not those of these pictures: run the twin on the same test set")
        require_fit(self._identity, image, len(test_set.images))
        self._loaded = image, test_set, golden
        self._load()

    def prove_golden(self) -> None:
        """See :meth:`host.boards.board.Board.prove_golden`."""
        image, test_set, golden = self._require_loaded()
        found = self._digest()
        if found != image.digest:
            raise BoardError(
                f"the stores of board {self._identity.name} are not golden: digest {found:08x} instead of"
                f" {image.digest:08x}; start again, which loads them anew"
            )
        outcomes = self._run().outcomes
        right = int(np.count_nonzero(golden.classes == test_set.labels))
        pictures = len(test_set.images)
        if outcomes.masked != pictures or outcomes.correct != right:
            raise BoardError(
                f"board {self._identity.name} gives the golden answer to {outcomes.masked} of {pictures} pictures"
                f" without any fault ({outcomes.correct} correct instead of {right}): it does not compute as the twin"
                " does, so rebuild it from this checkout"
            )

    def run_trials(self, source: Source, first: int, count: int) -> Generator[TrialRecord, None, None]:
        """See :meth:`host.boards.board.Board.run_trials`."""
        image, test_set, _ = self._require_loaded()
        if not isinstance(source, Sweep):
            raise BoardError(f"board {self._identity.name} injects sweeps only: use --board twin")
        injection = Injection(image, source)
        mask = sum(1 << store for store in source.stores)
        done = failures = 0
        try:
            while done < count:
                try:
                    for record in self._stream(first + done, count - done, source.threshold, mask):
                        injection.prove(record, len(test_set.images))
                        done, failures = done + 1, 0
                        yield record
                except _Astray as astray:
                    failures += 1
                    if failures > _RELOADS:
                        raise BoardError(f"{astray}, {failures} times in a row: its memory is not sound") from None
                    self._notify(f"{astray}: loaded the board again and repeated the trial")
                    self._reloads += 1
                    self._load()
        except (BoardError, GeneratorExit, KeyboardInterrupt):
            self.stop()
            raise

    def infer(self, faults: FaultSet | None = None, *, details: bool = False) -> Answer:
        """See :meth:`host.boards.board.Board.infer`."""
        image, test_set, _ = self._require_loaded()
        entries = np.zeros(0, dtype=np.uint32) if faults is None else faults.entries()
        try:
            self._flip(entries)
            answer = self._run()
            hung = answer.status is not TrialStatus.OK
            scores = None
            if details:
                scores = self._scores(image, 0 if hung else len(test_set.images))
            if len(entries):
                self._flip(entries)
                if self._digest() != image.digest:
                    self._notify("the stores were not golden after a flip list was undone: loaded the board again")
                    self._reloads += 1
                    self._load()
        except BaseException:
            # Flips may have stayed in: nothing may run before the board is loaded again.
            self._loaded = None
            raise
        if scores is None:
            return answer
        # The class is the index of the greatest score, the lowest on a tie, as in argmax (truth of both engines).
        classes = np.argmax(scores, axis=1).astype(np.uint16)
        return Answer(answer.status, answer.outcomes, answer.cycles, classes, scores)

    def stop(self) -> None:
        """See :meth:`host.boards.board.Board.stop`."""
        if self._registers.read("STATUS") & _BUSY:
            self._registers.write_run("COMMAND", [Command.STOP])
            self._await_idle()

    def close(self) -> None:
        """See :meth:`host.boards.board.Board.close`."""
        self._link.close()
        self._on_close()

    def _require_loaded(self) -> tuple[MemoryImage, TestSet, Inference]:
        if self._loaded is None:
            raise BoardError("nothing is loaded: call load() before trials")
        return self._loaded

    def _load(self) -> None:
        image, test_set, golden = self._require_loaded()
        self.stop()
        load_everything(self._link, self._identity, image, test_set, golden)
        self.prove_golden()

    def _await_idle(self) -> int:
        """Wait for the command in hand; how it ended (bits 15:8 of STATUS)."""
        wait_s, end = 0.001, time.monotonic() + _PATIENCE_S
        while (status := self._registers.read("STATUS")) & _BUSY:
            if time.monotonic() > end:
                raise BoardError(f"board {self._identity.name} has been busy for {_PATIENCE_S:.0f} s: reset it")
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, 0.05)
        return status >> 8 & 0xFF

    def _digest(self) -> int:
        """Digest of all stores, computed on the board."""
        everything = (1 << len(self._identity.capabilities.stores)) - 1
        self._registers.write_run("STORE_MASK", [everything])
        self._registers.write_run("COMMAND", [Command.DIGEST])
        self._await_idle()
        return self._registers.read("DIGEST")

    def _run(self) -> Answer:
        """Run the pictures once."""
        self._registers.write_run("COMMAND", [Command.RUN])
        status = TrialStatus(self._await_idle())
        was = self._registers.read_run("CYCLES", "CORRECT")
        outcomes = Outcomes(was["ANSWERED"], was["MASKED"], was["TOLERATED"], was["CRITICAL"], was["CORRECT"])
        return Answer(status, outcomes, was["CYCLES"])

    def _flip(self, entries: _Words) -> None:
        """Apply flip-list entries, as many at a time as the list holds."""
        room = self._identity.capabilities.flips
        for start in range(0, len(entries), room):
            part = entries[start : start + room]
            self._link.write(window(Region.FLIPS), part)
            self._registers.write_run("FLIP_COUNT", [len(part)])
            self._registers.write_run("COMMAND", [Command.FLIP])
            self._await_idle()
            refused = self._registers.read("FLIP_REFUSED")
            if refused:
                raise BoardError(f"{refused} flips name no physical bit of board {self._identity.name}")

    def _scores(self, image: MemoryImage, pictures: int) -> NDArray[Any]:
        """Scores of the last run, as in :class:`host.twin.Inference`."""
        own = memories(image, self._identity.capabilities)
        count = own.score_words(pictures)
        return own.scores(self._link.read(window(Region.SCORES), count) if count else _NO_WORDS, pictures)

    def _stream(self, first_seed: int, count: int, threshold: int, mask: int) -> Iterator[TrialRecord]:
        """Start trials and yield their records; raise _Astray where the stores were not golden."""
        image, _, _ = self._require_loaded()
        # SEED_LOW … COMMAND follow one another, so one request starts the trials.
        low, high = first_seed & 0xFFFFFFFF, first_seed >> 32
        setup = [low, high, threshold & 0xFFFFFFFF, threshold >> 32, mask, 0, count, image.digest]
        setup += [Inject.SWEEP, 0, Command.TRIALS]
        self._await_idle()
        self._registers.write_run("SEED_LOW", setup)
        pace, received, last = self._pace, 0, 0
        pace.start(time.monotonic())
        end = time.monotonic() + _PATIENCE_S
        ended = False
        while received < count:
            time.sleep(0 if ended else pace.wait_s(count - received, last))
            answer = self._link.records(received, HEAD_WORDS + pace.most * len(RECORD_WORDS))
            now, last = time.monotonic(), len(answer.words)
            pace.seen(last, now)
            if answer.first != received:
                raise BoardError(f"asked for record {received}, the board sent record {answer.first}: reset the board")
            for words in answer.words:
                seed = first_seed + received
                yield _record(words, seed)
                received += 1
            if last:
                end = now + _PATIENCE_S
            elif ended:
                _raise_end(answer.status, first_seed + received)
            elif now > end:
                raise BoardError(f"no trial for {_PATIENCE_S:.0f} s at seed {first_seed + received}: reset the board")
            ended = not answer.status & _BUSY


_NO_WORDS: _Words = np.zeros(0, dtype=np.uint32)


def _raise_end(status: int, seed: int) -> None:
    """The trials ended early: say why."""
    if status >> 8 & 0xFF == TrialStatus.NOT_GOLDEN:
        raise _Astray(f"the stores were not golden before the trial with seed {seed}")
    raise BoardError(f"the board stopped before the trial with seed {seed} (STATUS {status:08x}): reset the board")


def _record(words: _Words, seed: int) -> TrialRecord:
    """A record of the ring as a value; ``seed`` is the one that must be in it."""
    word = {name: int(words[i]) for i, (name, _) in enumerate(RECORD_WORDS)}
    if word["FAULTS"] != seed & 0xFFFFFFFF:
        raise BoardError(f"trial with seed {seed}: the board reports seed {word['FAULTS']:08x}: reset the board")
    status = word["STATUS"] & 0xFF
    if status == TrialStatus.NOT_RESTORED:
        raise _Astray(f"the stores were not golden after the trial with seed {seed}")
    if status not in (TrialStatus.OK, TrialStatus.HANG, TrialStatus.CYCLE_LIMIT):
        raise BoardError(f"trial with seed {seed}: the board reports unknown status {status}: reset the board")
    return TrialRecord(
        seed=seed,
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
