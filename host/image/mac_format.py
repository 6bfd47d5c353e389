# SPDX-License-Identifier: Apache-2.0
"""Sizes and instruction fields of the ``mac`` engine (docs/mac-engine.md): the one place that the host has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Elements of a row, channels of a block, inputs of a weight block.
LANES = 16
#: Code words of a weight block: 16 channels x 16 inputs, 4 a word.
BLOCK_WORDS = 64
#: Code words of a block of channels in ``requant``: multiplier and shift of each.
REQUANT_WORDS = 2 * LANES
#: Words of an instruction.
INSTRUCTION_WORDS = 8
#: Bits of a shift that is stored in ``requant``.
SHIFT_BITS = 6

END, FULLY_CONNECTED = 0, 1
#: Buffer 0: the image when read, the scores when written.
IMAGE = SCORES = 0


@dataclass(frozen=True)
class Field:
    """Bits ``low … low + width − 1`` of word ``word`` of an instruction."""

    word: int
    low: int
    width: int
    signed: bool = False

    @property
    def mask(self) -> int:
        """Its bits in the word."""
        return ((1 << self.width) - 1) << self.low

    @property
    def limits(self) -> tuple[int, int]:
        """Least and greatest value."""
        return (-1 << (self.width - 1), (1 << (self.width - 1)) - 1) if self.signed else (0, (1 << self.width) - 1)

    def get(self, words: Sequence[int]) -> int:
        """Its value in the eight words of an instruction."""
        value = words[self.word] >> self.low & ((1 << self.width) - 1)
        return value - (1 << self.width) if self.signed and value >> (self.width - 1) else value


FIELDS: Mapping[str, Field] = {
    "op": Field(0, 0, 8),
    "single": Field(0, 8, 1),
    "src": Field(0, 16, 2),
    "dst": Field(0, 18, 2),
    "n_in": Field(1, 0, 16),
    "n_out": Field(1, 16, 16),
    "src_row": Field(2, 0, 16),
    "dst_row": Field(2, 16, 16),
    "weight_block": Field(3, 0, 16),
    "channel_block": Field(3, 16, 16),
    "input_zero_point": Field(4, 0, 8, signed=True),
    "output_zero_point": Field(4, 8, 8, signed=True),
    "activation_min": Field(4, 16, 8, signed=True),
    "activation_max": Field(4, 24, 8, signed=True),
}


def blocks(count: int) -> int:
    """Blocks of 16 that hold ``count`` elements."""
    return -(-count // LANES)


def input_blocks(n_in: int) -> int:
    """Input blocks of a layer, at least 1: ``I`` of docs/mac-engine.md."""
    return max(1, blocks(n_in))


def encode_instruction(values: Mapping[str, int]) -> NDArray[np.uint32]:
    """An instruction, uint32[8]; fields that are not named are 0.

    Raises
    ------
    ValueError
        If a value does not fit its field; the message names field, value and limits.
    """
    words = [0] * INSTRUCTION_WORDS
    for name, value in values.items():
        field = FIELDS[name]
        low, high = field.limits
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}, but the program stores {low} ... {high}")
        words[field.word] |= (value & ((1 << field.width) - 1)) << field.low
    return np.array(words, dtype=np.uint32)


def decode_instruction(words: Sequence[int]) -> dict[str, int]:
    """All fields of the eight words of an instruction."""
    return {name: field.get(words) for name, field in FIELDS.items()}
