# SPDX-License-Identifier: Apache-2.0
"""The bitstreams of this checkout: where they are, and whether a board was configured with one of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from host.boards.board import BoardError, Identity
from host.boards.catalogue import Entry
from host.image.protections import protection_words
from host.regmap import ENGINE_STORES, Engine, Protection
from host.toolchain import ROOT

#: A folder for each board, engine and protection, in which the build leaves the bitstream and what it is.
BITSTREAMS = ROOT / "build" / "bitstream"

#: What a build takes of the FPGA, in its folder: also of one that was only synthesised.
AREA = "area.json"


@dataclass(frozen=True)
class Area:
    """What a build takes of its FPGA.

    Attributes
    ----------
    used, available
        Resources by name: ``luts``, ``flip_flops``, ``block_rams``, ``dsps``.
    fmax_hz
        Highest clock of the placed design; None where it was only synthesised.
    """

    used: Mapping[str, float]
    available: Mapping[str, float]
    fmax_hz: int | None


def read_area(board: str, engine: Engine, protections: Sequence[Protection] = ()) -> Area | None:
    """What the build of this checkout takes; None where there is none.

    Raises
    ------
    BoardError
        If it cannot be read.
    """
    path = BITSTREAMS / build_name(board, engine, protections) / AREA
    try:
        return Area(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise BoardError(f"{path} cannot be read ({error}): make the bitstream again") from error


def build_name(board: str, engine: Engine, protections: Sequence[Protection] = ()) -> str:
    """Name of a build: board, engine and, where its stores are protected, how."""
    name = f"{board}-{engine.name.lower()}"
    if not any(protections):
        return name
    return "-".join([name, *protection_words(ENGINE_STORES[engine], protections)]).replace("=", "_")


def bitstream_of(entry: Entry, engine: Engine, protections: Sequence[Protection] = ()) -> Path:
    """Where the bitstream of a board with an engine is, once it is built."""
    return BITSTREAMS / build_name(entry.name, engine, protections) / entry.bitstream


def make_command(target: str, board: str, engine: Engine, protections: Sequence[Protection] = ()) -> str:
    """What to type for the bitstream of a board: ``target`` is ``bitstream`` or ``program``."""
    command = f"make {target} BOARD={board} ENGINE={engine.name.lower()}"
    if not any(protections):
        return command
    return f'{command} ARGS="--protect {" ".join(protection_words(ENGINE_STORES[engine], protections))}"'


def stale_build(entry: Entry, identity: Identity) -> str | None:
    """One sentence when this checkout has a bitstream for the board which is another than the board's; else None."""
    protections = [store.protection for store in identity.capabilities.stores]
    described = BITSTREAMS / build_name(entry.name, identity.engine, protections) / "build.json"
    if not described.is_file():
        return None
    try:
        wanted = int(json.loads(described.read_text(encoding="utf-8"))["build_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{described} cannot be read ({error!r}): make the bitstream again, so that the board can be compared"
    if wanted == identity.build_id:
        return None
    return (
        f"board {entry.name} has build id {identity.build_id:08x}, the bitstream in {described.parent} has"
        f" {wanted:08x}: type `{make_command('program', entry.name, identity.engine, protections)}` to load that"
    )
