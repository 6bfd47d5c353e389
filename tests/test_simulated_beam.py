# SPDX-License-Identifier: Apache-2.0
"""Histories in a beam on the simulated board, either engine: the RTL behind its serial protocol against the twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from host.boards import Board, BoardError, DeviceBoard, TwinBoard, open_board
from host.faults import Exposures, FaultSet, Pattern, Scrubbing, Stuck
from host.image import MemoryImage, compile_network
from host.networks import load_network, load_test_set
from host.twin import infer

#: Pictures in all, and in a slice that takes some: whole batches of the lut engine.
PICTURES = {"digits-mlp": (40, 8), "digits-lut4": (256, 128)}


@pytest.fixture(scope="module", params=PICTURES)
def boards(request: pytest.FixtureRequest) -> Iterator[tuple[DeviceBoard, TwinBoard, MemoryImage, int]]:
    """The simulated board and the twin, loaded with the same; the image, and pictures of a slice that takes some."""
    network = load_network(request.param)
    image = compile_network(network)
    pictures, some = PICTURES[request.param]
    tests = load_test_set(network, pictures)
    board, twin = open_board("sim", None, image), TwinBoard(image.engine)
    assert isinstance(board, DeviceBoard)
    try:
        for each in (board, twin):
            each.load(image, tests, infer(image, image.words, tests.images))
        yield board, twin, image, some
    finally:
        board.close()


def sources(image: MemoryImage, some: int) -> dict[str, Exposures]:
    """Histories of every kind: few slices, many upsets."""
    place = (0, 5, 3)
    stuck = Stuck(FaultSet.of([place, (0, 5, 7), (0, 9, 31)]), np.array([True, False, True]))
    return {
        "bare": Exposures(1e-3, (0, 1), 6, 20_000),
        "scrubbed": Exposures(1e-3, (0, 1), 5, 20_000, Scrubbing((0, 1), 3, True), pattern=Pattern(2, 2, 2)),
        "stuck": Exposures(5e-4, (0,), 4, 10_000, Scrubbing((0,), 40, True), stuck),
        "in turn": Exposures(1e-3, (0,), 7, 10_000, pictures=some),
    }


@pytest.mark.parametrize("kind", ["bare", "scrubbed", "stuck", "in turn"])
def test_histories_equal_the_twin(boards: tuple[DeviceBoard, TwinBoard, MemoryImage, int], kind: str) -> None:
    """More than one history, ended in the middle of the last; from the middle of one, too."""
    board, twin, image, some = boards
    source = sources(image, some)[kind]
    for first, count in ((7 << 32, source.slices + 2), (7 << 32 | source.slices + 1, 2)):
        seen = list(board.run_trials(source, first, count))
        assert all(record.cycles for record in seen)
        wanted = list(twin.run_trials(source, first, count))
        assert [replace(record, cycles=None) for record in seen] == wanted
        assert any(record.exposed is not None and record.exposed.upsets for record in wanted)
    board.prove_golden()
    assert board.counters.reloads == 0


def test_without_a_golden_copy_the_host_restores(boards: tuple[DeviceBoard, TwinBoard, MemoryImage, int]) -> None:
    board, twin, image, some = boards
    whole = board.identity
    source = sources(image, some)["bare"]
    board._identity = replace(whole, capabilities=replace(whole.capabilities, golden_copy=False))
    try:
        sent = board.counters.bytes_sent
        seen = [replace(record, cycles=None) for record in board.run_trials(source, 0, source.slices)]
        assert seen == list(twin.run_trials(source, 0, source.slices))
        assert board.counters.bytes_sent - sent > 4 * sum(image.extents), "the stores were not sent"
        board.prove_golden()
        with pytest.raises(BoardError, match="keeps no golden copy to scrub from"):
            list(board.run_trials(sources(image, some)["scrubbed"], 0, 1))
    finally:
        board._identity = whole


def test_left_in_the_middle_nothing_runs_before_it_is_loaded(
    boards: tuple[DeviceBoard, TwinBoard, MemoryImage, int],
) -> None:
    board, _, image, some = boards
    loaded = board._require_loaded()
    records = board.run_trials(sources(image, some)["bare"], 0, 6)
    next(records)
    records.close()
    with pytest.raises(BoardError, match="nothing is loaded"):
        list(board.run_trials(sources(image, some)["bare"], 0, 1))
    board.load(*loaded)
    assert len(list(board.run_trials(sources(image, some)["bare"], 0, 2))) == 2


def test_what_a_board_cannot_do_is_one_sentence(boards: tuple[DeviceBoard, TwinBoard, MemoryImage, int]) -> None:
    board: Board = boards[0]
    bare = sources(boards[2], boards[3])["bare"]
    with pytest.raises(BoardError, match="cannot run 9999 of"):
        list(board.run_trials(replace(bare, pictures=9999), 0, 1))
    many = Stuck.at(True, FaultSet.of([(0, word, 0) for word in range(513)]))
    with pytest.raises(BoardError, match="513 stuck bits do not fit"):
        list(board.run_trials(replace(bare, stuck=many), 0, 1))
    with pytest.raises(BoardError, match="the upset log had no room for"):
        # one every four cycles, and nobody waits
        list(board.run_trials(replace(bare, probability=0.25, any_cycle=True, slices=1), 0, 1))
