# SPDX-License-Identifier: Apache-2.0
"""Network files (docs/network-file.md): a zip of ``.npy`` arrays, never a pickle, and ``metadata.json``."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from host.networks.dense import DenseNetwork
from host.networks.errors import NetworkError
from host.networks.file_dense import DENSE_VERSION, dense_members, read_dense
from host.networks.file_lut import KIND, LUT_VERSION, lut_members, read_lut
from host.networks.file_members import Arrays, Contents, Document, contents
from host.networks.lut import LutNetwork

#: Names of the networks in ``host/networks/shipped``; the first is the default.
SHIPPED: tuple[str, ...] = ("digits-mlp", "digits-lut4", "digits-lut4-self-dual", "digits-lut6")

FORMAT = "faultloop-network"

_SHIPPED_FOLDER = Path(__file__).resolve().parent / "shipped"
# Same bytes for the same network, whenever it is saved: the earliest time a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


def load_network(name_or_path: str | Path) -> DenseNetwork | LutNetwork:
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


def save_network(network: DenseNetwork | LutNetwork, path: str | Path) -> None:
    """Write a network to an ``.npz`` file; the same network always gives the same bytes."""
    if isinstance(network, LutNetwork):
        arrays, fields = lut_members(network)
        head: Document = {"format": FORMAT, "version": LUT_VERSION, "kind": KIND}
    else:
        arrays, fields = dense_members(network)
        head = {"format": FORMAT, "version": DENSE_VERSION}
    document = {**head, "name": network.name, **fields, "metadata": dict(network.metadata)}
    _write(Path(path), arrays, document)


def _write(path: Path, arrays: Arrays, document: Document) -> None:
    # Stored, not deflated: what a deflater makes of an array differs between its versions.
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _TIME), "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        archive.writestr(zipfile.ZipInfo("metadata.json", _TIME), text)


def _load_npz(path: Path) -> DenseNetwork | LutNetwork:
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
    return _from_contents(contents(path, members, FORMAT))


def _from_contents(found: Contents) -> DenseNetwork | LutNetwork:
    """A network from the members of its file; every wrong one is named."""
    path, version = found.path, found.document.get("version")
    try:
        # `True == 1`, and a file that says so is no file of ours.
        if version == DENSE_VERSION and not isinstance(version, bool):
            return read_dense(found)
        if version == LUT_VERSION:
            return read_lut(found)
    except NetworkError as error:
        text = str(error)
        raise NetworkError(text if text.startswith(str(path)) else f"{path}: {text}") from error
    raise NetworkError(f"{path} has version {version!r}; this program reads versions {DENSE_VERSION} and {LUT_VERSION}")
