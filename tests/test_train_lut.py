# SPDX-License-Identifier: Apache-2.0
"""The shipped networks of lookup tables, and the command that makes such networks.

They are not trained anew here: that takes minutes, and sums in float32 differ between processors.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lut_examples import is_self_dual, same_luts

from host import train, train_lut
from host.image import compile_network
from host.networks import SHIPPED, LutNetwork, load_network, load_test_set
from host.networks.datasets import digits, digits_set
from host.networks.thermometer import Spacing, thermometer
from host.train_lut import RECIPES, SEEDS, SIZES, accuracy
from host.twin import infer

# Least test accuracy.
PROMISED = {"digits-lut4": 0.95, "digits-lut4-self-dual": 0.95, "digits-lut6": 0.95}
NO_TORCH = "PyTorch is not installed: pip install 'faultloop[train]'"


def shipped(name: str) -> LutNetwork:
    network = load_network(name)
    assert isinstance(network, LutNetwork)
    return network


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_network_is_as_good_as_promised(name: str) -> None:
    network = shipped(name)
    for part in ("validation", "test"):
        assert f"{accuracy(network, digits_set(network, part)):.6f}" == network.metadata[f"{part}_accuracy"]
    assert accuracy(network, load_test_set(network)) >= PROMISED[name]
    assert 800 <= network.gates <= 2000 and network.inputs <= 300 and network.group < 256
    assert len(network.layers) == 2 and is_self_dual(network) == RECIPES[name].self_dual


@pytest.mark.parametrize("name", RECIPES)
def test_a_shipped_network_is_what_its_metadata_says(name: str) -> None:
    network = shipped(name)
    widths, seed = tuple(layer.gates for layer in network.layers), int(network.metadata["seed"])
    assert network.name == name and widths in SIZES[name] and seed in SEEDS and network.wiring_seed == seed
    recipe = replace(RECIPES[name], widths=widths, seed=seed)
    assert network.metadata["recipe"] == train_lut.recipe_text(recipe) and network.k == recipe.k
    feature, threshold = thermometer(digits()["train"].images, recipe.bits, recipe.spacing)
    assert np.array_equal(network.feature, feature) and np.array_equal(network.threshold, threshold)


def test_the_shipped_networks_follow_the_default_one() -> None:
    assert SHIPPED[0] == "digits-mlp" and set(RECIPES) == set(SIZES) == set(PROMISED) == set(SHIPPED[1:])


def test_inverting_every_table_of_the_self_dual_network_changes_nothing() -> None:
    """Two layers of self-dual gates: what the first inverts, the second takes back. Others do not."""
    for name in RECIPES:
        network = shipped(name)
        image, pictures = compile_network(network), load_test_set(network).images
        tables, *others = image.words
        golden, inverted = infer(image, image.words, pictures), infer(image, [~tables, *others], pictures)
        assert np.array_equal(golden.scores, inverted.scores) == RECIPES[name].self_dual


def test_the_search_looks_at_no_test_picture() -> None:
    """Everything that `search` and `train_network` reach asks for the parts by name: only these two."""
    tree = ast.parse(Path(train_lut.__file__).read_text(encoding="utf-8"))
    chosen = [
        f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name in ("search", "_validate", "train_network")
    ]
    texts = {n.value for f in chosen for n in ast.walk(f) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert len(chosen) == 3
    assert "test" not in texts and {"train", "validation"} <= texts


def test_nothing_but_training_needs_pytorch() -> None:
    rooms = "host.train, host.train_lut, host.campaign, host.twin, host.image, host.networks.llnn"
    code = f"import sys, {rooms}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-lut5"], "invalid choice: 'digits-lut5'"),
        (["--widths", "40", "40"], "go together"),
        (["--seed", "4"], "go together"),
        (["--k", "7"], "k is 7; it must be 2 ... 6"),
        (["--widths", "40", "0", "--seed", "1"], "each at least 1"),
        (["--gradient", "other"], "invalid Gradient value: 'other'"),
        (["--out", "nowhere/at/all.npz"], "there is no folder"),
    ],
)
def test_wrong_arguments_get_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as end:
        train.main(["lut", *arguments])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["lut", "--help"]):
        with pytest.raises(SystemExit) as end:
            train.main(arguments)
        text = capsys.readouterr().out
        assert end.value.code == 0 and "examples:" in text and "host.train lut" in text


def test_without_pytorch_it_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for module in ("lut_training", "lut_gradients"):
        monkeypatch.delitem(sys.modules, f"host.networks.{module}", raising=False)
    path = tmp_path / "n.npz"
    assert train.main(["lut", "--widths", "20", "20", "--seed", "1", "--out", str(path)]) == 1
    assert "pip install 'faultloop[train]'" in capsys.readouterr().err and not path.exists()


def test_the_command_writes_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason=NO_TORCH)
    small = ["digits-lut6", "--widths", "30", "50", "--seed", "7", "--k", "3", "--bits", "2", "--epochs", "2"]
    paths = [tmp_path / "mine.npz", tmp_path / "again" / "mine.npz"]
    paths[1].parent.mkdir()
    for path in paths:
        assert train.main(["lut", *small, "--spacing", "uniform", "--self-dual", "--out", str(path)]) == 0
        assert str(path) in capsys.readouterr().out
    network, again = (load_network(path) for path in paths)
    assert isinstance(network, LutNetwork) and isinstance(again, LutNetwork) and same_luts(network, again)
    assert (network.name, network.k, network.gates, network.wiring_seed) == ("mine", 3, 80, 7)
    assert is_self_dual(network) and network.metadata["choice"] == "given on the command line"
    feature, threshold = thermometer(digits()["train"].images, 2, Spacing.UNIFORM)
    assert np.array_equal(network.feature, feature) and np.array_equal(network.threshold, threshold)
    assert f"{accuracy(network, load_test_set(network)):.6f}" == network.metadata["test_accuracy"]


def test_a_search_takes_the_best_seed_of_the_best_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason=NO_TORCH)
    monkeypatch.setitem(SIZES, "digits-lut4", ((20, 20), (30, 60)))
    monkeypatch.setattr(train_lut, "SEEDS", range(2))
    path = tmp_path / "n.npz"
    assert train.main(["lut", "--k", "2", "--epochs", "1", "--rate", "0.3", "--bits", "1", "--out", str(path)]) == 0
    found: dict[tuple[int, ...], list[float]] = {}
    for widths in SIZES["digits-lut4"]:
        for seed in range(2):
            recipe = replace(RECIPES["digits-lut4"], k=2, epochs=1, rate=0.3, bits=1, widths=widths, seed=seed)
            network = train_lut.train_network("n", recipe)
            found.setdefault(widths, []).append(accuracy(network, digits_set(network, "validation")))
    best = max(found, key=lambda widths: np.mean(found[widths]))
    made = shipped(str(path))
    assert tuple(layer.gates for layer in made.layers) == best
    assert made.wiring_seed == int(np.argmax(found[best]))
    assert made.metadata["choice"] == "best of widths 20+20, 30+60 and seeds 0 ... 1 on the validation part"
