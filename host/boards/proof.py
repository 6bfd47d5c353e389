# SPDX-License-Identifier: Apache-2.0
"""The proof of an injection: what a board says of a trial against the fault model's own computation."""

from __future__ import annotations

from collections.abc import Sequence

from host.boards.board import BoardError, TrialRecord
from host.faults import FaultList, Source, Walk
from host.image import Contents, MemoryImage, PhysicalWords, digest
from host.regmap import TrialStatus


def what_numbers(source: Source) -> str:
    """What the number of a trial is to the user: "trial with seed" goes before that of a sweep."""
    if isinstance(source, Walk):
        return "trial of the walk with number"
    if isinstance(source, FaultList):
        return "trial of the list with number"
    return "trial with seed"


class Injection:
    """The faults of a source in the stores of one image, computed on the host.

    Parameters
    ----------
    image
        Contents of the stores.
    source
        Where the faults come from.
    """

    def __init__(self, image: MemoryImage, source: Source) -> None:
        self._image = image
        self._source = source

    def stores(self, number: int) -> tuple[int, list[PhysicalWords]]:
        """Number of flips of a trial, and the stores with them applied."""
        return self._source.inject(number, self._image.physical, self._image.space)

    def digest(self, stores: Sequence[PhysicalWords]) -> int:
        """Digest of all stores."""
        return digest(stores)

    def contents(self, stores: Sequence[PhysicalWords]) -> Contents:
        """What the decoders make of them."""
        return self._image.decode(stores)

    def prove(self, record: TrialRecord, pictures: int) -> None:
        """Compare a board's record with the fault model.

        Raises
        ------
        BoardError
            If the flips, the digest or the counts cannot be, naming the trial.
        """
        trial = f"{what_numbers(self._source)} {record.seed}"
        flips, stores = self.stores(record.seed)
        if record.flips != flips:
            raise BoardError(
                f"{trial}: the board flipped {record.flips} bits, the fault model {flips}; the build and this host"
                " disagree about its faults, so rebuild the board from this checkout"
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
        _check_counts(record, pictures, trial)


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
