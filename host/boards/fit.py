# SPDX-License-Identifier: Apache-2.0
"""Whether a network and its pictures fit a board. Pure."""

from __future__ import annotations

from host.boards.board import BoardError, Identity
from host.image import MemoryImage
from host.regmap import ENGINE_STORES

# A quarter of the activation memory for each of the buffer numbers 0 … 3 (docs/mac-engine.md: 1 … 3 are used).
_BUFFERS = 4


def require_fit(identity: Identity, image: MemoryImage, pictures: int) -> None:
    """Refuse a network that a board cannot hold.

    Parameters
    ----------
    identity
        The board.
    image
        The compiled network.
    pictures
        Pictures of the test set.

    Raises
    ------
    BoardError
        Naming each store or memory that is too small, and both sizes.
    """
    has = identity.capabilities
    if image.engine is not identity.engine:
        raise BoardError(
            f"the network is for engine {image.engine.name.lower()}, board {identity.name} has engine"
            f" {identity.engine.name.lower()}: choose another board or network"
        )
    small = [
        f"store {name} needs {extent} code words and has {capacity.words}"
        for name, extent, capacity in zip(ENGINE_STORES[image.engine], image.extents, has.stores, strict=True)
        if extent > capacity.words
    ]
    activation_rows = _BUFFERS << image.row_bits
    if activation_rows > has.activation_rows:
        small.append(f"one picture needs {activation_rows} activation rows and the board has {has.activation_rows}")
    if small:
        raise BoardError(
            f"the network does not fit board {identity.name}: {'; '.join(small)}; choose a smaller network or build"
            " the board with larger memories"
        )
    most = min(has.results, has.image_rows // image.image_rows, has.score_rows // image.score_rows)
    if pictures > most:
        raise BoardError(
            f"{pictures} pictures do not fit board {identity.name} ({has.image_rows} image rows, {image.image_rows} a"
            f" picture; {has.score_rows} score rows, {image.score_rows} a picture; {has.results} golden results):"
            f" choose at most {most} pictures with --images {most}"
        )
