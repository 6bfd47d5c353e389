# SPDX-License-Identifier: Apache-2.0
"""The value that a bit belongs to: a parameter, a table entry or a field of the program, in stores of any content."""

from __future__ import annotations

from collections.abc import Sequence

from host.image.layout import Layout, Place
from host.image.mac_format import FIELDS
from host.image.physical import PhysicalWords

# Two's complement (docs/mac-engine.md); every other value is a plain number.
_SIGNED = {"weights", "bias", "multiplier", "shift", *(name for name, field in FIELDS.items() if field.signed)}


def value_at(layout: Layout, stores: Sequence[PhysicalWords], place: Place) -> int | None:
    """The value that a place is a bit of, as it is stored; None for padding, which has none.

    Parameters
    ----------
    layout
        Where its bits are.
    stores
        Physical words by store id, golden or not.
    place
        One of its bits.
    """
    if place.padding:
        return None
    value = width = 0
    while (found := _find(layout, place, width)) is not None:
        store, word, bit = found
        value |= (int(stores[store][word, bit // 32]) >> bit % 32 & 1) << width
        width += 1
    return value - (1 << width) if place.tensor in _SIGNED and value >> (width - 1) else value


def _find(layout: Layout, place: Place, bit: int) -> tuple[int, int, int] | None:
    """Where a bit of the value is; None beyond its last."""
    try:
        found = layout.find(place.layer, place.tensor, place.index, bit)
    except IndexError:
        return None
    return None if layout.locate(*found).padding else found
