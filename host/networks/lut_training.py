# SPDX-License-Identifier: Apache-2.0
"""Training of networks of lookup tables by gradient. Needs PyTorch: ``pip install 'faultloop[train]'``.

All random numbers come from NumPy's RandomState, whose streams never change (NEP 19), and PyTorch runs on one thread:
the same recipe gives the same network on the same machine. Sums in float32 differ between processors, and so may the
network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from host.networks.errors import NetworkError
from host.networks.lut import LutLayer, LutNetwork
from host.networks.lut_gradients import finite_differences, multilinear
from host.networks.lut_recipe import Gradient, LutRecipe, Start
from host.networks.thermometer import thermometer
from host.networks.wiring import seeded_wiring

_FORWARD = {Gradient.MULTILINEAR: multilinear, Gradient.EFD: finite_differences}
# Values of extended finite differences stay in -1 ... 1, so that an entry can always be turned within some steps.
_LIMIT = 1.0


class _Layer:
    """The gates of a layer in training.

    Parameters
    ----------
    wires
        Wire number of each operand, uint16[gates, k].
    first
        The first wire of the layer before.
    recipe
        Settings.
    random
        Source of the initial tables.
    """

    def __init__(self, wires: NDArray[np.uint16], first: int, recipe: LutRecipe, random: np.random.RandomState) -> None:
        self.wires = wires
        self._operands = torch.tensor(wires.astype(np.int64) - first)
        self._recipe = recipe
        entries = 1 << recipe.k - recipe.self_dual
        values = random.standard_normal((len(wires), entries))
        if recipe.start is Start.RESIDUAL:
            # 4 standard deviations from turning
            values = 0.5 * values + np.where(np.arange(entries) & 1, 2.0, -2.0)
        if recipe.gradient is Gradient.EFD:
            values = np.clip(0.5 * values, -_LIMIT, _LIMIT)
        #: Free entries: all, or those of addresses with a most significant bit of 0.
        self.free = torch.tensor(values, dtype=torch.float32, requires_grad=True)

    def __call__(self, wires: torch.Tensor) -> torch.Tensor:
        """Outputs float[gates, n] from the wires of the layer before, float[wires, n]."""
        values = torch.cat((self.free, -self.free.flip(1)), 1) if self._recipe.self_dual else self.free
        return _FORWARD[self._recipe.gradient](values, wires[self._operands])

    def tables(self) -> NDArray[np.uint64]:
        """The truth tables: entries that are above 0."""
        bits = self.free.detach().numpy() > 0
        if self._recipe.self_dual:
            # Not from the negated values: where one is 0, both would be.
            bits = np.concatenate((bits, ~bits[:, ::-1]), axis=1)
        places = np.arange(bits.shape[1], dtype=np.uint64)
        tables: NDArray[np.uint64] = (bits.astype(np.uint64) << places).sum(axis=1, dtype=np.uint64)
        return tables


def train_luts(
    features: NDArray[np.float64],
    labels: NDArray[np.uint16],
    recipe: LutRecipe,
    name: str,
    metadata: Mapping[str, str],
    progress: Callable[[float], None] | None = None,
) -> LutNetwork:
    """Train with cross entropy.

    Parameters
    ----------
    features
        float64[n, features].
    labels
        uint16[n].
    recipe
        Settings.
    name, metadata
        Of the network.
    progress
        Called after each epoch with the share done.

    Raises
    ------
    NetworkError
        If the last layer cannot be divided among the classes.
    """
    classes = int(labels.max()) + 1
    if recipe.widths[-1] % classes:
        raise NetworkError(
            f"{recipe.widths[-1]} gates of the last layer cannot be divided among {classes} classes:"
            f" give a multiple of {classes}"
        )
    feature, threshold = thermometer(features, recipe.bits, recipe.spacing)
    random = np.random.RandomState(recipe.seed)
    wiring = seeded_wiring(recipe.seed, len(feature), recipe.widths, recipe.k)
    firsts = np.cumsum([0, len(feature), *recipe.widths[:-1]]).tolist()
    layers = [_Layer(wires, first, recipe, random) for wires, first in zip(wiring, firsts, strict=False)]

    def encode(pictures: NDArray[np.float64]) -> torch.Tensor:
        return torch.tensor((pictures[:, feature] > threshold).T, dtype=torch.float32)

    with _one_thread():
        _descend(layers, features, labels, classes, recipe, random, encode, progress)
    return LutNetwork(
        name=name,
        feature=feature,
        threshold=threshold,
        layers=tuple(LutLayer(f"gates{i}", layer.wires, layer.tables()) for i, layer in enumerate(layers)),
        classes=classes,
        metadata=metadata,
        wiring_seed=recipe.seed,
    )


def group_sums(outputs: torch.Tensor, classes: int) -> torch.Tensor:
    """Score of each class, float[n, classes], from the outputs of the last layer, float[gates, n]."""
    return outputs.reshape(classes, -1, outputs.shape[1]).sum(1).T


def _descend(
    layers: list[_Layer],
    features: NDArray[np.float64],
    labels: NDArray[np.uint16],
    classes: int,
    recipe: LutRecipe,
    random: np.random.RandomState,
    encode: Callable[[NDArray[np.float64]], torch.Tensor],
    progress: Callable[[float], None] | None,
) -> None:
    """All steps of gradient descent."""
    optimiser = torch.optim.Adam([layer.free for layer in layers], lr=recipe.rate)
    targets = torch.tensor(labels.astype(np.int64))
    batches = max(1, len(labels) // recipe.batch)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=recipe.epochs * batches)
    for epoch in range(recipe.epochs):
        order = random.permutation(len(labels))
        for step in range(batches):
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            wires = encode(features[rows] + recipe.noise * random.standard_normal((len(rows), features.shape[1])))
            for layer in layers:
                wires = layer(wires)
            loss = torch.nn.functional.cross_entropy(
                group_sums(wires, classes) / recipe.temperature, targets[torch.from_numpy(rows)]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            if recipe.gradient is Gradient.EFD:
                with torch.no_grad():
                    for layer in layers:
                        layer.free.clamp_(-_LIMIT, _LIMIT)
        if progress is not None:
            progress((epoch + 1) / recipe.epochs)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep PyTorch on one thread: with more, sums may change their order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
