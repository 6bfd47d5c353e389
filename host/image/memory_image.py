# SPDX-License-Identifier: Apache-2.0
"""The exact contents of an engine's stores, and pictures in the form of the image store."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from host.image.layout import Layout
from host.image.mac_format import LANES
from host.regmap import ENGINE_STORES, Engine


@dataclass(frozen=True, eq=False)
class MemoryImage:
    """What a network compiles to.

    Attributes
    ----------
    engine
        Engine that runs it.
    stores
        uint32[extent] of each store, by name, in order of store id; read-only.
    layout
        What each bit is.
    image_rows, score_rows, score_count, row_bits
        Registers of the engine (docs/mac-engine.md).
    work_limit
        Work beyond which an inference hangs.
    """

    engine: Engine
    stores: Mapping[str, NDArray[np.uint32]]
    layout: Layout
    image_rows: int
    score_rows: int
    score_count: int
    row_bits: int
    work_limit: int

    def __post_init__(self) -> None:
        if tuple(self.stores) != ENGINE_STORES[self.engine]:
            raise ValueError(
                f"stores are {tuple(self.stores)}; engine {self.engine.name} has {ENGINE_STORES[self.engine]}"
            )
        frozen = {}
        for name, words in self.stores.items():
            frozen[name] = np.array(words, dtype=np.uint32)
            frozen[name].flags.writeable = False
        object.__setattr__(self, "stores", MappingProxyType(frozen))

    @property
    def words(self) -> list[NDArray[np.uint32]]:
        """Contents of the stores by store id."""
        return list(self.stores.values())

    @property
    def extents(self) -> tuple[int, ...]:
        """Code words in use, by store id."""
        return tuple(len(words) for words in self.stores.values())

    @property
    def digest(self) -> int:
        """CRC-32 over all stores (docs/faults.md), of words without check bits."""
        value = 0
        for words in self.stores.values():
            value = zlib.crc32(words.astype("<u4").data, value)
        return value


def encode_images(images: NDArray[np.int8], image_rows: int) -> NDArray[np.uint32]:
    """Pictures as words of the image store.

    Parameters
    ----------
    images
        int8[n, inputs]; what is missing to full rows is filled with 0.
    image_rows
        Rows of a picture.

    Returns
    -------
    uint32[n, 4·image_rows]
        Word ``4·row + k`` holds elements ``4k … 4k+3`` of a row, lowest in bits 7:0.

    Raises
    ------
    ValueError
        If the pictures are not int8 or do not fit the rows.
    """
    if images.dtype != np.int8 or images.ndim != 2 or images.shape[1] > LANES * image_rows:
        raise ValueError(
            f"pictures are {images.dtype}{list(images.shape)}; they must be int8[n, at most {LANES * image_rows}]"
        )
    padded = np.zeros((len(images), LANES * image_rows), dtype=np.int8)
    padded[:, : images.shape[1]] = images
    return padded.view("<u4").astype(np.uint32)
