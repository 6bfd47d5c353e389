# SPDX-License-Identifier: Apache-2.0
"""Random networks and fault sets for property-based tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from host.faults import FaultSet
from host.networks import Dense, DenseNetwork

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.lists(st.integers(1, 40), min_size=2, max_size=4)


def random_layer(rng: np.random.Generator, name: str, inputs: int, outputs: int, wild: bool) -> Dense:
    """A layer whose outputs use the int8 range, or (``wild``) one with any parameters at all."""
    if wild:
        multiplier = rng.integers(-(2**31), 2**31, outputs)
        shift = rng.integers(-31, 31, outputs)
        bias = rng.integers(-(2**31), 2**31, outputs)
    else:
        multiplier = rng.integers(2**30, 2**31, outputs)
        # Accumulators of n random products of int8s spread over about 5000 · sqrt(n): down to about 100.
        shift = rng.integers(-8, -3, outputs)
        bias = rng.integers(-5000, 5000, outputs)
    low, high = sorted(rng.integers(-128, 128, 2).tolist())
    return Dense(
        name=name,
        weights=rng.integers(-128, 128, (outputs, inputs), dtype=np.int8),
        bias=bias.astype(np.int32),
        multiplier=multiplier.astype(np.int32),
        shift=shift.astype(np.int8),
        input_zero_point=int(rng.integers(-128, 128)),
        output_zero_point=int(rng.integers(-128, 128)),
        activation_min=low if rng.random() < 0.5 else -128,
        activation_max=high if rng.random() < 0.5 else 127,
        single_rounding=bool(rng.integers(2)),
    )


def random_network(seed: int, shape: Sequence[int], wild: bool = False) -> DenseNetwork:
    """A network of the given widths, inputs first."""
    rng = np.random.default_rng(seed)
    layers = [random_layer(rng, f"l{i}", a, b, wild) for i, (a, b) in enumerate(pairwise(shape))]
    return DenseNetwork(f"random-{seed}", tuple(layers), 1.0, 0)


@st.composite
def fault_sets(draw: st.DrawFn, extents: Sequence[int], at_most: int = 12) -> FaultSet:
    """Flips in any stores; each store is chosen as often, so that the small program is hit as often as the weights."""
    flip = st.integers(0, len(extents) - 1).flatmap(
        lambda s: st.tuples(st.just(s), st.integers(0, extents[s] - 1), st.integers(0, 31))
    )
    return FaultSet.of(draw(st.sets(flip, max_size=at_most)))
