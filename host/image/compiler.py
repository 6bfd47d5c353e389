# SPDX-License-Identifier: Apache-2.0
"""The compiler: one for each engine, chosen by the kind of network."""

from __future__ import annotations

from host.image.lut import compile_lut
from host.image.mac import compile_mac
from host.image.memory_image import MemoryImage
from host.networks import LutNetwork, Network


def compile_network(network: Network, *, fixed_wiring: bool = False) -> MemoryImage:
    """The memory image of a network: the same words for every geometry.

    Raises
    ------
    NetworkError
        If a layer does not fit the fields of the program; the message names layer, field and limits.
    """
    return compile_lut(network) if isinstance(network, LutNetwork) else compile_mac(network)
