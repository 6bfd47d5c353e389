# SPDX-License-Identifier: Apache-2.0
"""The Bernoulli sweep: which physical bits flip for a seed and a threshold (docs/faults.md)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from host.faults.fault_set import FaultSet
from host.faults.random_words import next_word, threefry4x32

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


def sweep(seed: int, threshold: int, extents: Sequence[int], stores: Iterable[int]) -> FaultSet:
    """The fault set of one sweep.

    Parameters
    ----------
    seed
        0 … 2^64 − 1.
    threshold
        0 … 2^32; every physical bit flips with probability ``threshold / 2^32``.
    extents
        Code words in use, by store id.
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
    _check(seed, threshold, extents, chosen)
    parts = [np.arange(extents[s], dtype=np.uint32) for s in chosen]
    word = np.concatenate([np.zeros(0, dtype=np.uint32), *parts])
    store = np.repeat(np.array(chosen, dtype=np.uint32), [len(p) for p in parts])
    masks = _decide(seed, threshold, store, word)
    hit = np.flatnonzero(masks)
    lanes = np.unpackbits(masks[hit].astype("<u4").view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    row, bit = np.nonzero(lanes)
    which = hit[row]
    return FaultSet(store[which].astype(np.uint8), word[which], bit.astype(np.uint8))


def flip_masks(seed: int, threshold: int, store: int, extent: int) -> NDArray[np.uint32]:
    """What a sweep xors into each code word of one store.

    Parameters
    ----------
    seed, threshold
        As for :func:`sweep`.
    store
        Store id, 0 … 7.
    extent
        Code words in use.

    Returns
    -------
    uint32[extent]
    """
    _check(seed, threshold, [extent] * (store + 1), [store])
    word = np.arange(extent, dtype=np.uint32)
    return _decide(seed, threshold, np.full_like(word, store), word)


def _check(seed: int, threshold: int, extents: Sequence[int], stores: Sequence[int]) -> None:
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed {seed} does not fit 64 bits: give a number from 0 to 2^64 - 1")
    if not 0 <= threshold <= 1 << 32:
        raise ValueError(f"threshold {threshold} is outside 0 ... 2^32; host.faults.threshold(ber) makes one")
    for store in stores:
        if not 0 <= store < len(extents):
            raise ValueError(f"there is no store {store}: the stores are 0 ... {len(extents) - 1}")
        if not 0 <= extents[store] < 1 << 20:
            raise ValueError(f"extent {extents[store]} of store {store} is outside 0 ... 2^20 - 1")


def _decide(seed: int, threshold: int, store: NDArray[np.uint32], word: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Flip mask of each (store, code word), one random word after the other."""
    flips = np.zeros(len(word), dtype=np.uint32)
    if threshold >> 32:
        flips[:] = _ALL_LANES
        return flips
    zero = np.zeros_like(word)
    x = threefry4x32(np.stack((word, store, zero, zero)), (seed & 0xFFFFFFFF, seed >> 32, 0, 0))
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
