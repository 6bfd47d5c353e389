# SPDX-License-Identifier: Apache-2.0
"""Importer of networks of the library llnn (https://github.com/capo-urjc/llnn).

A model's wiring is in no state dict of it, so what is imported is the model in memory, and no file is ever unpickled
here. Neither llnn nor PyTorch is imported: the tensors are asked for their NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError
from host.networks.lut import LutLayer, LutNetwork

# Attributes by which a layer of gates and the sums of groups are known.
_LAYER = ("indices", "w", "w_comp")
_SUMS = "num_classes"


def import_llnn(
    model: Any,
    name: str,
    feature: NDArray[np.uint16],
    threshold: NDArray[np.float64],
    metadata: Mapping[str, str] | None = None,
) -> LutNetwork:
    """A network that answers as an llnn model does in evaluation: the same classes, scores times ``tau``.

    llnn addresses a table with operand 0 as the most significant bit, so operands change places here and tables stay.
    An entry is 1 where its ``w`` is above its ``w_comp``; llnn rounds a softmax of the two, which sees no difference
    below some 1e-7.

    Parameters
    ----------
    model
        A ``LUTNN``, or a chain of ``LUTLayer`` that ends with an ``Aggregation``.
    name, metadata
        Of the network.
    feature, threshold
        uint16[inputs], float64[inputs]: how the input wires come out of features (:class:`LutNetwork`).

    Raises
    ------
    NetworkError
        If the model has no layers of gates or no aggregation, or its gates are no network of the ``lut`` engine.
    """
    parts = list(model.modules())
    gates = [part for part in parts if all(hasattr(part, attribute) for attribute in _LAYER)]
    classes = [int(part.num_classes) for part in parts if hasattr(part, _SUMS)]
    if not gates or len(classes) != 1:
        raise NetworkError(
            f"the llnn model has {len(gates)} layers of gates and {len(classes)} aggregations; it must have at least 1"
            " and just 1"
        )
    layers, first, end = [], 0, len(feature)
    for number, part in enumerate(gates):
        layer = _layer(f"gates{number}", part, first, end)
        layers.append(layer)
        first, end = end, end + layer.gates
    return LutNetwork(name, feature, threshold, tuple(layers), classes[0], metadata=dict(metadata or {}))


def _layer(name: str, part: Any, first: int, end: int) -> LutLayer:
    """A layer whose operands are wires ``first`` … ``end − 1``."""
    # int64[k, gates], most significant operand first
    sources = _array(part.indices)[::-1].T
    if int(sources.max()) >= end - first:
        raise NetworkError(
            f"layer {name!r}: it reads wire {int(sources.max())} of the layer before, which has {end - first}"
        )
    bits = _array(part.w) > _array(part.w_comp)
    places = np.arange(bits.shape[1], dtype=np.uint64)
    tables = (bits.astype(np.uint64) << places).sum(axis=1, dtype=np.uint64)
    return LutLayer(name, (sources + first).astype(np.uint16), tables)


def _array(tensor: Any) -> NDArray[Any]:
    return np.asarray(tensor.detach().cpu().numpy())
