# SPDX-License-Identifier: Apache-2.0
"""What a physical bit of a memory image is: the place of a bit, and what the layout of every engine can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

#: Tensor name of the padding bits of an instruction; its index is the instruction word.
PROGRAM_PADDING = "padding"
#: Layer name of what follows the last layer.
END_LAYER = "(end)"


@dataclass(frozen=True)
class Place:
    """What a physical bit is.

    Attributes
    ----------
    layer
        Layer name; ``(end)`` for what follows the last layer.
    tensor
        ``weights``, ``bias``, ``multiplier``, ``shift`` (mac), ``tables``, ``wiring`` (lut), a program field's name, or
        ``padding`` in the program.
    index
        Place in the tensor: (output, input), (output,), (gate, address), (gate, operand), () for a program field,
        (word,) for program padding. Padding of a tensor has the index that it would have if the tensor went on: beyond
        its shape.
    bit
        Bit of the value, 0 = least significant.
    padding
        Whether the golden network does not use the bit.
    """

    layer: str
    tensor: str
    index: tuple[int, ...]
    bit: int
    padding: bool = False


class Layout(Protocol):
    """Places of all physical bits, both ways. Stores are named by store id or by name."""

    @property
    def extents(self) -> tuple[int, ...]:
        """Code words of each store, by store id."""

    def locate(self, store: int | str, word: int, bit: int) -> Place:
        """What a physical bit is.

        Raises
        ------
        KeyError
            If there is no store of that name.
        IndexError
            If there is no such bit; the message gives the limits.
        """

    def find(self, layer: str, tensor: str, index: tuple[int, ...], bit: int) -> tuple[int, int, int]:
        """Store id, code word and bit of a place: the inverse of :meth:`locate`, padding included.

        Raises
        ------
        KeyError
            If there is no such layer or tensor.
        IndexError
            If the index or the bit lies outside.
        """

    def padding_mask(self, store: int | str) -> NDArray[np.uint32]:
        """uint32[extent]: 1 for each bit that is padding; with check bits uint32[extent, parts]."""


def store_id(names: Sequence[str], store: int | str) -> int:
    """Number of a store that is named by number or name.

    Raises
    ------
    KeyError, IndexError
        If there is none.
    """
    if isinstance(store, str):
        if store not in names:
            raise KeyError(f"no store {store!r}: the stores are {', '.join(names)}")
        return list(names).index(store)
    if not 0 <= store < len(names):
        raise IndexError(f"stores are 0 ... {len(names) - 1}; there is no {store}")
    return int(store)


def require_bit(name: str, extent: int, word: int, bit: int, width: int = 32) -> None:
    """Refuse a word or bit that a store does not have, whose code words have so many bits.

    Raises
    ------
    IndexError
        With the limits.
    """
    if not 0 <= word < extent:
        raise IndexError(f"store {name} has words 0 ... {extent - 1}; there is no {word}")
    if not 0 <= bit < width:
        raise IndexError(f"a word of {name} has bits 0 ... {width - 1}; there is no {bit}")


def require_index(layer: str, tensor: str, index: tuple[int, ...], shape: Sequence[int]) -> None:
    """Refuse an index outside a tensor.

    Raises
    ------
    IndexError
        With the tensor's shape.
    """
    if len(index) != len(shape) or any(not 0 <= i < n for i, n in zip(index, shape, strict=False)):
        raise IndexError(f"{tensor} of {layer} has shape {tuple(shape)}, padding included; there is no index {index}")
