# SPDX-License-Identifier: Apache-2.0
"""Memory images: what a network's stores hold, and what each physical bit of them is."""

from host.image.layout import Layout, Place
from host.image.mac import compile_network
from host.image.memory_image import MemoryImage, encode_images

__all__ = ["Layout", "MemoryImage", "Place", "compile_network", "encode_images"]
