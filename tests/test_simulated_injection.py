# SPDX-License-Identifier: Apache-2.0
"""Walks and fault lists on the simulated board: the RTL behind its serial protocol against the twin."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from host.boards import Board, TwinBoard, open_board
from host.faults import FaultList, FaultSet, Source, Walk, sweep, threshold
from host.image import MemoryImage, compile_network
from host.networks import load_network, load_test_set
from host.regmap import TrialStatus
from host.twin import infer

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
NETWORK = load_network("digits-mlp")
IMAGE: MemoryImage = compile_network(NETWORK)
TESTS = load_test_set(NETWORK, 40)
GOLDEN = infer(IMAGE, IMAGE.words, TESTS.images)
EVERYTHING = (0, 1, 2, 3)


@pytest.fixture(scope="module")
def boards() -> Iterator[tuple[Board, TwinBoard]]:
    """The simulated board and the twin, loaded with the same."""
    board, twin = open_board("sim", None, IMAGE), TwinBoard()
    try:
        for each in (board, twin):
            each.load(IMAGE, TESTS, GOLDEN)
        yield board, twin
    finally:
        board.close()


def same_records(boards: tuple[Board, TwinBoard], source: Source, first: int, count: int) -> set[TrialStatus]:
    """Both boards report the same, cycles aside; how the trials ended."""
    board, twin = boards
    seen = list(board.run_trials(source, first, count))
    assert all(record.cycles is not None and record.cycles > 0 for record in seen)
    assert [replace(record, cycles=None) for record in seen] == list(twin.run_trials(source, first, count))
    assert board.counters.reloads == 0
    return {record.status for record in seen}


def test_two_hundred_trials_of_a_walk(boards: tuple[Board, TwinBoard]) -> None:
    """From the last weights into the bias; from the last layer into the end of the program, where some hang."""
    same_records(boards, Walk(EVERYTHING), 32 * IMAGE.extents[0] - 60, 120)
    ended = same_records(boards, Walk((3,)), 32 * (IMAGE.extents[3] - 8) - 20, 80)
    assert ended == {TrialStatus.OK, TrialStatus.HANG}


def test_a_fault_list(boards: tuple[Board, TwinBoard]) -> None:
    """Sets of many sizes in all stores: empty, more than the list holds together, and more than it holds alone."""
    print(f"seed {SEED}")
    room = boards[0].identity.capabilities.flips
    rng = np.random.default_rng(SEED)
    rates = [*rng.choice([1e-4, 3e-4, 1e-3, 4e-3], size=30).tolist(), 4e-2, 1e-3]
    sets = [sweep(SEED << 16 | i, threshold(rate), IMAGE.space, EVERYTHING) for i, rate in enumerate(rates)]
    sets[7:7] = [FaultSet.of([]), FaultSet.of([])]
    assert sum(len(faults) for faults in sets[:20]) > room
    assert sum(len(faults) > room for faults in sets) == 1
    same_records(boards, FaultList(tuple(sets)), 0, len(sets))


def test_the_stores_are_as_they_were(boards: tuple[Board, TwinBoard]) -> None:
    boards[0].prove_golden()
