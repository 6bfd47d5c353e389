# SPDX-License-Identifier: Apache-2.0
"""Stores as physical words: what their decoders make of them, and their digest."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.codes import CODES
from host.regmap import Protection

#: uint32[extent, parts]: the physical words of a store, in 32-bit parts, lowest first.
PhysicalWords = NDArray[np.uint32]

# The counts of a census that a trial's record holds (docs/registers.md, EVENTS) are full at this number.
_FULL = 0xFFFF


@dataclass(frozen=True, eq=False)
class Contents:
    """What the decoders make of all stores.

    Attributes
    ----------
    data
        uint32[extent] of each store, by store id.
    corrected, uncorrectable
        Code words that were found wrong and could, or could not, be corrected; 65,535 for so many or more.
    first
        Store id and code word of the first uncorrectable one; None when there is none.
    wrong
        Code words of which the decoder makes other data than was stored, whether it says so or not.
    """

    data: list[NDArray[np.uint32]]
    corrected: int
    uncorrectable: int
    first: tuple[int, int] | None
    wrong: int


def decode(
    protections: Sequence[Protection], golden: Sequence[PhysicalWords], stores: Sequence[PhysicalWords]
) -> Contents:
    """Read stores through their decoders.

    Parameters
    ----------
    protections
        Of each store.
    golden
        Code words that were stored; only words that differ from them are decoded.
    stores
        What became of them.
    """
    data = []
    corrected = uncorrectable = wrong = 0
    first = None
    for store, (protection, was, words) in enumerate(zip(protections, golden, stores, strict=True)):
        if protection is Protection.NONE:
            data.append(words[:, 0])
            wrong += int(np.count_nonzero(words[:, 0] != was[:, 0]))
            continue
        touched = np.flatnonzero((words != was).any(axis=1))
        read = CODES[protection].decode(words[touched])
        own = was[:, 0].copy()
        own[touched] = read.data
        data.append(own)
        wrong += int(np.count_nonzero(read.data != was[touched, 0]))
        corrected += int(np.count_nonzero(read.corrected))
        uncorrectable += int(np.count_nonzero(read.uncorrectable))
        if first is None and read.uncorrectable.any():
            first = store, int(touched[np.argmax(read.uncorrectable)])
    return Contents(data, min(corrected, _FULL), min(uncorrectable, _FULL), first, wrong)


def digest(stores: Sequence[NDArray[np.uint32]]) -> int:
    """CRC-32 over stores in order of store id (docs/faults.md, "The digest").

    Parameters
    ----------
    stores
        All stores of a board, uint32[extent, parts], or uint32[extent] where words have one part. A code word counts as
        many parts as the widest of them has.

    Returns
    -------
    int
        What the board's DIGEST register holds.
    """
    columns = [words[:, None] if words.ndim == 1 else words for words in stores]
    parts = max((words.shape[1] for words in columns), default=1)
    value = 0
    for words in columns:
        missing = parts - words.shape[1]
        whole = np.pad(words, ((0, 0), (0, missing))) if missing else words
        value = zlib.crc32(np.ascontiguousarray(whole, dtype="<u4").data, value)
    return value
