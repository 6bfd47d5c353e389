# SPDX-License-Identifier: Apache-2.0
"""Fault sets: the flips of one trial."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from host.image import PhysicalSpace

# Entry of the flip list (docs/faults.md): code word from bit 0, bit from bit 21, store from bit 28; bit 31 ends a set.
_BIT_SHIFT = 21
_STORE_SHIFT = 28
_END = np.uint32(1 << 31)

_Number = TypeVar("_Number", int, NDArray[np.uint32])


def pack_entry(store: int, word: int, bit: int) -> int:
    """The entry of the flip list that names a physical bit (docs/faults.md)."""
    return store << _STORE_SHIFT | bit << _BIT_SHIFT | word


def unpack_entry(entry: _Number) -> tuple[_Number, _Number, _Number]:
    """Store id, code word and bit that an entry of the flip list names, or that many do."""
    number: Any = entry
    return number >> _STORE_SHIFT & 7, number & (1 << _BIT_SHIFT) - 1, number >> _BIT_SHIFT & 127


# The one entry of a fault set without flips.
_NO_FLIP = np.uint32(0x801FFFFF)


@dataclass(frozen=True, eq=False)
class FaultSet:
    """Physical bits to invert, each named once, sorted by store, code word and bit.

    Attributes
    ----------
    store
        uint8[n] store ids.
    word
        uint32[n] code words.
    bit
        uint8[n] physical bits of the code word, 0 = least significant.

    Raises
    ------
    ValueError
        If the three differ in length, a value is out of range, or a physical bit is named twice.
    """

    store: NDArray[np.uint8]
    word: NDArray[np.uint32]
    bit: NDArray[np.uint8]

    def __post_init__(self) -> None:
        columns = [np.asarray(c).astype(np.int64).ravel() for c in (self.store, self.word, self.bit)]
        if len({len(c) for c in columns}) != 1:
            raise ValueError(f"store, word, bit have {[len(c) for c in columns]} entries: give as many of each")
        for name, column, limit in zip(("store", "word", "bit"), columns, (8, 1 << 20, 128), strict=True):
            if len(column) and (column.min() < 0 or column.max() >= limit):
                raise ValueError(f"{name} numbers must lie in 0 ... {limit - 1}; got {column.min()} ... {column.max()}")
        place = columns[0] << _STORE_SHIFT | columns[1] << 7 | columns[2]
        if np.any(place[1:] <= place[:-1]):
            order = np.argsort(place, kind="stable")
            place, columns = place[order], [c[order] for c in columns]
            twice = np.flatnonzero(place[1:] == place[:-1])
            if len(twice):
                store, word, bit = (int(c[twice[0]]) for c in columns)
                raise ValueError(f"store {store} word {word} bit {bit} is named twice: name each bit once")
        for name, column, dtype in zip(("store", "word", "bit"), columns, (np.uint8, np.uint32, np.uint8), strict=True):
            frozen = column.astype(dtype)
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)

    @classmethod
    def of(cls, flips: Iterable[tuple[int, int, int]]) -> FaultSet:
        """The fault set of (store, word, bit) triples, in any order."""
        # still signed: the constructor checks the ranges before it narrows the columns
        columns: Any = np.array(list(flips), dtype=np.int64).reshape(-1, 3).T
        return cls(*columns)

    @classmethod
    def from_entries(cls, entries: NDArray[np.uint32]) -> FaultSet:
        """The fault set of flip-list entries (docs/faults.md)."""
        store, word, bit = unpack_entry(np.asarray(entries, dtype=np.uint32))
        return cls(store.astype(np.uint8), word, bit.astype(np.uint8))

    def entries(self) -> NDArray[np.uint32]:
        """The flips as flip-list entries, uint32[n] (docs/faults.md)."""
        place = self.store.astype(np.uint32) << np.uint32(_STORE_SHIFT)
        return place | self.bit.astype(np.uint32) << np.uint32(_BIT_SHIFT) | self.word

    def closed_entries(self) -> NDArray[np.uint32]:
        """The entries as a list of several fault sets holds them: at least one, the last marked as the end."""
        entries = self.entries()
        if not len(entries):
            return np.array([_NO_FLIP])
        entries[-1] |= _END
        return entries

    def __len__(self) -> int:
        return len(self.word)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FaultSet) and np.array_equal(self.entries(), other.entries())

    def __hash__(self) -> int:
        return hash(self.entries().tobytes())

    def require_inside(self, space: PhysicalSpace) -> None:
        """Check that every flip is one of a physical bit.

        Parameters
        ----------
        space
            The physical bits there are.

        Raises
        ------
        IndexError
            If one does not.
        """
        if not len(self):
            return
        stores = len(space.extents)
        if self.store[-1] >= stores:
            raise IndexError(f"store {self.store[-1]} is flipped, but stores 0 ... {stores - 1} were given")
        beyond = np.flatnonzero(self.bit >= np.asarray(space.widths)[self.store])
        if len(beyond):
            store, bit = self.store[beyond[-1]], self.bit[beyond[-1]]
            raise IndexError(
                f"store {store} bit {bit} is flipped, but a code word of it has bits 0 ... {space.widths[store] - 1}"
            )
        outside = np.flatnonzero(self.word >= np.asarray(space.extents)[self.store])
        if len(outside):
            store, word = self.store[outside[-1]], self.word[outside[-1]]
            raise IndexError(f"store {store} word {word} is flipped, but the store has {space.extents[store]} words")

    def apply(self, stores: Sequence[NDArray[np.uint32]]) -> list[NDArray[np.uint32]]:
        """Copies of the stores with every flip of this set applied.

        Parameters
        ----------
        stores
            By store id, uint32[extent, parts] physical words, or uint32[extent] where they are the data.

        Raises
        ------
        IndexError
            If a flip lies outside the stores.
        """
        copies = [np.array(words, dtype=np.uint32) for words in stores]
        columns = [words[:, None] if words.ndim == 1 else words for words in copies]
        self.require_inside(PhysicalSpace(tuple(map(len, copies)), tuple(32 * words.shape[1] for words in columns)))
        ends = np.searchsorted(self.store, np.arange(len(copies) + 1))
        mask = np.uint32(1) << (self.bit & 31).astype(np.uint32)
        for store, words in enumerate(columns):
            own = slice(ends[store], ends[store + 1])
            np.bitwise_xor.at(words, (self.word[own], self.bit[own] >> 5), mask[own])
        return copies
