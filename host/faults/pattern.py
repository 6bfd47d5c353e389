# SPDX-License-Identifier: Apache-2.0
"""Patterns: the neighbouring bits that one upset flips together (docs/faults.md, "Patterns")."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.faults.fault_set import FaultSet
from host.image import PhysicalSpace

_MOST_ROWS, _MOST_COLUMNS = 2, 4
_INTERLEAVES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Pattern:
    """A block of bits of the memory, as rows of code words lie in it.

    Attributes
    ----------
    rows, columns
        Size of the block: 1 or 2 rows, 1 to 4 columns.
    interleave
        Code words of a row, bit by bit in turn: 1, 2, 4 or 8. With 1, columns are the bits of a code word.

    Raises
    ------
    ValueError
        If no board has such a pattern.
    """

    rows: int = 1
    columns: int = 1
    interleave: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.rows <= _MOST_ROWS or not 1 <= self.columns <= _MOST_COLUMNS:
            raise ValueError(f"a pattern has 1 or 2 rows and 1 to 4 columns, such as 1x2; got {self}")
        if self.interleave not in _INTERLEAVES:
            raise ValueError(f"rows hold 1, 2, 4 or 8 code words, not {self.interleave}")

    @classmethod
    def parse(cls, text: str, interleave: int = 1) -> Pattern:
        """The pattern that is written as rows, ``x``, columns."""
        if (found := re.fullmatch(r"(\d+)x(\d+)", text)) is None:
            raise ValueError(f"{text!r} is no pattern: write rows and columns, such as 1x2, 1x3 or 2x2")
        return cls(int(found[1]), int(found[2]), interleave)

    def __str__(self) -> str:
        return f"{self.rows}x{self.columns}"

    @property
    def bits(self) -> int:
        """Bits of the block."""
        return self.rows * self.columns

    @property
    def register(self) -> int:
        """The board's register PATTERN."""
        return self.columns - 1 | self.rows - 1 << 4 | self.interleave.bit_length() - 1 << 8

    def spread(self, anchors: FaultSet, space: PhysicalSpace) -> tuple[int, FaultSet]:
        """What upsets flip that hit the first bits of their patterns.

        Parameters
        ----------
        anchors
            Physical bits that exist.
        space
            The physical bits there are: what would lie beyond them is not flipped.

        Returns
        -------
        (int, FaultSet)
            How often a bit is flipped, and the bits that are flipped an odd number of times.
        """
        if self.bits == 1:
            return len(anchors), anchors
        store = np.tile(anchors.store, self.bits).astype(np.int64)
        cells = [self._moved(anchors, row, column) for row in range(self.rows) for column in range(self.columns)]
        word = np.concatenate([cell[0] for cell in cells])
        bit = np.concatenate([cell[1] for cell in cells])
        there = (word < np.asarray(space.extents, dtype=np.int64)[store]) & (bit < np.asarray(space.widths)[store])
        places, counts = np.unique(store[there] << 28 | word[there] << 7 | bit[there], return_counts=True)
        odd = places[counts % 2 == 1]
        faults = FaultSet(
            (odd >> 28).astype(np.uint8), (odd >> 7 & 0xFFFFF).astype(np.uint32), (odd & 127).astype(np.uint8)
        )
        return int(np.count_nonzero(there)), faults

    def _moved(self, anchors: FaultSet, down: int, across: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Code words and bits so many rows and columns from the anchors, whether they exist or not."""
        word, bit = anchors.word.astype(np.int64), anchors.bit.astype(np.int64)
        row, turn = word // self.interleave, word % self.interleave
        column = bit * self.interleave + turn + across
        return (row + down) * self.interleave + column % self.interleave, column // self.interleave


#: One bit alone.
SINGLE_BIT = Pattern()
