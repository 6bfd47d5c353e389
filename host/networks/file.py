# SPDX-License-Identifier: Apache-2.0
"""The file form of a network: a zip of ``.npy`` arrays, never a pickle, and ``metadata.json``.

Members: ``layer<i>.<weights|bias|multiplier|shift>.npy`` and ``metadata.json``, an object with ``format``, ``version``,
``name``, ``input_scale``, ``input_zero_point``, ``layers`` (the scalars of each layer) and ``metadata`` (text to text).
"""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from host.networks.dense import Dense, DenseNetwork
from host.networks.errors import NetworkError

#: Names of the networks in ``host/networks/shipped``; the first is the default.
SHIPPED: tuple[str, ...] = ("digits-mlp",)

FORMAT = "faultloop-network"
VERSION = 1

_SHIPPED_FOLDER = Path(__file__).resolve().parent / "shipped"
_ARRAYS = ("weights", "bias", "multiplier", "shift")
_SCALARS: dict[str, type] = {
    "name": str,
    "input_zero_point": int,
    "output_zero_point": int,
    "activation_min": int,
    "activation_max": int,
    "single_rounding": bool,
}
# Same bytes for the same network, whenever it is saved: the earliest time a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


def load_network(name_or_path: str | Path) -> DenseNetwork:
    """The shipped network of this name, or the network in this file (``.npz`` or ``.tflite``).

    Raises
    ------
    NetworkError
        If there is no such network, or the file does not hold one.
    """
    if str(name_or_path) in SHIPPED:
        return _load_npz(_SHIPPED_FOLDER / f"{name_or_path}.npz")
    path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(SHIPPED)
        raise NetworkError(
            f"there is no network {str(name_or_path)!r}: give a shipped one ({known}) or the path of a file"
        )
    if path.suffix == ".tflite":
        from host.networks.tflite import import_tflite

        return import_tflite(path)
    return _load_npz(path)


def save_network(network: DenseNetwork, path: str | Path) -> None:
    """Write a network to an ``.npz`` file; the same network always gives the same bytes."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "name": network.name,
        "input_scale": network.input_scale,
        "input_zero_point": network.input_zero_point,
        "layers": [{key: getattr(layer, key) for key in _SCALARS} for layer in network.layers],
        "metadata": dict(network.metadata),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for index, layer in enumerate(network.layers):
            for name in _ARRAYS:
                with archive.open(zipfile.ZipInfo(f"layer{index}.{name}.npy", _TIME), "w") as member:
                    np.lib.format.write_array(member, getattr(layer, name), allow_pickle=False)
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        archive.writestr(zipfile.ZipInfo("metadata.json", _TIME), text)


def _load_npz(path: Path) -> DenseNetwork:
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise NetworkError(f"{path} is not a network file: it is no zip archive")
        with archive:
            members = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(f"{path} is not a network file: {error}") from error
    return _from_members(path, members)


def _from_members(path: Path, members: dict[str, Any]) -> DenseNetwork:
    """A network from the members of its file; every wrong one is named."""
    if not isinstance(members.get("metadata.json"), bytes):
        raise NetworkError(f"{path} is not a network file: it has no metadata.json")
    try:
        document = json.loads(members["metadata.json"])
    except ValueError as error:
        raise NetworkError(f"{path}: metadata.json is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise NetworkError(f"{path} is not a network file: metadata.json does not say format {FORMAT!r}")
    if document.get("version") != VERSION:
        raise NetworkError(f"{path} has version {document.get('version')!r}; this program reads version {VERSION}")
    layers = _field(path, document, "layers", list)
    metadata = _field(path, document, "metadata", dict)
    if not all(isinstance(value, str) for value in metadata.values()):
        raise NetworkError(f"{path}: metadata must map text to text")
    try:
        return DenseNetwork(
            name=_field(path, document, "name", str),
            layers=tuple(_layer(path, members, index, layer) for index, layer in enumerate(layers)),
            input_scale=float(_field(path, document, "input_scale", (int, float))),
            input_zero_point=_field(path, document, "input_zero_point", int),
            metadata=metadata,
        )
    except NetworkError as error:
        text = str(error)
        raise NetworkError(text if text.startswith(str(path)) else f"{path}: {text}") from error


def _layer(path: Path, members: dict[str, Any], index: int, scalars: Any) -> Dense:
    if not isinstance(scalars, dict):
        raise NetworkError(f"{path}: layer {index} of metadata.json is not an object")
    where = f"layer {index} "
    arrays = {}
    for name in _ARRAYS:
        member = f"layer{index}.{name}"
        if not isinstance(members.get(member), np.ndarray):
            raise NetworkError(f"{path}: member {member}.npy is missing")
        arrays[name] = members[member]
    return Dense(**arrays, **{key: _field(path, scalars, key, kind, where) for key, kind in _SCALARS.items()})


def _field(path: Path, document: dict[str, Any], key: str, kind: Any, where: str = "") -> Any:
    value = document.get(key)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        names = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        found = "is missing" if key not in document else f"is {value!r}"
        raise NetworkError(f"{path}: {where}{key} in metadata.json {found}; it must be a {names}")
    return value
