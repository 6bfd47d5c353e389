# SPDX-License-Identifier: Apache-2.0
"""What the physical bits of protected stores are: the bits of the data, and check bits or further copies after them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from host.codes import CODES, parts_of
from host.image.layout import Layout, Place, require_bit, store_id
from host.regmap import Protection

#: Ends the tensor name of bits that a code adds to the words of a store; their index is the code word.
CHECK = " check"

_DATA_BITS = 32


class CodedLayout:
    """The layout of an image in protected stores (a :class:`host.image.layout.Layout`).

    Parameters
    ----------
    data
        Layout of the data bits.
    names
        Stores by store id.
    protections
        Of each of them.
    """

    def __init__(self, data: Layout, names: Sequence[str], protections: Sequence[Protection]) -> None:
        self._data = data
        self._names = tuple(names)
        self._widths = tuple(CODES[protection].bits for protection in protections)
        self._layer = cache(lambda store, word: data.locate(store, word, 0).layer)
        self._unused = cache(lambda store: data.padding_mask(store) == 0xFFFFFFFF)

    @property
    def extents(self) -> tuple[int, ...]:
        """See :class:`host.image.layout.Layout`."""
        return self._data.extents

    def locate(self, store: int | str, word: int, bit: int) -> Place:
        """See :class:`host.image.layout.Layout`."""
        number = store_id(self._names, store)
        name = self._names[number]
        require_bit(name, self.extents[number], word, bit, self._widths[number])
        if bit < _DATA_BITS:
            return self._data.locate(number, word, bit)
        unused = bool(self._unused(number)[word])
        return Place(self._layer(number, word), f"{name}{CHECK}", (word,), bit - _DATA_BITS, unused)

    def find(self, layer: str, tensor: str, index: tuple[int, ...], bit: int) -> tuple[int, int, int]:
        """See :class:`host.image.layout.Layout`."""
        if not tensor.endswith(CHECK):
            return self._data.find(layer, tensor, index, bit)
        name = tensor.removesuffix(CHECK)
        number = store_id(self._names, name)
        if len(index) != 1:
            raise IndexError(f"the index of {tensor} is a code word, not {index}")
        require_bit(name, self.extents[number], index[0], bit + _DATA_BITS, self._widths[number])
        if bit < 0 or self._layer(number, index[0]) != layer:
            raise IndexError(f"code word {index[0]} of {name} has no check bit {bit} of layer {layer!r}")
        return number, index[0], bit + _DATA_BITS

    def padding_mask(self, store: int | str) -> NDArray[np.uint32]:
        """See :class:`host.image.layout.Layout`."""
        number = store_id(self._names, store)
        width = self._widths[number]
        mask = np.zeros((self.extents[number], parts_of(width)), dtype=np.uint32)
        mask[:, 0] = self._data.padding_mask(number)
        for part in range(1, mask.shape[1]):
            lanes = (1 << min(32, width - 32 * part)) - 1
            mask[:, part] = np.where(self._unused(number), lanes, 0)
        return mask
