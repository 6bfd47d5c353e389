# SPDX-License-Identifier: Apache-2.0
"""Groups of physical bits that a report tells apart: layer, tensor and position in the value, padding by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image import MemoryImage, Place

#: Tensor of all padding.
PADDING = "padding"


@dataclass(frozen=True)
class Group:
    """Physical bits of one layer, tensor and position.

    Attributes
    ----------
    layer, tensor
        As in :class:`host.image.layout.Place`; all padding is the tensor ``padding`` of no layer.
    position
        Bit of the value; of a truth table, the address of the entry.
    """

    layer: str
    tensor: str
    position: int

    @property
    def padding(self) -> bool:
        """Whether the golden network does not use these bits."""
        return self.tensor == PADDING


@dataclass(frozen=True, eq=False)
class BitMap:
    """The group of every physical bit of the chosen stores, which are numbered as in a walk (docs/faults.md).

    Attributes
    ----------
    groups
        In order of layers and tensors, then of positions; padding last.
    numbers
        int32[bits]: group of each bit.
    sizes
        int64[groups]: bits of each group.
    first
        First bit of each chosen store, by store id.
    """

    groups: tuple[Group, ...]
    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    first: dict[int, int]


def map_bits(image: MemoryImage, stores: Sequence[int]) -> BitMap:
    """Groups of all bits of some stores.

    Parameters
    ----------
    image
        Whose stores.
    stores
        Ids of the stores, ascending.
    """
    found: dict[Group, int] = {}
    raw: list[int] = []
    first = {}
    for store in stores:
        first[store] = len(raw)
        for word in range(image.extents[store]):
            for bit in range(image.space.widths[store]):
                raw.append(found.setdefault(_group(image.layout.locate(store, word, bit)), len(found)))
    names = {(g.layer, g.tensor): i for i, g in reversed(list(enumerate(found)))}
    order = sorted(found, key=lambda g: (g.padding, names[g.layer, g.tensor], g.position))
    renumbered = np.empty(len(order), dtype=np.int32)
    renumbered[[found[group] for group in order]] = np.arange(len(order))
    numbers = renumbered[np.array(raw, dtype=np.int32)]
    return BitMap(tuple(order), numbers, np.bincount(numbers, minlength=len(order)), first)


def _group(place: Place) -> Group:
    if place.padding:
        return Group("", PADDING, 0)
    # An entry of a truth table is one bit: what tells it from the others is its address.
    return Group(place.layer, place.tensor, place.index[-1] if place.tensor == "tables" else place.bit)
