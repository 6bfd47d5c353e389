# SPDX-License-Identifier: Apache-2.0
"""The beam: when upsets arrive and which bits they hit (docs/faults.md, "The beam")."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.faults.fault_set import pack_entry, unpack_entry
from host.faults.random_words import threefry4x32
from host.image import PhysicalSpace
from host.regmap import GAP_DIGITS

#: The last tick there is: a time at or beyond it never comes.
NEVER = (1 << GAP_DIGITS) - 1

#: A site where a thousand draws found none, as an entry of the flip list: it names no bit.
NO_SITE = 0x001FFFFF

_SITE_BLOCKS = 256
_BATCH = 256
# The fourth word of the counter: that of a sweep's random words is 0.
_DOMAIN = 1


@dataclass(frozen=True, eq=False)
class Upsets:
    """Upsets in order of time.

    Attributes
    ----------
    at
        uint64[n] tick of each.
    site
        uint32[n] bit that each hits, as an entry of the flip list; with a pattern, the first bit of it.
    """

    at: NDArray[np.uint64]
    site: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True)
class Beam:
    """Upsets that arrive at a rate, in any physical bit of the chosen stores alike.

    Attributes
    ----------
    probability
        That an upset arrives in a tick, 0 … 1/2.
    stores
        Ids of the stores that are hit.
    seed
        0 … 2^64 − 1.

    Raises
    ------
    ValueError
        If the probability or the seed is out of range.
    """

    probability: float
    stores: tuple[int, ...]
    seed: int

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 0.5:
            raise ValueError(f"{self.probability} upsets a tick is no rate: give 0 to 0.5")
        if not 0 <= self.seed < 1 << 64:
            raise ValueError(f"seed {self.seed} does not fit 64 bits: give a number from 0 to 2^64 - 1")

    @property
    def targets(self) -> tuple[int, ...]:
        """Stores that are hit at all; none when the rate is 0."""
        return self.stores if self.probability else ()

    @property
    def thresholds(self) -> list[int]:
        """Registers GAP (:func:`gap_thresholds`)."""
        return gap_thresholds(self.probability)

    def site_mask(self, space: PhysicalSpace) -> int:
        """Register SITE_MASK: the bits that are set in some entry of the flip list that names a bit of the stores."""
        stores = [store for store in self.targets if space.extents[store]]
        if not stores:
            return 0
        word = (1 << (max(space.extents[store] for store in stores) - 1).bit_length()) - 1
        bit = (1 << (max(space.widths[store] for store in stores) - 1).bit_length()) - 1
        number = 0
        for store in stores:
            number |= store
        return pack_entry(number, word, bit)

    def upsets(self, space: PhysicalSpace, end: int) -> Upsets:
        """All upsets before tick ``end``."""
        found = list(self._batches(space, end))
        if not found:
            return Upsets(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.uint32))
        at = np.concatenate([part.at for part in found])
        count = int(np.searchsorted(at, np.uint64(end), side="left"))
        return Upsets(at[:count], np.concatenate([part.site for part in found])[:count])

    def _batches(self, space: PhysicalSpace, end: int) -> Iterator[Upsets]:
        """Upsets, a batch at a time, until one is at or after ``end``."""
        if not any(space.extents[store] for store in self.targets):
            return
        last, number = -1, 0
        end = min(end, NEVER)
        while last < end:
            count = np.arange(number, number + _BATCH, dtype=np.uint32)
            # Python's integers: the sum saturates at 48 bits, and a gap has as many
            ticks = []
            for gap, longer in zip(*(column.tolist() for column in self._gaps(count)), strict=True):
                last = NEVER if longer else min(last + 1 + gap, NEVER)
                ticks.append(last)
            yield Upsets(np.array(ticks, dtype=np.uint64), self._sites(count, space))
            number += _BATCH

    def _words(self, number: NDArray[np.uint32], kind: int, block: int) -> NDArray[np.uint32]:
        """Four random words of each upset, uint32[4, n]."""
        constant = np.zeros_like(number)
        counter = np.stack((number, constant + np.uint32(kind), constant + np.uint32(block), constant + _DOMAIN))
        return threefry4x32(counter.astype(np.uint32), (self.seed & 0xFFFFFFFF, self.seed >> 32, 0, 0))

    def _gaps(self, number: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """Ticks between each upset and the one before it, modulo 2^48, and whether they are more than that."""
        gaps = np.zeros(len(number), dtype=np.uint64)
        limits = self.thresholds
        for block in range(GAP_DIGITS // 4):
            for part, words in enumerate(self._words(number, 0, block)):
                digit = 4 * block + part
                gaps |= (words < np.uint32(limits[digit])).astype(np.uint64) << np.uint64(digit)
        return gaps, self._words(number, 0, GAP_DIGITS // 4)[0] < np.uint32(limits[GAP_DIGITS])

    def _sites(self, number: NDArray[np.uint32], space: PhysicalSpace) -> NDArray[np.uint32]:
        """Bit that each upset hits: the first candidate that is a bit of a chosen store."""
        mask = np.uint32(self.site_mask(space))
        extents, widths = (np.zeros(8, dtype=np.uint32) for _ in range(2))
        for store in self.targets:
            extents[store], widths[store] = space.extents[store], space.widths[store]
        sites = np.full(len(number), NO_SITE, dtype=np.uint32)
        left = np.arange(len(number))
        for block in range(_SITE_BLOCKS):
            words = self._words(number[left], 1, block)
            for part in words:
                candidate = part & mask
                store, word, bit = unpack_entry(candidate)
                hit = (word < extents[store]) & (bit < widths[store])
                # the first of a block's four that hits
                fresh = hit & (sites[left] == NO_SITE)
                sites[left[fresh]] = candidate[fresh]
            left = left[sites[left] == NO_SITE]
            if not len(left):
                break
        return sites


def gap_thresholds(probability: float) -> list[int]:
    """Thresholds of the binary digits of a geometric variable, least significant first.

    A geometric variable G with P(G = g) = p (1 − p)^g has independent binary digits: its probability is a product over
    the digits of g. Digit ``i`` is one with probability r/(1 + r), r = (1 − p)^(2^i). What lies above the digits that
    are drawn is independent of them, and not 0 with probability (1 − p)^(2^GAP_DIGITS).

    Parameters
    ----------
    probability
        p, 0 … 1/2.

    Returns
    -------
    list of int
        ``round(2^32 · P)`` of each of GAP_DIGITS digits, then of there being more, at most 2^32 − 1.
    """
    limits = []
    for digit in range(GAP_DIGITS + 1):
        # (1 − p)^(2^i) as an exponential: exact for the smallest p, and no underflow before it is 0
        exponent = math.ldexp(math.log1p(-probability), digit)
        r = math.exp(exponent) if exponent > -60 else 0.0
        limits.append(min(round(2**32 * (r / (1 + r) if digit < GAP_DIGITS else r)), 2**32 - 1))
    return limits
