# SPDX-License-Identifier: Apache-2.0
"""dwn2rtl and Icarus as outside oracles: a network as Verilog answers as it does on the twin."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from dwn_verilog import run_verilog
from lut_examples import random_luts, twin_answer

from host.networks import LutLayer, LutNetwork

SEED = int(os.environ.get("FAULTLOOP_SEED", "1414"))


@pytest.mark.parametrize("k", range(2, 7))
def test_random_networks_answer_as_their_verilog(k: int, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    network = random_luts(SEED + k, k, 12, (40, 30, 35), 5 if k % 2 else 7)
    pictures = np.random.default_rng(SEED).integers(0, 2, (300, 12), dtype=np.uint8)
    classes, scores = run_verilog(network, pictures, tmp_path)
    answer = twin_answer(network, pictures)
    assert np.array_equal(answer.scores, scores)
    assert np.array_equal(answer.classes, classes)
    # Ties are among them: the lowest index wins on both sides.
    assert np.any((scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1)


@pytest.mark.parametrize("k", range(2, 7))
def test_the_order_of_address_bits(k: int, tmp_path: Path) -> None:
    """One gate for each address and one for each operand, over all inputs: the definition says what is expected.

    A second layer hands each on, so that wires are counted through layers too.
    """
    entries = 1 << k
    tables = [1 << address for address in range(entries)]
    tables += [sum(1 << a for a in range(entries) if a >> operand & 1) for operand in range(k)]
    gates = len(tables)
    wiring = np.tile(np.arange(k, dtype=np.uint16), (gates, 1))
    # operand k-1 of a gate of the second layer is the gate before it, the others are gate 0 of the first
    onwards = np.full((gates, k), k, dtype=np.uint16)
    onwards[:, k - 1] = k + np.arange(gates)
    last = sum(1 << a for a in range(entries) if a >> (k - 1) & 1)
    network = LutNetwork(
        "addresses",
        np.arange(k, dtype=np.uint16),
        np.full(k, 0.5),
        (
            LutLayer("addressed", wiring, np.array(tables, dtype=np.uint64)),
            LutLayer("handed on", onwards, np.full(gates, last, dtype=np.uint64)),
        ),
        gates,
    )
    pictures = np.array(list(itertools.product((0, 1), repeat=k)), dtype=np.uint8)[:, ::-1]
    classes, scores = run_verilog(network, pictures, tmp_path)
    answer = twin_answer(network, pictures)
    for found in (scores, answer.scores):
        # reversed, itertools counts with input 0 least significant
        assert np.array_equal(found[:, :entries], np.eye(entries))
        assert np.array_equal(found[:, entries:], pictures)
    assert classes.tolist() == answer.classes.tolist() == list(range(entries))
