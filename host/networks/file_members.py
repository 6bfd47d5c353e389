# SPDX-License-Identifier: Apache-2.0
"""The members of a network file by name: whatever is missing or of the wrong kind is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError

#: Arrays by member name, without ``.npy``.
Arrays = dict[str, NDArray[Any]]
#: ``metadata.json``, or a part of it.
Document = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Contents:
    """A network file in memory: where it was, its ``metadata.json``, its other members."""

    path: Path
    document: Document
    members: dict[str, Any]

    def array(self, name: str) -> NDArray[Any]:
        """The array of a member.

        Raises
        ------
        NetworkError
            If the file has no such array.
        """
        if not isinstance(self.members.get(name), np.ndarray):
            raise NetworkError(f"{self.path}: member {name}.npy is missing")
        return np.asarray(self.members[name])

    def field(self, key: str, kind: Any) -> Any:
        """See :meth:`field_of`, for ``metadata.json`` itself."""
        return self.field_of(self.document, key, kind)

    def field_of(self, part: Document, key: str, kind: Any, where: str = "") -> Any:
        """A value of a part of ``metadata.json``, which ``where`` names.

        Raises
        ------
        NetworkError
            If it is missing or of another type than ``kind``, a type or a tuple of types.
        """
        value = part.get(key)
        if key not in part or not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join("null" if k is type(None) else k.__name__ for k in kinds)
            found = "is missing" if key not in part else f"is {value!r}"
            raise NetworkError(f"{self.path}: {where}{key} in metadata.json {found}; it must be a {names}")
        return value

    def layers(self) -> list[Document]:
        """The entries of ``layers``, one object for each layer."""
        entries: list[Document] = self.field("layers", list)
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise NetworkError(f"{self.path}: layer {index} of metadata.json is not an object")
        return entries

    def metadata(self) -> dict[str, str]:
        """The entry ``metadata``: text to text."""
        found: dict[str, str] = self.field("metadata", dict)
        if not all(isinstance(value, str) for value in found.values()):
            raise NetworkError(f"{self.path}: metadata must map text to text")
        return found


def contents(path: Path, members: dict[str, Any], form: str) -> Contents:
    """Members of an archive, with ``metadata.json`` read.

    Raises
    ------
    NetworkError
        If ``metadata.json`` is missing, is no JSON object, or names another ``format`` than ``form``.
    """
    if not isinstance(members.get("metadata.json"), bytes):
        raise NetworkError(f"{path} is not a network file: it has no metadata.json")
    try:
        document = json.loads(members["metadata.json"])
    except ValueError as error:
        raise NetworkError(f"{path}: metadata.json is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != form:
        raise NetworkError(f"{path} is not a network file: metadata.json does not say format {form!r}")
    return Contents(path, document, members)
