# SPDX-License-Identifier: Apache-2.0
"""Loading a device: configuration, stores, golden results and pictures, each read back or proven."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from host.boards.board import BoardError, Identity
from host.boards.registers import Link
from host.image import MemoryImage, encode_images
from host.networks import TestSet
from host.regmap import MAX_STORES, Region, register, store_data, window
from host.twin import Inference

# Clock cycles that one unit of work may take for one picture: a 16x16 block on a 1x1 array takes 256, sixteen
# requantisations less than 512, the rest is margin. The limit guards against defects of the design only.
_CYCLES_PER_WORK = 1024

_Words = NDArray[np.uint32]


def load_everything(link: Link, identity: Identity, image: MemoryImage, test_set: TestSet, golden: Inference) -> None:
    """Write all a trial needs and read back what no digest covers.

    The stores are not read back: the caller proves them by their digest.

    Parameters
    ----------
    link
        Link of an idle board.
    identity
        The board; the image must fit it.
    image, test_set, golden
        As for :meth:`host.boards.board.Board.load`.

    Raises
    ------
    BoardError
        If something reads back otherwise than it was written.
    """
    configuration = _configuration(identity, image, len(test_set.images))
    link.write(register("STORE_EXTENT"), configuration)
    for store, words in enumerate(image.words):
        if len(words):
            link.write(store_data(store), words)
    pieces = (
        ("the configuration", register("STORE_EXTENT"), configuration, True),
        ("the golden results", window(Region.GOLDEN), golden_words(golden, test_set.labels), False),
        ("the pictures", window(Region.IMAGES), encode_images(test_set.images, image.image_rows).ravel(), False),
    )
    for what, address, words, written in pieces:
        if not written:
            link.write(address, words)
        if not np.array_equal(link.read(address, len(words)), words):
            raise BoardError(f"{what} read back otherwise than written to board {identity.name}: reset it, start again")


def golden_words(golden: Inference, labels: NDArray[np.uint16]) -> _Words:
    """The GOLDEN window: score digest, then class and label, of each picture (docs/registers.md)."""
    words = np.empty((len(labels), 2), dtype=np.uint32)
    words[:, 0] = golden.digests
    words[:, 1] = golden.classes.astype(np.uint32) | labels.astype(np.uint32) << np.uint32(16)
    return words.ravel()


def _configuration(identity: Identity, image: MemoryImage, pictures: int) -> _Words:
    """Registers STORE_EXTENT … IMAGE_COUNT, which follow one another."""
    extents = [*image.extents] + [0] * (MAX_STORES - len(image.extents))
    cycles = min(identity.capabilities.in_flight * image.work_limit * _CYCLES_PER_WORK, (1 << 32) - 1)
    rows = [image.image_rows, image.score_rows, image.score_count, image.row_bits]
    return np.array([*extents, *rows, image.work_limit, cycles, 0, pictures], dtype=np.uint32)
