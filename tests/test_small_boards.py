# SPDX-License-Identifier: Apache-2.0
"""The builds for small FPGAs as simulated boards: without a sequencer and step by step, but the same rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from campaign_runs import run, stored_rows

from host.boards import TwinBoard
from host.boards.board import BoardError
from host.boards.device import DeviceBoard
from host.boards.simulated import SimulatedBoard
from host.boards.small import UP5K
from host.faults import FaultList, FaultSet, Pattern, Source, Sweep, Walk, sweep, threshold
from host.image import compile_network
from host.link.session import Session
from host.networks import load_network, load_test_set
from host.regmap import ENGINE_STORES, Engine, TrialStatus
from host.twin import infer

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
NETWORKS = {Engine.MAC: "digits-mlp", Engine.LUT: "digits-lut4"}

# A bit of the program whose flip makes the network hang: the operation of END, a high bit of a number of gates.
HANGS = {Engine.MAC: 16 * 32, Engine.LUT: 14}

# Not a whole number of batches.
PICTURES = 50


@pytest.fixture(scope="module", params=Engine, ids=lambda engine: engine.name.lower())
def program(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, SimulatedBoard]]:
    """The program of an engine's small build."""
    simulated = SimulatedBoard.start(parameters={"ENGINE": int(request.param), **UP5K[request.param]})
    try:
        yield request.param, simulated
    finally:
        simulated.close()


def test_every_kind_of_trial_is_that_of_the_twin(program: tuple[Engine, SimulatedBoard]) -> None:
    """Sweeps, walks and lists, hangs and fault sets longer than the flip list among them."""
    print(f"seed {SEED}")
    engine, simulated = program
    network = load_network(NETWORKS[engine])
    image, tests = compile_network(network), load_test_set(network, PICTURES)
    golden = infer(image, image.words, tests.images)
    everything = tuple(range(len(ENGINE_STORES[engine])))
    last = everything[-1]
    sets = tuple(sweep(SEED << 16 | i, threshold(1e-3), image.space, everything) for i in range(4))
    sources: tuple[tuple[Source, int, int], ...] = (
        (Sweep(threshold(1e-3), everything), SEED << 20, 3),
        (Sweep(threshold(3e-2), (0,)), SEED << 20, 2),
        (Sweep(0, (0,)), 0, 1),
        (Sweep(threshold(3e-2), (0,), Pattern(1, 2)), SEED << 20, 2),
        (Walk((0,)), 1000, 6),
        (Walk((last,)), HANGS[engine] - 4, 8),
        (FaultList((*sets[:2], FaultSet.of([]), *sets[2:])), 0, 5),
    )
    with Session.open(simulated.port, simulated.baud) as session:
        board, twin = DeviceBoard(session, "small"), TwinBoard(engine)
        session.frame_words = board.identity.capabilities.frame_words
        assert board.identity.capabilities.records == board.identity.capabilities.sweep_words == 0
        for each in (board, twin):
            each.load(image, tests, golden)
        ended, longest = set(), 0
        for source, first, count in sources:
            seen = list(board.run_trials(source, first, count))
            assert all(record.cycles for record in seen)
            assert [replace(record, cycles=None) for record in seen] == list(twin.run_trials(source, first, count))
            ended |= {record.status for record in seen}
            longest = max(longest, *(record.flips for record in seen))
        assert ended == {TrialStatus.OK, TrialStatus.HANG}
        assert longest > 2 * board.identity.capabilities.flips
        details = board.infer(sets[0], details=True)
        expected = infer(image, sets[0].apply(image.words), tests.images)
        assert details.scores is not None and np.array_equal(details.scores, expected.scores)
        assert board.counters.reloads == 0
        board.prove_golden()
        outside = FaultList((FaultSet.of([(0, image.extents[0], 0)]),))
        with pytest.raises(IndexError):
            list(board.run_trials(outside, 0, 1))
        with pytest.raises(BoardError, match="do not fit"):
            many = load_test_set(network, 360)
            board.load(
                image,
                replace(many, images=np.repeat(many.images, 2, 0), labels=np.repeat(many.labels, 2)),
                infer(image, image.words, np.repeat(many.images, 2, 0)),
            )


@pytest.mark.parametrize("program", [Engine.LUT], indirect=True)
def test_a_campaign_stores_the_rows_of_the_twin(program: tuple[Engine, SimulatedBoard], tmp_path: Path) -> None:
    engine, simulated = program
    settings = ("--network", NETWORKS[engine], "--ber", "1e-3", "1e-2", "--trials", "3", "--images", str(PICTURES))
    assert run("twin", tmp_path / "twin", *settings).returncode == 0
    done = run("sim", tmp_path / "small", *settings, "--port", simulated.port)
    assert done.returncode == 0, done.stderr
    rows = stored_rows(tmp_path / "small", without=("cycles",))
    assert len(rows) == 6
    assert rows == stored_rows(tmp_path / "twin", without=("cycles",))
