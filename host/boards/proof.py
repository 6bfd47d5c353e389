# SPDX-License-Identifier: Apache-2.0
"""The proof of an injection: what a board says of a trial against the fault model's own computation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from host.boards.board import BoardError, TrialRecord
from host.faults import digest, flip_masks
from host.image import MemoryImage
from host.regmap import TrialStatus

Words = NDArray[np.uint32]


class Injection:
    """The sweeps of one threshold over chosen stores of one image, computed on the host.

    Parameters
    ----------
    image
        Contents of the stores.
    threshold
        Flip threshold, 0 … 2^32.
    stores
        Ids of the stores to upset.
    """

    def __init__(self, image: MemoryImage, threshold: int, stores: Iterable[int]) -> None:
        self._golden = image.words
        self._threshold = threshold
        self._chosen = sorted(set(stores))

    def stores(self, seed: int) -> tuple[int, list[Words]]:
        """Number of flips of a seed, and the stores with them applied."""
        upset: list[Words] = list(self._golden)
        flips = 0
        for store in self._chosen:
            masks = flip_masks(seed, self._threshold, store, len(upset[store]))
            flips += int(np.bitwise_count(masks).sum())
            upset[store] = upset[store] ^ masks
        return flips, upset

    def digest(self, stores: Sequence[Words]) -> int:
        """Digest of all stores."""
        return digest(stores)

    def prove(self, record: TrialRecord, pictures: int) -> None:
        """Compare a board's record with the fault model.

        Raises
        ------
        BoardError
            If the flips, the digest or the counts cannot be, naming the trial's seed.
        """
        trial = f"trial with seed {record.seed}"
        flips, stores = self.stores(record.seed)
        if record.flips != flips:
            raise BoardError(
                f"{trial}: the board flipped {record.flips} bits, the fault model {flips}; the build and this host"
                " disagree about the sweep, so rebuild the board from this checkout"
            )
        expected = self.digest(stores)
        if record.digest != expected:
            raise BoardError(
                f"{trial}: the injected stores have digest {record.digest:08x} on the board, {expected:08x} in the"
                " fault model; other bits flipped than drawn, so rebuild the board from this checkout"
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
