# SPDX-License-Identifier: Apache-2.0
"""The exact contents of an engine's stores."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from host.image.layout import Layout
from host.regmap import ENGINE_STORES, Engine


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryImage:
    """What a network compiles to.

    Attributes
    ----------
    engine
        Engine that runs it.
    stores
        uint32[extent] of each store, by name, in order of store id; read-only.
    layout
        What each bit is.
    score_count
        Scores of a picture.
    work_limit
        Work beyond which an inference hangs.

    Each engine's own kind of image adds its registers.
    """

    engine: Engine
    stores: Mapping[str, NDArray[np.uint32]]
    layout: Layout
    score_count: int
    work_limit: int

    def __post_init__(self) -> None:
        if tuple(self.stores) != ENGINE_STORES[self.engine]:
            raise ValueError(
                f"stores are {tuple(self.stores)}; engine {self.engine.name} has {ENGINE_STORES[self.engine]}"
            )
        frozen = {}
        for name, words in self.stores.items():
            frozen[name] = np.array(words, dtype=np.uint32)
            frozen[name].flags.writeable = False
        object.__setattr__(self, "stores", MappingProxyType(frozen))

    @property
    def words(self) -> list[NDArray[np.uint32]]:
        """Contents of the stores by store id."""
        return list(self.stores.values())

    @property
    def extents(self) -> tuple[int, ...]:
        """Code words in use, by store id."""
        return tuple(len(words) for words in self.stores.values())

    @property
    def digest(self) -> int:
        """CRC-32 over all stores (docs/faults.md), of words without check bits."""
        value = 0
        for words in self.stores.values():
            value = zlib.crc32(words.astype("<u4").data, value)
        return value
