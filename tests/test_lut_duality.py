# SPDX-License-Identifier: Apache-2.0
"""Flipping every bit of every truth table gives the network whose even layers are dual, with odd layers inverted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lut_networks import LutShape, random_bits, random_lut_network
from random_networks import SEEDS

from host.faults import FaultSet, Sweep
from host.image import compile_network
from host.networks import LutLayer, LutNetwork
from host.twin import infer

LAYERED = st.builds(
    LutShape,
    k=st.integers(2, 6),
    inputs=st.integers(1, 20),
    hidden=st.lists(st.integers(1, 16), max_size=3).map(tuple),
    classes=st.integers(1, 5),
    group=st.integers(1, 8),
)
EVERY_TABLE_BIT = Sweep(1 << 32, (0,))


def dual(layer: LutLayer) -> LutLayer:
    """The layer with f^d(x) = ~f(~x), entry by entry."""
    top = (1 << layer.k) - 1
    tables = [sum((1 - (int(t) >> (top - a) & 1)) << a for a in range(top + 1)) for t in layer.tables]
    return LutLayer(layer.name, layer.wiring, np.array(tables, dtype=np.uint64))


def dual_scores(network: LutNetwork, pictures: np.ndarray, *, even: bool = True, invert: bool = True) -> np.ndarray:
    """Scores that the theorem gives; the two switches break it."""
    layers = [dual(layer) if (number % 2 == 1) == even else layer for number, layer in enumerate(network.layers)]
    image = compile_network(replace(network, layers=tuple(layers)))
    scores = infer(image, image.words, pictures).scores
    return network.group - scores if invert and len(layers) % 2 == 1 else scores


def flipped_scores(network: LutNetwork, pictures: np.ndarray, again: FaultSet | None = None) -> np.ndarray:
    """Scores with every table bit flipped, and some flipped again."""
    image = compile_network(network)
    flips, stores = EVERY_TABLE_BIT.inject(0, image.physical, image.space)
    assert flips == 32 * image.extents[0]
    upset = stores if again is None else again.apply(stores)
    return infer(image, image.decode(upset).data, pictures).scores


@settings(max_examples=200, deadline=None)
@given(SEEDS, LAYERED)
def test_flipping_all_table_bits_is_duality(seed: int, shape: LutShape) -> None:
    """Let g = ~f be each flipped layer: if its inputs are right, its outputs are ~f(x); if they are inverted, ~f(~x).

    By induction layer 1 is f with outputs inverted, so layer 2 is ~f(~x) = f^d with outputs right, and so in turns.
    """
    network = random_lut_network(seed, shape, layered=True)
    pictures = random_bits(seed, 100, shape.inputs)
    assert np.array_equal(flipped_scores(network, pictures), dual_scores(network, pictures))


SHAPES_BY_DEPTH = [LutShape(3, 8, (10, 9, 11)[:hidden], 3, 5) for hidden in range(4)]


@pytest.mark.parametrize("shape", SHAPES_BY_DEPTH, ids=lambda shape: f"depth{len(shape.widths)}")
def test_a_bit_that_is_missed_or_flipped_twice_is_seen(shape: LutShape) -> None:
    """Each entry of the last layer that some picture selects, put back, which is both faults: all are seen."""
    network = random_lut_network(7, shape, layered=True)
    pictures = np.array([[p >> i & 1 for i in range(shape.inputs)] for p in range(1 << shape.inputs)], dtype=np.uint8)
    expected = dual_scores(network, pictures)
    layout = compile_network(network).layout
    last = network.layers[-1]
    seen = [
        not np.array_equal(
            flipped_scores(network, pictures, FaultSet.of([layout.find(last.name, "tables", (gate, a), 0)])), expected
        )
        for gate in range(last.gates)
        for a in range(1 << shape.k)
    ]
    # entries that no picture selects stay hidden; with random wiring they are the fewer
    assert sum(seen) > len(seen) / 2


@pytest.mark.parametrize("shape", SHAPES_BY_DEPTH, ids=lambda shape: f"depth{len(shape.widths)}")
def test_a_wrong_polarity_is_seen(shape: LutShape) -> None:
    network = random_lut_network(7, shape, layered=True)
    pictures = random_bits(7, 200, shape.inputs)
    flipped = flipped_scores(network, pictures)
    assert np.array_equal(flipped, dual_scores(network, pictures))
    assert not np.array_equal(flipped, dual_scores(network, pictures, even=False))
    if len(shape.widths) % 2 == 1:
        assert not np.array_equal(flipped, dual_scores(network, pictures, invert=False))
