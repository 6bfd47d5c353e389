# SPDX-License-Identifier: Apache-2.0
"""What a network is: a chain of int8 fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError

#: Shifts of a requantisation: what the engine carries out unclamped (docs/mac-engine.md).
MIN_SHIFT, MAX_SHIFT = -31, 30

# numpy type and number of axes of each array of a layer.
_ARRAYS = {
    "weights": ("int8", 2),
    "bias": ("int32", 1),
    "multiplier": ("int32", 1),
    "shift": ("int8", 1),
}


def _check_int8(owner: str, **values: int) -> None:
    for name, value in values.items():
        if not -128 <= value <= 127:
            raise NetworkError(f"{owner}: {name} is {value}; it must be an int8, -128 ... 127")


@dataclass(frozen=True, eq=False)
class Dense:
    """One int8 fully connected layer in the arithmetic of TensorFlow Lite (docs/mac-engine.md).

    Attributes
    ----------
    name
        Unique in the network.
    weights
        int8[outputs, inputs].
    bias
        int32[outputs].
    multiplier, shift
        int32[outputs], int8[outputs]: the scale of each output channel is ``multiplier · 2^(shift − 31)``.
    input_zero_point, output_zero_point
        int8 values that stand for 0.
    activation_min, activation_max
        Clamp of the output, int8.
    single_rounding
        Whether requantisation rounds once (True) or twice, as TensorFlow Lite Micro does (False).

    Raises
    ------
    NetworkError
        If shapes, types or ranges do not fit.
    """

    name: str
    weights: NDArray[np.int8]
    bias: NDArray[np.int32]
    multiplier: NDArray[np.int32]
    shift: NDArray[np.int8]
    input_zero_point: int
    output_zero_point: int
    activation_min: int = -128
    activation_max: int = 127
    single_rounding: bool = False

    def __post_init__(self) -> None:
        owner = f"layer {self.name!r}"
        for name, (dtype, axes) in _ARRAYS.items():
            array = np.asarray(getattr(self, name))
            if array.dtype != dtype or array.ndim != axes:
                raise NetworkError(
                    f"{owner}: {name} is {array.dtype} with {array.ndim} axes; it must be {dtype} with {axes}"
                )
            frozen = np.ascontiguousarray(array)
            frozen = frozen.copy() if frozen.flags.writeable else frozen
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)
        if 0 in self.weights.shape:
            raise NetworkError(f"{owner}: weights have shape {self.weights.shape}; both must be at least 1")
        for name in ("bias", "multiplier", "shift"):
            if len(getattr(self, name)) != self.outputs:
                raise NetworkError(
                    f"{owner}: {name} has {len(getattr(self, name))} channels, the weights have {self.outputs}"
                )
        if self.shift.min() < MIN_SHIFT or self.shift.max() > MAX_SHIFT:
            raise NetworkError(
                f"{owner}: shifts reach from {self.shift.min()} to {self.shift.max()};"
                f" they must lie in {MIN_SHIFT} ... {MAX_SHIFT}"
            )
        _check_int8(
            owner,
            input_zero_point=self.input_zero_point,
            output_zero_point=self.output_zero_point,
            activation_min=self.activation_min,
            activation_max=self.activation_max,
        )
        if self.activation_min > self.activation_max:
            raise NetworkError(
                f"{owner}: activation_min {self.activation_min} is above activation_max {self.activation_max}"
            )

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return int(self.weights.shape[1])

    @property
    def outputs(self) -> int:
        """Number of output channels."""
        return int(self.weights.shape[0])


@dataclass(frozen=True, eq=False)
class DenseNetwork:
    """A chain of layers; the last one's outputs are the class scores.

    Attributes
    ----------
    name
        Short name, as in file names and result rows.
    layers
        In order; each layer's outputs are the next one's inputs.
    input_scale, input_zero_point
        An input of real value ``x`` is the int8 ``round(x / input_scale) + input_zero_point``.
    metadata
        Where the network comes from, as text; ``dataset`` names its test set.

    Raises
    ------
    NetworkError
        If the layers do not fit each other.
    """

    name: str
    layers: tuple[Dense, ...]
    input_scale: float
    input_zero_point: int
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        owner = f"network {self.name!r}"
        if not self.layers:
            raise NetworkError(f"{owner} has no layers; give at least one")
        if len({layer.name for layer in self.layers}) != len(self.layers):
            raise NetworkError(f"{owner}: two layers have the same name; give each its own")
        for before, after in zip(self.layers, self.layers[1:], strict=False):
            if before.outputs != after.inputs:
                raise NetworkError(
                    f"{owner}: layer {before.name!r} has {before.outputs} outputs,"
                    f" but layer {after.name!r} has {after.inputs} inputs"
                )
        if not (math.isfinite(self.input_scale) and self.input_scale > 0):
            raise NetworkError(f"{owner}: input_scale is {self.input_scale}; it must be a positive number")
        _check_int8(owner, input_zero_point=self.input_zero_point)

    @property
    def inputs(self) -> int:
        """Number of inputs of the first layer."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """Number of outputs of the last layer: the classes."""
        return self.layers[-1].outputs
