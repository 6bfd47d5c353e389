# SPDX-License-Identifier: Apache-2.0
"""``python -m host.train lut``: make a network of lookup tables from data. Needs PyTorch."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from host import __version__
from host.image import compile_network
from host.networks import LutNetwork, NetworkError, TestSet, save_network
from host.networks.datasets import SPLIT_SEED, digits, digits_set
from host.networks.lut_recipe import Gradient, LutRecipe, Start
from host.networks.thermometer import Spacing
from host.twin import infer

#: The shipped networks: recipes, in which search fills in widths and seed.
RECIPES: dict[str, LutRecipe] = {
    "digits-lut4": LutRecipe(k=4, widths=(800, 1000), seed=0),
    "digits-lut4-self-dual": LutRecipe(
        k=4, widths=(800, 1000), seed=0, self_dual=True, gradient=Gradient.EFD, noise=2.0, rate=0.02
    ),
    "digits-lut6": LutRecipe(k=6, widths=(400, 600), seed=0),
}
#: What the search covers: widths, smaller networks first, and seeds of each.
SIZES: dict[str, tuple[tuple[int, ...], ...]] = {
    "digits-lut4": ((600, 800), (800, 1000)),
    "digits-lut4-self-dual": ((800, 1000), (1000, 1000)),
    "digits-lut6": ((400, 400), (400, 600)),
}
SEEDS = range(4)

_EPILOG = """\
examples:
  python -m host.train lut                                 search sizes and seeds of digits-lut4, write it here
  python -m host.train lut digits-lut6                     another shipped network
  python -m host.train lut --widths 600 1000 --seed 4      train one network, without the search
  python -m host.train lut --widths 300 300 --seed 1 --k 2 --gradient efd --rate 0.02 --out gates.npz

The search looks at the validation part only. The result is the same on one machine, not on all: sums in float32
differ between processors. Needs PyTorch: pip install 'faultloop[train]'."""


def accuracy(network: LutNetwork, pictures: TestSet) -> float:
    """Share of pictures that the network of bits puts in the right class, measured on the twin."""
    image = compile_network(network)
    answer = infer(image, image.words, pictures.images)
    return float(np.mean(answer.classes == pictures.labels))


def train_network(name: str, recipe: LutRecipe) -> LutNetwork:
    """Train on the training part of the digits."""
    from host.networks.lut_training import train_luts

    part = digits()["train"]
    return train_luts(part.images, part.labels, recipe, name, {"dataset": "digits"})


def search(name: str, recipe: LutRecipe, sizes: Sequence[tuple[int, ...]], report: Callable[[str], None]) -> LutRecipe:
    """Widths with the best mean validation accuracy over the seeds, then their best seed; ties go to the first.

    Parameters
    ----------
    name
        Of the network.
    recipe
        All else.
    sizes
        Widths to try.
    report
        Takes a line for each size tried.
    """
    best: tuple[float, LutRecipe] = (-1.0, recipe)
    for widths in sizes:
        recipes = [replace(recipe, widths=widths, seed=seed) for seed in SEEDS]
        scores = [_validate(name, candidate) for candidate in recipes]
        mean = float(np.mean(scores))
        layers = " + ".join(map(str, widths))
        report(f"{layers} gates: validation accuracy {mean:.4f} (mean), {max(scores):.4f} (best of {len(scores)})")
        if mean > best[0]:
            best = (mean, recipes[int(np.argmax(scores))])
    return best[1]


def _validate(name: str, recipe: LutRecipe) -> float:
    network = train_network(name, recipe)
    return accuracy(network, digits_set(network, "validation"))


def describe(network: LutNetwork, recipe: LutRecipe, sizes: Sequence[tuple[int, ...]]) -> LutNetwork:
    """The network with its origin in its metadata; ``sizes`` are those searched, none without a search."""
    import sklearn
    import torch

    tried = ", ".join("+".join(map(str, widths)) for widths in sizes)
    chosen = f"best of widths {tried} and seeds {SEEDS[0]} ... {SEEDS[-1]} on the validation part"
    parts = ", ".join(f"{name} {len(part.labels)}" for name, part in digits().items())
    widths = "-".join(str(n) for n in (network.inputs, *(layer.gates for layer in network.layers)))
    metadata = {
        **network.metadata,
        "origin": "python -m host.train lut",
        "topology": f"{widths}, {network.k} inputs a gate, {network.classes} classes of {network.group} gates",
        "split": f"stratified, seed {SPLIT_SEED}: {parts}",
        "seed": str(recipe.seed),
        "choice": chosen if sizes else "given on the command line",
        "recipe": recipe_text(recipe),
        "validation_accuracy": f"{accuracy(network, digits_set(network, 'validation')):.6f}",
        "test_accuracy": f"{accuracy(network, digits_set(network, 'test')):.6f}",
        "versions": f"faultloop {__version__}, numpy {np.__version__}, scikit-learn {sklearn.__version__},"
        f" torch {torch.__version__}, python {platform.python_version()}, {platform.machine()}",
    }
    return replace(network, metadata=metadata)


def recipe_text(recipe: LutRecipe) -> str:
    """The recipe as it would be typed."""
    values = ", ".join(
        f"{key}={str(value) if isinstance(value, str) else value!r}" for key, value in vars(recipe).items()
    )
    return f"LutRecipe({values})"


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m host.train lut",
        description="Train a network of lookup tables on scikit-learn's digits.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "name",
        nargs="?",
        choices=RECIPES,
        default=next(iter(RECIPES)),
        help="the shipped network whose recipe to take (default: %(default)s)",
    )
    # What is not given stays as the recipe has it.
    settings = parser.add_argument_group("settings of the recipe", argument_default=argparse.SUPPRESS)
    settings.add_argument("--k", type=int, help="inputs of a gate, 2 ... 6")
    settings.add_argument(
        "--widths", type=int, nargs="+", metavar="N", help="gates of each layer; with --seed: no search"
    )
    settings.add_argument("--seed", type=int, metavar="S", help="seed, 0 ... 2^32 - 1; with --widths: no search")
    settings.add_argument("--bits", type=int, metavar="N", help="thresholds of a feature, at most")
    settings.add_argument("--spacing", type=Spacing, choices=list(Spacing), help="where the thresholds lie")
    settings.add_argument("--gradient", type=Gradient, choices=list(Gradient), help="how a table is differentiated")
    settings.add_argument("--start", type=Start, choices=list(Start), help="tables before the first step")
    settings.add_argument(
        "--self-dual", action=argparse.BooleanOptionalAction, help="whether tables are their own duals"
    )
    settings.add_argument("--temperature", type=float, metavar="T", help="divides the group sums before the softmax")
    settings.add_argument(
        "--noise", type=float, metavar="SIGMA", help="standard deviation of noise on the pixels, 0 ... 16"
    )
    settings.add_argument("--epochs", type=int, metavar="N", help="passes over the training part")
    settings.add_argument("--batch", type=int, metavar="N", help="pictures a step")
    settings.add_argument("--rate", type=float, metavar="R", help="first step size")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write (default: the name, .npz)")
    args = parser.parse_args(argv)
    given = {key: value for key, value in vars(args).items() if key not in ("name", "out")}
    if "widths" in given:
        given["widths"] = tuple(given["widths"])
    if ("widths" in given) != ("seed" in given):
        parser.error("--widths and --seed go together: give both, or neither to search")
    try:
        args.recipe = replace(RECIPES[args.name], **given)
    except NetworkError as error:
        parser.error(str(error))
    args.sizes = () if "widths" in given else SIZES[args.name]
    args.out = args.out or Path(f"{args.name}.npz")
    if not args.out.parent.is_dir():
        parser.error(f"there is no folder {args.out.parent}: make it, or give another --out")
    return args


def main(argv: Sequence[str]) -> int:
    """Search, train, measure, write."""
    args = _arguments(argv)
    start = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - start:5.1f} s  {line}", flush=True)

    name, recipe = args.out.stem, args.recipe
    try:
        if args.sizes:
            report(f"searching {len(args.sizes)} sizes x {len(SEEDS)} seeds ...")
            recipe = search(name, recipe, args.sizes, report)
        network = describe(train_network(name, recipe), recipe, args.sizes)
        save_network(network, args.out)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        print("error: training lookup tables needs PyTorch: pip install 'faultloop[train]'", file=sys.stderr)
        return 1
    except (NetworkError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report(
        f"{network.metadata['topology']}, seed {recipe.seed}: accuracy"
        f" {network.metadata['validation_accuracy']} validation, {network.metadata['test_accuracy']} test"
    )
    report(f"wrote {args.out}")
    return 0
