# SPDX-License-Identifier: Apache-2.0
"""Random networks, pictures and fault sets: what the property tests feed to twin and RTL alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from host.faults import FaultSet
from host.image import MemoryImage
from host.networks import Dense, DenseNetwork, LutLayer, LutNetwork, seeded_wiring

#: Around the lane counts and the row of 16, where tiles end.
WIDTHS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 40)


def random_network(rng: np.random.Generator) -> DenseNetwork:
    """A network of one to three layers with random weights, zero points, limits and roundings."""
    widths = rng.choice(WIDTHS, size=int(rng.integers(2, 5)))
    layers = []
    for number, (n_in, n_out) in enumerate(pairwise(widths)):
        low, high = sorted(int(v) for v in rng.integers(-128, 128, size=2))
        # A third of the layers use the whole range of multipliers and shifts, the rest plausible ones.
        wild = rng.random() < 1 / 3
        layers.append(
            Dense(
                name=f"dense{number}",
                weights=rng.integers(-128, 128, size=(n_out, n_in), dtype=np.int8),
                bias=rng.integers(-(2**31), 2**31, size=n_out, dtype=np.int32)
                if wild
                else rng.integers(-5000, 5000, size=n_out, dtype=np.int32),
                multiplier=rng.integers(2**30, 2**31, size=n_out, dtype=np.int32),
                shift=rng.integers(-31, 31, size=n_out).astype(np.int8)
                if wild
                else rng.integers(-10, -4, size=n_out).astype(np.int8),
                input_zero_point=int(rng.integers(-128, 128)),
                output_zero_point=int(rng.integers(-128, 128)),
                activation_min=low if wild else -128,
                activation_max=high if wild else 127,
                single_rounding=bool(rng.integers(2)),
            )
        )
    return DenseNetwork(
        name="random",
        layers=tuple(layers),
        input_scale=1.0,
        input_zero_point=0,
        metadata={},
    )


def random_pictures(rng: np.random.Generator, network: DenseNetwork) -> np.ndarray:
    """One to forty pictures, int8[n, inputs]."""
    count = int(rng.choice([1, 2, 15, 16, 17, 33, 40]))
    return rng.integers(-128, 128, size=(count, network.layers[0].weights.shape[1]), dtype=np.int8)


def random_faults(rng: np.random.Generator, image: MemoryImage) -> FaultSet:
    """A few flips, each in a store drawn first: small stores (the program) get their share."""
    extents = image.extents
    # fixed wiring leaves its store empty
    stores = [number for number, extent in enumerate(extents) if extent]
    count = int(rng.choice([1, 2, 4, 12]))
    flips = set()
    for _ in range(count):
        store = int(rng.choice(stores))
        flips.add((store, int(rng.integers(extents[store])), int(rng.integers(32))))
    ordered = sorted(flips)
    return FaultSet(
        store=np.array([f[0] for f in ordered], dtype=np.uint8),
        word=np.array([f[1] for f in ordered], dtype=np.uint32),
        bit=np.array([f[2] for f in ordered], dtype=np.uint8),
    )


def random_lut_network(rng: np.random.Generator, k: int, wiring_seed: int | None = None) -> LutNetwork:
    """A network of one to four layers of lookup tables; wires reach any earlier one, or as the seed has it."""
    inputs = int(rng.choice([1, 3, 8, 33, 70]))
    classes = int(rng.choice([1, 2, 3, 10, 11]))
    group = int(rng.choice([1, 2, 3, 4, 7, 9]))
    widths = [int(width) for width in rng.integers(1, 40, size=int(rng.integers(0, 4)))]
    return lut_network(rng, k, inputs, [*widths, classes * group], classes, wiring_seed)


def lut_network(
    rng: np.random.Generator, k: int, inputs: int, widths: Sequence[int], classes: int, wiring_seed: int | None = None
) -> LutNetwork:
    """A network of random tables with these numbers of inputs, gates in each layer, and classes."""
    if wiring_seed is None:
        firsts = [inputs + sum(widths[:i]) for i in range(len(widths))]
        wiring = [
            rng.integers(0, first, size=(width, k), dtype=np.uint16)
            for first, width in zip(firsts, widths, strict=True)
        ]
    else:
        wiring = seeded_wiring(wiring_seed, inputs, widths, k)
    unused = np.uint64(64 - (1 << k))
    layers = [
        LutLayer(f"layer{i}", wires, rng.integers(0, 2**64, size=len(wires), dtype=np.uint64) >> unused)
        for i, wires in enumerate(wiring)
    ]
    return LutNetwork(
        name="random",
        feature=np.zeros(inputs, dtype=np.uint16),
        threshold=np.zeros(inputs),
        layers=tuple(layers),
        classes=classes,
        wiring_seed=wiring_seed,
    )


def random_bits(rng: np.random.Generator, network: LutNetwork) -> np.ndarray:
    """Pictures of a network of lookup tables: uint8[n, inputs] of 0 and 1, around the numbers of lanes."""
    count = int(rng.choice([1, 31, 32, 33, 64, 65, 127, 128, 129, 200]))
    return rng.integers(0, 2, size=(count, network.inputs), dtype=np.uint8)
