# SPDX-License-Identifier: Apache-2.0
"""The codes that a store may keep its words in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from host.codes.hsiao import CHECK_BITS, COLUMNS, DATA_BITS, ROWS
from host.regmap import Protection

Words = NDArray[np.uint32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Decoded:
    """What a decoder says of code words.

    Attributes
    ----------
    data
        uint32[n] data bits; those of an uncorrectable word are as they were stored.
    corrected
        bool[n]: some physical bit was not as it was written, and the data are made right.
    uncorrectable
        bool[n]: known to be wrong, and left so.
    """

    data: Words
    corrected: Flags
    uncorrectable: Flags


class Code(Protocol):
    """Between 32 data bits and the physical bits of a code word.

    Physical words are uint32[n, parts]: bits 31:0, 63:32 and so on, with zeros above the last.
    """

    @property
    def bits(self) -> int:
        """Physical bits of a code word."""

    def encode(self, data: Words) -> Words:
        """Physical words of uint32[n] data."""

    def decode(self, words: Words) -> Decoded:
        """Data of physical words, whatever became of them."""


def parts_of(bits: int) -> int:
    """32-bit parts of so many physical bits."""
    return -(-bits // 32)


def _none(count: int) -> Flags:
    return np.zeros(count, dtype=bool)


def _parity(words: Words) -> Words:
    """uint32: parity of each word."""
    return (np.bitwise_count(words) & 1).astype(np.uint32)


class Unprotected:
    """The data bits and nothing else."""

    bits = DATA_BITS

    def encode(self, data: Words) -> Words:
        """See :class:`Code`."""
        return np.asarray(data, dtype=np.uint32).reshape(-1, 1)

    def decode(self, words: Words) -> Decoded:
        """See :class:`Code`."""
        return Decoded(words[:, 0], _none(len(words)), _none(len(words)))


class Parity:
    """One more bit, which makes the number of ones even."""

    bits = DATA_BITS + 1

    def encode(self, data: Words) -> Words:
        """See :class:`Code`."""
        return np.stack((np.asarray(data, dtype=np.uint32), _parity(data)), axis=1)

    def decode(self, words: Words) -> Decoded:
        """See :class:`Code`."""
        odd = _parity(words[:, 0]) ^ words[:, 1] & 1
        return Decoded(words[:, 0], _none(len(words)), odd.astype(bool))


class Secded:
    """Hsiao's code of seven check bits (:mod:`host.codes.hsiao`)."""

    bits = DATA_BITS + CHECK_BITS

    def __init__(self) -> None:
        # By syndrome: what to invert in the data, and what it says of the word.
        self._inverted = np.zeros(1 << CHECK_BITS, dtype=np.uint32)
        self._corrected = np.zeros(1 << CHECK_BITS, dtype=bool)
        for bit, column in enumerate(COLUMNS):
            self._inverted[column] = 1 << bit
            self._corrected[column] = True
        self._corrected[[1 << row for row in range(CHECK_BITS)]] = True
        self._uncorrectable = ~self._corrected
        self._uncorrectable[0] = False

    def encode(self, data: Words) -> Words:
        """See :class:`Code`."""
        return np.stack((np.asarray(data, dtype=np.uint32), self._check_bits(data)), axis=1)

    def decode(self, words: Words) -> Decoded:
        """See :class:`Code`."""
        syndrome = self._check_bits(words[:, 0]) ^ words[:, 1] & (1 << CHECK_BITS) - 1
        data = words[:, 0] ^ self._inverted[syndrome]
        return Decoded(data, self._corrected[syndrome], self._uncorrectable[syndrome])

    @staticmethod
    def _check_bits(data: Words) -> Words:
        check = np.zeros(len(data), dtype=np.uint32)
        for row, covered in enumerate(ROWS):
            check |= _parity(data & covered) << np.uint32(row)
        return check


class Tmr:
    """Three copies and a vote on each bit."""

    bits = 3 * DATA_BITS

    def encode(self, data: Words) -> Words:
        """See :class:`Code`."""
        return np.repeat(np.asarray(data, dtype=np.uint32)[:, None], 3, axis=1)

    def decode(self, words: Words) -> Decoded:
        """See :class:`Code`."""
        a, b, c = words.T
        voted = a & b | a & c | b & c
        return Decoded(voted, (a ^ b | a ^ c).astype(bool), _none(len(words)))


#: The code of each protection.
CODES: dict[Protection, Code] = {
    Protection.NONE: Unprotected(),
    Protection.PARITY: Parity(),
    Protection.SECDED: Secded(),
    Protection.TMR: Tmr(),
}
