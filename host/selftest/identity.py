# SPDX-License-Identifier: Apache-2.0
"""Step: who the board is. Nothing is written before this is known."""

from __future__ import annotations

from host.boards import BoardError
from host.boards.registers import identify
from host.regmap import MAP_HASH
from host.selftest.bench import Bench
from host.selftest.verdict import Failed, Figures

_REBUILD = "build the bitstream from this checkout and load it, or check out the version it was built from"


def check_identity(bench: Bench) -> Figures:
    """Map hash, build id, engine, capabilities, clock and bit rate."""
    found = bench.registers.read("MAP_HASH")
    if found != MAP_HASH:
        raise Failed(f"register map {MAP_HASH:08x}", f"{found:08x}", _REBUILD)
    try:
        identity = identify(bench.registers, bench.name)
    except BoardError as error:
        raise Failed("an engine and stores that this host knows", str(error), _REBUILD) from error
    has = identity.capabilities
    sizes = {"flips": has.flips, "image_rows": has.image_rows, "results": has.results, "frame_words": has.frame_words}
    empty = [name for name, size in sizes.items() if not size]
    if empty or not any(store.words for store in has.stores):
        what = ", ".join(empty) or "stores"
        raise Failed("a size for every memory", f"none for {what}", _REBUILD)
    bench.identified(identity)
    return {
        "engine": identity.engine.name.lower(),
        "map hash": f"{found:08x}",
        "build id": f"{identity.build_id:08x}",
        "clock MHz": identity.clock_hz / 1e6,
        "baud": bench.baud,
        "array": "x".join(map(str, has.array)),
        "sweep lanes": 32 * has.sweep_words,
        "records": has.records,
        "code words": " ".join(
            f"{name} {store.words}" for name, store in zip(bench.store_names, has.stores, strict=True)
        ),
    }
