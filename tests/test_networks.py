# SPDX-License-Identifier: Apache-2.0
"""Networks and their file form, scales as fixed point, data sets."""

from __future__ import annotations

import io
import json
import math
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SEEDS, SHAPES, random_network

from host.networks import (
    SHIPPED,
    Dense,
    DenseNetwork,
    NetworkError,
    load_network,
    load_test_set,
    quantise,
    quantise_multiplier,
    save_network,
)
from host.networks.datasets import digits

ARRAYS = ("weights", "bias", "multiplier", "shift")


def same(a: DenseNetwork, b: DenseNetwork) -> bool:
    """Whether two networks are equal in everything."""
    if (a.name, a.input_scale, a.input_zero_point, dict(a.metadata)) != (
        b.name,
        b.input_scale,
        b.input_zero_point,
        dict(b.metadata),
    ):
        return False
    scalars = (
        "name",
        "input_zero_point",
        "output_zero_point",
        "activation_min",
        "activation_max",
        "single_rounding",
    )
    return len(a.layers) == len(b.layers) and all(
        all(getattr(x, s) == getattr(y, s) for s in scalars)
        and all(
            np.array_equal(getattr(x, n), getattr(y, n)) and getattr(x, n).dtype == getattr(y, n).dtype for n in ARRAYS
        )
        for x, y in zip(a.layers, b.layers, strict=True)
    )


def layer(**changes: Any) -> Dense:
    """A small valid layer with some arguments replaced."""
    arguments: dict[str, Any] = {
        "name": "a",
        "weights": np.zeros((3, 2), np.int8),
        "bias": np.zeros(3, np.int32),
        "multiplier": np.zeros(3, np.int32),
        "shift": np.zeros(3, np.int8),
        "input_zero_point": 0,
        "output_zero_point": 0,
    }
    return Dense(**{**arguments, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": np.zeros((3, 2), np.int16)}, "weights is int16"),
        ({"weights": np.zeros(6, np.int8)}, "1 axes; it must be int8 with 2"),
        ({"weights": np.zeros((0, 2), np.int8)}, "must be at least 1"),
        ({"bias": np.zeros(2, np.int32)}, "bias has 2 channels, the weights have 3"),
        ({"multiplier": np.zeros(3, np.int64)}, "multiplier is int64"),
        ({"shift": np.array([0, 31, 0], np.int8)}, "-31 ... 30"),
        ({"shift": np.array([0, -32, 0], np.int8)}, "-31 ... 30"),
        ({"input_zero_point": 128}, "input_zero_point is 128"),
        ({"output_zero_point": -129}, "output_zero_point is -129"),
        ({"activation_min": 5, "activation_max": 4}, "activation_min 5 is above activation_max 4"),
    ],
)
def test_wrong_layers_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        layer(**changes)


def test_wrong_networks_are_refused() -> None:
    with pytest.raises(NetworkError, match="no layers"):
        DenseNetwork("n", (), 1.0, 0)
    with pytest.raises(NetworkError, match="3 outputs, but layer 'b' has 2 inputs"):
        DenseNetwork("n", (layer(), layer(name="b")), 1.0, 0)
    with pytest.raises(NetworkError, match="same name"):
        DenseNetwork("n", (layer(), layer()), 1.0, 0)
    for scale in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(NetworkError, match="input_scale"):
            DenseNetwork("n", (layer(),), scale, 0)


def test_a_network_does_not_change_after_it_was_made() -> None:
    weights = np.zeros((3, 2), np.int8)
    made = layer(weights=weights)
    weights[0, 0] = 1
    assert made.weights[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        made.weights[0, 0] = 1


@settings(max_examples=30)
@given(SEEDS, SHAPES, st.booleans())
def test_a_saved_network_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, seed: int, shape: list[int], wild: bool
) -> None:
    network = random_network(seed, shape, wild)
    path = tmp_path_factory.mktemp("networks") / "n.npz"
    save_network(network, path)
    assert same(load_network(path), network)
    first = path.read_bytes()
    save_network(load_network(str(path)), path)
    assert path.read_bytes() == first


def members(path: Path) -> dict[str, bytes]:
    """Members of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def npy(array: Any, allow_pickle: bool = False) -> bytes:
    """An array as the bytes of a .npy file."""
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asarray(array), allow_pickle=allow_pickle)
    return out.getvalue()


def edited(**changes: Any) -> Any:
    """A change of metadata.json: the named keys replaced, or removed where None."""

    def edit(found: dict[str, bytes]) -> None:
        document = json.loads(found["metadata.json"])
        for key, value in changes.items():
            document.pop(key)
            if value is not None:
                document[key] = value
        found["metadata.json"] = json.dumps(document).encode()

    return edit


BROKEN = {
    "no metadata": (lambda m: m.pop("metadata.json"), "it has no metadata.json"),
    "an array for metadata": (
        lambda m: m.update({"metadata.json": npy([1])}),
        "it has no metadata.json",
    ),
    "not JSON": (lambda m: m.update({"metadata.json": b"{"}), "is not JSON"),
    "other format": (edited(format="other"), "does not say format"),
    "other version": (edited(version=3), "has version 3; this program reads versions 1 and 2"),
    "version is a bool": (edited(version=True), "has version True"),
    "no name": (edited(name=None), "name in metadata.json is missing; it must be a str"),
    "scale is text": (
        edited(input_scale="1"),
        "input_scale in metadata.json is '1'; it must be a int or float",
    ),
    "zero point is a bool": (
        edited(input_zero_point=True),
        "input_zero_point in metadata.json is True",
    ),
    "layers is no list": (edited(layers={}), "it must be a list"),
    "no layers": (edited(layers=[]), "has no layers"),
    "layer is no object": (edited(layers=[1]), "layer 0 of metadata.json is not an object"),
    "metadata of numbers": (edited(metadata={"a": 1}), "text to text"),
    "missing array": (lambda m: m.pop("layer0.bias.npy"), "member layer0.bias.npy is missing"),
    "wrong dtype": (lambda m: m.update({"layer0.bias.npy": npy(np.zeros(4))}), "bias is float64"),
    "wrong shape": (
        lambda m: m.update({"layer0.bias.npy": npy(np.zeros(5, np.int32))}),
        "bias has 5 channels",
    ),
    "a pickle": (lambda m: m.update({"layer0.bias.npy": npy([{}], True)}), "not a network file"),
    "cut array": (
        lambda m: m.update({"layer0.weights.npy": m["layer0.weights.npy"][:-3]}),
        "not a network file",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused(tmp_path: Path, case: str) -> None:
    path = tmp_path / "n.npz"
    save_network(random_network(1, [3, 4, 2]), path)
    found = members(path)
    change, message = BROKEN[case]
    change(found)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    with pytest.raises(NetworkError, match=message):
        load_network(path)


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 cut", npy(np.zeros(3))])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "n.npz"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match="is not a network file"):
        load_network(path)


def test_an_unknown_network_names_the_shipped_ones() -> None:
    with pytest.raises(NetworkError, match=r"no network 'nothing'.*digits-mlp"):
        load_network("nothing")


def test_no_shipped_file_holds_a_pickle() -> None:
    for name in SHIPPED:
        path = Path(load_network.__code__.co_filename).parent / "shipped" / f"{name}.npz"
        assert path.stat().st_size < 32768
        assert all(
            c.startswith(b"\x93NUMPY") and b"|O" not in c[:128] for n, c in members(path).items() if n.endswith("npy")
        )


@given(st.floats(0, 2.0**31, exclude_max=True, allow_subnormal=True))
def test_a_scale_is_as_near_as_31_bits_allow(real: float) -> None:
    q, shift = quantise_multiplier(real)
    if q == 0:
        assert shift == 0 and real < 2.0**-32
    elif (q, shift) == (2**31 - 1, 30):
        assert real >= 2**30 * (1 - Fraction(1, 2**31))
    else:
        assert 2**30 <= q < 2**31 and -31 <= shift <= 30
        assert abs(Fraction(q) * Fraction(2) ** (shift - 31) - Fraction(real)) <= Fraction(2) ** (shift - 32)


def test_scales_at_the_edges() -> None:
    assert quantise_multiplier(0.0) == (0, 0)
    assert quantise_multiplier(1.0) == (2**30, 1)
    assert quantise_multiplier(0.5) == (2**30, 0)
    # The greatest double below 1 rounds up to 2^31, which is half of it with one more shift.
    assert quantise_multiplier(math.nextafter(1.0, 0.0)) == (2**30, 1)
    # Half a step of the significand rounds up.
    assert quantise_multiplier(0.5 + 2.0**-32) == (2**30 + 1, 0)
    assert quantise_multiplier(math.nextafter(0.5 + 2.0**-32, 0)) == (2**30, 0)
    assert quantise_multiplier(2.0**-32) == (2**30, -31)
    assert quantise_multiplier(math.nextafter(2.0**-32, 0)) == (2**30, -31)
    assert quantise_multiplier(2.0**-33) == (0, 0)
    assert quantise_multiplier(5e-324) == (0, 0)
    assert quantise_multiplier(2.0**29) == (2**30, 30)
    assert quantise_multiplier(2.0**30) == (2**31 - 1, 30)
    assert quantise_multiplier(1.7e308) == (2**31 - 1, 30)
    for wrong in (-1.0, math.nan, math.inf, -0.1):
        with pytest.raises(ValueError, match="scale"):
            quantise_multiplier(wrong)


def test_values_saturate() -> None:
    assert quantise([-100.0, 0.0, 0.5, 100.0], 0.5, 3).tolist() == [-128, 3, 4, 127]


def test_the_digits_split_is_stratified_and_whole() -> None:
    from sklearn.datasets import load_digits

    parts = digits()
    assert {name: len(p.labels) for name, p in parts.items()} == {
        "test": 360,
        "validation": 287,
        "train": 1150,
    }
    whole = load_digits()
    together = sorted((tuple(x), int(y)) for p in parts.values() for x, y in zip(p.images, p.labels, strict=True))
    assert together == sorted((tuple(x), int(y)) for x, y in zip(whole.data, whole.target, strict=True))
    share = np.bincount(whole.target) / len(whole.target)
    for part in parts.values():
        assert np.abs(np.bincount(part.labels) - share * len(part.labels)).max() < 3
    # A prefix of the test set is stratified too.
    assert np.abs(np.bincount(parts["test"].labels[:100], minlength=10) - 10).max() <= 2


def test_the_test_set_and_its_errors() -> None:
    network = load_network(SHIPPED[0])
    whole, some = load_test_set(network), load_test_set(network, 7)
    assert whole.images.dtype == np.int8 and whole.images.shape == (360, 64) and whole.labels.dtype == np.uint16
    assert np.array_equal(some.images, whole.images[:7]) and np.array_equal(some.labels, whole.labels[:7])
    # 256 steps from 0 to 16: every pixel is within half a step.
    back = (whole.images.astype(float) + 128) * 16 / 255
    assert np.abs(back - digits()["test"].images).max() <= 8 / 255 * (1 + 1e-6)
    for count in (0, -1, 361):
        with pytest.raises(NetworkError, match="from 1 to 360"):
            load_test_set(network, count)
    other = random_network(0, [64, 10])
    with pytest.raises(NetworkError, match="names no data set"):
        load_test_set(other)
    named = DenseNetwork("n", random_network(0, [63, 10]).layers, 1.0, 0, {"dataset": "digits"})
    with pytest.raises(NetworkError, match="63 inputs; the digits have 64"):
        load_test_set(named)
