# SPDX-License-Identifier: Apache-2.0
"""The ``mac`` engine in software: interprets the stores as docs/mac-engine.md says, whatever bits they hold.

A program has no data-dependent branch: which layers run, and whether it hangs, follows from the program store alone.
So :func:`trace` finds that out first, and layers are computed only for programs that end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.mac_format import (
    BLOCK_WORDS,
    END,
    FULLY_CONNECTED,
    IMAGE,
    INSTRUCTION_WORDS,
    LANES,
    SHIFT_BITS,
    blocks,
    decode_instruction,
    input_blocks,
)
from host.image.memory_image import MemoryImage
from host.twin.requantise import requantise
from host.twin.scores import classes, score_digests

Words = NDArray[np.uint32]

#: Pictures computed at once: bounds memory, and keeps activations in the processor's cache.
CHUNK = 512

# Sums of integers are exact in float32 below 2^24, in any order.
_FLOAT32_EXACT = 1 << 24
_PRODUCT = 128 * 128


@dataclass(frozen=True, eq=False)
class Inference:
    """What an engine answers to a set of pictures.

    Attributes
    ----------
    scores
        int8[n, score_count].
    classes
        uint16[n].
    digests
        uint32[n], CRC-32 of each picture's scores.
    work
        Units of work of one inference; of one that hung, those before the instruction that would have exceeded the limit.
    hung
        Whether the work limit ended it; there are no answers then (n = 0).
    """

    scores: NDArray[np.int8]
    classes: NDArray[np.uint16]
    digests: NDArray[np.uint32]
    work: int
    hung: bool


@dataclass(frozen=True)
class Trace:
    """The layers that a program runs, in order, with its work and whether it hung."""

    layers: tuple[Mapping[str, int], ...]
    work: int
    hung: bool


def trace(program: Words, work_limit: int) -> Trace:
    """Follow a program, without computing anything.

    Parameters
    ----------
    program
        uint32[extent].
    work_limit
        Work beyond which it hangs.
    """
    count = len(program) // INSTRUCTION_WORDS
    decoded = [decode_instruction(words) for words in program.reshape(count, INSTRUCTION_WORDS).tolist()]
    layers: list[Mapping[str, int]] = []
    work, at = 0, 0
    while True:
        if work + 1 > work_limit:
            return Trace((), work, True)
        work += 1
        if count == 0:
            return Trace((), work, False)
        fields = decoded[at]
        at = (at + 1) % count
        if fields["op"] == END:
            return Trace(tuple(layers), work, False)
        if fields["op"] != FULLY_CONNECTED or fields["n_out"] == 0:
            continue
        cost = input_blocks(fields["n_in"]) * blocks(fields["n_out"])
        if work + cost > work_limit:
            return Trace((), work, True)
        work += cost
        layers.append(fields)


def infer(image: MemoryImage, stores: Sequence[Words], images: NDArray[np.int8]) -> Inference:
    """Run pictures through the engine with these stores.

    Parameters
    ----------
    image
        Gives the engine's registers; its own stores are not looked at.
    stores
        uint32[extent] by store id, golden or not.
    images
        int8[n, inputs], at most ``16 · image_rows`` inputs; what is missing is 0.
    """
    weights, bias, requant, program = (np.ascontiguousarray(words, dtype=np.uint32) for words in stores)
    path = trace(program, image.work_limit)
    count = 0 if path.hung else len(images)
    scores = np.zeros((count, image.score_count), dtype=np.int8)
    if not path.hung:
        layers = [_Layer.read(fields, weights, bias, requant, image) for fields in path.layers]
        for first in range(0, count, CHUNK):
            chunk = slice(first, first + CHUNK)
            scores[chunk] = _run(image, layers, images[chunk])
    return Inference(scores, classes(scores), score_digests(scores), path.work, path.hung)


def _run(image: MemoryImage, layers: Sequence[_Layer], images: NDArray[np.int8]) -> NDArray[np.int8]:
    """Scores of one chunk of pictures, int8[n, score_count]."""
    n = len(images)
    pixels = np.zeros((LANES * image.image_rows, n), dtype=np.int8)
    pixels[: images.shape[1]] = images.T
    # One element of all pictures is one row here. Buffers start as zeros: what nothing wrote reads as 0.
    written: dict[int, NDArray[np.int8]] = {}
    for layer in layers:
        if layer.src == IMAGE:
            source: NDArray[np.int8] | None = pixels
        else:
            source = None if layer.src == layer.dst else written.get(layer.src)
        result = layer.compute(source, n)
        if len(result) == 0:
            continue
        if layer.dst not in written:
            written[layer.dst] = np.zeros((_capacity(image, layer.dst), n), dtype=np.int8)
        written[layer.dst][layer.first_output : layer.first_output + len(result)] = result
    if IMAGE not in written:
        return np.zeros((n, image.score_count), dtype=np.int8)
    return written[IMAGE][: image.score_count].T


def _capacity(image: MemoryImage, dst: int) -> int:
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
class _Layer:
    """One FULLY_CONNECTED with its parameters, cut to the channels that it can write.

    ``table`` is float[channels, inputs], of a type in which its sums are exact; ``constant`` int32[channels] is the bias less
    the zero point's share, which inputs that read as 0 have too.
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
    def read(cls, fields: Mapping[str, int], weights: Words, bias: Words, requant: Words, image: MemoryImage) -> _Layer:
        """The layer of an instruction."""
        n_in, first_output = fields["n_in"], LANES * fields["dst_row"]
        # Channels beyond the last row of `dst` are dropped: they are not even read.
        n_out = min(fields["n_out"], max(0, _capacity(image, fields["dst"]) - first_output))
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
            # |x·w| ≤ 2^14 and at most 65535 inputs: the sum fits int32, and adding the constant wraps as the engine does.
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
