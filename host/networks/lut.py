# SPDX-License-Identifier: Apache-2.0
"""What a network of k-input lookup tables is (docs/lut-engine.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError
from host.networks.wiring import seeded_wiring

#: Inputs that a lookup table may have.
MIN_K, MAX_K = 2, 6
#: Wires of a network: their numbers have 16 bits.
MAX_WIRES = 1 << 16


def frozen(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """A contiguous read-only copy of an array; the array itself where it is one already."""
    kept = np.ascontiguousarray(array)
    if kept.flags.writeable:
        kept = kept.copy()
        kept.flags.writeable = False
    return kept


@dataclass(frozen=True, eq=False)
class LutLayer:
    """One layer of lookup tables.

    Attributes
    ----------
    name
        Unique in the network.
    wiring
        uint16[gates, k]: wire number that drives address bit ``l`` of each gate, least significant first. Wires are
        numbered through the network: its inputs, then the gates of all layers.
    tables
        uint64[gates]: bit ``a`` is the output for address ``a``.

    Raises
    ------
    NetworkError
        If shapes, types or ranges do not fit.
    """

    name: str
    wiring: NDArray[np.uint16]
    tables: NDArray[np.uint64]

    def __post_init__(self) -> None:
        owner = f"layer {self.name!r}"
        for name, dtype, axes in (("wiring", "uint16", 2), ("tables", "uint64", 1)):
            array = np.asarray(getattr(self, name))
            if array.dtype != dtype or array.ndim != axes:
                raise NetworkError(
                    f"{owner}: {name} is {array.dtype} with {array.ndim} axes; it must be {dtype} with {axes}"
                )
            object.__setattr__(self, name, frozen(array))
        if not len(self.tables) or len(self.wiring) != len(self.tables):
            raise NetworkError(
                f"{owner}: {len(self.wiring)} gates have wiring and {len(self.tables)} have tables;"
                " both must be the same and at least 1"
            )
        if not MIN_K <= self.k <= MAX_K:
            raise NetworkError(f"{owner}: its gates have {self.k} inputs; they must have {MIN_K} ... {MAX_K}")
        if self.k < MAX_K and int(self.tables.max()) >> (1 << self.k):
            raise NetworkError(f"{owner}: a table has bits beyond its {1 << self.k} entries; they must be 0")

    @property
    def k(self) -> int:
        """Inputs of a gate."""
        return int(self.wiring.shape[1])

    @property
    def gates(self) -> int:
        """Number of gates."""
        return len(self.tables)


@dataclass(frozen=True, eq=False)
class LutNetwork:
    """A network of lookup tables.

    Thresholds turn features into input bits, layers of gates follow, and a class's score is the number of ones in its
    group of the last layer's gates.

    Attributes
    ----------
    name
        Short name, as in file names and result rows.
    feature, threshold
        uint16[inputs], float64[inputs]: input wire ``i`` is 1 where feature ``feature[i]`` of a picture is greater than
        ``threshold[i]``.
    layers
        In order; a gate reads inputs and earlier layers. The last layer's gates are the groups of the classes, one
        after the other.
    classes
        Number of classes; divides the gates of the last layer.
    wiring_seed
        0 … 2^32 − 1, where the wiring is :func:`seeded_wiring` of it, so that the network also runs on a build with
        fixed wiring; else None.
    metadata
        Where the network comes from, as text; ``dataset`` names its test set.

    Raises
    ------
    NetworkError
        If the parts do not fit each other.
    """

    name: str
    feature: NDArray[np.uint16]
    threshold: NDArray[np.float64]
    layers: tuple[LutLayer, ...]
    classes: int
    wiring_seed: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        owner = f"network {self.name!r}"
        for name, dtype in (("feature", "uint16"), ("threshold", "float64")):
            array = np.asarray(getattr(self, name))
            if array.dtype != dtype or array.ndim != 1 or not len(array):
                raise NetworkError(f"{owner}: {name} is {array.dtype}{list(array.shape)}; it must be {dtype}[inputs]")
            object.__setattr__(self, name, frozen(array))
        if len(self.feature) != len(self.threshold):
            raise NetworkError(f"{owner}: {len(self.feature)} features have {len(self.threshold)} thresholds")
        if not np.all(np.isfinite(self.threshold)):
            raise NetworkError(f"{owner}: a threshold is no number")
        if not self.layers:
            raise NetworkError(f"{owner} has no layers; give at least one")
        if len({layer.name for layer in self.layers}) != len(self.layers):
            raise NetworkError(f"{owner}: two layers have the same name; give each its own")
        if len({layer.k for layer in self.layers}) != 1:
            raise NetworkError(f"{owner}: its layers have gates of different sizes; all must have the same k")
        if not 1 <= self.classes <= self.layers[-1].gates or self.layers[-1].gates % self.classes:
            raise NetworkError(
                f"{owner}: {self.layers[-1].gates} gates of the last layer cannot be divided among {self.classes}"
                " classes"
            )
        if self.inputs + self.gates > MAX_WIRES:
            raise NetworkError(f"{owner} has {self.inputs + self.gates} wires; at most {MAX_WIRES} have a number")
        for layer, first in zip(self.layers, self.first_wires, strict=True):
            if int(layer.wiring.max()) >= first:
                raise NetworkError(
                    f"{owner}: layer {layer.name!r} reads wire {int(layer.wiring.max())}, but only wires below"
                    f" {first} come before it"
                )
        self._require_seeded_wiring(owner)

    def _require_seeded_wiring(self, owner: str) -> None:
        """See that the wiring is what the seed says, where there is one."""
        if self.wiring_seed is None:
            return
        if not 0 <= self.wiring_seed < 1 << 32:
            raise NetworkError(f"{owner}: wiring_seed is {self.wiring_seed}; it must be 0 ... 2^32 - 1, or None")
        drawn = seeded_wiring(self.wiring_seed, self.inputs, [layer.gates for layer in self.layers], self.k)
        for layer, wires in zip(self.layers, drawn, strict=True):
            if not np.array_equal(layer.wiring, wires):
                raise NetworkError(
                    f"{owner}: the wiring of layer {layer.name!r} is not that of wiring_seed {self.wiring_seed};"
                    " give None to keep it in memory"
                )

    @property
    def k(self) -> int:
        """Inputs of a gate."""
        return self.layers[0].k

    @property
    def inputs(self) -> int:
        """Number of input wires."""
        return len(self.feature)

    @property
    def outputs(self) -> int:
        """Number of classes."""
        return self.classes

    @property
    def gates(self) -> int:
        """Gates of all layers."""
        return sum(layer.gates for layer in self.layers)

    @property
    def group(self) -> int:
        """Gates of a class in the last layer."""
        return self.layers[-1].gates // self.classes

    @property
    def first_wires(self) -> tuple[int, ...]:
        """First wire of each layer."""
        firsts, wire = [], self.inputs
        for layer in self.layers:
            firsts.append(wire)
            wire += layer.gates
        return tuple(firsts)

    def encode(self, features: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Input bits of pictures: uint8[n, inputs] of 0 and 1 from float[n, features].

        Raises
        ------
        NetworkError
            If the pictures have fewer features than the network reads.
        """
        if features.ndim != 2 or features.shape[1] <= int(self.feature.max()):
            raise NetworkError(
                f"network {self.name!r} reads feature {int(self.feature.max())}; the pictures are"
                f" {list(features.shape)}"
            )
        return (features[:, self.feature] > self.threshold).astype(np.uint8)
