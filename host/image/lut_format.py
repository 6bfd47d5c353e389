# SPDX-License-Identifier: Apache-2.0
"""Sizes and fields of the ``lut`` engine's stores (docs/lut-engine.md): the one place that the host has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Operations of an instruction.
END, GATES, SCORED = range(3)
#: Bits of ``n_gates`` and of ``op``, which follows it.
COUNT_BITS, OP_BITS = 16, 8
#: Code words of a block of ``tables`` and ``wiring``.
BLOCK_WORDS = 4
#: Bits of a wiring field; a code word holds two.
FIELD_BITS = 16
#: Work that the golden inference may be exceeded by before it counts as hung.
WORK_MARGIN = 4

#: Code words of ``wiring`` that a gate of k inputs has, by k.
WIRING_WORDS = {2: 1, 3: 2, 4: 2, 5: 4, 6: 4}


def blocks(words: int) -> int:
    """Code words of the whole blocks that hold ``words``."""
    return -(-words // BLOCK_WORDS) * BLOCK_WORDS


def encode_instruction(op: int, n_gates: int) -> int:
    """Code word of an instruction."""
    return op << COUNT_BITS | n_gates


def table_words(tables: NDArray[np.uint64], k: int) -> NDArray[np.uint32]:
    """Code words of truth tables: entry ``a`` of gate ``g`` is bit ``g·2^k + a`` of the result.

    Parameters
    ----------
    tables
        uint64[gates].
    k
        Inputs of a gate.
    """
    entries = np.unpackbits(tables.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    bits = np.packbits(entries[:, : 1 << k].reshape(-1), bitorder="little")
    return np.concatenate((bits, np.zeros(-len(bits) % 4, dtype=np.uint8))).view("<u4").astype(np.uint32)


def table_bits(words: NDArray[np.uint32], k: int) -> NDArray[np.uint8]:
    """uint8[gates, 2^k] of 0 and 1: the truth tables that code words hold, one for each gate that there is room for."""
    bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little")
    return bits.reshape(-1, 1 << k)


def field_words(wiring: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """Code words of wire numbers, from uint16[gates, k]."""
    gates, k = wiring.shape
    fields = np.zeros((gates, 2 * WIRING_WORDS[k]), dtype="<u2")
    fields[:, :k] = wiring
    return fields.view("<u4").reshape(-1).astype(np.uint32)


def fields(words: NDArray[np.uint32], k: int) -> NDArray[np.uint16]:
    """uint16[gates, k]: the wiring fields that code words hold, padding bits included."""
    found: NDArray[np.uint16] = words.astype("<u4").view("<u2").reshape(-1, 2 * WIRING_WORDS[k])[:, :k]
    return found
