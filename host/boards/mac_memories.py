# SPDX-License-Identifier: Apache-2.0
"""Pictures, golden results, scores and registers of a board with the ``mac`` engine (docs/mac-engine.md). Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from host.boards.board import Capabilities
from host.image import MacImage, encode_images
from host.twin import Inference, MacInference

# A quarter of the activation memory for each of the buffer numbers 0 … 3 (docs/mac-engine.md: 1 … 3 are used).
_BUFFERS = 4

# Clock cycles that one unit of work may take for one picture: a 16x16 block on a 1x1 array takes 256, or the time of
# its sixteen requantisations, each less than 90 in a serial engine; the rest is margin. The limit guards against
# defects of the design only.
_CYCLES_PER_WORK = 2048

_Words = NDArray[np.uint32]


class MacMemories:
    """See :class:`host.boards.memories.Memories`."""

    def __init__(self, image: MacImage, has: Capabilities) -> None:
        self._image = image
        self._has = has

    def shortages(self) -> list[str]:
        """See :meth:`host.boards.memories.Memories.shortages`."""
        rows = _BUFFERS << self._image.row_bits
        if rows <= self._has.activation_rows:
            return []
        return [f"one picture needs {rows} activation rows and the board has {self._has.activation_rows}"]

    def most_pictures(self) -> int:
        """See :meth:`host.boards.memories.Memories.most_pictures`."""
        image, has = self._image, self._has
        return min(has.results, has.image_rows // image.image_rows, has.score_rows // image.score_rows)

    def configuration(self, pictures: int) -> dict[str, list[int]]:
        """See :meth:`host.boards.memories.Memories.configuration`."""
        image = self._image
        cycles = min(self._has.in_flight * image.work_limit * _CYCLES_PER_WORK, (1 << 32) - 1)
        rows = [image.image_rows, image.score_rows, image.score_count, image.row_bits]
        return {"IMAGE_ROWS": [*rows, image.work_limit, cycles, 0, pictures]}

    def picture_words(self, pictures: NDArray[np.int8]) -> _Words:
        """See :meth:`host.boards.memories.Memories.picture_words`."""
        return encode_images(pictures, self._image.image_rows).ravel()

    def golden_words(self, golden: Inference, labels: NDArray[np.uint16]) -> _Words:
        """Score digest, then class and label, of each picture (docs/registers.md)."""
        assert isinstance(golden, MacInference)
        words = np.empty((len(labels), 2), dtype=np.uint32)
        words[:, 0] = golden.digests
        words[:, 1] = golden.classes.astype(np.uint32) | labels.astype(np.uint32) << np.uint32(16)
        return words.ravel()

    def score_words(self, pictures: int) -> int:
        """See :meth:`host.boards.memories.Memories.score_words`."""
        return 4 * self._image.score_rows * pictures

    def scores(self, words: _Words, pictures: int) -> NDArray[np.int8]:
        """int8[pictures, score_count]."""
        # A row has 16 elements in four words, lowest first (docs/registers.md).
        image = self._image
        rows = np.ascontiguousarray(words, dtype="<u4").view(np.int8).reshape(pictures, 16 * image.score_rows)
        return rows[:, : image.score_count].copy()
