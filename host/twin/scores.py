# SPDX-License-Identifier: Apache-2.0
"""Classes and score digests of many pictures at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# CRC-32 of IEEE 802.3, bits reflected, as zlib computes it.
_POLYNOMIAL = 0xEDB88320


@lru_cache(maxsize=1)
def _byte_table() -> NDArray[np.uint32]:
    """uint32[256]: the register after one byte, from a register of 0."""
    register = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        register = (register >> np.uint32(1)) ^ np.where(register & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
    return register


@lru_cache(maxsize=8)
def _position_tables(count: int) -> tuple[NDArray[np.uint32], np.uint32]:
    """What each byte value at each position of a message adds to its CRC, flattened, and the CRC of a message of zeros.

    A CRC without its initial and final inversion is linear over GF(2): the CRC of a message is that of zeros of the
    same length, xored with what each of its bytes gives alone. Row i: byte i of ``count``.
    """
    byte = _byte_table()
    tables = np.empty((count, 256), dtype=np.uint32)
    zeros = np.uint32(0xFFFFFFFF)
    register = byte
    for position in reversed(range(count)):
        tables[position] = register
        register = (register >> np.uint32(8)) ^ byte[register & 255]
        zeros = (zeros >> np.uint32(8)) ^ byte[zeros & 255]
    return tables.reshape(-1), ~zeros


def score_digests(scores: NDArray[np.int8]) -> NDArray[np.uint32]:
    """CRC-32 of each picture's score bytes in order, as ``zlib.crc32`` gives it.

    Parameters
    ----------
    scores
        int8[n, count].

    Returns
    -------
    uint32[n]
    """
    count = scores.shape[1]
    tables, zeros = _position_tables(count)
    places = scores.T.view(np.uint8).astype(np.intp)
    places += 256 * np.arange(count)[:, None]
    digests: NDArray[np.uint32] = np.bitwise_xor.reduce(tables[places], axis=0) ^ zeros
    return digests


def classes(scores: NDArray[np.int8]) -> NDArray[np.uint16]:
    """uint16[n]: the index of each picture's greatest score, the lowest on a tie; scores int8[n, count]."""
    best: NDArray[np.uint16] = np.argmax(scores, axis=1).astype(np.uint16)
    return best
