# SPDX-License-Identifier: Apache-2.0
"""The proof of an injection: what a board says of a trial against the fault model's own computation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from host.boards.board import BoardError, Exposed, LoggedUpset, TrialRecord
from host.faults import Exposures, FaultList, Source, Walk
from host.faults.exposure import Slice
from host.image import Contents, MemoryImage, PhysicalWords, digest
from host.regmap import TrialStatus


def what_numbers(source: Source | Exposures) -> str:
    """What the number of a trial is to the user: "trial with seed" goes before that of a sweep."""
    if isinstance(source, Walk):
        return "trial of the walk with number"
    if isinstance(source, FaultList):
        return "trial of the list with number"
    if isinstance(source, Exposures):
        return "slice with number"
    return "trial with seed"


@dataclass(frozen=True, eq=False)
class Injected:
    """The stores of a trial.

    Attributes
    ----------
    flips
        Bits flipped, one that flips twice counted twice.
    stores
        uint32[extent, parts] by store id.
    exposed
        What happened in a slice; the upsets' clock cycles are 0.
    """

    flips: int
    stores: list[PhysicalWords]
    exposed: Exposed | None = None


class Injection:
    """The faults of a source in the stores of one image, computed on the host.

    Parameters
    ----------
    image
        Contents of the stores.
    source
        Where the faults come from.
    """

    def __init__(self, image: MemoryImage, source: Source | Exposures) -> None:
        self._image = image
        self._source = source
        self._history: Iterator[Slice] | None = None
        self._start = 0  # number of its first slice
        self._next = 0  # number of the slice that the history yields next
        self._after: list[PhysicalWords] = []  # stores that the one before it left

    def at(self, number: int) -> Injected:
        """Faults and stores of a trial. Slices are to be asked for in ascending order."""
        if isinstance(self._source, Exposures):
            return self._slice(self._source, number)
        flips, stores = self._source.inject(number, self._image.physical, self._image.space)
        return Injected(flips, stores)

    def _slice(self, source: Exposures, number: int) -> Injected:
        start, _ = source.place(number)
        if self._history is None or start != self._start or self._next > number:
            self._history = source.history(number, self._image)
            self._start, self._next, self._after = start, start, self._image.physical
        for _ in range(self._next, number + 1):
            before, state = self._after, next(self._history)
            # the history changes its stores from slice to slice
            self._after = [words.copy() for words in state.stores] if source.any_cycle else state.stores
        self._next = number + 1
        pairs = zip(state.upsets.at.tolist(), state.upsets.site.tolist(), strict=True)
        exposed = Exposed(tuple(LoggedUpset(tick, site, 0) for tick, site in pairs), state.scrubbed)
        # Where upsets come among the pictures, the board takes the digest before them.
        return Injected(state.flips, before if source.any_cycle else state.stores, exposed)

    def digest(self, stores: Sequence[PhysicalWords]) -> int:
        """Digest of all stores."""
        return digest(stores)

    def contents(self, stores: Sequence[PhysicalWords]) -> Contents:
        """What the decoders make of them."""
        return self._image.decode(stores)

    def prove(self, record: TrialRecord, pictures: int) -> TrialRecord:
        """Compare a board's record with the fault model.

        Returns
        -------
        TrialRecord
            The record with what the model alone knows: which words are wrong and, of a slice, what the scrubber has
            seen where nobody has looked.

        Raises
        ------
        BoardError
            If the flips, the digest or the counts cannot be, naming the trial.
        """
        trial = f"{what_numbers(self._source)} {record.seed}"
        injected = self.at(record.seed)
        stores = injected.stores
        if record.flips != injected.flips:
            raise BoardError(
                f"{trial}: the board flipped {record.flips} bits, the fault model {injected.flips}; the build and this"
                " host disagree about its faults, so rebuild the board from this checkout"
            )
        expected = self.digest(stores)
        if record.digest != expected:
            raise BoardError(
                f"{trial}: the injected stores have digest {record.digest:08x} on the board, {expected:08x} in the"
                " fault model; other bits flipped than drawn, so rebuild the board from this checkout"
            )
        seen = self.contents(stores)
        if (record.corrected, record.uncorrectable) != (seen.corrected, seen.uncorrectable):
            raise BoardError(
                f"{trial}: the board found {record.corrected} code words to correct and {record.uncorrectable} that"
                f" cannot be, the host's codes {seen.corrected} and {seen.uncorrectable}; the build and this host"
                " disagree about its codes, so rebuild the board from this checkout"
            )
        some = self._source.pictures if isinstance(self._source, Exposures) else 0
        _check_counts(record, some or pictures, trial)
        proven = replace(record, wrong=seen.wrong)
        if record.exposed is None or injected.exposed is None:
            return proven
        _check_exposed(record.exposed, injected.exposed, trial)
        left = record.exposed.left
        if left is not None and left != (expected := self.digest(self._after)):
            raise BoardError(
                f"{trial}: it left stores with digest {left:08x} on the board, {expected:08x} in the fault"
                " model; the build and this host disagree about its faults, so rebuild the board from this checkout"
            )
        return replace(proven, exposed=replace(record.exposed, scrubbed=injected.exposed.scrubbed))


def _check_exposed(seen: Exposed, model: Exposed, trial: str) -> None:
    logged, drawn = ([(upset.tick, upset.site) for upset in exposed.upsets] for exposed in (seen, model))
    if logged != drawn:
        different = next((i for i, (a, b) in enumerate(zip(logged, drawn, strict=False)) if a != b), None)
        what = f"{len(logged)} upsets instead of {len(drawn)}" if different is None else f"another upset {different}"
        raise BoardError(
            f"{trial}: the board logged {what}; the build and this host disagree about its beam, so rebuild the board"
            " from this checkout"
        )
    if seen.scrubbed is not None and model.scrubbed is not None and seen.scrubbed != model.scrubbed.counted():
        raise BoardError(
            f"{trial}: the scrubber of the board has seen {seen.scrubbed}, the model's {model.scrubbed}; the build and"
            " this host disagree about its scrubber, so rebuild the board from this checkout"
        )


def _check_counts(record: TrialRecord, pictures: int, trial: str) -> None:
    seen = record.outcomes
    whole = seen.answered == pictures
    if record.status is TrialStatus.OK and not whole:
        raise BoardError(f"{trial}: status OK, but {seen.answered} of {pictures} pictures were answered")
    if record.status is TrialStatus.HANG and whole:
        raise BoardError(f"{trial}: status HANG, but all {pictures} pictures were answered")
    judged = seen.masked + seen.tolerated + seen.critical
    if judged != seen.answered or seen.correct > seen.answered:
        raise BoardError(
            f"{trial}: {seen.masked} masked, {seen.tolerated} tolerated, {seen.critical} critical and {seen.correct}"
            f" correct cannot come from {seen.answered} answered pictures"
        )
