# SPDX-License-Identifier: Apache-2.0
"""DeviceBoard against a model of the device that can misbehave; the RTL is its other opponent (cocotb_tests)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from device_model import ModelDevice

from host.boards import BoardError, DeviceBoard, TrialRecord, TwinBoard
from host.faults import FaultSet, Sweep, sweep, threshold
from host.image import MemoryImage, compile_network
from host.networks import TestSet, load_network, load_test_set
from host.regmap import MAP_HASH, register
from host.twin import Inference, infer

PICTURES = 40
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


def connect(device: ModelDevice, notify: Callable[[str], None] = lambda text: None) -> DeviceBoard:
    """The device as a board."""
    return DeviceBoard(device, "arty", notify=notify)


def test_identity_is_read(work: Loaded) -> None:
    identity = connect(ModelDevice(work[0])).identity
    assert (identity.name, identity.map_hash, identity.build_id) == ("arty", MAP_HASH, 0x1234)
    assert (identity.clock_hz, identity.baud, identity.capabilities.array) == (10**8, 3 * 10**6, (8, 8, 2))
    assert [s.words for s in identity.capabilities.stores] == [1 << 13] * 4


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("MAP_HASH", MAP_HASH ^ 1, "another register map"),
        ("ENGINE", 0x0409, "unknown kind 9"),
        ("ENGINE", 0x0301, "reports 3 stores"),
        ("ENGINE", 0x0302, "is for engine mac, board arty has engine lut"),
    ],
)
def test_strangers_are_refused_unwritten(work: Loaded, name: str, value: int, text: str) -> None:
    device = ModelDevice(work[0], overrides={register(name): value})
    with pytest.raises(BoardError, match=text):
        connect(device).load(*work)
    assert device.log == []


def test_what_does_not_fit_is_named_and_not_written(work: Loaded) -> None:
    small = {register("STORE_CAPACITY", 0): 512, register("STORE_CAPACITY", 2): 64}
    device = ModelDevice(work[0], overrides=small)
    with pytest.raises(BoardError, match="store weights needs 640 code words and has 512; store requant needs 96 "):
        connect(device).load(*work)
    few = ModelDevice(work[0], overrides={register("IMAGE_CAPACITY"): 4 * PICTURES - 1})
    with pytest.raises(BoardError, match=f"at most {PICTURES - 1} pictures with --images {PICTURES - 1}"):
        connect(few).load(*work)
    flat = ModelDevice(work[0], overrides={register("ACTIVATION_CAPACITY"): 4})
    with pytest.raises(BoardError, match="one picture needs 8 activation rows and the board has 4"):
        connect(flat).load(*work)
    assert device.log == few.log == flat.log == []


def test_records_equal_those_of_the_twin(work: Loaded) -> None:
    """All stores, so that hangs are among them."""
    board, twin = connect(ModelDevice(work[0])), TwinBoard()
    board.load(*work)
    twin.load(*work)
    arguments = (Sweep(threshold(3e-3), (0, 1, 2, 3)), (7 << 32) - 3, 40)
    seen = list(board.run_trials(*arguments))
    wanted = list(twin.run_trials(*arguments))
    assert [replace(r, cycles=None) for r in seen] == wanted
    assert len({r.status for r in seen}) == 2, "no trial hung, or all: choose another seed"
    assert {r.cycles for r in seen} == {1000}
    assert [r.seed for r in seen] == list(range((7 << 32) - 3, (7 << 32) + 37))


def test_a_hundred_records_stay_below_48_bytes_each(work: Loaded) -> None:
    device = ModelDevice(work[0], per_poll=8)
    board = connect(device)
    board.load(*work)
    before = board.counters
    assert len(list(board.run_trials(Sweep(0, (0,)), 0, 96))) == 96
    after = board.counters
    total = after.bytes_sent + after.bytes_received - before.bytes_sent - before.bytes_received
    assert total / 96 <= 48


def test_lost_restore_is_reloaded_repeated_and_reported(work: Loaded) -> None:
    device, told = ModelDevice(work[0]), list[str]()
    board, twin = connect(device, told.append), TwinBoard()
    board.load(*work)
    twin.load(*work)
    device.mischief.not_restored = {103, 104}
    seen = [replace(r, cycles=None) for r in board.run_trials(Sweep(threshold(1e-2), (0,)), 100, 10)]
    assert seen == list(twin.run_trials(Sweep(threshold(1e-2), (0,)), 100, 10))
    assert board.counters.reloads == 2
    after = "the stores were not golden after the trial with seed"
    assert [text.split(":")[0] for text in told] == [f"{after} {seed}" for seed in (103, 104)]


def test_lost_golden_between_trials_is_reloaded(work: Loaded) -> None:
    device, told = ModelDevice(work[0]), list[str]()
    board = connect(device, told.append)
    board.load(*work)
    device.upset(store=0, word=3)
    assert len(list(board.run_trials(Sweep(0, (0,)), 1, 2))) == 2
    assert board.counters.reloads == 1 and "not golden before the trial with seed 1" in told[0]


def test_memory_that_never_restores_ends_the_campaign(work: Loaded) -> None:
    device = ModelDevice(work[0])
    board = connect(device)
    board.load(*work)
    device.mischief.always_broken = True
    with pytest.raises(BoardError, match="seed 9, 4 times in a row"):
        list(board.run_trials(Sweep(0, (0,)), 9, 2))


@pytest.mark.parametrize(
    ("word", "mask", "text"),
    [
        (0, 1, "seed 12: the board reports the faults 0000000d, asked for were 0000000c"),
        (1, 2, "seed 12: the board flipped"),
        (2, 1 << 31, "seed 12: the injected stores have digest"),
        (4, 1 << 16, "seed 12: status OK, but 41 of 40"),
        (4, 1, "seed 12: status HANG, but all 40"),
        (4, 9, "seed 12: the board reports unknown status 9"),
        (5, 1, "seed 12: .* cannot come from 40 answered"),
        (6, 64 << 16, "seed 12: .* cannot come from 40 answered"),
    ],
)
def test_a_record_that_cannot_be_names_its_trial(work: Loaded, word: int, mask: int, text: str) -> None:
    device = ModelDevice(work[0])
    board = connect(device)
    board.load(*work)
    device.mischief.wrong = (12, word, mask)
    seen: list[TrialRecord] = []
    with pytest.raises(BoardError, match=text):
        seen.extend(board.run_trials(Sweep(threshold(1e-3), (0,)), 10, 5))
    assert [r.seed for r in seen] == [10, 11] and not device.to_do


def test_closing_early_stops_the_board(work: Loaded) -> None:
    device = ModelDevice(work[0])
    board = connect(device)
    board.load(*work)
    records = board.run_trials(Sweep(0, (0,)), 0, 1000)
    assert next(records).seed == 0
    records.close()
    assert device.log[-1] == "STOP"


def test_loading_stops_what_runs_and_goes_on(work: Loaded) -> None:
    device = ModelDevice(work[0])
    board = connect(device)
    board.load(*work)
    abandoned = board.run_trials(Sweep(0, (0,)), 0, 1000)
    next(abandoned)
    other = connect(device)  # a host that starts again after the first one was killed
    other.load(*work)
    assert "STOP" in device.log and len(list(other.run_trials(Sweep(0, (0,)), 5, 3))) == 3


def test_a_picture_lost_on_the_way_is_noticed(work: Loaded) -> None:
    device = ModelDevice(work[0])
    device.mischief.lost_picture = True
    with pytest.raises(BoardError, match="the pictures read back otherwise"):
        connect(device).load(*work)


def test_a_device_that_computes_otherwise_is_noticed(work: Loaded) -> None:
    image, test_set, golden = work
    digests = golden.digests.copy()
    digests[3] ^= 1
    with pytest.raises(BoardError, match=f"{PICTURES - 1} of {PICTURES} pictures without any fault"):
        connect(ModelDevice(image)).load(image, test_set, replace(golden, digests=digests))


@pytest.mark.parametrize("store", [0, 1, 2, 3])
def test_infer_with_faults_equals_the_twin_and_leaves_no_trace(work: Loaded, store: int) -> None:
    image = work[0]
    board, twin = connect(ModelDevice(image)), TwinBoard()
    board.load(*work)
    twin.load(*work)
    faults = sweep(store + 50, threshold(0.05), image.space, [store])
    for these in (faults, None, FaultSet.of([])):
        seen, wanted = board.infer(these, details=True), twin.infer(these, details=True)
        assert (seen.status, seen.outcomes) == (wanted.status, wanted.outcomes)
        assert seen.scores is not None and wanted.scores is not None
        assert seen.classes is not None and wanted.classes is not None
        np.testing.assert_array_equal(seen.scores, wanted.scores)
        np.testing.assert_array_equal(seen.classes, wanted.classes)
    board.prove_golden()
    assert board.counters.reloads == 0


def test_more_flips_than_the_list_holds(work: Loaded) -> None:
    board, twin = connect(ModelDevice(work[0])), TwinBoard()
    board.load(*work)
    twin.load(*work)
    faults = sweep(1, threshold(0.1), work[0].space, [0])
    assert len(faults) > 2 * board.identity.capabilities.flips
    assert board.infer(faults).outcomes == twin.infer(faults).outcomes


def test_nothing_loaded_is_said(work: Loaded) -> None:
    for board in (connect(ModelDevice(work[0])), TwinBoard()):
        with pytest.raises(BoardError, match="nothing is loaded"):
            list(board.run_trials(Sweep(0, (0,)), 0, 1))
        with pytest.raises(BoardError, match="nothing is loaded"):
            board.infer()


def test_an_injection_that_breaks_off_leaves_the_board_unloaded(work: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    board = connect(ModelDevice(work[0]))
    board.load(*work)
    flips = sweep(3, threshold(0.05), work[0].space, [0])
    with monkeypatch.context() as patch:
        patch.setattr(board._commands, "run", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            board.infer(flips)
    with pytest.raises(BoardError, match="nothing is loaded"):
        board.infer()
    board.load(*work)
    assert board.infer().outcomes.masked == PICTURES
