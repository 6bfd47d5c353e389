# SPDX-License-Identifier: Apache-2.0
"""The store digest: one CRC-32 through the physical words of the stores."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def digest(stores: Sequence[NDArray[np.uint32]]) -> int:
    """CRC-32 over stores in order of store id, each word as four little-endian bytes.

    Parameters
    ----------
    stores
        uint32[extent] of each store that the digest covers, in order of store id.

    Returns
    -------
    int
        What the board's DIGEST register holds (docs/faults.md, "The digest").
    """
    value = 0
    for words in stores:
        value = zlib.crc32(np.asarray(words, dtype="<u4").tobytes(), value)
    return value
