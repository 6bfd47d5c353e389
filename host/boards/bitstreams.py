# SPDX-License-Identifier: Apache-2.0
"""The bitstreams of this checkout: where they are, and whether a board was configured with one of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from host.boards.board import BoardError, Identity
from host.boards.catalogue import Entry
from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Hardware, header, parameters
from host.image.protections import protection_words
from host.regmap import ENGINE_STORES, Engine, Protection
from host.toolchain import INCLUDES, ROOT, RTL, read_sources

#: A folder for each board, engine and protection, in which the build leaves the bitstream and what it is.
BITSTREAMS = ROOT / "build" / "bitstream"

#: What a build takes of the FPGA, in its folder: also of one that was only synthesised.
AREA = "area.json"

#: What a bitstream is, in its folder.
DESCRIBED = "build.json"


@dataclass(frozen=True)
class Area:
    """What a build takes of its FPGA.

    Attributes
    ----------
    used, available
        Resources by name: ``luts``, ``flip_flops``, ``block_rams``, ``dsps``.
    fmax_hz
        Highest clock of the placed design; None where it was only synthesised.
    older
        Whether it was built from other sources or parameters than those of this checkout, or does not say from which.
    """

    used: Mapping[str, float]
    available: Mapping[str, float]
    fmax_hz: int | None
    older: bool = False


def read_area(board: str, engine: Engine, protections: Sequence[Protection] = ()) -> Area | None:
    """What the build of this checkout takes; None where there is none.

    Raises
    ------
    BoardError
        If it cannot be read, or there is no such board.
    """
    folder = BITSTREAMS / build_name(board, engine, protections)
    # builds of before there was AREA say the same where they say all of them
    path = next((path for path in (folder / AREA, folder / DESCRIBED) if path.exists()), None)
    if path is None:
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        older = said.get("sources") != _design_hash(find_hardware(board), engine, protections)
        return Area(dict(said["used"]), dict(said["available"]), said["fmax_hz"], older)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BoardError(f"{path} cannot be read ({error!r}): make the bitstream again") from error


def sources_hash(sources: Iterable[Path], text: str) -> str:
    """CRC-32, hexadecimal, of what is synthesised: Verilog files, the generated headers, and the text of ``build.vh``.

    The text is that of a build whose id is 0, since the id depends on more than this.
    """
    value = zlib.crc32(text.encode())
    for path in (*sources, *sorted(INCLUDES.glob("*.vh"))):
        value = zlib.crc32(path.read_bytes(), value)
    return f"{value:08x}"


def _design_hash(hardware: Hardware, engine: Engine, protections: Sequence[Protection]) -> str:
    """The :func:`sources_hash` of a build of this checkout as it is now."""
    sources = [*read_sources(), RTL / "board" / f"{hardware.top}.v"]
    return sources_hash(sources, header(parameters(hardware, engine, protections=protections)))


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
    described = BITSTREAMS / build_name(entry.name, identity.engine, protections) / DESCRIBED
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
