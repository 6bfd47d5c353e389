# SPDX-License-Identifier: Apache-2.0
"""Where the faults of trials come from (docs/faults.md, "Ways to inject").

A source is a function from the number of a trial to its fault set, for given physical bits; it has no state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from host.faults.fault_set import FaultSet
from host.faults.pattern import SINGLE_BIT, Pattern
from host.faults.sampling import flip_masks, sweep
from host.image import PhysicalSpace, PhysicalWords


class Source(Protocol):
    """What every source can tell of a trial; ``space`` are the physical bits that there are."""

    @property
    def pattern(self) -> Pattern:
        """What the board flips where the source hits a bit."""

    def fault_set(self, number: int, space: PhysicalSpace) -> FaultSet:
        """The faults of a trial."""

    def inject(
        self, number: int, stores: Sequence[PhysicalWords], space: PhysicalSpace
    ) -> tuple[int, list[PhysicalWords]]:
        """Flips of a trial, a bit that flips twice counted twice, and the stores with them; others are not copied."""


@dataclass(frozen=True)
class Sweep:
    """Every physical bit of the chosen stores is hit with probability ``threshold / 2^32``; a trial's number is a seed.

    Attributes
    ----------
    threshold
        0 … 2^32.
    stores
        Ids of the stores to upset.
    pattern
        What flips where a bit is hit.
    """

    threshold: int
    stores: tuple[int, ...]
    pattern: Pattern = SINGLE_BIT

    def fault_set(self, number: int, space: PhysicalSpace) -> FaultSet:
        """See :meth:`Source.fault_set`."""
        return self.pattern.spread(sweep(number, self.threshold, space, self.stores), space)[1]

    def inject(
        self, number: int, stores: Sequence[PhysicalWords], space: PhysicalSpace
    ) -> tuple[int, list[PhysicalWords]]:
        """See :meth:`Source.inject`."""
        if self.pattern.bits > 1:
            hit = sweep(number, self.threshold, space, self.stores)
            flips, faults = self.pattern.spread(hit, space)
            return flips, faults.apply(stores)
        upset, flips = list(stores), 0
        for store in self.stores:
            masks = flip_masks(number, self.threshold, store, space)
            flips += int(np.bitwise_count(masks).sum())
            upset[store] = upset[store] ^ masks
        return flips, upset


@dataclass(frozen=True)
class Walk:
    """One upset a trial: trial ``number`` hits that physical bit of the chosen stores.

    Bits are numbered in order of store, code word and bit, padding included.

    Attributes
    ----------
    stores
        Ids of the stores, ascending.
    pattern
        What flips where a bit is hit.
    """

    stores: tuple[int, ...]
    pattern: Pattern = SINGLE_BIT

    def bits(self, space: PhysicalSpace) -> int:
        """Number of physical bits, and so of trials of a whole walk."""
        return space.bits(self.stores)

    def place(self, number: int, space: PhysicalSpace) -> tuple[int, int, int]:
        """Store id, code word and bit of a trial's flip.

        Raises
        ------
        IndexError
            If the stores have not so many bits.
        """
        left = number
        for store in self.stores:
            width, bits = space.widths[store], space.bits([store])
            if 0 <= left < bits:
                return store, left // width, left % width
            left -= bits
        raise IndexError(f"the chosen stores have bits 0 ... {self.bits(space) - 1}; there is no {number}")

    def fault_set(self, number: int, space: PhysicalSpace) -> FaultSet:
        """See :meth:`Source.fault_set`."""
        return self.pattern.spread(FaultSet.of([self.place(number, space)]), space)[1]

    def inject(
        self, number: int, stores: Sequence[PhysicalWords], space: PhysicalSpace
    ) -> tuple[int, list[PhysicalWords]]:
        """See :meth:`Source.inject`."""
        if self.pattern.bits > 1:
            faults = self.fault_set(number, space)
            return len(faults), faults.apply(stores)
        store, word, bit = self.place(number, space)
        upset = list(stores)
        upset[store] = upset[store].copy()
        upset[store][word, bit // 32] ^= np.uint32(1 << bit % 32)
        return 1, upset


@dataclass(frozen=True)
class FaultList:
    """Fault sets given one by one; trial ``number`` has the ``number``-th, from 0.

    Attributes
    ----------
    sets
        The fault sets.
    """

    #: The sets name each bit that flips.
    pattern: ClassVar[Pattern] = SINGLE_BIT

    sets: tuple[FaultSet, ...]

    def fault_set(self, number: int, space: PhysicalSpace) -> FaultSet:
        """See :meth:`Source.fault_set`."""
        return self.sets[number]

    def inject(
        self, number: int, stores: Sequence[PhysicalWords], space: PhysicalSpace
    ) -> tuple[int, list[PhysicalWords]]:
        """See :meth:`Source.inject`."""
        return len(self.sets[number]), self.sets[number].apply(stores)
