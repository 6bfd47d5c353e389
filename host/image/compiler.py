# SPDX-License-Identifier: Apache-2.0
"""The compiler: one for each engine, chosen by the kind of network."""

from __future__ import annotations

from host.image.lut import compile_lut
from host.image.mac import compile_mac
from host.image.memory_image import MemoryImage
from host.networks import LutNetwork, Network, NetworkError


def compile_network(network: Network, *, fixed_wiring: bool = False) -> MemoryImage:
    """The memory image of a network: the same words for every geometry.

    Parameters
    ----------
    network
        Network of either engine.
    fixed_wiring
        For a board that stores no wiring: the wiring is that of the network's seed.

    Raises
    ------
    NetworkError
        If a layer does not fit the fields of the program; the message names layer, field and limits. If the wiring is
        to be fixed and is no function of a seed.
    """
    if isinstance(network, LutNetwork):
        return compile_lut(network, fixed_wiring=fixed_wiring)
    if fixed_wiring:
        raise NetworkError(f"network {network.name!r} has no wiring that could be fixed: leave it stored")
    return compile_mac(network)
