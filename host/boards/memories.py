# SPDX-License-Identifier: Apache-2.0
"""What a board's memories hold beside the stores: pictures, golden results, scores, and the registers that name them.

All that differs between the engines on this side of the link is here and in the two modules that this one chooses from.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from host.boards.board import Capabilities
from host.boards.lut_memories import LutMemories
from host.boards.mac_memories import MacMemories
from host.image import LutImage, MacImage, MemoryImage
from host.twin import Inference


class Memories(Protocol):
    """One image on a board with known capabilities. Pure."""

    def shortages(self) -> list[str]:
        """What does not fit whatever the number of pictures, a clause each with both sizes."""

    def most_pictures(self) -> int:
        """Pictures that fit."""

    def configuration(self, pictures: int) -> dict[str, list[int]]:
        """Values of consecutive registers, by the name of the first."""

    def picture_words(self, pictures: NDArray[Any]) -> NDArray[np.uint32]:
        """The IMAGES window (docs/registers.md), from its first word on."""

    def golden_words(self, golden: Inference, labels: NDArray[np.uint16]) -> NDArray[np.uint32]:
        """The GOLDEN window, from its first word on."""

    def score_words(self, pictures: int) -> int:
        """Words of the SCORES window that hold the scores of this many pictures."""

    def scores(self, words: NDArray[np.uint32], pictures: int) -> NDArray[Any]:
        """Scores of pictures from those words, as in :class:`host.twin.Inference`."""


def memories(image: MemoryImage, has: Capabilities) -> Memories:
    """The memories of a board that is to run this image; the image must be for the board's engine."""
    if isinstance(image, LutImage):
        return LutMemories(image, has)
    assert isinstance(image, MacImage)
    return MacMemories(image, has)
