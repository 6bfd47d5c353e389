# SPDX-License-Identifier: Apache-2.0
"""What the steps of the self-test share: the link, the board behind it, its memories, how much is tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from host.boards import Capabilities, DeviceBoard, Identity
from host.boards.commands import Commands
from host.boards.registers import Link, Registers
from host.codes import CODES
from host.image import PhysicalSpace, PhysicalWords
from host.networks import Network
from host.regmap import (
    ENGINE_STORES,
    RAW_PARTS,
    Engine,
    Protection,
    Region,
    register,
    store_data,
    store_raw,
    window,
)

Words = NDArray[np.uint32]

# Words of a row of the image store (docs/registers.md).
_IMAGE_ROW_WORDS = 4
# mac: words of a golden result.
_RESULT_WORDS = 2


@dataclass(frozen=True)
class Extent:
    """How much is tested.

    Attributes
    ----------
    soak_s, soak_bursts
        Seconds of the link soak, and bursts that it has at least.
    edge_words
        Words at either end of every memory that are tested; None for all words.
    backgrounds
        Data backgrounds of the march test, each with its complement.
    flips
        Flip-list entries of the injection.
    pictures
        The most pictures of a run.
    fault_sets
        Runs with faults that are compared with the twin.
    """

    soak_s: float = 5.0
    soak_bursts: int = 1
    edge_words: int | None = None
    # All intra-word patterns in which some bit differs from any other: log2(32) stripes, and solid.
    backgrounds: tuple[int, ...] = (0, 0x55555555, 0x33333333, 0x0F0F0F0F, 0x00FF00FF, 0x0000FFFF)
    flips: int = 4096
    pictures: int = 10_000
    fault_sets: int = 4

    @classmethod
    def quick(cls) -> Extent:
        """A few seconds on any board: the ends of each memory, one background."""
        return cls(soak_s=0.5, edge_words=32, backgrounds=(0,), flips=200, pictures=40, fault_sets=2)


@dataclass(frozen=True)
class Memory:
    """Words that the host can write and read.

    Attributes
    ----------
    name
        What the user calls it.
    address
        Word address of the first.
    words
        How many.
    masks
        Bits of each that are stored, by turns; the others read as 0 and are not written.
    """

    name: str
    address: int
    words: int
    masks: tuple[int, ...] = (0xFFFFFFFF,)

    def parts(self, edge: int | None) -> list[Memory]:
        """Itself, or its two ends."""
        if edge is None or self.words <= 2 * edge:
            return [self]
        return [replace(self, address=self.address + at, words=edge) for at in (0, self.words - edge)]

    def stored(self, words: Words) -> Words:
        """What reads back of words written from its first on, or from any place at which the masks begin anew."""
        return words & np.resize(np.array(self.masks, dtype=np.uint32), len(words))


@dataclass
class Bench:
    """A board on the bench.

    Attributes
    ----------
    link
        An open link.
    name
        Name of the board in the catalogue.
    networks
        Candidates for an engine, best first.
    extent
        How much is tested.
    baud
        Bit rate of the line, for the report; 0 when unknown.
    on_identified
        Called once when the board is known to be one of this host's; the bit rate of the line afterwards.
    loaded
        Digest of the stores with a network in them, once one is loaded.
    identity, board
        Set by the first step.
    """

    link: Link
    name: str
    networks: Callable[[Engine], list[Network]]
    extent: Extent = field(default_factory=Extent)
    baud: int = 0
    on_identified: Callable[[Identity], int] = lambda identity: 0
    loaded: int | None = None
    _identity: Identity | None = None
    _board: DeviceBoard | None = None

    def identified(self, identity: Identity) -> None:
        """The board is known: from now on it may be written to."""
        self._identity = identity
        self.baud = self.on_identified(identity) or self.baud or identity.baud
        self._board = DeviceBoard(self.link, self.name)

    @property
    def is_known(self) -> bool:
        """Whether the board is known to be one of this host's."""
        return self._board is not None

    @property
    def identity(self) -> Identity:
        """Which board this is."""
        assert self._identity is not None, "steps come after that of the identity"
        return self._identity

    @property
    def board(self) -> DeviceBoard:
        """The board as a campaign sees it."""
        assert self._board is not None, "steps come after that of the identity"
        return self._board

    @property
    def capabilities(self) -> Capabilities:
        """What was built."""
        return self.identity.capabilities

    @property
    def registers(self) -> Registers:
        """Its registers."""
        return Registers(self.link)

    @property
    def commands(self) -> Commands:
        """Its commands."""
        return Commands(self.link, self.identity)

    @property
    def store_names(self) -> tuple[str, ...]:
        """Names of its stores, by id."""
        return ENGINE_STORES[self.identity.engine]

    def stores(self) -> list[Memory]:
        """Its stores in their data windows, by id; a store that was not built has no words."""
        capacities = [store.words for store in self.capabilities.stores]
        return [
            Memory(f"store {name}", store_data(i), words)
            for i, (name, words) in enumerate(zip(self.store_names, capacities, strict=True))
        ]

    def marched(self) -> list[Memory]:
        """Every physical bit of every store: in the raw window, of stores without check bits in the faster one."""
        out = []
        for store, (memory, code) in enumerate(zip(self.stores(), self.protections, strict=True)):
            if code is Protection.NONE:
                out.append(memory)
                continue
            width = CODES[code].bits
            masks = tuple((1 << min(32, max(0, width - 32 * part))) - 1 for part in range(RAW_PARTS))
            out.append(Memory(f"{memory.name} (raw)", store_raw(store), RAW_PARTS * memory.words, masks))
        return out

    def other_memories(self) -> list[Memory]:
        """What else the host can write: pictures, golden results, flip list."""
        has = self.capabilities
        is_lut = self.identity.engine is Engine.LUT
        # lut: a row has one bit a lane, and at least one word (docs/lut-engine.md)
        lanes = has.array[1] if is_lut else 32
        result_words = -(-lanes // 32) if is_lut else _RESULT_WORDS
        mask = (1 << min(lanes, 32)) - 1
        return [
            Memory("pictures", window(Region.IMAGES), _IMAGE_ROW_WORDS * has.image_rows, (mask,)),
            Memory("golden results", window(Region.GOLDEN), result_words * has.results, (mask,)),
            Memory("flip list", window(Region.FLIPS), has.flips),
        ]

    def tested_words(self) -> list[int]:
        """Code words of each store, from the first on, that injection and digests are tested with."""
        edge = self.extent.edge_words
        # A quick test has two ends' worth of them: 64 and more are whole blocks of every engine.
        return [m.words if edge is None else min(m.words, 2 * edge) for m in self.stores()]

    @property
    def space(self) -> PhysicalSpace:
        """Physical bits of the part of each store that injection and digests are tested with."""
        return PhysicalSpace.of(self.tested_words(), self.protections)

    @property
    def protections(self) -> tuple[Protection, ...]:
        """Of its stores, by id."""
        return tuple(store.protection for store in self.capabilities.stores)

    def coded(self, contents: Sequence[Words]) -> list[PhysicalWords]:
        """What the stores hold of data that were written."""
        return [CODES[p].encode(words) for p, words in zip(self.protections, contents, strict=True)]

    def fill(self, rng: np.random.Generator) -> list[Words]:
        """Random words in the tested part of each store, and that part as the extent of each; what was written."""
        contents = [rng.integers(0, 1 << 32, n, dtype=np.uint32) for n in self.tested_words()]
        self.set_extents([len(words) for words in contents])
        for memory, words in zip(self.stores(), contents, strict=True):
            self.link.write(memory.address, words)
        return contents

    def read_back(self) -> list[Words]:
        """The tested part of each store."""
        return [self.link.read(m.address, n) for m, n in zip(self.stores(), self.tested_words(), strict=True)]

    def set_extents(self, extents: list[int]) -> None:
        """Code words in use of each store."""
        self.link.write(register("STORE_EXTENT"), np.array(extents, dtype=np.uint32))

    def empty_stores(self) -> None:
        """Nothing but zeros in any store, and no word in use."""
        self.board.stop()
        for memory in self.stores():
            if memory.words:
                self.link.write(memory.address, np.zeros(memory.words, dtype=np.uint32))
        self.set_extents([0] * len(self.stores()))
