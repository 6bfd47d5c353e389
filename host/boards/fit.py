# SPDX-License-Identifier: Apache-2.0
"""Whether a network and its pictures fit a board. Pure."""

from __future__ import annotations

from host.boards.board import BoardError, Identity
from host.boards.memories import memories
from host.faults import Exposures
from host.image import MemoryImage
from host.image.protections import protection_words
from host.regmap import ENGINE_STORES, Engine

# Clock cycles that one is drawn and flipped in, and a code word is scrubbed in, with some to spare (docs/faults.md).
_UPSET_CYCLES, _SCRUB_CYCLES = 450, 3

# Clock cycles of a slice that a board counts to.
_COUNTED = 1 << 32


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
    cycles = slice_cycles(source)
    if cycles >= _COUNTED:
        raise BoardError(
            f"a slice of some {cycles:.2g} clock cycles is more than board {name} counts (2^32): give more --slices"
        )
    at_once = has.in_flight if identity.engine is Engine.LUT else 1
    if source.pictures % at_once or source.pictures > pictures:
        raise BoardError(
            f"board {name} cannot run {source.pictures} of {pictures} pictures a slice: give a multiple of {at_once}"
            f" up to {pictures}"
        )


def slice_cycles(source: Exposures) -> float:
    """Clock cycles that upsets and scrubs of a slice take, about, on any board; those of the pictures left out."""
    if source.any_cycle:
        return float(source.period)
    upsets = source.probability * source.period
    scrubs = source.period / source.scrubbing.interval if source.scrubbing.interval else 0.0
    return _UPSET_CYCLES * upsets + _SCRUB_CYCLES * scrubs
