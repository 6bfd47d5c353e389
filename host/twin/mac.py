# SPDX-License-Identifier: Apache-2.0
"""The ``mac`` engine in software: interprets the stores as docs/mac-engine.md says, whatever bits they hold.

A program has no data-dependent branch: which layers run, and whether it hangs, follows from the program store alone.
So :func:`trace` finds that out first, and layers are computed only for programs that end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from host.image.mac import MacImage
from host.image.mac_format import IMAGE, LANES
from host.twin.inference import Inference
from host.twin.layer import Layer, Words, capacity
from host.twin.program import trace
from host.twin.scores import classes, score_digests

#: Pictures computed at once: bounds memory, and keeps activations in the processor's cache.
CHUNK = 512


@dataclass(frozen=True, eq=False)
class MacInference(Inference):
    """What the ``mac`` engine answers.

    Attributes
    ----------
    digests
        uint32[n], CRC-32 of each picture's scores: what the board compares.
    """

    digests: NDArray[np.uint32]

    def of(self, pictures: slice) -> Self:
        """See :meth:`Inference.of`."""
        return replace(super().of(pictures), digests=self.digests[pictures])

    def masked(self, golden: Inference) -> NDArray[np.bool_]:
        """bool[n]: whether each picture has the golden score digest (docs/mac-engine.md)."""
        assert isinstance(golden, MacInference)
        same: NDArray[np.bool_] = self.digests == golden.digests
        return same


def infer_mac(image: MacImage, stores: Sequence[Words], images: NDArray[np.int8]) -> MacInference:
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
        layers = [Layer.read(fields, weights, bias, requant, image) for fields in path.layers]
        for first in range(0, count, CHUNK):
            chunk = slice(first, first + CHUNK)
            scores[chunk] = _run(image, layers, images[chunk])
    return MacInference(scores, classes(scores), path.work, path.hung, score_digests(scores))


def _run(image: MacImage, layers: Sequence[Layer], images: NDArray[np.int8]) -> NDArray[np.int8]:
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
            written[layer.dst] = np.zeros((capacity(image, layer.dst), n), dtype=np.int8)
        written[layer.dst][layer.first_output : layer.first_output + len(result)] = result
    if IMAGE not in written:
        return np.zeros((n, image.score_count), dtype=np.int8)
    return written[IMAGE][: image.score_count].T
