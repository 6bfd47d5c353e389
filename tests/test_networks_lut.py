# SPDX-License-Identifier: Apache-2.0
"""Networks of lookup tables: their file form, the seed of their wiring, their pictures."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lut_examples import random_luts, same_luts
from random_networks import SEEDS
from test_networks import edited, members, npy

from host.networks import LutNetwork, NetworkError, load_network, load_test_set, save_network
from host.networks.datasets import digits, digits_set

SEED = int(os.environ.get("FAULTLOOP_SEED", "20260"))


@settings(max_examples=30)
@given(SEEDS, st.integers(2, 6), st.booleans())
def test_a_saved_network_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, seed: int, k: int, seeded: bool
) -> None:
    network = random_luts(seed, k, 9, (7, 12), 3, wiring_seed=seed if seeded else None)
    network = replace(network, metadata={"origin": "ein Täst"})
    path = tmp_path_factory.mktemp("networks") / "n.npz"
    save_network(network, path)
    assert same_luts(load_network(path), network)
    first = path.read_bytes()
    save_network(load_network(str(path)), path)
    assert path.read_bytes() == first


def test_a_file_holds_what_its_page_says(tmp_path: Path) -> None:
    """docs/network-file.md, read without this package's loader."""
    print(f"seed {SEED}")
    path = tmp_path / "n.npz"
    for k, bits in ((2, 8), (3, 8), (4, 16), (5, 32), (6, 64)):
        network = random_luts(SEED, k, 5, (4, 6), 2, wiring_seed=SEED)
        save_network(network, path)
        with np.load(path, allow_pickle=False) as archive:
            document = json.loads(archive["metadata.json"])
            for number, layer in enumerate(network.layers):
                tables = archive[f"layer{number}.tables"]
                assert tables.dtype == f"uint{bits}" and [int(t) for t in tables] == [int(t) for t in layer.tables]
                assert np.array_equal(archive[f"layer{number}.wiring"], layer.wiring)
            assert archive["feature"].dtype == np.uint16 and archive["threshold"].dtype == np.float64
        assert {key: document[key] for key in ("format", "version", "kind", "k", "classes", "wiring_seed")} == {
            "format": "faultloop-network",
            "version": 2,
            "kind": "lut",
            "k": k,
            "classes": 2,
            "wiring_seed": SEED,
        }
        assert document["layers"] == [{"name": "l0"}, {"name": "l1"}]


def without(member: str) -> Any:
    return lambda found: found.pop(member)


def replaced(member: str, array: Any) -> Any:
    return lambda found: found.update({member: npy(array)})


BROKEN = {
    "other kind": (edited(kind="gates"), "kind in metadata.json is 'gates'; known: lut"),
    "no kind": (edited(kind=None), "kind in metadata.json is missing"),
    "k is text": (edited(k="4"), "k in metadata.json is '4'; it must be a int"),
    "k out of range": (edited(k=7), "k in metadata.json is 7; it must be 2 ... 6"),
    "another k": (edited(k=3), "its gates have 4 inputs; metadata.json says k = 3"),
    "no classes": (edited(classes=None), "classes in metadata.json is missing"),
    "too many classes": (edited(classes=5), "cannot be divided among 5"),
    "seed is text": (edited(wiring_seed="1"), "wiring_seed in metadata.json is '1'; it must be a int or null"),
    "no seed": (edited(wiring_seed=None), "wiring_seed in metadata.json is missing"),
    "another seed": (edited(wiring_seed=2), "wiring of layer 'l0' is not that of wiring_seed 2"),
    "layers is no list": (edited(layers={}), "it must be a list"),
    "layer is no object": (edited(layers=["l0", "l1"]), "layer 0 of metadata.json is not an object"),
    "layer without a name": (edited(layers=[{}, {}]), "layer 0 name in metadata.json is missing"),
    "a layer too many": (
        edited(layers=[{"name": "a"}, {"name": "b"}, {"name": "c"}]),
        "member layer2.wiring.npy is missing",
    ),
    "metadata of numbers": (edited(metadata={"a": 1}), "text to text"),
    "no features": (without("feature.npy"), "member feature.npy is missing"),
    "no thresholds": (without("threshold.npy"), "member threshold.npy is missing"),
    "no tables": (without("layer1.tables.npy"), "member layer1.tables.npy is missing"),
    "tables too wide": (
        replaced("layer0.tables.npy", np.zeros(4, np.uint64)),
        "layer 'l0': tables is uint64; for k = 4 a file has uint16",
    ),
    "tables too few": (replaced("layer0.tables.npy", np.zeros(3, np.uint16)), "4 gates have wiring and 3 have tables"),
    "wiring is int64": (replaced("layer0.wiring.npy", np.zeros((4, 4), np.int64)), "wiring is int64"),
    "wiring is flat": (replaced("layer0.wiring.npy", np.zeros(16, np.uint16)), "1 axes; it must be uint16 with 2"),
    "threshold is no number": (replaced("threshold.npy", np.full(5, np.nan)), "a threshold is no number"),
    "thresholds of features": (replaced("threshold.npy", np.zeros(4)), "5 features have 4 thresholds"),
    "a pickle": (lambda found: found.update({"feature.npy": npy([{}], True)}), "not a network file"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused(tmp_path: Path, case: str) -> None:
    path = tmp_path / "n.npz"
    save_network(random_luts(1, 4, 5, (4, 6), 2, wiring_seed=1), path)
    found = members(path)
    change, message = BROKEN[case]
    change(found)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    with pytest.raises(NetworkError, match=message) as error:
        load_network(path)
    assert str(path) in str(error.value)


def test_the_seed_of_the_wiring_is_proven() -> None:
    network = random_luts(SEED, 3, 6, (5, 4), 2, wiring_seed=SEED)
    other = random_luts(SEED, 3, 6, (5, 4), 2)
    parts = (network.name, network.feature, network.threshold)
    assert LutNetwork(*parts, network.layers, 2).wiring_seed is None
    for layers, seed, message in (
        (other.layers, SEED, "layer 'l0' is not that of wiring_seed"),
        (network.layers, SEED + 1, "layer 'l0' is not that of wiring_seed"),
        ((network.layers[0], other.layers[1]), SEED, "layer 'l1' is not that of wiring_seed"),
        (network.layers, -1, "wiring_seed is -1; it must be 0"),
        (network.layers, 1 << 32, "it must be 0 ... 2"),
    ):
        with pytest.raises(NetworkError, match=message):
            LutNetwork(*parts, layers, 2, wiring_seed=seed)


def digits_network(feature: int) -> LutNetwork:
    """A network that reads two pixels of the digits."""
    made = random_luts(SEED, 2, 2, (10,), 10)
    features = np.array([0, feature], dtype=np.uint16)
    return LutNetwork("n", features, np.array([-1.0, 8.0]), made.layers, 10, metadata={"dataset": "digits"})


def test_the_test_set_is_that_of_the_network() -> None:
    whole = load_test_set(digits_network(20))
    pictures = digits()["test"].images
    assert whole.name == "digits-test" and whole.images.dtype == np.uint8 and whole.images.shape == (360, 2)
    assert np.all(whole.images[:, 0] == 1)
    assert whole.images[:, 1].tolist() == [int(picture[20] > 8) for picture in pictures]
    assert 0 < whole.images[:, 1].mean() < 1
    assert np.array_equal(load_test_set(digits_network(20), 7).images, whole.images[:7])
    assert digits_set(digits_network(20), "validation").images.shape == (287, 2)
    with pytest.raises(NetworkError, match="reads feature 64"):
        load_test_set(digits_network(64))
