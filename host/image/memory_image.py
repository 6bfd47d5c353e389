# SPDX-License-Identifier: Apache-2.0
"""The exact contents of an engine's stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from host.codes import CODES
from host.image import physical
from host.image.coded_layout import CodedLayout
from host.image.layout import Layout
from host.image.physical import Contents, PhysicalWords
from host.image.space import PhysicalSpace
from host.regmap import ENGINE_STORES, Engine, Protection


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryImage:
    """What a network compiles to.

    Attributes
    ----------
    engine
        Engine that runs it.
    stores
        uint32[extent] data of each store, by name, in order of store id; read-only.
    layout
        What each physical bit is.
    score_count
        Scores of a picture.
    work_limit
        Work beyond which an inference hangs.
    protections
        In which code each store keeps its words, by store id; unprotected until :meth:`protect`.

    Each engine's own kind of image adds its registers.
    """

    engine: Engine
    stores: Mapping[str, NDArray[np.uint32]]
    layout: Layout
    score_count: int
    work_limit: int
    protections: tuple[Protection, ...] = ()

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
        if not self.protections:
            object.__setattr__(self, "protections", (Protection.NONE,) * len(frozen))

    def protect(self, protections: Sequence[Protection]) -> Self:
        """The same data in stores with these protections, by store id."""
        if len(protections) != len(self.stores) or set(self.protections) != {Protection.NONE}:
            raise ValueError(f"give a protection for each of {', '.join(self.stores)}, of an unprotected image")
        layout = CodedLayout(self.layout, tuple(self.stores), protections)
        return replace(self, protections=tuple(protections), layout=layout)

    @property
    def words(self) -> list[NDArray[np.uint32]]:
        """Data of the stores by store id."""
        return list(self.stores.values())

    @cached_property
    def physical(self) -> list[PhysicalWords]:
        """The code words of these data by store id; read-only."""
        coded = [CODES[p].encode(data) for p, data in zip(self.protections, self.words, strict=True)]
        for words in coded:
            words.flags.writeable = False
        return coded

    @cached_property
    def space(self) -> PhysicalSpace:
        """The physical bits of the stores in use."""
        return PhysicalSpace.of(self.extents, self.protections)

    def decode(self, stores: Sequence[PhysicalWords]) -> Contents:
        """What the decoders make of :attr:`physical` with flips in them."""
        return physical.decode(self.protections, self.physical, stores)

    @property
    def extents(self) -> tuple[int, ...]:
        """Code words in use, by store id."""
        return tuple(len(words) for words in self.stores.values())

    @property
    def digest(self) -> int:
        """Digest of all stores (docs/faults.md)."""
        return physical.digest(self.physical)
