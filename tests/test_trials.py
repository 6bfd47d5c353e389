# SPDX-License-Identifier: Apache-2.0
"""Plans, seeds and rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from host.boards import Outcomes, TrialRecord, TwinBoard
from host.faults import FaultList, FaultSet, Source, Walk, sweep
from host.image import MemoryImage, PhysicalSpace, compile_network
from host.networks import load_network, load_test_set
from host.regmap import Engine, TrialStatus
from host.trials import (
    INJECT,
    GoldenRun,
    ListPlan,
    PlanError,
    SweepPlan,
    TrialRow,
    WalkPlan,
    choose_stores,
    golden_run,
    run,
)

PLAN = SweepPlan(bers=(1e-2, 1e-3), trials=4, seed=5, stores=(0,))


@pytest.fixture(scope="module")
def loaded() -> tuple[TwinBoard, MemoryImage, GoldenRun]:
    """A loaded board, its image and golden run."""
    network = load_network("digits-mlp")
    image, test_set = compile_network(network), load_test_set(network, 30)
    golden = golden_run(image, test_set)
    board = TwinBoard()
    board.load(image, test_set, golden.inference)
    return board, image, golden


def test_seeds_are_a_published_formula() -> None:
    points = SweepPlan((0.5, 0.1, 0.3, 0.1), 3, 7, (0,)).points()
    assert [(p.index, p.ber) for p in points] == [(0, 0.1), (1, 0.3), (2, 0.5)]
    assert [p.first for p in points] == [7 * 2**32 + b * 2**20 for b in range(3)]
    assert points[1].threshold == round(0.3 * 2**32)


def test_the_largest_plan_keeps_seeds_apart_and_within_63_bits() -> None:
    plan = SweepPlan(tuple(i / 4096 for i in range(4096)), 1 << 20, (1 << 31) - 1, (0,))
    points = plan.points()
    assert all(a.first + a.trials <= b.first for a, b in itertools.pairwise(points))
    assert points[-1].first + points[-1].trials == 1 << 63


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"bers": (1.5,)}, "bit error rate 1.5 is not a probability"),
        ({"bers": (-1e-9,)}, "is not a probability"),
        ({"bers": (math.nan,)}, "bit error rate nan"),
        ({"bers": (math.inf,)}, "bit error rate inf"),
        ({"bers": (1e-12,)}, "below the resolution"),
        ({"bers": ()}, "no bit error rate"),
        ({"bers": tuple(i / 5000 for i in range(5000))}, "5000 bit error rates are too many"),
        ({"trials": 0}, "0 trials cannot be run"),
        ({"trials": -1}, "-1 trials cannot be run"),
        ({"trials": (1 << 20) + 1}, "1048577 trials cannot be run"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"seed": 1 << 31}, "is out of range"),
        ({"stores": ()}, "no store was chosen"),
    ],
)
def test_a_plan_that_cannot_be_is_one_sentence(change: dict[str, Any], text: str) -> None:
    with pytest.raises(PlanError, match=text) as caught:
        replace(PLAN, **change)
    assert "\n" not in str(caught.value)


def test_stores_by_name() -> None:
    assert choose_stores(Engine.MAC, ["program", "weights", "weights"]) == (0, 3)
    assert choose_stores(Engine.MAC, ["all"]) == (0, 1, 2, 3)
    assert choose_stores(Engine.LUT, ["all"]) == (0, 1, 2)
    with pytest.raises(PlanError, match="there is no store 'tables': choose from weights, bias, requant, program or"):
        choose_stores(Engine.MAC, ["tables"])


def test_rows_are_in_order_and_add_up(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    rows = list(run(PLAN, loaded[0], 30))
    wanted = [(b, ber, t) for b, ber in ((0, 1e-3), (1, 1e-2)) for t in range(4)]
    assert [(r.point, r.ber, r.trial) for r in rows] == wanted
    assert [r.seed for r in rows] == [5 * 2**32 + r.point * 2**20 + r.trial for r in rows]
    for row in rows:
        assert row.masked + row.tolerated + row.critical + row.unanswered == row.pictures == 30
        assert row.accuracy == row.correct / 30 and row.proven and row.status == "OK"


def outcomes(row: TrialRow) -> tuple[object, ...]:
    """What a trial did."""
    return row.flips, row.digest, row.status, row.masked, row.tolerated, row.critical, row.correct, row.unanswered


def test_a_walk_flips_one_bit_after_the_other(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    board, image, _ = loaded
    plan = WalkPlan.of((3, 1), image.space)
    assert plan.trials == 32 * (image.extents[1] + image.extents[3]) and plan.stores == (1, 3)
    rows = list(run(plan, board, 30))
    assert [(r.point, r.ber, r.threshold, r.trial, r.seed, r.flips) for r in rows] == [
        (0, None, None, t, t, 1) for t in range(plan.trials)
    ]
    assert any(r.status == "HANG" for r in rows)
    for number in (0, 777, plan.trials - 1):
        store, word, bit = Walk((1, 3)).place(number, image.space)
        seen = board.infer(FaultSet.of([(store, word, bit)])).outcomes
        assert (rows[number].masked, rows[number].critical) == (seen.masked, seen.critical)
    assert list(run(WalkPlan.of((1, 3), image.space, 5), board, 30)) == rows[:5]
    assert list(run(plan, board, 30, set(range(plan.trials)) - {3, 4, 9})) == [rows[3], rows[4], rows[9]]


def test_a_list_of_a_sweeps_fault_sets_does_the_same(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    board, image, _ = loaded
    swept = list(run(PLAN, board, 30))
    sets = tuple(sweep(r.seed, r.threshold or 0, image.space, PLAN.stores) for r in swept)
    plan = ListPlan.of(FaultList((*sets, FaultSet.of([]), FaultSet.of([(2, 0, 0)]))))
    rows = list(run(plan, board, 30))
    assert list(map(outcomes, rows[: len(sets)])) == list(map(outcomes, swept))
    assert [(r.point, r.ber, r.threshold, r.trial, r.seed) for r in rows] == [(0, None, None, t, t) for t in range(10)]
    assert (rows[8].flips, rows[8].masked) == (0, 30) and plan.stores == (0, 2)
    assert ListPlan.of(FaultList(sets)).stores == (0,)
    assert list(run(ListPlan.of(plan.faults, 3), board, 30)) == rows[:3]


@pytest.mark.parametrize("trials", [0, -1, 97])
def test_a_walk_or_a_list_has_only_so_many_trials(trials: int) -> None:
    said = (
        f"{trials} trials cannot be run, the chosen stores have 96 physical bits: give --trials a number from 1 to 96"
    )
    with pytest.raises(PlanError, match=said):
        WalkPlan.of((1,), PhysicalSpace.of((8, 3)), trials)
    with pytest.raises(PlanError, match=r"trials cannot be run, the fault list has 2 fault sets: give .* from 1 to 2"):
        ListPlan.of(FaultList((FaultSet.of([]),) * 2), trials)


def test_nothing_to_inject_is_one_sentence() -> None:
    with pytest.raises(PlanError, match="no store was chosen"):
        WalkPlan.of((), PhysicalSpace.of((8, 3)))
    with pytest.raises(PlanError, match="the chosen stores hold no bit: choose others with --stores"):
        WalkPlan.of((1,), PhysicalSpace.of((8, 0)))
    with pytest.raises(PlanError, match="the fault list is empty"):
        ListPlan.of(FaultList(()))
    assert INJECT == ("sweep", "walk", "list", "beam")


def test_unanswered_pictures_count_as_wrong(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    rows = list(run(SweepPlan((0.05,), 20, 1, (3,)), loaded[0], 30))
    hung = [r for r in rows if r.status == "HANG"]
    assert hung, "no trial hung: choose another seed"
    assert {(r.accuracy, r.unanswered, r.answered, r.correct) for r in hung} == {(0.0, 30, 0, 0)}


class HalfAnswered(TwinBoard):
    """A board whose trials end after 10 pictures of 30, 9 of them right."""

    def run_trials(self, source: Source, first: int, count: int) -> Generator[TrialRecord, None, None]:
        for record in super().run_trials(source, first, count):
            yield replace(record, status=TrialStatus.HANG, outcomes=Outcomes(10, 5, 3, 2, 9))


def test_accuracy_is_of_all_pictures(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    board, test_set = HalfAnswered(), load_test_set(load_network("digits-mlp"), 30)
    board.load(loaded[1], test_set, loaded[2].inference)
    row = next(iter(run(PLAN, board, 30)))
    assert (row.accuracy, row.unanswered, row.status) == (9 / 30, 20, "HANG")


@pytest.mark.parametrize("missing", [{0}, {7}, {3, 4}, {0, 2, 5, 6}, set(range(8)), set()])
def test_only_what_is_missing_is_run(loaded: tuple[TwinBoard, MemoryImage, GoldenRun], missing: set[int]) -> None:
    rows = list(run(PLAN, loaded[0], 30))
    done = {row.seed for i, row in enumerate(rows) if i not in missing}
    again = list(run(PLAN, loaded[0], 30, done))
    assert again == [rows[i] for i in sorted(missing)]


def test_the_golden_run_is_that_of_the_labels(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    golden = loaded[2]
    labels = load_test_set(load_network("digits-mlp"), 30).labels
    right = sum(int(a) == int(b) for a, b in zip(golden.inference.classes, labels, strict=True))
    assert golden.accuracy == right / 30


def test_a_network_that_hangs_by_itself_is_refused(loaded: tuple[TwinBoard, MemoryImage, GoldenRun]) -> None:
    test_set = load_test_set(load_network("digits-mlp"), 3)
    with pytest.raises(PlanError, match="work limit of 1 without any fault"):
        golden_run(replace(loaded[1], work_limit=1), test_set)
