# SPDX-License-Identifier: Apache-2.0
"""Random networks of lookup tables and random pictures for them, for property-based tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from host.networks import LutLayer, LutNetwork, seeded_wiring


@dataclass(frozen=True)
class LutShape:
    """Sizes of a network: the last layer has ``classes * group`` gates, the ones before it ``hidden``."""

    k: int
    inputs: int
    hidden: tuple[int, ...]
    classes: int
    group: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Gates of each layer."""
        return (*self.hidden, self.classes * self.group)


LUT_SHAPES = st.builds(
    LutShape,
    k=st.integers(2, 6),
    inputs=st.integers(1, 40),
    hidden=st.lists(st.integers(1, 24), max_size=3).map(tuple),
    classes=st.integers(1, 6),
    group=st.integers(1, 9),
)


def random_lut_network(
    seed: int, shape: LutShape, *, wiring_seed: int | None = None, layered: bool = False
) -> LutNetwork:
    """A network with random tables.

    Its gates read any wire before their layer, those of the layer before only (``layered``), or what ``wiring_seed``
    draws.
    """
    rng = np.random.default_rng(seed)
    layers, first, end = [], 0, shape.inputs
    drawn = None if wiring_seed is None else seeded_wiring(wiring_seed, shape.inputs, shape.widths, shape.k)
    for number, gates in enumerate(shape.widths):
        low = first if layered else 0
        wiring = rng.integers(low, end, (gates, shape.k), dtype=np.uint16) if drawn is None else drawn[number]
        tables = rng.integers(0, 1 << (1 << shape.k), gates, dtype=np.uint64)
        layers.append(LutLayer(f"l{number}", wiring, tables))
        first, end = end, end + gates
    feature = np.arange(shape.inputs, dtype=np.uint16)
    return LutNetwork(
        f"random-{seed}", feature, np.full(shape.inputs, 0.5), tuple(layers), shape.classes, wiring_seed=wiring_seed
    )


def random_bits(seed: int, count: int, inputs: int) -> np.ndarray:
    """Random pictures: uint8[count, inputs] of 0 and 1."""
    return np.random.default_rng(seed).integers(0, 2, (count, inputs), dtype=np.uint8)
