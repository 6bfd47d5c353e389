# SPDX-License-Identifier: Apache-2.0
"""Training of a two-layer perceptron that gives the same weights, to the bit, on every machine.

The order in which a matrix product is summed differs between processors and libraries, and so does the rounding of
each sum. Here every factor is rounded to a fixed-point grid first, so coarse that all sums are exact in float64: then
order does not matter. The rest is element-wise arithmetic, which IEEE 754 defines to the bit, and NumPy's RandomState,
whose streams never change (NEP 19).

Bounds: with pixels on a grid of 2^-4 in 0 … 1, 64 inputs, weights on 2^-16 below 16 (checked), activations are below
2^11 on 2^-16, and the largest sum, 64 products of activation and weight, is below 2^21 on 2^-32: 53 bits, as
many as a float64 has. Gradients are on 2^-20 and at most 1 in sum over a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError

Floats = NDArray[np.float64]

_WEIGHT_BITS, _GRADIENT_BITS, _EXP_BITS = 16, 20, 24
_MAX_WEIGHT, _MAX_WIDTH = 16.0, 64


@dataclass(frozen=True)
class Recipe:
    """Settings of a training run: stochastic gradient descent with momentum, linearly falling rate.

    Attributes
    ----------
    hidden
        Hidden neurons, at most 64.
    seed
        Of initial weights and order of pictures.
    epochs, batch, rate, momentum, decay
        Passes over the data, pictures a step, first step size, share of the last step kept, weight decay.
    """

    hidden: int
    seed: int
    epochs: int = 120
    batch: int = 32
    rate: float = 0.1
    momentum: float = 0.9
    decay: float = 1e-3


@dataclass(frozen=True, eq=False)
class Perceptron:
    """``max(0, x·w1 + b1)·w2 + b2``: w1 float64[inputs, hidden], b1[hidden], w2[hidden, classes], b2[classes]."""

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def hidden(self, images: Floats) -> Floats:
        """Hidden activations, float64[n, hidden]."""
        return _snap(np.maximum(images @ self.w1 + self.b1, 0), _WEIGHT_BITS)

    def scores(self, images: Floats) -> Floats:
        """Class scores, float64[n, classes]."""
        return self.hidden(images) @ self.w2 + self.b2


def train(
    images: Floats,
    labels: NDArray[np.uint16],
    recipe: Recipe,
    progress: Callable[[float], None] | None = None,
) -> Perceptron:
    """Train with cross entropy.

    Parameters
    ----------
    images
        float64[n, inputs], multiples of 1/16 in 0 … 1, at most 64 inputs.
    labels
        uint16[n].
    recipe
        Settings.
    progress
        Called after each epoch with the share done.

    Raises
    ------
    NetworkError
        If the inputs or the weights leave the range in which all sums are exact.
    """
    if max(images.shape[1], recipe.hidden) > _MAX_WIDTH or np.any(images * 16 != np.rint(images * 16)):
        raise NetworkError(
            f"training takes at most {_MAX_WIDTH} inputs and hidden neurons, and inputs in steps of 1/16"
        )
    random = np.random.RandomState(recipe.seed)
    target = (labels[:, None] == np.arange(int(labels.max()) + 1)).astype(np.float64)
    weights = _initial(random, images.shape[1], recipe.hidden, target.shape[1])
    velocity = [np.zeros_like(w) for w in weights]
    batches = len(images) // recipe.batch
    for epoch in range(recipe.epochs):
        order = random.permutation(len(images))
        for step in range(batches):
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            rate = recipe.rate * (1 - (epoch * batches + step) / (recipe.epochs * batches))
            gradients = _gradients(_snapped(weights), images[rows], target[rows])
            for weight, speed, slope in zip(weights, velocity, gradients, strict=True):
                np.multiply(speed, recipe.momentum, out=speed)
                np.subtract(speed, rate * (slope + recipe.decay * weight), out=speed)
                np.add(weight, speed, out=weight)
        if max(float(np.abs(w).max()) for w in weights) >= _MAX_WEIGHT:
            raise NetworkError(f"a weight grew to {_MAX_WEIGHT} or more in epoch {epoch}: lower the rate")
        if progress is not None:
            progress((epoch + 1) / recipe.epochs)
    return _snapped(weights)


def _snap(values: Floats, bits: int) -> Floats:
    return np.rint(values * 2.0**bits) * 2.0**-bits


def _snapped(weights: list[Floats]) -> Perceptron:
    w1, b1, w2, b2 = (_snap(w, _WEIGHT_BITS) for w in weights)
    return Perceptron(w1, b1, w2, b2)


def _initial(random: np.random.RandomState, inputs: int, hidden: int, classes: int) -> list[Floats]:
    """Uniform weights in the proportions of He et al., "Delving deep into rectifiers" (2015).

    The first layer's are a quarter of those and its biases 0.5: pixels are never negative, and with the usual
    start about one hidden neuron in eight never fires, which would mask every fault in its weights.
    """
    w1 = (2 * random.random_sample((inputs, hidden)) - 1) * np.sqrt(6 / inputs) / 4
    w2 = (2 * random.random_sample((hidden, classes)) - 1) * np.sqrt(6 / hidden) / 2
    return [w1, np.full(hidden, 0.5), w2, np.zeros(classes)]


def _exp(values: Floats) -> Floats:
    """About e^x for x ≤ 0, as (1 + x/1024)^1024: a library's exp differs in the last bit from another's."""
    power = 1 + np.maximum(values, -20) / 1024
    for _ in range(10):
        power = power * power
    return power


def _gradients(net: Perceptron, images: Floats, target: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Gradient of the mean cross entropy of a batch with respect to w1, b1, w2, b2."""
    hidden = net.hidden(images)
    scores = hidden @ net.w2 + net.b2
    share = _snap(_exp(scores - scores.max(axis=1, keepdims=True)), _EXP_BITS)
    share /= share.sum(axis=1, keepdims=True)
    outer = _snap((share - target) / len(images), _GRADIENT_BITS)
    inner = _snap(np.where(hidden > 0, outer @ net.w2.T, 0), _GRADIENT_BITS)
    return images.T @ inner, inner.sum(axis=0), hidden.T @ outer, outer.sum(axis=0)
