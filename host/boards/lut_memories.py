# SPDX-License-Identifier: Apache-2.0
"""Pictures, golden results, scores and registers of a board with the ``lut`` engine (docs/lut-engine.md). Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from host.boards.board import Capabilities
from host.image import LutImage
from host.twin import Inference

# Bits of a row of the image store, and of a word, of which a row of one bit a lane fills at least one.
_IMAGE_ROW = 128
_WORD = 32

# Clock cycles that one unit of work may take, and one row of inputs or scores of a batch: the engine takes one each,
# an instruction a dozen. The limit guards against defects of the design only.
_CYCLES_PER_STEP = 64

_Words = NDArray[np.uint32]


class LutMemories:
    """See :class:`host.boards.memories.Memories`."""

    def __init__(self, image: LutImage, has: Capabilities) -> None:
        self._image = image
        self._has = has
        self._lanes = has.array[1]
        # bits that a row of one bit a lane takes
        self._row = max(self._lanes, _WORD)
        self._image_rows = -(-image.inputs * self._row // _IMAGE_ROW)
        self._score_rows = image.score_count * image.score_bits

    def shortages(self) -> list[str]:
        """See :meth:`host.boards.memories.Memories.shortages`."""
        image, has = self._image, self._has
        k, _, fixed = has.array
        small = [
            f"the network needs {needed} {what} and the board has {room}"
            for what, needed, room in (
                ("inputs", image.inputs, has.inputs),
                ("gates", image.gates, has.gates),
                ("bits of a score", image.score_bits, has.score_bits),
                ("bits of a class", self._class_bits, has.class_bits),
            )
            if needed > room
        ]
        if image.k != k:
            small.append(f"its gates have {image.k} inputs and the board's have {k}")
        if fixed != (image.wiring_seed is not None):
            small.append(
                "the board's wiring is fixed" if fixed else "the network's wiring is fixed, the board's stored"
            )
        return small

    def most_pictures(self) -> int:
        """See :meth:`host.boards.memories.Memories.most_pictures`."""
        has = self._has
        golden = self._score_rows + 2 * self._class_bits
        batches = min(has.results // golden, has.image_rows // self._image_rows, has.score_rows // self._score_rows)
        return batches * self._lanes

    def configuration(self, pictures: int) -> dict[str, list[int]]:
        """See :meth:`host.boards.memories.Memories.configuration`."""
        image = self._image
        steps = image.work_limit + image.inputs + self._score_rows
        cycles = min(steps * _CYCLES_PER_STEP, (1 << 32) - 1)
        engine = [image.inputs, image.gates, image.wire_bits, image.group, image.score_bits, self._class_bits]
        return {
            "IMAGE_ROWS": [
                *(self._image_rows, self._score_rows, image.score_count, 0),
                *(image.work_limit, cycles, 0, pictures),
            ],
            "INPUTS": [*engine, image.wiring_seed or 0],
        }

    def picture_words(self, pictures: NDArray[np.uint8]) -> _Words:
        """See :meth:`host.boards.memories.Memories.picture_words`."""
        batches = -(-len(pictures) // self._lanes)
        rows = np.zeros((batches, self._image_rows * _IMAGE_ROW), dtype=np.uint8)
        wires = self._slices(pictures).reshape(batches, -1)
        rows[:, : wires.shape[1]] = wires
        return _words(rows)

    def golden_words(self, golden: Inference, labels: NDArray[np.uint16]) -> _Words:
        """Golden scores, classes and labels of each batch, a row of one bit a lane each (docs/lut-engine.md)."""
        # A label that is no class is the number after the last: no picture can have it.
        labels = np.minimum(labels, np.uint16(self._image.score_count))
        columns = (
            *_bits(golden.scores, self._image.score_bits),
            *_bits(golden.classes[:, None], self._class_bits),
            *_bits(labels[:, None], self._class_bits),
        )
        return _words(self._slices(np.concatenate(columns, axis=1)))

    def score_words(self, pictures: int) -> int:
        """See :meth:`host.boards.memories.Memories.score_words`."""
        return -(-pictures // self._lanes) * self._score_rows * self._row // _WORD

    def scores(self, words: _Words, pictures: int) -> NDArray[np.uint16]:
        """uint16[pictures, score_count]."""
        image = self._image
        bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little")
        rows = bits.reshape(-1, image.score_count, image.score_bits, self._row)[..., : self._lanes].astype(np.uint16)
        weights = np.uint16(1) << np.arange(image.score_bits - 1, -1, -1, dtype=np.uint16)
        scores = np.einsum("bcpl,p->blc", rows, weights).reshape(-1, image.score_count)
        return np.ascontiguousarray(scores[:pictures], dtype=np.uint16)

    @property
    def _class_bits(self) -> int:
        """Bits that hold every class, and one number more for a label that is none."""
        return self._image.score_count.bit_length()

    def _slices(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """uint8[batches, wires, bits of a row] from uint8[n, wires]; bits without a picture are 0."""
        batches = -(-len(pictures) // self._lanes)
        filled = np.zeros((batches * self._lanes, pictures.shape[1]), dtype=np.uint8)
        filled[: len(pictures)] = pictures
        lanes = filled.reshape(batches, self._lanes, -1).transpose(0, 2, 1)
        return np.pad(lanes, ((0, 0), (0, 0), (0, self._row - self._lanes)))


def _bits(values: NDArray[np.uint16], width: int) -> list[NDArray[np.uint8]]:
    """Columns of bits of uint16[n, columns], most significant first: uint8[n, width] each."""
    places = np.arange(width - 1, -1, -1, dtype=np.uint16)
    return [(values[:, column, None] >> places & 1).astype(np.uint8) for column in range(values.shape[1])]


def _words(bits: NDArray[np.uint8]) -> _Words:
    """Words of a run of bits, the lowest first."""
    return np.packbits(bits.reshape(-1), bitorder="little").view("<u4").astype(np.uint32)
