# SPDX-License-Identifier: Apache-2.0
"""Named registers behind a link, and what the capability registers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from host.boards.board import BoardError, Capabilities, Identity, StoreCapacity
from host.link.session import Counters as LinkCounters
from host.link.session import Records
from host.regmap import ENGINE_STORES, MAP_HASH, REGISTERS, Engine, Protection, register

# Fields of the capability registers (docs/registers.md).
_CAPACITY_WORDS = (1 << 24) - 1


class Link(Protocol):
    """What a board needs of a link; :class:`host.link.session.Session` is one."""

    @property
    def counters(self) -> LinkCounters:
        """Requests, retries and bytes so far."""

    def read(self, address: int, count: int) -> NDArray[np.uint32]:
        """``count`` words from ``address`` on."""

    def write(self, address: int, words: ArrayLike) -> None:
        """Write words from ``address`` on."""

    def records(self, first: int, max_words: int) -> Records:
        """Trial records from number ``first`` on."""

    def close(self) -> None:
        """Let the line go."""


class Registers:
    """Registers by the names of :mod:`host.regmap`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def read(self, name: str, index: int = 0) -> int:
        """Value of a register."""
        return int(self._link.read(register(name, index), 1)[0])

    def read_run(self, first: str, last: str) -> dict[str, int]:
        """Values of consecutive single registers, ``first`` to ``last``, in one request."""
        start = register(first)
        words = self._link.read(start, register(last) - start + 1)
        return {name: int(words[register(name) - start]) for name in _names(start, register(last))}

    def write_run(self, first: str, values: Sequence[int], index: int = 0) -> None:
        """Write consecutive registers from ``first`` on in one request."""
        self._link.write(register(first, index), np.array(values, dtype=np.uint32))


def _names(first: int, last: int) -> list[str]:
    return [r.name for r in REGISTERS if r.count == 1 and first <= register(r.name) <= last]


def identify(registers: Registers, name: str) -> Identity:
    """Read who a board is.

    Parameters
    ----------
    registers
        Registers of the board; nothing is written to them.
    name
        Name in the catalogue.

    Raises
    ------
    BoardError
        If its register map is not this host's, or its engine is unknown.
    """
    found = registers.read("MAP_HASH")
    if found != MAP_HASH:
        raise BoardError(
            f"board {name} was built from another register map ({found:08x}; this host has {MAP_HASH:08x}):"
            " build it again from this checkout, or check out the version it was built from"
        )
    was = registers.read_run("BUILD_ID", "IN_FLIGHT")
    kind = was["ENGINE"] & 0xFF
    if kind not in set(Engine):
        raise BoardError(f"board {name} has an engine of unknown kind {kind}; this host knows 1 (mac) and 2 (lut)")
    engine = Engine(kind)
    count = was["ENGINE"] >> 8 & 0xFF
    if count != len(ENGINE_STORES[engine]):
        raise BoardError(
            f"board {name} reports {count} stores for engine {engine.name.lower()}, which has"
            f" {len(ENGINE_STORES[engine])}: build it again from this checkout"
        )
    room = registers.read_run("INPUT_CAPACITY", "GATE_CAPACITY")
    room |= registers.read_run("UPSET_CAPACITY", "GOLDEN_COPY")
    capacities = [registers.read("STORE_CAPACITY", i) for i in range(count)]
    return Identity(
        name=name,
        map_hash=found,
        build_id=was["BUILD_ID"],
        engine=engine,
        clock_hz=was["CLOCK_HZ"],
        baud=was["BAUD"],
        capabilities=capabilities(was | room, capacities),
    )


def capabilities(value: Mapping[str, int], stores: Sequence[int]) -> Capabilities:
    """Capabilities from the values of the capability registers, by name, and of each store's."""
    array = value["ARRAY"]
    is_lut = value["ENGINE"] & 0xFF == Engine.LUT
    return Capabilities(
        array=(array & 0xFF, array >> 8 & 0xFF, array >> 16 & (1 if is_lut else 0xFF)),
        sweep_words=value["SWEEP_WORDS"],
        image_rows=value["IMAGE_CAPACITY"],
        results=value["RESULT_CAPACITY"],
        score_rows=value["SCORE_CAPACITY"],
        activation_rows=value["ACTIVATION_CAPACITY"],
        inputs=value["INPUT_CAPACITY"],
        gates=value["GATE_CAPACITY"],
        score_bits=array >> 24 if is_lut else 0,
        class_bits=array >> 20 & 0xF if is_lut else 0,
        records=value["RECORD_CAPACITY"],
        flips=value["FLIP_CAPACITY"],
        upsets=value["UPSET_CAPACITY"],
        golden_copy=value["GOLDEN_COPY"] != 0,
        frame_words=value["FRAME_WORDS"],
        golden_bits=value["GOLDEN_BITS"],
        in_flight=value["IN_FLIGHT"],
        stores=tuple(StoreCapacity(word & _CAPACITY_WORDS, Protection(word >> 24 & 0xF)) for word in stores),
    )
