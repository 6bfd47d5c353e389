# SPDX-License-Identifier: Apache-2.0
"""Walks and fault lists on a device, against the twin and a model of the device that can misbehave."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from device_model import ModelDevice

from host.boards import BoardError, DeviceBoard, TrialRecord, TwinBoard
from host.boards.batches import next_batch
from host.boards.board import Exposed, LoggedUpset, Outcomes
from host.boards.fit import require_exposable
from host.boards.proof import Injection
from host.faults import Exposures, FaultList, FaultSet, Scrubbing, Source, Sweep, Walk, sweep, threshold
from host.image import MemoryImage, PhysicalSpace, compile_network, digest
from host.networks import TestSet, load_network, load_test_set
from host.regmap import Inject, TrialStatus
from host.twin import Inference, infer

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
PICTURES = 12
ROOM = 1 << 9
NO_FLIP = 0x801FFFFF
Loaded = tuple[MemoryImage, TestSet, Inference]


@pytest.fixture(scope="module")
def work() -> Loaded:
    """Network, pictures and golden answers."""
    network = load_network("digits-mlp")
    image = compile_network(network)
    test_set = load_test_set(network, PICTURES)
    return image, test_set, infer(image, image.words, test_set.images)


@pytest.fixture(autouse=True)
def instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model needs no waiting."""
    monkeypatch.setattr("host.boards.commands.time.sleep", lambda seconds: None)


def loaded(work: Loaded, notify: Callable[[str], None] = lambda text: None) -> tuple[ModelDevice, DeviceBoard]:
    """A model, and the board that it is."""
    device = ModelDevice(work[0])
    board = DeviceBoard(device, "arty", notify=notify)
    board.load(*work)
    return device, board


def twin_records(work: Loaded, source: Source, first: int, count: int) -> list[TrialRecord]:
    """What the twin reports."""
    twin = TwinBoard()
    twin.load(*work)
    return list(twin.run_trials(source, first, count))


def without_cycles(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Records as a board without a clock would report them."""
    return [replace(record, cycles=None) for record in records]


def some_sets(image: MemoryImage, sizes: Sequence[int]) -> FaultList:
    """Random fault sets of given sizes, in all stores."""
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    ends = np.cumsum([0, *(32 * extent for extent in image.extents)])
    sets = []
    for size in sizes:
        bits = rng.choice(ends[-1], size=size, replace=False)
        stores = np.searchsorted(ends, bits, side="right") - 1
        inside = bits - ends[stores]
        sets.append(FaultSet.of(zip(stores.tolist(), (inside // 32).tolist(), (inside % 32).tolist(), strict=True)))
    return FaultList(tuple(sets))


def test_a_walk_equals_the_twins(work: Loaded) -> None:
    """From the middle, over the border of two stores, into the program, where trials hang."""
    _, board = loaded(work)
    image = work[0]
    for stores, first, count in (
        ((0, 1, 2, 3), 32 * image.extents[0] - 7, 20),
        ((1, 3), 32 * (image.extents[1] + image.extents[3] - 8), 32),
        ((2,), 32 * image.extents[2] - 1, 1),
    ):
        seen = list(board.run_trials(Walk(stores), first, count))
        assert without_cycles(seen) == twin_records(work, Walk(stores), first, count)
        assert {r.cycles for r in seen} == {1000} and {r.flips for r in seen} == {1}
        assert any(r.status is TrialStatus.HANG for r in seen) == (3 in stores and count == 32)


def test_a_walk_is_one_command_however_long(work: Loaded) -> None:
    device, board = loaded(work)
    assert len(list(board.run_trials(Walk((0,)), 5, 130))) == 130
    assert device.log.count("TRIALS") == 1 and "FLIPS" not in device.log


def test_a_list_equals_the_twins(work: Loaded) -> None:
    """Empty sets among the others, more entries than the list holds, and one set alone that is too many."""
    device, board = loaded(work)
    source = some_sets(work[0], (3, 0, 1, 40, 0, ROOM - 20, ROOM, ROOM + 1, 0, 0, 3 * ROOM, 2))
    for first, count in ((0, 12), (3, 4), (7, 1), (10, 2)):
        seen = list(board.run_trials(source, first, count))
        assert without_cycles(seen) == twin_records(work, source, first, count)
        # one by one, the cycles are those of the run
        assert [r.cycles for r in seen] == [7 if n in (7, 10) else 1000 for n in range(first, first + count)]
    assert board.counters.reloads == 0
    board.prove_golden()
    assert device.log.count("TRIALS") == 5 + 3 + 0 + 1


def test_a_bit_that_stays_is_loaded_again_and_its_trial_repeated(work: Loaded) -> None:
    told: list[str] = []
    device, board = loaded(work, told.append)
    walk, sets = Walk((0, 1)), some_sets(work[0], (2, 3, 4, 5, 6))
    device.mischief.not_restored = {3 << 21, 6 << 21}
    assert without_cycles(list(board.run_trials(walk, 0, 10))) == twin_records(work, walk, 0, 10)
    assert board.counters.reloads == 2
    device.mischief.not_restored = {5}
    assert without_cycles(list(board.run_trials(sets, 0, 5))) == twin_records(work, sets, 0, 5)
    assert board.counters.reloads == 3
    after = "the stores were not golden after the trial of the"
    assert [t.split(":")[0] for t in told] == [
        f"{after} {trial}" for trial in ("walk with number 3", "walk with number 6", "list with number 2")
    ]


@pytest.mark.parametrize("source", [Walk((0,)), FaultList((FaultSet.of([(0, 1, 2)]),)), "large"])
def test_lost_golden_before_trials_is_loaded_again(work: Loaded, source: Source | str) -> None:
    told: list[str] = []
    device, board = loaded(work, told.append)
    these = some_sets(work[0], (ROOM + 5,)) if isinstance(source, str) else source
    device.upset(store=0, word=3)
    assert without_cycles(list(board.run_trials(these, 0, 1))) == twin_records(work, these, 0, 1)
    assert board.counters.reloads == 1 and "not golden before the trial of the" in told[0]


def test_memory_that_never_restores_ends_the_campaign(work: Loaded) -> None:
    device, board = loaded(work)
    device.mischief.always_broken = True
    with pytest.raises(BoardError, match="walk with number 4, 4 times in a row"):
        list(board.run_trials(Walk((1,)), 4, 2))
    # A large set takes four FLIP commands; the last of each attempt does something else.
    large = some_sets(work[0], (ROOM + 1,))
    board.load(*work)
    device.mischief.wrong_flips = {device.flip_commands + 3 + 4 * attempt for attempt in range(4)}
    with pytest.raises(BoardError, match="list with number 0, 4 times in a row"):
        list(board.run_trials(large, 0, 1))


@pytest.mark.parametrize(
    ("word", "mask", "text"),
    [
        (0, 1 << 21, "reports the faults .*, asked for were"),
        (1, 2, "the board flipped"),
        (2, 1, "the injected stores have digest"),
        (4, 1 << 16, "status OK, but 13 of 12"),
    ],
)
def test_a_record_that_cannot_be_names_its_trial(work: Loaded, word: int, mask: int, text: str) -> None:
    for source, named, name in (
        (Walk((0,)), 2 << 21, "walk with number 2"),
        (some_sets(work[0], (1, 1, 1, 1)), 2, "list with number 2"),
    ):
        device, board = loaded(work)
        device.mischief.wrong = (named, word, mask)
        seen: list[TrialRecord] = []
        with pytest.raises(BoardError, match=f"{name}: .*{text}"):
            seen.extend(board.run_trials(source, 0, 4))
        assert [r.seed for r in seen] == [0, 1] and not device.to_do


def test_a_large_set_whose_undo_fails_is_repeated(work: Loaded) -> None:
    """The second half of the undo does something else: load again, repeat, and say so."""
    told: list[str] = []
    device, board = loaded(work, told.append)
    source = some_sets(work[0], (2, ROOM + 9, 3))
    device.mischief.wrong_flips = {device.flip_commands + 3}
    assert without_cycles(list(board.run_trials(source, 0, 3))) == twin_records(work, source, 0, 3)
    assert board.counters.reloads == 1
    assert told == [
        "the stores were not golden after the trial of the list with number 1: loaded the board again and repeated the"
        " trial"
    ]


def test_a_large_set_whose_injection_fails_is_an_error(work: Loaded) -> None:
    device, board = loaded(work)
    source = some_sets(work[0], (2, ROOM + 9))
    # The same in both, so that the undo succeeds.
    device.mischief.wrong_flips = {device.flip_commands, device.flip_commands + 2}
    with pytest.raises(BoardError, match="list with number 1: the injected stores have digest"):
        list(board.run_trials(source, 0, 2))


def test_a_large_set_that_breaks_off_leaves_the_board_unloaded(work: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    _, board = loaded(work)
    source = some_sets(work[0], (ROOM + 9,))
    with monkeypatch.context() as patch:
        patch.setattr(board._commands, "run", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(board.run_trials(source, 0, 1))
    with pytest.raises(BoardError, match="nothing is loaded"):
        list(board.run_trials(source, 0, 1))
    board.load(*work)
    assert without_cycles(list(board.run_trials(source, 0, 1))) == twin_records(work, source, 0, 1)


def test_what_is_not_there_is_refused_before_anything_runs(work: Loaded) -> None:
    device, board = loaded(work)
    extents = work[0].extents
    log = list(device.log)
    with pytest.raises(IndexError, match=f"bits 0 ... {32 * extents[1] - 1}; there is no {32 * extents[1]}"):
        list(board.run_trials(Walk((1,)), 32 * extents[1] - 3, 4))
    with pytest.raises(IndexError, match=f"store 1 word {extents[1]} is flipped"):
        list(board.run_trials(FaultList((FaultSet.of([(1, extents[1], 0)]),)), 0, 1))
    with pytest.raises(IndexError):
        list(board.run_trials(FaultList(()), 0, 1))
    assert device.log == log


def test_closing_a_walk_early_stops_the_board(work: Loaded) -> None:
    device, board = loaded(work)
    records = board.run_trials(Walk((0,)), 0, 1000)
    assert next(records).seed == 0
    records.close()
    assert device.log[-1] == "STOP"


def test_batches() -> None:
    """What each source makes of the registers SEED_LOW … CURSOR, of the flip list and of word FAULTS."""
    space = PhysicalSpace.of((2, 0, 3))
    batch = next_batch(Sweep(1 << 32, (0, 2)), (5 << 32) - 1, 9, space, 4)
    assert batch.registers(0xABCD) == [0xFFFFFFFF, 4, 0, 1, 0b101, 0, 9, 0xABCD, Inject.SWEEP, 0]
    assert batch.faults(5 << 32) == 0 and batch.count == 9 and not len(batch.entries)
    batch = next_batch(Walk((0, 2)), 63, 97, space, 4)
    assert batch.registers(1) == [0, 0, 0, 0, 0b101, 0, 97, 1, Inject.WALK, 31 << 21 | 1]
    assert batch.faults(64) == 2 << 28 and batch.faults(159) == 2 << 28 | 31 << 21 | 2
    one, two, none = FaultSet.of([(2, 1, 3)]), FaultSet.of([(0, 0, 1), (2, 2, 31)]), FaultSet.of([])
    source = FaultList((none, two, one, two, one))
    first = 1 << 21, 1 << 31 | 2 << 28 | 31 << 21 | 2
    batch = next_batch(source, 0, 5, space, 4)
    assert batch.entries.tolist() == [NO_FLIP, *first, 1 << 31 | 2 << 28 | 3 << 21 | 1]
    assert batch.registers(1)[6:] == [3, 1, Inject.LIST, 0]
    assert [batch.faults(n) for n in range(3)] == [0, 1, 3]
    batch = next_batch(source, 3, 2, space, 3)
    assert (batch.first, batch.count, batch.faults(3), batch.faults(4)) == (3, 2, 0, 2)
    # one set that is too large stands alone
    batch = next_batch(source, 1, 4, space, 1)
    assert (batch.count, batch.entries.tolist()) == (1, list(first))


def test_a_source_that_no_board_has_is_refused(work: Loaded) -> None:
    class Dice:
        """Something else."""

        fault_set = inject = None

    with pytest.raises(BoardError, match="sweeps, walks and lists, no Dice"):
        next_batch(Dice(), 0, 1, (1,), 1)  # type: ignore[arg-type]


def test_faults_of_a_sweep_given_as_a_list_give_the_same_records(work: Loaded) -> None:
    """Same flips, same digest, same outcomes; only the numbers differ."""
    _, board = loaded(work)
    rate = threshold(3e-3)
    source = FaultList(tuple(sweep(seed, rate, work[0].space, (0, 1)) for seed in range(40, 48)))
    listed = board.run_trials(source, 0, 8)
    swept = board.run_trials(Sweep(rate, (0, 1)), 40, 8)
    assert [replace(r, seed=r.seed + 40) for r in listed] == list(swept)


def test_what_the_last_slice_left_is_proven(work: Loaded) -> None:
    """With upsets in any cycle the record has the digest before the slice: the one after it is looked at by itself."""
    image = work[0]
    source = Exposures(1e-3, (0,), 1, 20_000, any_cycle=True)
    (state,) = source.history(0, image)
    assert state.flips
    pairs = zip(state.upsets.at.tolist(), state.upsets.site.tolist(), strict=True)
    exposed = Exposed(tuple(LoggedUpset(tick, site, 5) for tick, site in pairs), None, digest(state.stores))
    masked = Outcomes(PICTURES, PICTURES, 0, 0, PICTURES)
    record = TrialRecord(0, state.flips, image.digest, True, TrialStatus.OK, masked, 9, 0, 0, exposed)
    assert Injection(image, source).prove(record, PICTURES).wrong == 0
    other = replace(record, exposed=replace(exposed, left=image.digest))
    with pytest.raises(BoardError, match=f"it left stores with digest {image.digest:08x} on the board, "):
        Injection(image, source).prove(other, PICTURES)


def test_slices_of_some_pictures_and_of_all_on_one_twin(work: Loaded) -> None:
    """Equal stores and an equal first picture do not make equal outcomes."""
    twin = TwinBoard()
    twin.load(*work)
    some = Exposures(0.0, (0,), 1, 100, pictures=PICTURES // 2)
    counts = [
        next(iter(twin.run_trials(source, 0, 1))).outcomes.answered for source in (some, replace(some, pictures=0))
    ]
    assert counts == [PICTURES // 2, PICTURES]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Exposures(0.0, (0,), 1, 1 << 32, any_cycle=True), r"some 4.3e\+09 clock cycles is more than board"),
        (Exposures(1e-6, (0,), 1, 1 << 45), "give more --slices"),
        (Exposures(0.0, (0,), 1, 1 << 40, Scrubbing((0,), 100)), "give more --slices"),
    ],
)
def test_slices_beyond_the_count_of_cycles_are_refused(work: Loaded, source: Exposures, text: str) -> None:
    _, board = loaded(work)
    has = replace(board.identity.capabilities, upsets=64, golden_copy=True)
    with pytest.raises(BoardError, match=text):
        require_exposable(replace(board.identity, capabilities=has), source, PICTURES)
    require_exposable(replace(board.identity, capabilities=has), replace(source, period=source.period >> 10), PICTURES)
