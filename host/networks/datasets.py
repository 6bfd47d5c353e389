# SPDX-License-Identifier: Apache-2.0
"""Test sets. The digits are embedded in scikit-learn: nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.networks.dense import DenseNetwork
from host.networks.errors import NetworkError
from host.networks.lut import LutNetwork
from host.networks.quantise import quantise

#: Seed and part sizes of the digits split. Never change them: every result depends on them.
SPLIT_SEED = 1797
TEST_COUNT, VALIDATION_COUNT = 360, 287


@dataclass(frozen=True, eq=False)
class TestSet:
    """Labelled inputs, as a network takes them.

    Attributes
    ----------
    name
        Data set and part.
    images
        int8[n, inputs], quantised (:class:`DenseNetwork`), or uint8[n, inputs] of 0 and 1 (:class:`LutNetwork`).
    labels
        uint16[n].
    """

    __test__ = False  # not a test case, whatever pytest makes of its name

    name: str
    images: NDArray[Any]
    labels: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a data set before quantisation: float64[n, inputs] and uint16[n]."""

    images: NDArray[np.float64]
    labels: NDArray[np.uint16]


def stratified_order(labels: NDArray[np.uint16], seed: int) -> NDArray[np.intp]:
    """A fixed order of a data set in which every stretch holds the classes in nearly equal shares.

    Each class is shuffled and its members spread evenly over the whole; the places within a step are again random.
    """
    # RandomState: its streams are frozen by NumPy's compatibility policy (NEP 19), those of Generator are not.
    random = np.random.RandomState(seed)
    place = np.empty(len(labels))
    for value in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == value))
        place[members] = (np.arange(len(members)) + random.random_sample(len(members))) / len(members)
    return np.argsort(place, kind="stable")


@lru_cache(maxsize=1)
def digits() -> dict[str, Part]:
    """The parts ``train``, ``validation`` and ``test`` of scikit-learn's digits: 8x8 pixels of 0 … 16, ten classes."""
    from sklearn.datasets import load_digits  # takes a second to import

    bunch = load_digits()
    images = np.asarray(bunch.data, dtype=np.float64)
    labels = np.asarray(bunch.target).astype(np.uint16)
    order = stratified_order(labels, SPLIT_SEED)
    cuts = np.split(order, [TEST_COUNT, TEST_COUNT + VALIDATION_COUNT])
    return {
        name: Part(images[rows], labels[rows]) for name, rows in zip(("test", "validation", "train"), cuts, strict=True)
    }


def digits_set(network: DenseNetwork | LutNetwork, part: str) -> TestSet:
    """One part of the digits, as a network takes it.

    Raises
    ------
    NetworkError
        If the network reads other pictures than these.
    """
    chosen = digits()[part]
    if isinstance(network, LutNetwork):
        return TestSet(f"digits-{part}", network.encode(chosen.images), chosen.labels)
    if network.inputs != chosen.images.shape[1]:
        raise NetworkError(
            f"network {network.name!r} has {network.inputs} inputs; the digits have {chosen.images.shape[1]}"
        )
    images = quantise(chosen.images, network.input_scale, network.input_zero_point)
    return TestSet(f"digits-{part}", images, chosen.labels)


def load_test_set(network: DenseNetwork | LutNetwork, count: int | None = None) -> TestSet:
    """The test set that a network's metadata names, or its first pictures.

    Parameters
    ----------
    network
        Its metadata says ``dataset``.
    count
        How many pictures, from the first on; None for all.

    Raises
    ------
    NetworkError
        If the network names no known data set, or has not so many pictures.
    """
    name = network.metadata.get("dataset")
    if name != "digits":
        named = f"names data set {name!r}" if name else "names no data set"
        raise NetworkError(f"network {network.name!r} {named} in its metadata; known: digits")
    whole = digits_set(network, "test")
    if count is None:
        return whole
    if not 1 <= count <= len(whole):
        raise NetworkError(f"{count} pictures of {whole.name} wanted; give a number from 1 to {len(whole)}")
    return TestSet(f"{whole.name}[:{count}]", whole.images[:count], whole.labels[:count])
