# SPDX-License-Identifier: Apache-2.0
"""The twin against LiteRT's reference kernels (docs/litert.md), bit for bit.

A 1x1 convolution on a 1x1 picture rounds twice there: the oracle of double rounding. A fully connected layer computes
in float64 and rounds once, halves away from zero: the oracle of single rounding, which differs from it on halves
below zero and, through the 31 bits of a multiplier, within a hair of any half. Where the two may differ is computed
exactly.
"""

from __future__ import annotations

import json
import math
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litert_models import NONE, RELU, RELU6, RELU_N1_TO_1, LiteLayer, LiteModel, build, run
from random_networks import SEEDS

from host.image import compile_network
from host.networks import (
    Dense,
    DenseNetwork,
    NetworkError,
    load_network,
    load_test_set,
    quantise_multiplier,
)
from host.networks.tflite import import_tflite
from host.twin import infer

ACTIVATIONS = st.sampled_from([NONE, RELU, RELU6, RELU_N1_TO_1])
ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FAULTLOOP_DATA") or ROOT.parent / "shared" / "data")


def scores_of(network: DenseNetwork, images: np.ndarray) -> np.ndarray:
    """Scores of the twin."""
    image = compile_network(network)
    return infer(image, image.words, images).scores


def imported(folder: Path, model: LiteModel, single: bool) -> DenseNetwork:
    """The network that the importer reads from the file form of a model of fully connected layers."""
    path = folder / "model.tflite"
    path.write_bytes(build(model))
    return import_tflite(path, single_rounding=single)


def as_convolutions(model: LiteModel) -> LiteModel:
    """The same matrices as 1x1 convolutions."""
    layers = [
        LiteLayer(
            v.weights,
            v.bias,
            v.weight_scales,
            v.output_scale,
            v.output_zero_point,
            v.activation,
            True,
        )
        for v in model.layers
    ]
    return LiteModel(model.input_scale, model.input_zero_point, layers)


def random_model(seed: int, widths: list[int], per_channel: bool, activation: int) -> tuple[LiteModel, np.ndarray]:
    """A model whose outputs spread over int8 and beyond, and pictures."""
    rng = np.random.default_rng(seed)
    input_scale = scale = np.float32(10 ** rng.uniform(-2, 0))
    layers = []
    for inputs, outputs in pairwise(widths):
        weight_scales = (10 ** rng.uniform(-3, -1, outputs if per_channel else 1)).astype(np.float32)
        # Accumulators spread over about 5000 · sqrt(inputs); outputs then over 10 ... 1000.
        spread = 5000 * math.sqrt(inputs) / 10 ** rng.uniform(1, 3)
        output_scale = np.float32(float(scale) * float(np.median(weight_scales)) * spread)
        layers.append(
            LiteLayer(
                weights=rng.integers(-128, 128, (outputs, inputs), dtype=np.int8),
                bias=rng.integers(-20000, 20000, outputs, dtype=np.int32),
                weight_scales=weight_scales,
                output_scale=output_scale,
                output_zero_point=int(rng.integers(-128, 128)),
                activation=activation,
            )
        )
        scale = output_scale
    model = LiteModel(input_scale, int(rng.integers(-128, 128)), layers)
    return model, rng.integers(-128, 128, (6, widths[0]), dtype=np.int8)


WIDTHS = st.lists(st.integers(1, 70), min_size=2, max_size=4)


@settings(max_examples=150, deadline=None)
@given(SEEDS, WIDTHS, st.booleans(), ACTIVATIONS)
def test_double_rounding_is_that_of_the_convolution_kernel(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    widths: list[int],
    per_channel: bool,
    activation: int,
) -> None:
    model, images = random_model(seed, widths, per_channel, activation)
    network = imported(tmp_path_factory.mktemp("m"), model, single=False)
    assert np.array_equal(scores_of(network, images), run(build(as_convolutions(model)), images))


def accumulators(layer: Dense, images: np.ndarray) -> np.ndarray:
    """int64[n, outputs], which these tests keep within int32."""
    products = (images.astype(np.int64) - layer.input_zero_point) @ layer.weights.T.astype(np.int64)
    return np.asarray(products + layer.bias)


def near_half(accumulator: int, real: float) -> bool:
    """Whether 31 bits of a multiplier, or the direction of halves, can decide how this result rounds.

    The multiplier is off by at most 2^-31 of itself; a float64 product by 2^-53.
    """
    exact = accumulator * Fraction(real)
    off = abs(exact - math.floor(exact) - Fraction(1, 2))
    return off <= abs(exact) * (Fraction(1, 2**31) + Fraction(1, 2**52))


def assert_single_is_fully_connected(model: LiteModel, network: DenseNetwork, images: np.ndarray) -> int:
    """Layer by layer, equal but near halves, and there by at most one step; returns how many near halves differ."""
    differing, scale, source = 0, float(model.input_scale), images
    for lite, dense in zip(model.layers, network.layers, strict=True):
        one = DenseNetwork("one", (dense,), 1.0, 0)
        mine = scores_of(one, source)
        theirs = run(build(LiteModel(np.float32(scale), dense.input_zero_point, [lite])), source)
        reals = np.broadcast_to(
            scale * lite.weight_scales.astype(np.float64) / float(lite.output_scale),
            (dense.outputs,),
        )
        totals = accumulators(dense, source)
        for n, c in zip(*np.nonzero(mine != theirs), strict=True):
            assert near_half(int(totals[n, c]), float(reals[c])), (n, c, mine[n, c], theirs[n, c])
            assert abs(int(mine[n, c]) - int(theirs[n, c])) == 1
            differing += 1
        source, scale = theirs, float(lite.output_scale)
    return differing


@settings(max_examples=150, deadline=None)
@given(SEEDS, WIDTHS, st.booleans(), ACTIVATIONS)
def test_single_rounding_is_that_of_the_fully_connected_kernel(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    widths: list[int],
    per_channel: bool,
    activation: int,
) -> None:
    model, images = random_model(seed, widths, per_channel, activation)
    network = imported(tmp_path_factory.mktemp("m"), model, single=True)
    if assert_single_is_fully_connected(model, network, images) == 0:
        assert np.array_equal(scores_of(network, images), run(build(model), images))


def test_random_networks_of_known_seeds_are_equal_in_every_bit(tmp_path: Path) -> None:
    """No allowance at all: near halves are rarer than one in 10^6 at these sizes, and none is among these seeds."""
    compared = 0
    for seed in range(100):
        widths = np.random.default_rng(seed).integers(1, 70, 3).tolist()
        model, images = random_model(seed, widths, per_channel=bool(seed % 2), activation=NONE)
        single, double = (
            imported(tmp_path, model, single=True),
            imported(tmp_path, model, single=False),
        )
        assert np.array_equal(scores_of(single, images), run(build(model), images)), seed
        assert np.array_equal(scores_of(double, images), run(build(as_convolutions(model)), images)), seed
        compared += images.shape[0] * widths[-1]
    print(f"{compared} outputs of seeds 0 ... 99")


def bias_only(biases: list[int], real: float, zero_point: int) -> LiteModel:
    """Accumulators that are given numbers: zero weights, one channel for each bias, all scales but the weights' 1."""
    count = len(biases)
    layer = LiteLayer(
        weights=np.zeros((count, 1), np.int8),
        bias=np.array(biases, np.int64).astype(np.int32),
        weight_scales=np.full(count, real, np.float32),
        output_scale=np.float32(1),
        output_zero_point=zero_point,
    )
    return LiteModel(np.float32(1), 0, [layer])


EDGES = sorted({s * 2**k + d for k in range(31) for s in (1, -1) for d in (-1, 0, 1)} | {-(2**31), 2**31 - 1})
ONE_PICTURE = np.zeros((1, 1), np.int8)


@pytest.mark.parametrize("exponent", [-60, -33, -32, -31, -30, -24, -16, -9, -8, -7, -2, -1, 0, 1, 2, 8, 15, 22, 29])
@pytest.mark.parametrize("mantissa", [1.0, 1.0 + 2.0**-23, 1.5, 2.0 - 2.0**-23])
def test_extreme_multipliers_shifts_and_accumulators(tmp_path: Path, exponent: int, mantissa: float) -> None:
    """Every shift the scheme knows, accumulators at all powers of two: left shifts that wrap, saturation, ties."""
    real = mantissa * 2.0**exponent
    model = bias_only(EDGES, real, -3)
    # Double rounding, all of it: left shifts wrap in the kernel as they do here.
    double = imported(tmp_path, model, single=False)
    assert np.array_equal(scores_of(double, ONE_PICTURE), run(build(as_convolutions(model)), ONE_PICTURE))
    # Single rounding where the result is an int32: the kernel converts from float64, undefined beyond.
    fits = [b for b in EDGES if abs(b * Fraction(real)) < 2**31 - 256]
    model = bias_only(fits, real, -3)
    single = imported(tmp_path, model, single=True)
    mine, theirs = scores_of(single, ONE_PICTURE)[0], run(build(model), ONE_PICTURE)[0]
    for b, m, t in zip(fits, mine.tolist(), theirs.tolist(), strict=True):
        exact = b * Fraction(real)
        if exact < 0 and (exact - Fraction(1, 2)).denominator == 1:
            # A half below zero: up here, away from zero there, unless the result is beyond int8.
            assert m == max(-128, math.floor(exact + Fraction(1, 2)) - 3) and t == max(
                -128, math.ceil(exact - Fraction(1, 2)) - 3
            )
        else:
            assert m == t, b


@settings(max_examples=100, deadline=None)
@given(st.floats(2.0**-31, 2.0**-1, width=32), st.integers(-128, 127), st.booleans(), st.data())
def test_both_sides_of_the_boundaries_between_outputs(
    tmp_path_factory: pytest.TempPathFactory,
    real: float,
    zero_point: int,
    single: bool,
    data: st.DataObject,
) -> None:
    """Accumulators next to those at which the output steps: what tells multipliers and roundings apart."""
    q, shift = quantise_multiplier(real)
    assert Fraction(q) * Fraction(2) ** (shift - 31) == Fraction(real)  # 24 bits of a float32: no error in q
    biases = set()
    for y in data.draw(st.lists(st.integers(-130, 130), min_size=3, max_size=10)):
        middle = math.floor((y + Fraction(1, 2)) / Fraction(real))
        biases |= {middle + d for d in (-2, -1, 0, 1, 2)}
    model = bias_only(sorted(b for b in biases if -(2**31) <= b < 2**31) or [0], real, zero_point)
    network = imported(tmp_path_factory.mktemp("m"), model, single)
    if single:
        assert_single_is_fully_connected(model, network, ONE_PICTURE)
    else:
        assert np.array_equal(scores_of(network, ONE_PICTURE), run(build(as_convolutions(model)), ONE_PICTURE))


@pytest.mark.parametrize("per_channel", [False, True])
def test_the_kernels_round_as_the_page_says(per_channel: bool) -> None:
    """docs/litert.md: convolutions twice, fully connected once, halves away from zero; per tensor and per channel."""
    biases = list(range(-9, 10))
    for real in (0.5, 0.25, 0.375):
        model = bias_only(biases, real, 0)
        if not per_channel:
            layer = model.layers[0]
            narrow = LiteLayer(layer.weights, layer.bias, layer.weight_scales[:1], layer.output_scale, 0)
            model = LiteModel(model.input_scale, 0, [narrow])
        once = [int(math.copysign(math.floor(abs(b * real) + 0.5), b)) for b in biases]
        q, s = quantise_multiplier(real)
        high = [(b * q + 2**30) >> 31 for b in biases]
        twice = [int(math.copysign((abs(h) + (1 << -s >> 1)) >> -s, h)) for h in high]
        assert run(build(model), ONE_PICTURE)[0].tolist() == once
        assert run(build(as_convolutions(model)), ONE_PICTURE)[0].tolist() == twice


def shipped_model() -> tuple[DenseNetwork, LiteModel]:
    """The shipped network and its TensorFlow Lite form, from the scales in its metadata."""
    network = load_network("digits-mlp")
    scales = json.loads(network.metadata["scales"])
    layers = [
        LiteLayer(
            weights=dense.weights,
            bias=dense.bias,
            weight_scales=np.array(scale["weights"], np.float32),
            output_scale=np.float32(scale["output"]),
            output_zero_point=dense.output_zero_point,
            activation=NONE if dense.activation_min == -128 and last else RELU,
        )
        for dense, scale, last in zip(network.layers, scales["layers"], (False, True), strict=True)
    ]
    return network, LiteModel(np.float32(scales["input"]), network.input_zero_point, layers)


def test_the_shipped_network_on_its_test_set(tmp_path: Path) -> None:
    network, model = shipped_model()
    images = load_test_set(network).images
    for a, b in zip(imported(tmp_path, model, single=False).layers, network.layers, strict=True):
        for name in ("weights", "bias", "multiplier", "shift"):
            assert np.array_equal(getattr(a, name), getattr(b, name))
        assert (a.activation_min, a.activation_max) == (b.activation_min, b.activation_max)
    assert np.array_equal(scores_of(network, images), run(build(as_convolutions(model)), images))
    single = imported(tmp_path, model, single=True)
    assert np.array_equal(scores_of(single, images), run(build(model), images))


def test_the_anomaly_detector_on_real_recordings() -> None:
    path = DATA / "mlperf_tiny_models" / "ad01_fc_ae_int8.tflite"
    recordings = DATA / "toycar_ad01_NC" / "ad01_eval248_logmel_int8.npz"
    if not (path.is_file() and recordings.is_file()):
        pytest.skip(
            f"skipped: {path.name} and {recordings.name} are not under {DATA}; set FAULTLOOP_DATA to their folder"
        )
    with np.load(recordings, allow_pickle=False) as archive:
        frames = archive["x"][::31]
    # A window is 5 consecutive frames of 128 values; every 7th window of every 31st recording.
    starts = range(0, frames.shape[1] - 4, 7)
    images = np.stack([frames[r, s : s + 5].reshape(-1) for r in range(len(frames)) for s in starts])
    network = import_tflite(path, single_rounding=True)
    mine, theirs = scores_of(network, images), run(path.read_bytes(), images)
    print(f"{len(images)} windows, {mine.size} outputs, {np.count_nonzero(mine != theirs)} differ")
    assert len(images) >= 200 and np.array_equal(mine, theirs)
    # Double rounding is another function: the comparison above can fail.
    assert not np.array_equal(scores_of(import_tflite(path), images), theirs)


def test_other_files_are_refused(tmp_path: Path) -> None:
    model, _ = random_model(1, [5, 4, 3], per_channel=True, activation=NONE)
    path = tmp_path / "m.tflite"
    path.write_bytes(build(as_convolutions(model)))
    with pytest.raises(NetworkError, match="contains CONV_2D; only FULLY_CONNECTED"):
        load_network(path)
    path.write_bytes(b"junk")
    with pytest.raises(NetworkError, match="not a TensorFlow Lite file"):
        load_network(path)
    whole = build(model)
    for cut in (8, 20, 100, len(whole) // 2):
        path.write_bytes(whole[:cut])
        with pytest.raises(NetworkError):
            import_tflite(path)
    path.write_bytes(whole)
    assert load_network(path).layers[1].outputs == 3
