# SPDX-License-Identifier: Apache-2.0
"""The engine that an image is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.image import LutImage, MacImage, MemoryImage
from host.twin.inference import Inference
from host.twin.lut import infer_lut
from host.twin.mac import infer_mac


def infer(image: MemoryImage, stores: Sequence[NDArray[np.uint32]], images: NDArray[Any]) -> Inference:
    """Run pictures through an engine with these stores.

    Parameters
    ----------
    image
        Which engine, and its registers; its own stores are not looked at.
    stores
        uint32[extent] by store id, golden or not.
    images
        int8[n, inputs] (mac) or uint8[n, inputs] of 0 and 1 (lut).
    """
    if isinstance(image, LutImage):
        return infer_lut(image, stores, images)
    assert isinstance(image, MacImage)
    return infer_mac(image, stores, images)
