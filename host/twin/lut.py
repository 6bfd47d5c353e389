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
#: Wires of many pictures: uint64[wires, words], 64 pictures a word, the first in the least significant bit.
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
    """Wires of pictures, uint64[inputs, ceil(n / 64)], from uint8[n, inputs] of 0 and 1."""
    bits = np.packbits(images.T, axis=1, bitorder="little")
    padded = np.zeros((bits.shape[0], -(-bits.shape[1] // 8) * 8), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    return padded.view("<u8").astype(np.uint64, copy=False)


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
    wires = np.zeros((image.inputs + image.gates + 1, inputs.shape[1]), dtype=np.uint64)
    wires[: image.inputs] = inputs
    unwritten = image.inputs + image.gates
    counted = []
    for layer in layers:
        gates = slice(min(layer.first, image.gates), min(layer.first + layer.gates, image.gates))
        first = image.inputs + gates.start
        # What this inference has not written before the layer reads as 0.
        read = np.where(sources[gates] < first, sources[gates], unwritten)
        wires[image.inputs + gates.start : image.inputs + gates.stop] = _look_up(tables[gates], wires[read])
        if layer.scored:
            counted.append(wires[image.inputs + gates.start : image.inputs + gates.stop].copy())
            beyond = layer.gates - (gates.stop - gates.start)
            room = image.group * image.score_count
            counted.append(np.zeros((min(beyond, room), inputs.shape[1]), dtype=np.uint64))
    return counted


def _look_up(tables: NDArray[np.uint8], operands: Slices) -> Slices:
    """Outputs of gates: the Shannon expansion of each table, from the least significant operand on.

    Parameters
    ----------
    tables
        uint8[gates, 2^k] of 0 and 1.
    operands
        uint64[gates, k, words].
    """
    # 0 or all ones, so that an entry serves 64 pictures
    rest = (np.uint64(0) - tables.astype(np.uint64))[:, :, None]
    for operand in range(operands.shape[1]):
        low = rest[:, 0::2]
        chosen = rest[:, 1::2] ^ low
        rest = (chosen & operands[:, operand, None, :]) ^ low
    return rest[:, 0]


def _scores(counted: list[Slices], image: LutImage, n: int) -> NDArray[np.uint16]:
    """uint16[n, classes]: how many gates of each class's group are 1."""
    room = image.group * image.score_count
    outputs = np.zeros((room, -(-n // _PICTURES)), dtype=np.uint64)
    place = 0
    for part in counted:
        taken = min(len(part), room - place)
        outputs[place : place + taken] = part[:taken]
        place += taken
    bits = np.unpackbits(outputs.astype("<u8", copy=False).view(np.uint8), axis=1, bitorder="little")[:, :n]
    sums = bits.reshape(image.score_count, image.group, n).sum(axis=1, dtype=np.uint16)
    return np.ascontiguousarray(sums.T)
