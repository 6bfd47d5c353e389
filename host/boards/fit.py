# SPDX-License-Identifier: Apache-2.0
"""Whether a network and its pictures fit a board. Pure."""

from __future__ import annotations

from host.boards.board import BoardError, Identity
from host.boards.memories import memories
from host.faults import Exposures
from host.image import MemoryImage
from host.image.protections import protection_words
from host.regmap import ENGINE_STORES, Engine


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
    require_protections(identity, image)
    small = [
        f"store {name} needs {extent} code words and has {capacity.words}"
        for name, extent, capacity in zip(ENGINE_STORES[image.engine], image.extents, has.stores, strict=True)
        if extent > capacity.words
    ]
    own = memories(image, has)
    small += own.shortages()
    if small:
        raise BoardError(
            f"the network does not fit board {identity.name}: {'; '.join(small)}; choose a smaller network or build"
            " the board with larger memories"
        )
    most = own.most_pictures()
    if pictures > most:
        raise BoardError(
            f"{pictures} pictures do not fit board {identity.name} ({has.image_rows} image rows, {has.score_rows} score"
            f" rows, {has.results} rows of golden results): choose at most {most} pictures with --images {most}"
        )


def require_protections(identity: Identity, image: MemoryImage) -> None:
    """Refuse an image whose stores are protected otherwise than a board's.

    Raises
    ------
    BoardError
        Saying what the board has, as ``--protect`` takes it.
    """
    built = [capacity.protection for capacity in identity.capabilities.stores]
    if tuple(built) != image.protections:
        names = ENGINE_STORES[image.engine]
        has, wanted = (" ".join(protection_words(names, codes)) for codes in (built, image.protections))
        raise BoardError(
            f"board {identity.name} was built with --protect {has}, the campaign is for --protect {wanted}: say what"
            " the board has, or give it another build"
        )


def require_exposable(identity: Identity, source: Exposures, pictures: int) -> None:
    """Refuse histories that a board cannot run.

    Parameters
    ----------
    identity
        The board.
    source
        The histories.
    pictures
        Pictures of the test set.

    Raises
    ------
    BoardError
        Naming what the board lacks.
    """
    has, name = identity.capabilities, identity.name
    if not has.upsets:
        raise BoardError(f"board {name} was built without a beam: give it a build that has one, or use --board twin")
    if source.scrubbing.golden and not has.golden_copy:
        raise BoardError(
            f"board {name} keeps no golden copy to scrub from: scrub by the stores' code, or give it another build"
        )
    if len(source.stuck) > has.flips:
        raise BoardError(f"{len(source.stuck)} stuck bits do not fit board {name}: give at most {has.flips}")
    at_once = has.in_flight if identity.engine is Engine.LUT else 1
    if source.pictures % at_once or source.pictures > pictures:
        raise BoardError(
            f"board {name} cannot run {source.pictures} of {pictures} pictures a slice: give a multiple of {at_once}"
            f" up to {pictures}"
        )
