# SPDX-License-Identifier: Apache-2.0
"""``python -m host.train``: make the default shipped network from data; ``host/train_lut.py`` makes the others."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from host import __version__, train_lut
from host.image import compile_network
from host.networks import SHIPPED, DenseNetwork, NetworkError, TestSet, save_network
from host.networks.datasets import SPLIT_SEED, digits, digits_set
from host.networks.post_training import quantise_perceptron
from host.networks.training import Recipe, train
from host.twin import infer

NAME = SHIPPED[0]
#: What the search covers: numbers of hidden neurons, and seeds of each.
SIZES = (8, 16, 24, 32)
SEEDS = range(8)
#: Greatest pixel of the digits.
UNIT = 16.0

_EPILOG = """\
examples:
  python -m host.train                        search sizes and seeds, write digits-mlp.npz here
  python -m host.train --hidden 32 --seed 4   train one network, without the search
  python -m host.train --out my-network.npz   write elsewhere
  python -m host.train lut --help             networks of lookup tables

The search looks at the validation part only. The result is the same, bit for bit, on every machine."""


def accuracy(network: DenseNetwork, pictures: TestSet) -> float:
    """Share of pictures that the int8 network puts in the right class, measured on the twin."""
    image = compile_network(network)
    answer = infer(image, image.words, pictures.images)
    return float(np.mean(answer.classes == pictures.labels))


def train_network(recipe: Recipe) -> DenseNetwork:
    """Train on the training part of the digits and quantise; the same network for the same recipe."""
    part = digits()["train"]
    perceptron = train(part.images / UNIT, part.labels, recipe)
    return quantise_perceptron(perceptron, NAME, part.images, UNIT, {"dataset": "digits"})


def search(report: Callable[[str], None]) -> Recipe:
    """Size with the best mean validation accuracy over the seeds, then its best seed; ties go to the smaller.

    Parameters
    ----------
    report
        Takes a line for each size tried.
    """
    best: tuple[float, Recipe] = (-1.0, Recipe(SIZES[0], SEEDS[0]))
    for hidden in SIZES:
        recipes = [Recipe(hidden, seed) for seed in SEEDS]
        scores = [_validate(recipe) for recipe in recipes]
        mean = float(np.mean(scores))
        report(f"{hidden:3d} hidden: validation accuracy {mean:.4f} (mean), {max(scores):.4f} (best of {len(scores)})")
        if mean > best[0]:
            best = (mean, recipes[int(np.argmax(scores))])
    return best[1]


def _validate(recipe: Recipe) -> float:
    network = train_network(recipe)
    return accuracy(network, digits_set(network, "validation"))


def describe(network: DenseNetwork, recipe: Recipe, searched: bool) -> DenseNetwork:
    """The network with its origin in its metadata."""
    import sklearn

    sizes = ", ".join(map(str, SIZES))
    chosen = f"best of hidden sizes {sizes} and seeds {SEEDS[0]} ... {SEEDS[-1]} on the validation part"
    parts = ", ".join(f"{name} {len(part.labels)}" for name, part in digits().items())
    metadata = {
        **network.metadata,
        "origin": "python -m host.train",
        "topology": "-".join(str(n) for n in (network.inputs, *(layer.outputs for layer in network.layers))),
        "split": f"stratified, seed {SPLIT_SEED}: {parts}",
        "seed": str(recipe.seed),
        "choice": chosen if searched else "given on the command line",
        "recipe": str(recipe),
        "validation_accuracy": f"{accuracy(network, digits_set(network, 'validation')):.6f}",
        "test_accuracy": f"{accuracy(network, digits_set(network, 'test')):.6f}",
        "versions": f"faultloop {__version__}, numpy {np.__version__}, scikit-learn {sklearn.__version__},"
        f" python {platform.python_version()}",
    }
    return DenseNetwork(network.name, network.layers, network.input_scale, network.input_zero_point, metadata)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m host.train",
        description="Train the shipped network: an int8 perceptron on scikit-learn's digits.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hidden", type=int, metavar="N", help="hidden neurons, 1 ... 64; needs --seed; no search")
    parser.add_argument("--seed", type=int, metavar="S", help="seed, 0 ... 2^32 - 1; needs --hidden; no search")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(f"{NAME}.npz"),
        metavar="FILE",
        help="where to write (default: %(default)s)",
    )
    args = parser.parse_args(argv)
    if (args.hidden is None) != (args.seed is None):
        parser.error("--hidden and --seed go together: give both, or neither to search")
    if args.hidden is not None and not 1 <= args.hidden <= 64:
        parser.error(f"--hidden {args.hidden} is outside 1 ... 64")
    if args.seed is not None and not 0 <= args.seed < 1 << 32:
        parser.error(f"--seed {args.seed} is outside 0 ... 2^32 - 1")
    if not args.out.parent.is_dir():
        parser.error(f"there is no folder {args.out.parent}: make it, or give another --out")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Search, train, measure, write."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] == "lut":
        return train_lut.main(words[1:])
    args = _arguments(words)
    start = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - start:5.1f} s  {line}", flush=True)

    searched = args.hidden is None
    try:
        if searched:
            report(f"searching {len(SIZES)} sizes x {len(SEEDS)} seeds ...")
        recipe = search(report) if searched else Recipe(args.hidden, args.seed)
        network = describe(train_network(recipe), recipe, searched)
        save_network(network, args.out)
    except (NetworkError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report(
        f"{network.metadata['topology']}, seed {recipe.seed}: int8 accuracy"
        f" {network.metadata['validation_accuracy']} validation, {network.metadata['test_accuracy']} test"
    )
    report(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
