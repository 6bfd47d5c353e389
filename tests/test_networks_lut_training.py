# SPDX-License-Identifier: Apache-2.0
"""Training of networks of lookup tables: gradients against their definitions, tiny tasks.

What needs PyTorch is skipped where it is missing; the test extra installs it.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import numpy as np
import pytest
from lut_examples import is_self_dual, same_luts, twin_answer

from host.networks import LutNetwork, NetworkError
from host.networks.lut_recipe import Gradient, LutRecipe, Start

SEED = int(os.environ.get("FAULTLOOP_SEED", "2718"))
PLAIN: dict[str, Any] = {"k": 2, "widths": (4,), "seed": 0}


def torch_or_skip() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'faultloop[train]'")


@pytest.mark.parametrize("k", range(2, 7))
def test_the_multilinear_relaxation_is_the_expectation(k: int) -> None:
    """Output: the sum over all addresses of their probability. Slopes: central differences of that sum."""
    torch = torch_or_skip()
    from host.networks.lut_gradients import multilinear

    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    logits, operands = rng.normal(0, 2, (3, 1 << k)), rng.random((3, k, 5))

    def expected(logits: np.ndarray, operands: np.ndarray) -> np.ndarray:
        total = np.zeros((3, 5))
        for address in range(1 << k):
            bits = [address >> l & 1 for l in range(k)]  # noqa: E741
            chance = np.prod([operands[:, i] if b else 1 - operands[:, i] for i, b in enumerate(bits)], axis=0)
            total += chance / (1 + np.exp(-logits[:, address, None]))
        return total

    tensors = [torch.tensor(logits, requires_grad=True), torch.tensor(operands, requires_grad=True)]
    outputs = multilinear(*tensors)
    assert np.allclose(outputs.detach().numpy(), expected(logits, operands), atol=1e-12)
    weights = rng.normal(0, 1, (3, 5))
    (outputs * torch.tensor(weights)).sum().backward()
    for number, tensor in enumerate(tensors):
        slopes = tensor.grad.numpy()
        for place in itertools.islice(np.ndindex(slopes.shape), 0, None, max(1, slopes.size // 20)):
            ends = []
            for step in (1e-5, -1e-5):
                moved = [logits.copy(), operands.copy()]
                moved[number][place] += step
                ends.append(float((expected(*moved) * weights).sum()))
            assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slopes[place], abs=1e-8)


@pytest.mark.parametrize("k", range(2, 7))
def test_extended_finite_differences_are_those_of_the_definition(k: int) -> None:
    """Every address of a gate, by brute force over texts of bits."""
    torch = torch_or_skip()
    from host.networks.lut_gradients import finite_differences

    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    count = 1 << k
    values = rng.uniform(-1, 1, (2, count))
    # texts with operand 0 first, so that the address is the text read backwards in base 2
    texts = [format(address, f"0{k}b")[::-1] for address in range(count)]
    operands = np.array([[float(c) for c in text] for text in texts]).T
    tensors = [
        torch.tensor(values, requires_grad=True),
        torch.tensor(np.stack([operands, operands]), requires_grad=True),
    ]
    outputs = finite_differences(*tensors)
    assert np.array_equal(outputs.detach().numpy(), (values > 0).astype(float))
    weights = rng.normal(0, 1, (2, count))
    (outputs * torch.tensor(weights)).sum().backward()
    assert np.allclose(tensors[0].grad.numpy(), weights, atol=1e-12)
    for gate, address, operand in itertools.product(range(2), range(count), range(k)):
        slope = 0.0
        for other in range(count):
            pairs = zip(texts[address], texts[other], strict=True)
            apart = sum(x != y for place, (x, y) in enumerate(pairs) if place != operand)
            slope += (1 if texts[other][operand] == "1" else -1) * values[gate, other] / (1 + apart)
        assert tensors[1].grad[gate, operand, address].item() == pytest.approx(slope * weights[gate, address], abs=1e-9)


def test_group_sums_are_those_of_the_engine() -> None:
    torch = torch_or_skip()
    from host.networks.lut_training import group_sums

    outputs = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    assert group_sums(outputs, 3).tolist() == [[2.0, 0.0, 2.0], [1.0, 1.0, 1.0]]


def tiny_task(self_dual: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two features in a square; the class says whether just one is above the middle, or which is greater.

    The first stays as it is when the bits of both are inverted, so a self-dual network can do the second alone.
    """
    rng = np.random.RandomState(7)
    features = rng.random_sample((400, 2))
    chosen = features[:, 0] > features[:, 1] if self_dual else (features > 0.5).sum(axis=1) == 1
    return features, chosen.astype(np.uint16)


TINY: dict[str, Any] = {"widths": (40, 20), "bits": 3, "noise": 0.02, "batch": 20, "epochs": 12, "rate": 0.05}


def tiny_network(**changes: Any) -> tuple[LutNetwork, float]:
    """A network trained on the tiny task, and its accuracy on the twin."""
    torch_or_skip()
    from host.networks.lut_training import train_luts

    features, labels = tiny_task(changes.get("self_dual", False))
    recipe = LutRecipe(**{"k": 3, "seed": 1, **TINY, **changes})
    network = train_luts(features, labels, recipe, "tiny", {"origin": "a test"})
    return network, float(np.mean(twin_answer(network, network.encode(features)).classes == labels))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"k": 2},
        {"k": 4, "start": Start.RESIDUAL},
        {"k": 6},
        {"self_dual": True},
        {"gradient": Gradient.MULTILINEAR, "rate": 0.2},
        {"gradient": Gradient.MULTILINEAR, "rate": 0.2, "start": Start.RESIDUAL, "k": 5},
        {"gradient": Gradient.MULTILINEAR, "rate": 0.2, "self_dual": True, "k": 4},
    ],
    ids=str,
)
def test_a_tiny_task_is_learnt(changes: dict[str, Any]) -> None:
    network, accuracy = tiny_network(**changes)
    assert (network.wiring_seed, network.name, dict(network.metadata)) == (1, "tiny", {"origin": "a test"})
    assert [layer.gates for layer in network.layers] == [40, 20] and network.inputs == 6
    # Chance is 0.5. Four steps a feature leave those near the border in doubt: few in the one task, more in the other.
    assert accuracy >= (0.85 if changes.get("self_dual") else 0.93), accuracy
    if changes.get("self_dual"):
        assert is_self_dual(network)


def test_training_is_reproducible() -> None:
    first, again, other = (tiny_network(seed=seed, epochs=2)[0] for seed in (5, 5, 6))
    assert same_luts(first, again) and not same_luts(first, other)


def test_a_start_is_what_its_name_says() -> None:
    """One step so small that nothing turns shows the initial tables."""
    for gradient, self_dual in itertools.product(Gradient, (False, True)):
        kept = {"gradient": gradient, "self_dual": self_dual, "rate": 1e-9, "epochs": 1, "k": 4}
        residual, _ = tiny_network(start=Start.RESIDUAL, **kept)
        # operand 0: the odd addresses
        assert {int(t) for layer in residual.layers for t in layer.tables} == {0xAAAA}
        scattered, _ = tiny_network(start=Start.RANDOM, **kept)
        tables = [int(t) for layer in scattered.layers for t in layer.tables]
        assert len(set(tables)) > 40 and 0.4 < sum(t.bit_count() for t in tables) / (16 * len(tables)) < 0.6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k": 7}, "k is 7; it must be 2 ... 6"),
        ({"widths": ()}, "give at least one"),
        ({"widths": (4, 0)}, "each at least 1"),
        ({"seed": -1}, "seed is -1"),
        ({"bits": 0}, "bits is 0"),
        ({"temperature": 0.0}, "temperature is 0.0; it must be above 0"),
        ({"noise": -1.0}, "noise is -1.0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"rate": 0.0}, "rate is 0.0"),
    ],
)
def test_wrong_recipes_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        LutRecipe(**{**PLAIN, **changes})


def test_classes_must_divide_the_last_layer() -> None:
    with pytest.raises(NetworkError, match="21 gates of the last layer cannot be divided among 2 classes"):
        tiny_network(widths=(40, 21))
