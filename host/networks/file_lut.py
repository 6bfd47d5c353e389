# SPDX-License-Identifier: Apache-2.0
"""A :class:`LutNetwork` as the members of a network file, and back (docs/network-file.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError
from host.networks.file_members import Arrays, Contents, Document
from host.networks.lut import MAX_K, LutLayer, LutNetwork

#: Version of the file form of these networks, and the kind that it names.
LUT_VERSION, KIND = 2, "lut"

#: The narrowest unsigned type that holds a truth table, by inputs of a gate.
_TABLE_TYPES = {2: "uint8", 3: "uint8", 4: "uint16", 5: "uint32", 6: "uint64"}


def lut_members(network: LutNetwork) -> tuple[Arrays, Document]:
    """Arrays by member name, and what ``metadata.json`` says beside name and metadata."""
    arrays: Arrays = {"feature": network.feature, "threshold": network.threshold}
    for index, layer in enumerate(network.layers):
        arrays[f"layer{index}.wiring"] = layer.wiring
        arrays[f"layer{index}.tables"] = layer.tables.astype(_TABLE_TYPES[layer.k])
    return arrays, {
        "k": network.k,
        "classes": network.classes,
        "wiring_seed": network.wiring_seed,
        "layers": [{"name": layer.name} for layer in network.layers],
    }


def read_lut(found: Contents) -> LutNetwork:
    """The network in a file; every wrong member is named."""
    kind = found.field("kind", str)
    if kind != KIND:
        raise NetworkError(f"{found.path}: kind in metadata.json is {kind!r}; known: {KIND}")
    k = found.field("k", int)
    if k not in _TABLE_TYPES:
        raise NetworkError(f"{found.path}: k in metadata.json is {k}; it must be {min(_TABLE_TYPES)} ... {MAX_K}")
    entries, metadata = found.layers(), found.metadata()
    return LutNetwork(
        name=found.field("name", str),
        feature=found.array("feature"),
        threshold=found.array("threshold"),
        layers=tuple(_layer(found, index, entry, k) for index, entry in enumerate(entries)),
        classes=found.field("classes", int),
        metadata=metadata,
        wiring_seed=found.field("wiring_seed", (int, type(None))),
    )


def _layer(found: Contents, index: int, entry: Document, k: int) -> LutLayer:
    name = found.field_of(entry, "name", str, f"layer {index} ")
    wiring, tables = found.array(f"layer{index}.wiring"), found.array(f"layer{index}.tables")
    if wiring.ndim == 2 and wiring.shape[1] != k:
        raise NetworkError(f"layer {name!r}: its gates have {wiring.shape[1]} inputs; metadata.json says k = {k}")
    return LutLayer(name, wiring, _wide(name, tables, k))


def _wide(name: str, tables: NDArray[np.generic], k: int) -> NDArray[np.uint64]:
    """Tables as a network has them, from the type that a file has them in."""
    if tables.dtype != _TABLE_TYPES[k]:
        raise NetworkError(f"layer {name!r}: tables is {tables.dtype}; for k = {k} a file has {_TABLE_TYPES[k]}")
    return tables.astype(np.uint64)
