# SPDX-License-Identifier: Apache-2.0
"""The physical bits that stores have: what faults are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from host.codes import CODES
from host.regmap import Protection


@dataclass(frozen=True)
class PhysicalSpace:
    """Stores as physical bits.

    Attributes
    ----------
    extents
        Code words in use, by store id.
    widths
        Physical bits of a code word, by store id.
    """

    extents: tuple[int, ...]
    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.extents) != len(self.widths):
            raise ValueError(f"{len(self.extents)} extents and {len(self.widths)} widths: give one of each for a store")

    @classmethod
    def of(cls, extents: Sequence[int], protections: Sequence[Protection] | None = None) -> PhysicalSpace:
        """The space of stores with these extents and protections; None for unprotected ones."""
        codes = [Protection.NONE] * len(extents) if protections is None else protections
        return cls(tuple(extents), tuple(CODES[protection].bits for protection in codes))

    def bits(self, stores: Iterable[int]) -> int:
        """Physical bits of some stores together."""
        return sum(self.extents[store] * self.widths[store] for store in stores)
