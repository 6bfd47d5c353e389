# SPDX-License-Identifier: Apache-2.0
"""The library llnn as an outside oracle: an imported network answers on the twin as the model does by itself."""

from __future__ import annotations

import itertools
import os
from typing import Any

import numpy as np
import pytest
from lut_examples import twin_answer

from host.networks import LutNetwork, NetworkError, load_network, save_network
from host.networks.llnn import import_llnn

SEED = int(os.environ.get("FAULTLOOP_SEED", "1618"))
REASON = "llnn is not installed: pip install 'faultloop[test]'"


def make_model(k: int, inputs: int, widths: list[int], classes: int, seed: int = SEED) -> Any:
    """An llnn model with random tables and wiring, as llnn makes them."""
    torch = pytest.importorskip("torch", reason=REASON)
    lutlayer = pytest.importorskip("llnn.lutlayer", reason=REASON)
    torch.manual_seed(seed)
    parts: list[Any] = [torch.nn.Flatten()]
    for before, gates in itertools.pairwise([inputs, *widths]):
        parts.append(lutlayer.LUTLayer(input_dim=before, lut_size=k, n_luts=gates))
    return torch.nn.Sequential(*parts, lutlayer.Aggregation(num_classes=classes, tau=4.0)).eval()


def imported(model: Any, inputs: int) -> LutNetwork:
    return import_llnn(model, "theirs", np.arange(inputs, dtype=np.uint16), np.full(inputs, 0.5), {"origin": "llnn"})


def their_scores(model: Any, pictures: np.ndarray) -> np.ndarray:
    """The model's own forward pass, its division by tau undone."""
    import torch

    with torch.no_grad():
        return np.rint(4.0 * model(torch.tensor(pictures, dtype=torch.float32)).numpy()).astype(int)


@pytest.mark.parametrize("k", range(2, 7))
def test_an_imported_network_answers_as_the_model(k: int, tmp_path: Any) -> None:
    print(f"seed {SEED}")
    model = make_model(k, 20, [50, 40, 30], 5)
    network = imported(model, 20)
    save_network(network, tmp_path / "theirs.npz")
    pictures = np.random.default_rng(SEED).integers(0, 2, (500, 20), dtype=np.uint8)
    scores = their_scores(model, pictures)
    for read in (network, load_network(tmp_path / "theirs.npz")):
        answer = twin_answer(read, pictures)
        assert np.array_equal(answer.scores, scores)
        assert np.array_equal(answer.classes, scores.argmax(axis=1))
    assert len(np.unique(scores)) > 3


def test_a_trained_model_answers_alike() -> None:
    """A few steps of llnn's own training, with its own gradient."""
    torch = pytest.importorskip("torch", reason=REASON)
    print(f"seed {SEED}")
    model = make_model(4, 16, [60, 40], 2)
    rng = np.random.default_rng(SEED)
    pictures = rng.integers(0, 2, (400, 16), dtype=np.uint8)
    labels = (pictures[:, :8].sum(axis=1) > pictures[:, 8:].sum(axis=1)).astype(np.int64)
    before = twin_answer(imported(model, 16), pictures).scores
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    model.train()
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(
            model(torch.tensor(pictures, dtype=torch.float32)), torch.tensor(labels)
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    answer = twin_answer(imported(model, 16), pictures)
    assert np.array_equal(answer.scores, their_scores(model, pictures))
    assert not np.array_equal(answer.scores, before)
    assert np.mean(answer.classes == labels) > 0.8


@pytest.mark.parametrize("k", range(2, 7))
def test_the_order_of_address_bits(k: int) -> None:
    """One gate for each address and one for each operand: whoever swaps two operands swaps their outputs."""
    torch = pytest.importorskip("torch", reason=REASON)
    entries = 1 << k
    model = make_model(k, k, [entries + k], entries + k)
    part = model[1]
    # llnn's operand 0 is the most significant bit; here it is input 0.
    part.indices = torch.arange(k)[:, None].expand(-1, entries + k)
    wanted = np.zeros((entries + k, entries))
    wanted[np.arange(entries), np.arange(entries)] = 1
    for operand in range(k):
        wanted[entries + operand] = np.arange(entries) >> (k - 1 - operand) & 1
    with torch.no_grad():
        part.w.copy_(torch.tensor(wanted))
        part.w_comp.copy_(torch.tensor(1 - wanted))
    pictures = np.array(list(itertools.product((0, 1), repeat=k)), dtype=np.uint8)
    scores = twin_answer(imported(model, k), pictures).scores
    assert np.array_equal(scores, their_scores(model, pictures))
    # itertools counts with the last input least significant, which is llnn's order.
    assert np.array_equal(scores[:, :entries], np.eye(entries))
    assert np.array_equal(scores[:, entries:], pictures)


def test_what_is_no_network_is_refused() -> None:
    torch = pytest.importorskip("torch", reason=REASON)
    model = make_model(3, 8, [12, 6], 3)
    with pytest.raises(NetworkError, match="0 layers of gates and 0 aggregations"):
        imported(torch.nn.Sequential(torch.nn.Flatten()), 8)
    with pytest.raises(NetworkError, match="2 layers of gates and 0 aggregations"):
        imported(model[:-1], 8)
    with pytest.raises(NetworkError, match="reads wire 7 of the layer before, which has 5"):
        imported(model, 5)
    with pytest.raises(NetworkError, match="gates have 7 inputs"):
        imported(make_model(7, 8, [6], 3), 8)
