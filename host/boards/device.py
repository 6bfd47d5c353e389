# SPDX-License-Identifier: Apache-2.0
"""A device behind a link as a board: the same code for the simulated board and for real ones."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.boards.batches import next_batch, slices
from host.boards.board import Answer, BoardError, Counters, Exposed, Identity, Notify, TrialRecord
from host.boards.commands import PATIENCE_S, Commands
from host.boards.fit import require_exposable, require_fit, slice_cycles
from host.boards.loader import load_everything, load_stores
from host.boards.memories import memories
from host.boards.pace import Pace
from host.boards.proof import Injection, what_numbers
from host.boards.registers import Link, Registers, identify
from host.boards.stream import Astray, TrialStream
from host.boards.upset_log import UpsetLog
from host.faults import Exposures, FaultSet, Source
from host.image import MemoryImage
from host.networks import TestSet
from host.regmap import RECORD_WORDS, Region, TrialStatus, window
from host.twin import Inference

# Times in a row that a board may leave a trial with stores that are not golden before it counts as broken.
_RELOADS = 3

# Clock cycles a second of the slowest board, a simulated one beside other work.
_SLOWEST_HZ = 1e5

_Words = NDArray[np.uint32]
_NO_WORDS: _Words = np.zeros(0, dtype=np.uint32)


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
    baud
        Bit rate of the line; None for the one that the board woke up with.

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
        baud: int | None = None,
    ) -> None:
        self._link = link
        self._identity = identify(Registers(link), name)
        if baud is not None:
            self._identity = replace(self._identity, baud=baud)
        self._notify = notify
        self._on_close = on_close
        self._reloads = 0
        self._golden_cycles: int | None = None
        self._loaded: tuple[MemoryImage, TestSet, Inference] | None = None
        has = self._identity.capabilities
        self._registers = Registers(link)
        self._commands = Commands(link, self._identity)
        self._stream = TrialStream(link, self._commands, Pace(has.records, has.frame_words, len(RECORD_WORDS)))

    @property
    def identity(self) -> Identity:
        """Which board this is."""
        return self._identity

    @property
    def counters(self) -> Counters:
        """What it has cost so far."""
        link = self._link.counters
        return Counters(link.requests, link.retries, link.bytes_sent, link.bytes_received, self._reloads)

    @property
    def golden_cycles(self) -> int | None:
        """See :meth:`host.boards.board.Board.golden_cycles`."""
        return self._golden_cycles

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
        found = self._commands.digest()
        if found != image.digest:
            raise BoardError(
                f"the stores of board {self._identity.name} are not golden: digest {found:08x} instead of"
                f" {image.digest:08x}; start again, which loads them anew"
            )
        answer = self._commands.run()
        self._golden_cycles, outcomes = answer.cycles, answer.outcomes
        right = int(np.count_nonzero(golden.classes == test_set.labels))
        pictures = len(test_set.images)
        if outcomes.masked != pictures or outcomes.correct != right:
            raise BoardError(
                f"board {self._identity.name} gives the golden answer to {outcomes.masked} of {pictures} pictures"
                f" without any fault ({outcomes.correct} correct instead of {right}): it does not compute as the twin"
                " does, so rebuild it from this checkout"
            )

    def run_trials(self, source: Source | Exposures, first: int, count: int) -> Generator[TrialRecord, None, None]:
        """See :meth:`host.boards.board.Board.run_trials`."""
        image, test_set, _ = self._require_loaded()
        injection = Injection(image, source)
        done = failures = 0
        try:
            while done < count:
                try:
                    for record in self._some_trials(source, first + done, count - done):
                        proven = injection.prove(record, len(test_set.images))
                        done, failures = done + 1, 0
                        yield proven
                except Astray as astray:
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
        entries = _NO_WORDS if faults is None else faults.entries()
        scores = None
        try:
            with self._injected(entries, "a flip list was undone"):
                answer = self._commands.run()
                if details:
                    hung = answer.status is not TrialStatus.OK
                    scores = self._scores(image, 0 if hung else len(test_set.images))
        except Astray as astray:
            self._notify(f"{astray}: loaded the board again")
            self._reloads += 1
            self._load()
        if scores is None:
            return answer
        # The class is the index of the greatest score, the lowest on a tie, as in argmax (truth of both engines).
        classes = np.argmax(scores, axis=1).astype(np.uint16)
        return Answer(answer.status, answer.outcomes, answer.cycles, classes, scores)

    def stop(self) -> None:
        """See :meth:`host.boards.board.Board.stop`."""
        self._commands.stop()

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
        try:
            self._require_same()
            self.stop()
            load_everything(self._link, self._identity, image, test_set, golden)
            self.prove_golden()
        except BaseException:
            # Nothing may run on what was half loaded.
            self._loaded = None
            raise

    def _require_same(self) -> None:
        """Refuse to load what is no longer the board that was opened: it may have been configured anew meanwhile."""
        now = identify(Registers(self._link), self._identity.name)
        if replace(now, baud=0) != replace(self._identity, baud=0):
            raise BoardError(
                f"board {now.name} was configured anew (build id {now.build_id:08x}, was"
                f" {self._identity.build_id:08x}): start again, which sees what it can do now"
            )

    def _some_trials(self, source: Source | Exposures, first: int, count: int) -> Iterator[TrialRecord]:
        """The first of these trials, as many as one command runs; what their records claim is not proven yet."""
        image, _, _ = self._require_loaded()
        if isinstance(source, Exposures):
            yield from self._some_slices(source, first, count)
            return
        room = self._identity.capabilities.flips
        has = self._identity.capabilities
        if not has.records or (source.pattern.bits > 1 and not has.upsets):
            for number in range(first, first + count):
                yield self._by_hand(source, number)
            return
        batch = next_batch(source, first, count, image.space, room)
        if len(batch.entries) > room:
            yield self._by_hand(source, first)
        else:
            yield from self._stream.run(batch, image.digest, what_numbers(source))

    def _some_slices(self, source: Exposures, first: int, count: int) -> Iterator[TrialRecord]:
        """These slices of one history, which always starts from its first slice and golden stores."""
        image, test_set, _ = self._require_loaded()
        pictures = len(test_set.images)
        require_exposable(self._identity, source, pictures)
        batch = slices(source, first, count, image.space)
        has = self._identity.capabilities
        log = UpsetLog(self._link, has.upsets, has.frame_words)
        turns = bool(source.pictures)
        patience_s = PATIENCE_S + slice_cycles(source) / _SLOWEST_HZ
        self._registers.write_run("WINDOW", [pictures if turns else 0])
        self._registers.write_run("IMAGE_COUNT", [source.pictures or pictures])
        try:
            for record in self._stream.run(batch, image.digest, what_numbers(source), log, patience_s):
                number = record.seed
                upsets = log.take_before((source.place(number)[1] + 1) * source.period)
                scrubbed = left = None
                if number == batch.end - 1:
                    scrubbed = self._commands.scrubbed()
                    left = self._commands.digest() if source.any_cycle else None
                    self._restore(image)
                if number >= first:
                    yield replace(record, exposed=Exposed(upsets, scrubbed, left))
        except Astray:
            raise
        except BaseException:
            # Upsets may have stayed in: nothing may run before the board is loaded again.
            self._loaded = None
            raise
        self._registers.write_run("IMAGE_COUNT", [pictures])

    def _restore(self, image: MemoryImage) -> None:
        """Make the stores golden again: from the board's own copy, or from the host."""
        if self._identity.capabilities.golden_copy:
            self._commands.restore()
        else:
            load_stores(self._link, image)
        if self._commands.digest() != image.digest:
            raise Astray("the stores were not golden after a history")

    def _by_hand(self, source: Source, number: int) -> TrialRecord:
        """One trial, the sequencer's steps asked for one by one: on a board without one, or of a long list."""
        image, _, _ = self._require_loaded()
        faults = source.fault_set(number, image.space)
        faults.require_inside(image.space)
        flips, _ = source.inject(number, image.physical, image.space)
        trial = f"{what_numbers(source)} {number}"
        if self._commands.digest() != image.digest:
            raise Astray(f"the stores were not golden before the {trial}")
        with self._injected(faults.entries(), f"the {trial}") as flipped:
            if flipped != len(faults):
                raise BoardError(
                    f"{trial}: the board flipped {flipped} of {len(faults)} bits: rebuild it from this checkout"
                )
            injected = self._commands.digest()
            corrected, uncorrectable = self._commands.census()
            answer = self._commands.run()
        return TrialRecord(
            seed=number,
            flips=flips,
            digest=injected,
            proven=True,
            status=answer.status,
            outcomes=answer.outcomes,
            cycles=answer.cycles,
            corrected=corrected,
            uncorrectable=uncorrectable,
        )

    @contextmanager
    def _injected(self, entries: _Words, what: str) -> Iterator[int]:
        """Flips that are in the stores while the block runs; their number. Astray, after ``what``, if they stayed."""
        image, _, _ = self._require_loaded()
        try:
            yield self._commands.flip(entries)
            self._commands.flip(entries)
            restored = not len(entries) or self._commands.digest() == image.digest
        except BaseException:
            # Flips may have stayed in: nothing may run before the board is loaded again.
            self._loaded = None
            raise
        if not restored:
            raise Astray(f"the stores were not golden after {what}")

    def _scores(self, image: MemoryImage, pictures: int) -> NDArray[Any]:
        """Scores of the last run, as in :class:`host.twin.Inference`."""
        own = memories(image, self._identity.capabilities)
        count = own.score_words(pictures)
        return own.scores(self._link.read(window(Region.SCORES), count) if count else _NO_WORDS, pictures)
