# SPDX-License-Identifier: Apache-2.0
"""The random words of the sweep: Threefry-4x32 seeds a short run of rotations (docs/faults.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

#: Rounds of the hash that the sweep uses (docs/faults.md).
ROUNDS = 13

# Rotation distances of Threefry-4x32, one pair for each round modulo 8: Salmon et al., "Parallel
# random numbers: as easy as 1, 2, 3" (SC11), constants of the Random123 library.
_ROTATIONS = ((10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20))
_LEFT = [np.array(pair, dtype=np.uint32).reshape(2, 1) for pair in _ROTATIONS]
_RIGHT = [np.uint32(32) - left for left in _LEFT]

#: Parity constant of the key schedule of the 32-bit Threefry (Skein's, version 1.3, low half).
_PARITY = 0x1BD11BDA


def threefry4x32(counter: Words, key: tuple[int, int, int, int], rounds: int = ROUNDS) -> Words:
    """Threefry-4x32 of many counters under one key.

    Parameters
    ----------
    counter
        uint32[4, n]: the four words of each counter.
    key
        The four key words, 0 … 2^32 − 1.
    rounds
        Rounds of the hash.

    Returns
    -------
    uint32[4, n]
    """
    k = [np.uint32(word) for word in (*key, _PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3])]
    # Words 0 and 2 are only added to, words 1 and 3 only rotated and xored: two arrays of two rows
    # do a round in five operations. Odd rounds pair 0 with 3 and 2 with 1, so `odd` swaps its rows.
    even, odd = counter[0::2].astype(np.uint32), counter[1::2].astype(np.uint32)
    even += np.array([[k[0]], [k[2]]])
    odd += np.array([[k[1]], [k[3]]])
    high = np.empty_like(odd)
    for r in range(rounds):
        even += odd
        np.left_shift(odd, _LEFT[r % 8], out=high)
        odd >>= _RIGHT[r % 8]
        odd |= high
        odd ^= even
        odd = odd[::-1]
        if r % 4 == 3:
            d = r // 4 + 1
            last = (int(k[(d + 3) % 5]) + d) & 0xFFFFFFFF
            even += np.array([[k[d % 5]], [k[(d + 2) % 5]]])
            odd += np.array([[k[(d + 1) % 5]], [last]], dtype=np.uint32)
    if rounds % 2:
        odd = odd[::-1]
    return np.stack((even[0], odd[0], even[1], odd[1]))


#: Distances by which the last four words of the run are rotated left, oldest first, before their
#: xor is the next one. Found by search: any three lanes are exactly independent (docs/faults.md).
RUN_ROTATIONS = (3, 30, 23, 12)

_RUN = [(np.uint32(by), np.uint32(32 - by)) for by in RUN_ROTATIONS]


def next_word(state: tuple[Words, Words, Words, Words]) -> Words:
    """The random word that follows four others, each uint32[n] (docs/faults.md)."""
    left, right = _RUN[0]
    word = state[0] << left
    word ^= state[0] >> right
    for part, (left, right) in zip(state[1:], _RUN[1:], strict=True):
        word ^= part << left
        word ^= part >> right
    return word
