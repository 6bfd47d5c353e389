# SPDX-License-Identifier: Apache-2.0
"""Networks of lookup tables for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from host.image import compile_network
from host.networks import LutLayer, LutNetwork, seeded_wiring
from host.twin import Inference, infer


def random_tables(rng: np.random.Generator, gates: int, k: int) -> NDArray[np.uint64]:
    """uint64[gates]: any tables of k inputs."""
    return rng.integers(0, (1 << (1 << k)) - 1, gates, dtype=np.uint64, endpoint=True)


def random_luts(
    seed: int, k: int, inputs: int, widths: Sequence[int], classes: int, wiring_seed: int | None = None
) -> LutNetwork:
    """A network with any tables; each layer reads the one before it."""
    rng = np.random.default_rng(seed)
    if wiring_seed is None:
        wiring, first, end = [], 0, inputs
        for gates in widths:
            wiring.append(rng.integers(first, end, (gates, k), dtype=np.uint16))
            first, end = end, end + gates
    else:
        wiring = seeded_wiring(wiring_seed, inputs, widths, k)
    return LutNetwork(
        name=f"random-{seed}",
        feature=np.arange(inputs, dtype=np.uint16),
        threshold=np.full(inputs, 0.5),
        layers=tuple(LutLayer(f"l{i}", wires, random_tables(rng, len(wires), k)) for i, wires in enumerate(wiring)),
        classes=classes,
        wiring_seed=wiring_seed,
    )


def twin_answer(network: LutNetwork, pictures: NDArray[np.uint8]) -> Inference:
    """What the twin says to pictures."""
    image = compile_network(network)
    return infer(image, image.words, pictures)


def same_luts(a: LutNetwork, b: LutNetwork) -> bool:
    """Whether two networks are equal in everything."""
    if (a.name, a.classes, a.wiring_seed, dict(a.metadata)) != (b.name, b.classes, b.wiring_seed, dict(b.metadata)):
        return False
    pairs = [(a.feature, b.feature), (a.threshold, b.threshold)]
    for x, y in zip(a.layers, b.layers, strict=True):
        pairs += [(x.wiring, y.wiring), (x.tables, y.tables)]
    names = [layer.name for layer in a.layers] == [layer.name for layer in b.layers]
    return names and all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)


def is_self_dual(network: LutNetwork) -> bool:
    """Whether every entry is the inverse of the entry at the inverted address."""
    entries = 1 << network.k
    return all(
        (table >> address & 1) != (table >> (entries - 1 - address) & 1)
        for layer in network.layers
        for table in layer.tables.tolist()
        for address in range(entries)
    )
