# SPDX-License-Identifier: Apache-2.0
"""A :class:`DenseNetwork` as the members of a network file, and back (docs/network-file.md)."""

from __future__ import annotations

from typing import Any

from host.networks.dense import Dense, DenseNetwork
from host.networks.file_members import Arrays, Contents, Document

#: Version of the file form of these networks, which names no kind.
DENSE_VERSION = 1

_ARRAYS = ("weights", "bias", "multiplier", "shift")
_SCALARS: dict[str, type] = {
    "name": str,
    "input_zero_point": int,
    "output_zero_point": int,
    "activation_min": int,
    "activation_max": int,
    "single_rounding": bool,
}


def dense_members(network: DenseNetwork) -> tuple[Arrays, Document]:
    """Arrays by member name, and what ``metadata.json`` says beside name and metadata."""
    arrays = {
        f"layer{index}.{name}": getattr(layer, name) for index, layer in enumerate(network.layers) for name in _ARRAYS
    }
    return arrays, {
        "input_scale": network.input_scale,
        "input_zero_point": network.input_zero_point,
        "layers": [{key: getattr(layer, key) for key in _SCALARS} for layer in network.layers],
    }


def read_dense(found: Contents) -> DenseNetwork:
    """The network in a file; every wrong member is named."""
    entries, metadata = found.layers(), found.metadata()
    return DenseNetwork(
        name=found.field("name", str),
        layers=tuple(_layer(found, index, entry) for index, entry in enumerate(entries)),
        input_scale=float(found.field("input_scale", (int, float))),
        input_zero_point=found.field("input_zero_point", int),
        metadata=metadata,
    )


def _layer(found: Contents, index: int, entry: Document) -> Dense:
    arrays: dict[str, Any] = {name: found.array(f"layer{index}.{name}") for name in _ARRAYS}
    scalars = {key: found.field_of(entry, key, kind, f"layer {index} ") for key, kind in _SCALARS.items()}
    return Dense(**arrays, **scalars)
