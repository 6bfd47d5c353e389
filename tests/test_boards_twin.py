# SPDX-License-Identifier: Apache-2.0
"""The twin as a board, and outcomes against their definition picture by picture."""

from __future__ import annotations

import numpy as np
import pytest
from random_lut_networks import LutShape, random_bits, random_lut_network

from host.boards import BoardError, Outcomes, TwinBoard, open_board
from host.boards.outcomes import classify
from host.faults import FaultSet, Sweep, sweep, threshold
from host.image import compile_network, digest
from host.networks import TestSet, load_network, load_test_set
from host.regmap import TrialStatus
from host.twin import Inference, infer

NETWORK = load_network("digits-mlp")
IMAGE = compile_network(NETWORK)
TEST_SET = load_test_set(NETWORK, 60)
GOLDEN = infer(IMAGE, IMAGE.words, TEST_SET.images)


@pytest.fixture
def board() -> TwinBoard:
    """A loaded twin."""
    twin = TwinBoard()
    twin.load(IMAGE, TEST_SET, GOLDEN)
    return twin


def judged_one_by_one(seen: Inference) -> Outcomes:
    """Outcomes by their definition in DESIGN words: scores, then classes, then labels."""
    counts = dict.fromkeys(("masked", "tolerated", "critical", "correct"), 0)
    for i in range(len(seen.classes)):
        if seen.scores[i].tobytes() == GOLDEN.scores[i].tobytes():
            counts["masked"] += 1
        elif int(np.argmax(seen.scores[i])) == int(np.argmax(GOLDEN.scores[i])):
            counts["tolerated"] += 1
        else:
            counts["critical"] += 1
        counts["correct"] += int(np.argmax(seen.scores[i])) == int(TEST_SET.labels[i])
    return Outcomes(answered=len(seen.classes), **counts)


@pytest.mark.parametrize("ber", [1e-4, 1e-3, 1e-2, 1e-1])
def test_outcomes_follow_their_definition(ber: float) -> None:
    for seed in range(5):
        faults = sweep(seed, threshold(ber), IMAGE.space, [0, 1])
        seen = infer(IMAGE, faults.apply(IMAGE.words), TEST_SET.images)
        assert classify(GOLDEN, TEST_SET.labels, seen) == judged_one_by_one(seen)


def test_records_tell_the_fault_set(board: TwinBoard) -> None:
    stores = (0, 2)
    for record in board.run_trials(Sweep(threshold(1e-2), stores), 1 << 40, 10):
        faults = sweep(record.seed, threshold(1e-2), IMAGE.space, stores)
        upset = faults.apply(IMAGE.words)
        assert (record.flips, record.digest) == (len(faults), digest(upset))
        assert record.outcomes == board.infer(faults).outcomes
        assert record.cycles is None and record.proven


def test_no_faults_mask_everything(board: TwinBoard) -> None:
    (record,) = board.run_trials(Sweep(0, (0, 1, 2, 3)), 3, 1)
    assert record.flips == 0 and record.outcomes.masked == len(TEST_SET.labels)


def test_every_bit_flips_at_two_to_the_32(board: TwinBoard) -> None:
    (record,) = board.run_trials(Sweep(1 << 32, (0,)), 3, 1)
    assert record.flips == 32 * IMAGE.extents[0]


def test_a_program_without_end_hangs(board: TwinBoard) -> None:
    """The END at the end of the program becomes another operation, so it starts again and never ends."""
    last = IMAGE.extents[3] - 8
    answer = board.infer(FaultSet.of([(3, last, 4)]), details=True)
    assert answer.status is TrialStatus.HANG
    assert answer.outcomes == Outcomes(0, 0, 0, 0, 0)
    assert answer.classes is not None and len(answer.classes) == 0


def test_wrong_golden_answers_are_refused() -> None:
    other = infer(IMAGE, IMAGE.words, TEST_SET.images[:10])
    with pytest.raises(BoardError, match="not those of these pictures"):
        TwinBoard().load(IMAGE, TEST_SET, other)
    shuffled = TestSet(TEST_SET.name, TEST_SET.images[::-1].copy(), TEST_SET.labels)
    with pytest.raises(BoardError, match="get their golden answer"):
        TwinBoard().load(IMAGE, shuffled, GOLDEN)


def test_the_twin_is_of_the_engine_it_was_made_for() -> None:
    shape = LutShape(k=4, inputs=24, hidden=(40,), classes=4, group=9)
    image = compile_network(random_lut_network(3, shape))
    pictures = TestSet("random", random_bits(3, 100, 24), np.arange(100, dtype=np.uint16) % 4)
    golden = infer(image, image.words, pictures.images)
    opened = open_board("twin", None, image)
    opened.load(image, pictures, golden)
    assert opened.identity.engine is image.engine
    has = opened.identity.capabilities
    assert has.golden_bits == 0 and len(has.stores) == len(image.extents)
    for record in opened.run_trials(Sweep(threshold(1e-2), (0, 1, 2)), 0, 20):
        upset = sweep(record.seed, threshold(1e-2), image.space, (0, 1, 2)).apply(image.words)
        seen = infer(image, upset, pictures.images)
        assert record.digest == digest(upset) and record.outcomes == classify(golden, pictures.labels, seen)
    with pytest.raises(BoardError, match="the twin was opened for engine mac, the network is for lut"):
        TwinBoard().load(image, pictures, golden)
    with pytest.raises(BoardError, match="the twin was opened for engine lut, the network is for mac"):
        opened.load(IMAGE, TEST_SET, GOLDEN)
