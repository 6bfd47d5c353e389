# SPDX-License-Identifier: Apache-2.0
"""Post-training quantisation of a perceptron: int8, weights per output channel, in TensorFlow Lite's scheme."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.networks.dense import Dense, DenseNetwork
from host.networks.quantise import quantise_multiplier
from host.networks.training import Floats, Perceptron


@dataclass(frozen=True)
class Range:
    """Scale and zero point of an int8 activation; scales are float32, as in TensorFlow Lite's files."""

    scale: np.float32
    zero_point: int

    @classmethod
    def of(cls, values: Floats) -> Range:
        """The 256 steps from the least to the greatest of the values, and zero among them."""
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        scale = np.float32(high - low or 1.0) / np.float32(255)
        return cls(scale, int(np.clip(np.rint(-128 - low / float(scale)), -128, 127)))


def _dense(
    name: str, weights: Floats, bias: Floats, source: Range, target: Range, relu: bool
) -> tuple[Dense, list[float]]:
    """One layer from float64[inputs, outputs] weights, and its weight scales."""
    # Symmetric weights in -127 ... 127: the specification of TensorFlow Lite's quantisation.
    peak = np.abs(weights).max(axis=0)
    scales = (np.where(peak > 0, peak, 1.0) / 127).astype(np.float32).astype(np.float64)
    steps = np.clip(np.rint(weights / scales), -127, 127).T
    pairs = [quantise_multiplier(float(source.scale) * s / float(target.scale)) for s in scales]
    layer = Dense(
        name=name,
        weights=steps.astype(np.int8),
        bias=np.rint(bias / (float(source.scale) * scales)).astype(np.int32),
        multiplier=np.array([q for q, _ in pairs], dtype=np.int32),
        shift=np.array([s for _, s in pairs], dtype=np.int8),
        input_zero_point=source.zero_point,
        output_zero_point=target.zero_point,
        activation_min=target.zero_point if relu else -128,
    )
    return layer, [float(s) for s in scales]


def quantise_perceptron(
    net: Perceptron,
    name: str,
    pixels: NDArray[np.float64],
    unit: float,
    metadata: Mapping[str, str],
) -> DenseNetwork:
    """An int8 network from a perceptron and the inputs it was trained on.

    Parameters
    ----------
    net
        Trained on ``pixels / unit``.
    name
        Of the network.
    pixels
        float64[n, inputs]: activation ranges are those that these cause. Inputs range from 0 to ``unit``.
    unit
        Greatest pixel.
    metadata
        Kept, and ``scales`` added: JSON with the float32 scales from which multipliers and shifts were made.
    """
    source = Range.of(np.array([0.0, unit]))
    hidden, scores = Range.of(net.hidden(pixels / unit)), Range.of(net.scores(pixels / unit))
    first, first_scales = _dense("hidden", net.w1 / unit, net.b1, source, hidden, relu=True)
    second, second_scales = _dense("output", net.w2, net.b2, hidden, scores, relu=False)
    scales = {
        "input": float(source.scale),
        "layers": [
            {"weights": first_scales, "output": float(hidden.scale)},
            {"weights": second_scales, "output": float(scores.scale)},
        ],
    }
    return DenseNetwork(
        name=name,
        layers=(first, second),
        input_scale=float(source.scale),
        input_zero_point=source.zero_point,
        metadata={**metadata, "scales": json.dumps(scales)},
    )
