# SPDX-License-Identifier: Apache-2.0
"""The bitstreams of this checkout: where they are, and whether a board was configured with one of them."""

from __future__ import annotations

import json
from pathlib import Path

from host.boards.board import Identity
from host.boards.catalogue import Entry
from host.regmap import Engine
from host.toolchain import ROOT

#: A folder for each board and engine, in which the build leaves the bitstream and what it is.
BITSTREAMS = ROOT / "build" / "bitstream"


def bitstream_of(entry: Entry, engine: Engine) -> Path:
    """Where the bitstream of a board with an engine is, once it is built."""
    return _folder(entry, engine) / entry.bitstream


def stale_build(entry: Entry, identity: Identity) -> str | None:
    """One sentence when this checkout has a bitstream for the board which is another than the board's; else None."""
    described = _folder(entry, identity.engine) / "build.json"
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
        f" {wanted:08x}: type `make program BOARD={entry.name} ENGINE={identity.engine.name.lower()}` to load that"
    )


def _folder(entry: Entry, engine: Engine) -> Path:
    return BITSTREAMS / f"{entry.name}-{engine.name.lower()}"
