# SPDX-License-Identifier: Apache-2.0
"""Networks: what they are, their files, their test sets. Knows nothing of boards or memory."""

from host.networks.datasets import TestSet, load_test_set
from host.networks.dense import Dense, DenseNetwork
from host.networks.errors import NetworkError
from host.networks.file import SHIPPED, load_network, save_network
from host.networks.lut import LutLayer, LutNetwork
from host.networks.quantise import quantise, quantise_multiplier
from host.networks.wiring import seeded_wiring

#: A network of either engine.
Network = DenseNetwork | LutNetwork

__all__ = [
    "SHIPPED",
    "Dense",
    "DenseNetwork",
    "LutLayer",
    "LutNetwork",
    "Network",
    "NetworkError",
    "TestSet",
    "load_network",
    "load_test_set",
    "quantise",
    "quantise_multiplier",
    "save_network",
    "seeded_wiring",
]
