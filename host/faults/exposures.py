# SPDX-License-Identifier: Apache-2.0
"""Histories of stores in a beam, as a source of trials: a trial is a slice of a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from host.faults.beam import NEVER, Beam, Upsets
from host.faults.exposure import NO_SCRUBBING, Scrubbing, Slice, Stuck, expose
from host.faults.pattern import SINGLE_BIT, Pattern
from host.image import MemoryImage, PhysicalSpace

# Numbers of slices count from a multiple of this.
_NUMBERS = 1 << 20


@dataclass(frozen=True, eq=False)
class Exposures:
    """Slices of histories one after the other; a history begins with golden stores and has a seed of its own.

    Slice ``n`` (modulo 2^20) belongs to history ``n // slices``; the seed of a history is its first slice's number.

    Attributes
    ----------
    probability
        That an upset arrives in a tick.
    stores
        Ids of the stores that are hit, ascending.
    slices
        Slices of a history.
    period
        Ticks of a slice.
    scrubbing, stuck, pattern
        What happens besides.
    any_cycle
        Upsets and scrubs come while the pictures run, each in its own clock cycle; otherwise between slices.
    pictures
        Pictures that a slice runs, and the next slice those after them; 0: all, in each slice.

    Raises
    ------
    ValueError
        If a history does not fit the numbers or the clock of a board.
    """

    probability: float
    stores: tuple[int, ...]
    slices: int
    period: int
    scrubbing: Scrubbing = NO_SCRUBBING
    stuck: Stuck = field(default_factory=Stuck)
    pattern: Pattern = SINGLE_BIT
    any_cycle: bool = False
    pictures: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.slices <= _NUMBERS:
            raise ValueError(f"a history of {self.slices} slices cannot be run: give 1 to {_NUMBERS}")
        if not 1 <= self.period * self.slices < NEVER:
            raise ValueError(f"{self.slices} slices of {self.period} ticks are not 1 to 2^48 - 2 ticks")
        if self.pictures < 0:
            raise ValueError(f"{self.pictures} pictures of a slice cannot be run: give 1 or more, or 0 for all")
        if not 0 <= self.scrubbing.interval < NEVER:
            raise ValueError(f"a scrub every {self.scrubbing.interval} ticks cannot be: give 0 to 2^48 - 2")

    def place(self, number: int) -> tuple[int, int]:
        """Number of the first slice of a slice's history, and the slice's place in it, from 0."""
        place = number % _NUMBERS % self.slices
        return number - place, place

    def beam(self, number: int) -> Beam:
        """The beam of a slice's history."""
        return Beam(self.probability, self.stores, self.place(number)[0])

    def upsets(self, number: int, space: PhysicalSpace) -> Upsets:
        """All upsets of a slice's history."""
        return self.beam(number).upsets(space, self.period * self.slices)

    def history(self, number: int, image: MemoryImage) -> Iterator[Slice]:
        """The slices of a slice's history, from the first on."""
        upsets = self.upsets(number, image.space)
        return expose(image, upsets, self.period, self.slices, self.scrubbing, self.stuck, self.pattern)

    def window(self, number: int, pictures: int) -> slice:
        """Which of a test set's pictures a slice runs."""
        if not self.pictures:
            return slice(0, pictures)
        turns = max(1, pictures // self.pictures)
        begin = self.place(number)[1] % turns * self.pictures
        return slice(begin, begin + self.pictures)
