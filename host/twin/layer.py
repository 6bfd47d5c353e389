# SPDX-License-Identifier: Apache-2.0
"""One FULLY_CONNECTED instruction carried out for many pictures at once (docs/mac-engine.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.mac import MacImage
from host.image.mac_format import BLOCK_WORDS, IMAGE, LANES, SHIFT_BITS, blocks, input_blocks
from host.twin.requantise import requantise

Words = NDArray[np.uint32]

# Sums of integers are exact in float32 below 2^24, in any order; in float64 all sums of this engine are.
_FLOAT32_EXACT = 1 << 24
# Greatest magnitude of a product of two int8 values.
_PRODUCT = 128 * 128


def capacity(image: MacImage, dst: int) -> int:
    """Elements that buffer ``dst`` holds of one picture."""
    return LANES * (image.score_rows if dst == IMAGE else 1 << image.row_bits)


def _slice(words: Words, first: int, count: int) -> Words:
    """``count`` words from ``first`` on; words at or beyond the extent are 0."""
    found = words[first : first + count]
    if len(found) == count:
        return found
    filled = np.zeros(count, dtype=np.uint32)
    filled[: len(found)] = found
    return filled


@dataclass(frozen=True, eq=False)
class Layer:
    """One FULLY_CONNECTED with its parameters, cut to the channels that it can write.

    ``table`` is float[channels, inputs], of a type in which its sums are exact; ``constant`` int32[channels, 1] is the
    bias less the zero point's share, which inputs that read as 0 have too.
    """

    src: int
    dst: int
    first_input: int
    first_output: int
    table: NDArray[np.floating]
    constant: NDArray[np.int32]
    multiplier: NDArray[np.int32]
    shift: NDArray[np.int8]
    fields: Mapping[str, int]

    @classmethod
    def read(
        cls,
        fields: Mapping[str, int],
        weights: Words,
        bias: Words,
        requant: Words,
        image: MacImage,
    ) -> Layer:
        """The layer of an instruction."""
        n_in, first_output = fields["n_in"], LANES * fields["dst_row"]
        # Channels beyond the last row of `dst` are dropped: they are not even read.
        n_out = min(fields["n_out"], max(0, capacity(image, fields["dst"]) - first_output))
        down, across = blocks(n_out), input_blocks(n_in)
        packed = _slice(weights, BLOCK_WORDS * fields["weight_block"], BLOCK_WORDS * down * across)
        steps = packed.astype("<u4").view(np.int8).reshape(down, across, LANES, LANES).transpose(0, 2, 1, 3)
        table = steps.reshape(LANES * down, LANES * across)[:n_out, :n_in]
        exact = np.float32 if n_in * _PRODUCT < _FLOAT32_EXACT else np.float64
        channel = LANES * fields["channel_block"]
        constant = _slice(bias, channel, n_out).view(np.int32).astype(np.int64)
        constant -= fields["input_zero_point"] * table.sum(axis=1, dtype=np.int64)
        pairs = _slice(requant, 2 * channel, 2 * n_out).reshape(n_out, 2)
        # The shift is the lowest 6 bits, signed: to the top of a byte and back.
        shift = (pairs[:, 1] << np.uint32(8 - SHIFT_BITS)).astype(np.uint8).view(np.int8) >> (8 - SHIFT_BITS)
        return cls(
            src=fields["src"],
            dst=fields["dst"],
            first_input=LANES * fields["src_row"],
            first_output=first_output,
            table=table.astype(exact),
            constant=constant.astype(np.int32)[:, None],
            multiplier=pairs[:, 0].astype(np.uint32).view(np.int32)[:, None],
            shift=shift[:, None],
            fields=fields,
        )

    def compute(self, source: NDArray[np.int8] | None, n: int) -> NDArray[np.int8]:
        """Elements to write, int8[rows · 16, n]: zeros in place of channels that the layer has not."""
        channels, inputs = self.table.shape
        read = None if source is None else source[self.first_input : self.first_input + inputs]
        if channels == 0:
            return np.zeros((0, n), dtype=np.int8)
        if read is None or len(read) == 0:
            accumulator = np.broadcast_to(self.constant, (channels, n))
        else:
            # |x·w| ≤ 2^14 and at most 65535 inputs: the sum fits int32. Adding the constant wraps, as in the engine.
            products = self.table[:, : len(read)] @ read.astype(self.table.dtype)
            accumulator = products.astype(np.int32)
            accumulator += self.constant
        result = np.zeros((LANES * blocks(channels), n), dtype=np.int8)
        result[:channels] = requantise(
            accumulator,
            self.multiplier,
            self.shift,
            single_rounding=bool(self.fields["single"]),
            output_zero_point=self.fields["output_zero_point"],
            activation_min=self.fields["activation_min"],
            activation_max=self.fields["activation_max"],
        )
        return result
