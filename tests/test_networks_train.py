# SPDX-License-Identifier: Apache-2.0
"""Training: the shipped network comes out of the data again, bit for bit.

Equality of every bit is asked for because training is built for it: all sums are exact (host/networks/training.py).
"""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from test_networks import same

from host.networks import SHIPPED, DenseNetwork, load_network, load_test_set
from host.networks.datasets import digits, digits_set
from host.networks.training import Recipe, _gradients, _snapped, train
from host.train import SEEDS, SIZES, UNIT, accuracy, describe, main, train_network

SHIPPED_RECIPE = Recipe(
    hidden=load_network(SHIPPED[0]).layers[0].outputs,
    seed=int(load_network(SHIPPED[0]).metadata["seed"]),
)


def without_versions(network: DenseNetwork) -> DenseNetwork:
    """The network without the one entry of its metadata that depends on the machine."""
    metadata = {k: v for k, v in network.metadata.items() if k != "versions"}
    return DenseNetwork(network.name, network.layers, network.input_scale, network.input_zero_point, metadata)


def test_the_shipped_network_comes_out_of_the_data() -> None:
    shipped = load_network(SHIPPED[0])
    again = describe(train_network(SHIPPED_RECIPE), SHIPPED_RECIPE, searched=True)
    assert same(without_versions(again), without_versions(shipped))


def test_the_shipped_network_is_as_good_as_promised() -> None:
    shipped = load_network(SHIPPED[0])
    assert shipped.metadata["topology"] == "64-32-10"
    assert not any(layer.single_rounding for layer in shipped.layers)
    assert len(load_test_set(shipped)) == 360
    measured = accuracy(shipped, load_test_set(shipped))
    assert measured >= 0.96
    assert f"{measured:.6f}" == shipped.metadata["test_accuracy"]
    assert f"{accuracy(shipped, digits_set(shipped, 'validation')):.6f}" == shipped.metadata["validation_accuracy"]


def test_the_search_looks_at_no_test_picture() -> None:
    """Everything that `search` and `train_network` reach asks for the parts by name: only these two."""
    tree = ast.parse(Path(main.__code__.co_filename).read_text(encoding="utf-8"))
    chosen = [
        f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name in ("search", "_validate", "train_network")
    ]
    texts = {n.value for f in chosen for n in ast.walk(f) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert len(chosen) == 3
    assert "test" not in texts and {"train", "validation"} <= texts
    assert SHIPPED_RECIPE.hidden in SIZES and SHIPPED_RECIPE.seed in SEEDS


def test_sums_of_training_are_exact_in_any_order() -> None:
    """The claim on which equality of bits rests: sums in float64 equal exact rational sums."""
    part = digits()["train"]
    images, labels = part.images[:32] / UNIT, part.labels[:32]
    net = train(part.images / UNIT, part.labels, Recipe(8, 3, epochs=2))
    target = (labels[:, None] == np.arange(10)).astype(float)
    gradients = _gradients(net, images, target)
    shuffled = np.random.RandomState(0).permutation(32)
    for a, b in zip(gradients, _gradients(net, images[shuffled], target[shuffled]), strict=True):
        assert np.array_equal(a, b)
    hidden = net.hidden(images)
    exact = [
        sum(
            (Fraction(h) * Fraction(w) for h, w in zip(hidden[0], net.w2[:, c], strict=True)),
            Fraction(),
        )
        for c in range(10)
    ]
    assert [Fraction(s) for s in (hidden @ net.w2)[0]] == exact


def test_gradients_are_those_of_the_cross_entropy() -> None:
    """Against the slope of the loss, by central differences."""
    rng = np.random.default_rng(5)
    part = digits()["train"]
    images, labels = part.images[:32] / UNIT, part.labels[:32]
    target = (labels[:, None] == np.arange(10)).astype(float)
    weights = [rng.normal(0, 0.3, shape) for shape in ((64, 8), (8,), (8, 10), (10,))]

    def loss(parameters: list[np.ndarray]) -> float:
        w1, b1, w2, b2 = parameters
        scores = np.maximum(images @ w1 + b1, 0) @ w2 + b2
        return float((np.log(np.exp(scores).sum(axis=1)) - (scores * target).sum(axis=1)).mean())

    gradients = _gradients(_snapped(weights), images, target)
    for number, gradient in enumerate(gradients):
        for flat in rng.integers(0, gradient.size, 6):
            place = np.unravel_index(int(flat), gradient.shape)
            ends = []
            for step in (1e-4, -1e-4):
                moved = [w.copy() for w in weights]
                moved[number][place] += step
                ends.append(loss(moved))
            assert (ends[0] - ends[1]) / 2e-4 == pytest.approx(gradient[place], abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hidden", "4"], "go together"),
        (["--seed", "4"], "go together"),
        (["--hidden", "0", "--seed", "1"], "outside 1 ... 64"),
        (["--hidden", "4", "--seed", "-1"], "outside 0 ... 2"),
        (["--out", "nowhere/at/all.npz"], "there is no folder"),
    ],
)
def test_wrong_arguments_get_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_the_command_writes_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "n.npz"
    assert main(["--hidden", "4", "--seed", "1", "--out", str(path)]) == 0
    network = load_network(path)
    assert network.metadata["topology"] == "64-4-10" and network.metadata["choice"] == "given on the command line"
    assert str(path) in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0 and "examples:" in capsys.readouterr().out
