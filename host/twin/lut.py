# SPDX-License-Identifier: Apache-2.0
"""The ``lut`` engine in software: interprets the stores as docs/lut-engine.md says, 64 pictures in each machine word.

A program has no data-dependent branch, so :func:`trace` finds out first which gates each layer evaluates, and layers
are computed only for programs that end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.lut import LutImage
from host.image.lut_format import COUNT_BITS, END, GATES, OP_BITS, SCORED, fields, table_bits
from host.networks import seeded_wiring
from host.twin.inference import Inference

Words = NDArray[np.uint32]
#: Wires of many pictures: uint64[words, wires], 64 pictures a word, the first in the least significant bit.
Slices = NDArray[np.uint64]

_PICTURES = 64


@dataclass(frozen=True)
class Layer:
    """One layer as the program names it: its first gate, its gates, whether they are counted for the scores."""

    first: int
    gates: int
    scored: bool


@dataclass(frozen=True)
class Path:
    """What a program does: its layers up to END, its work, and whether the work limit ended it."""

    layers: tuple[Layer, ...]
    work: int
    hung: bool


def trace(program: Sequence[int], work_limit: int) -> Path:
    """Follow a program (docs/lut-engine.md, "Program" and "Work and hang")."""
    layers: list[Layer] = []
    work = gate = 0
    # A fetch beyond the extent reads 0, which is END.
    for word in [*(int(word) for word in program), 0]:
        count = word & ((1 << COUNT_BITS) - 1)
        op = word >> COUNT_BITS & ((1 << OP_BITS) - 1)
        # The fetch is charged before the layer that it names.
        if work + 1 > work_limit:
            return Path(tuple(layers), work, True)
        work += 1
        if op == END:
            break
        if op in (GATES, SCORED):
            if work + count > work_limit:
                return Path(tuple(layers), work, True)
            work += count
            layers.append(Layer(gate, count, op == SCORED))
            gate += count
    return Path(tuple(layers), work, False)


def infer_lut(image: LutImage, stores: Sequence[Words], images: NDArray[np.uint8]) -> Inference:
    """Run pictures through the engine with these stores.

    Parameters
    ----------
    image
        Gives the engine's registers; its own stores are not looked at.
    stores
        uint32[extent] by store id, golden or not.
    images
        uint8[n, inputs] of 0 and 1.
    """
    tables, wiring, program = stores
    path = trace(program.tolist(), image.work_limit)
    n = 0 if path.hung else len(images)
    scores = np.zeros((n, image.score_count), dtype=np.uint16)
    if n:
        sources = _sources(image, wiring, path.layers)
        counted = _evaluate(image, path.layers, table_bits(tables, image.k)[: image.gates], sources, pack(images))
        scores = _scores(counted, image, n)
    return Inference(scores, np.argmax(scores, axis=1).astype(np.uint16), path.work, path.hung)


def pack(images: NDArray[np.uint8]) -> Slices:
    """Wires of pictures, uint64[ceil(n / 64), inputs], from uint8[n, inputs] of 0 and 1."""
    bits = np.packbits(images.T, axis=1, bitorder="little")
    padded = np.zeros((bits.shape[0], -(-bits.shape[1] // 8) * 8), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    return np.ascontiguousarray(padded.view("<u8").T, dtype=np.uint64)


def _sources(image: LutImage, wiring: Words, layers: Sequence[Layer]) -> NDArray[np.uint16]:
    """uint16[gates, k]: the wire of each operand."""
    if image.wiring_seed is None:
        return fields(wiring, image.k)[: image.gates] & np.uint16((1 << image.wire_bits) - 1)
    # Layers are cut at the golden gates: what follows gives 0 whatever it reads.
    widths = [max(0, min(layer.gates, image.gates - layer.first)) for layer in layers]
    drawn = seeded_wiring(image.wiring_seed, image.inputs, widths, image.k)
    return np.concatenate([np.zeros((0, image.k), dtype=np.uint16), *drawn])


def _evaluate(
    image: LutImage, layers: Sequence[Layer], tables: NDArray[np.uint8], sources: NDArray[np.uint16], inputs: Slices
) -> list[Slices]:
    """Outputs of the counted gates, layer by layer."""
    words = len(inputs)
    wires = np.zeros((words, image.inputs + image.gates + 1), dtype=np.uint64)
    wires[:, : image.inputs] = inputs
    unwritten = image.inputs + image.gates
    counted = []
    for layer in layers:
        gates = slice(min(layer.first, image.gates), min(layer.first + layer.gates, image.gates))
        first = image.inputs + gates.start
        own = slice(first, image.inputs + gates.stop)
        # What this inference has not written before the layer reads as 0.
        read = np.where(sources[gates] < first, sources[gates], unwritten).T.astype(np.intp, order="C")
        terms = _normal_form(tables[gates])
        # One word after the other: the terms of a layer stay in the cache.
        for word in wires:
            word[own] = _look_up(terms, word.take(read))
        if layer.scored:
            counted.append(wires[:, own].copy())
            beyond = layer.gates - (gates.stop - gates.start)
            room = image.group * image.score_count
            counted.append(np.zeros((words, min(beyond, room)), dtype=np.uint64))
    return counted


def _normal_form(tables: NDArray[np.uint8]) -> Slices:
    """Algebraic normal form of each table: uint64[2^k, gates] of 0 or all ones, from uint8[gates, 2^k] of 0 and 1.

    Term ``a`` is a factor of the product of the operands whose bits ``a`` has; a table is the xor of its products.
    """
    terms = tables.T.copy()
    distance = 1
    while distance < len(terms):
        pairs = terms.reshape(len(terms) // distance // 2, 2, distance, terms.shape[1])
        pairs[:, 1] ^= pairs[:, 0]
        distance *= 2
    masks: Slices = np.uint64(0) - terms.astype(np.uint64)
    return masks


def _look_up(terms: Slices, operands: Slices) -> Slices:
    """Outputs of gates for 64 pictures: their normal forms, an operand bracketed out at a time, the lowest first.

    Parameters
    ----------
    terms
        uint64[2^k, gates].
    operands
        uint64[k, gates].
    """
    rest = terms
    for operand in operands:
        factor = rest[1::2] & operand
        factor ^= rest[0::2]
        rest = factor
    outputs: Slices = rest[0]
    return outputs


def _scores(counted: list[Slices], image: LutImage, n: int) -> NDArray[np.uint16]:
    """uint16[n, classes]: how many gates of each class's group are 1."""
    room = image.group * image.score_count
    outputs = np.zeros((room, -(-n // _PICTURES)), dtype="<u8")
    place = 0
    for part in counted:
        taken = min(part.shape[1], room - place)
        outputs[place : place + taken] = part[:, :taken].T
        place += taken
    bits = np.unpackbits(outputs.view(np.uint8), axis=1, bitorder="little")
    # Bytes are added many at a time, where they hold the sum.
    narrow = np.uint8 if image.group < 256 else np.uint16
    sums = bits.reshape(image.score_count, image.group, -1).sum(axis=1, dtype=narrow)
    return np.ascontiguousarray(sums[:, :n].T, dtype=np.uint16)
