# SPDX-License-Identifier: Apache-2.0
"""Networks: what they are, their files, their test sets. Knows nothing of boards or memory."""

from host.networks.datasets import TestSet, load_test_set
from host.networks.file import SHIPPED, load_network, save_network
from host.networks.network import Dense, Network, NetworkError
from host.networks.quantise import quantise, quantise_multiplier

__all__ = [
    "SHIPPED",
    "Dense",
    "Network",
    "NetworkError",
    "TestSet",
    "load_network",
    "load_test_set",
    "quantise",
    "quantise_multiplier",
    "save_network",
]
