# SPDX-License-Identifier: Apache-2.0
"""Memory images: what a network's stores hold, and what each physical bit of them is."""

from host.image.compiler import compile_network
from host.image.layout import Layout, Place
from host.image.lut import LutImage
from host.image.mac import MacImage, encode_images
from host.image.memory_image import MemoryImage
from host.image.physical import Contents, PhysicalWords, digest
from host.image.space import PhysicalSpace

__all__ = [
    "Contents",
    "Layout",
    "LutImage",
    "MacImage",
    "MemoryImage",
    "PhysicalSpace",
    "PhysicalWords",
    "Place",
    "compile_network",
    "digest",
    "encode_images",
]
