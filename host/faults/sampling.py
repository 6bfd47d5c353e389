# SPDX-License-Identifier: Apache-2.0
"""The Bernoulli sweep: which physical bits flip for a seed and a threshold (docs/faults.md)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from host.codes import parts_of
from host.faults.fault_set import FaultSet
from host.faults.random_words import next_word, threefry4x32
from host.image import PhysicalSpace, PhysicalWords

_ALL_LANES = np.uint32(0xFFFFFFFF)


def threshold(ber: float) -> int:
    """Threshold of a bit error rate: ``round(ber · 2^32)``.

    Parameters
    ----------
    ber
        Probability that a physical bit flips, 0 … 1.

    Raises
    ------
    ValueError
        If ``ber`` is not a number in 0 … 1.
    """
    if math.isnan(ber) or not 0.0 <= ber <= 1.0:
        raise ValueError(f"bit error rate {ber} is not a probability: give a number from 0 to 1, such as 1e-4")
    return round(ber * 2**32)


def sweep(seed: int, threshold: int, space: PhysicalSpace, stores: Iterable[int]) -> FaultSet:
    """The fault set of one sweep.

    Parameters
    ----------
    seed
        0 … 2^64 − 1.
    threshold
        0 … 2^32; every physical bit flips with probability ``threshold / 2^32``.
    space
        The physical bits there are.
    stores
        Ids of the stores to sweep.

    Returns
    -------
    FaultSet

    Raises
    ------
    ValueError
        If an argument is outside its range.
    """
    chosen = sorted(set(stores))
    _check(seed, threshold, space, chosen)
    store, word, part = _parts(space, chosen)
    masks = _decide(seed, threshold, store, word, part) & _lanes(space)[store, part]
    hit = np.flatnonzero(masks)
    lanes = np.unpackbits(masks[hit].astype("<u4").view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    row, lane = np.nonzero(lanes)
    which = hit[row]
    return FaultSet(store[which].astype(np.uint8), word[which], (32 * part[which] + lane).astype(np.uint8))


def flip_masks(seed: int, threshold: int, store: int, space: PhysicalSpace) -> PhysicalWords:
    """What a sweep xors into each code word of one store.

    Parameters
    ----------
    seed, threshold
        As for :func:`sweep`.
    store
        Store id, 0 … 7.
    space
        The physical bits there are.

    Returns
    -------
    uint32[extent, parts]
    """
    _check(seed, threshold, space, [store])
    numbers, word, part = _parts(space, [store])
    masks: PhysicalWords = _decide(seed, threshold, numbers, word, part) & _lanes(space)[store, part]
    return masks.reshape(space.extents[store], -1)


def _parts(space: PhysicalSpace, stores: Sequence[int]) -> tuple[NDArray[np.uint32], ...]:
    """Store, code word and number of each 32-bit part of all code words, in order."""
    parts = [parts_of(space.widths[store]) for store in stores]
    counts = [space.extents[store] * n for store, n in zip(stores, parts, strict=True)]
    place = [np.zeros(0, dtype=np.uint32), *(np.arange(count, dtype=np.uint32) for count in counts)]
    store = np.repeat(np.array(stores, dtype=np.uint32), counts)
    word, part = np.divmod(np.concatenate(place), np.repeat(np.array(parts, dtype=np.uint32), counts))
    return store, word, part


def _lanes(space: PhysicalSpace) -> NDArray[np.uint32]:
    """uint32[stores, parts]: the bits that there are in each part of a code word."""
    widest = max(map(parts_of, space.widths), default=1)
    lanes = [[(1 << min(32, max(0, width - 32 * part))) - 1 for part in range(widest)] for width in space.widths]
    return np.array(lanes, dtype=np.uint32).reshape(len(space.widths), widest)


def _check(seed: int, threshold: int, space: PhysicalSpace, stores: Iterable[int]) -> None:
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed {seed} does not fit 64 bits: give a number from 0 to 2^64 - 1")
    if not 0 <= threshold <= 1 << 32:
        raise ValueError(f"threshold {threshold} is outside 0 ... 2^32; host.faults.threshold(ber) makes one")
    for store in stores:
        if not 0 <= store < len(space.extents):
            raise ValueError(f"there is no store {store}: the stores are 0 ... {len(space.extents) - 1}")
        if not 0 <= space.extents[store] < 1 << 20:
            raise ValueError(f"extent {space.extents[store]} of store {store} is outside 0 ... 2^20 - 1")


def _decide(
    seed: int, threshold: int, store: NDArray[np.uint32], word: NDArray[np.uint32], part: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Flip mask of each 32-bit part of a code word, one random word after the other."""
    flips = np.zeros(len(word), dtype=np.uint32)
    if threshold >> 32:
        flips[:] = _ALL_LANES
        return flips
    zero = np.zeros_like(word)
    x = threefry4x32(np.stack((word, store, part, zero)), (seed & 0xFFFFFFFF, seed >> 32, 0, 0))
    state = (x[0], x[1], x[2], x[3])
    where = np.arange(len(word))
    undecided = np.full(len(word), _ALL_LANES)
    # A lane decides at the first bit in which its uniform number differs from the threshold. If the
    # rest of the threshold is zero, no undecided lane can still be below it.
    for j in range(31, -1, -1):
        if not threshold & ((2 << j) - 1) or not len(where):
            break
        if threshold >> j & 1:
            flips[where] |= undecided & ~state[0]
            undecided &= state[0]
        else:
            undecided &= ~state[0]
        state = (state[1], state[2], state[3], next_word(state))
        open_words = undecided != 0
        if 2 * int(np.count_nonzero(open_words)) < len(where):
            where, undecided = where[open_words], undecided[open_words]
            state = (
                state[0][open_words],
                state[1][open_words],
                state[2][open_words],
                state[3][open_words],
            )
    return flips
