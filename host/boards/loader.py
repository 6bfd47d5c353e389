# SPDX-License-Identifier: Apache-2.0
"""Loading a device: configuration, stores, golden results and pictures, each read back or proven."""

from __future__ import annotations

import numpy as np

from host.boards.board import BoardError, Identity
from host.boards.memories import memories
from host.boards.registers import Link
from host.image import MemoryImage
from host.networks import TestSet
from host.regmap import MAX_STORES, Region, register, store_data, window
from host.twin import Inference


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
    own = memories(image, identity.capabilities)
    extents = [*image.extents] + [0] * (MAX_STORES - len(image.extents))
    registers = {"STORE_EXTENT": extents, **own.configuration(len(test_set.images))}
    pieces = [("the configuration", register(name), np.array(v, dtype=np.uint32)) for name, v in registers.items()]
    pieces += [
        ("the golden results", window(Region.GOLDEN), own.golden_words(golden, test_set.labels)),
        ("the pictures", window(Region.IMAGES), own.picture_words(test_set.images)),
    ]
    load_stores(link, image)
    for what, address, words in pieces:
        link.write(address, words)
        if not np.array_equal(link.read(address, len(words)), words):
            raise BoardError(f"{what} read back otherwise than written to board {identity.name}: reset it, start again")


def load_stores(link: Link, image: MemoryImage) -> None:
    """Write the stores, which are not read back: the caller proves them by their digest."""
    for store, words in enumerate(image.words):
        if len(words):
            link.write(store_data(store), words)
