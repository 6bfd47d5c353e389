# SPDX-License-Identifier: Apache-2.0
"""Several boards share one campaign: the rows of one board, whatever becomes of the others."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_runs import ROOT, command, count_rows, stored_rows
from device_model import ModelDevice

from host import campaign
from host.boards import Board, BoardError, DeviceBoard, TrialRecord, TwinBoard, open_boards
from host.boards.simulated import SimulatedBoard
from host.faults import Source
from host.image import compile_network
from host.link.session import LinkError
from host.networks import load_network, load_test_set
from host.regmap import register
from host.trials import BeamPlan, NoBoardLeft, SweepPlan, TrialRow, WalkPlan, golden_run, run_on_all
from host.trials import run as run_on_one
from host.trials.shares import Shares

NETWORK = load_network("digits-mlp")
IMAGE = compile_network(NETWORK)
PICTURES = load_test_set(NETWORK, 10)
GOLDEN = golden_run(IMAGE, PICTURES)
PLAN = SweepPlan(bers=(1e-3, 2e-2), trials=40, seed=3, stores=(0, 1))


class Twin(TwinBoard):
    """A twin that fails after so many records, as told."""

    def __init__(self, lives: int | None = None, error: Exception | None = None) -> None:
        super().__init__()
        self.lives = lives
        self.error = error or LinkError("the cable is out")
        self.ran: list[int] = []
        self.stopped = 0

    def run_trials(self, source: Source, first: int, count: int) -> Generator[TrialRecord, None, None]:
        try:
            for record in super().run_trials(source, first, count):
                if self.lives is not None and len(self.ran) >= self.lives:
                    raise self.error
                self.ran.append(record.seed)
                yield record
        except GeneratorExit:
            self.stopped += 1
            raise


def load(board: Board) -> None:
    """What a campaign does first."""
    board.load(IMAGE, PICTURES, GOLDEN.inference)


def rows_of(boards: dict[str, Board], told: list[str], done: set[int] | None = None) -> list[TrialRow]:
    """Rows of the plan from these boards, by seed."""
    rows = run_on_all(PLAN, boards, load, len(PICTURES.images), done or set(), told.append)
    return sorted(rows, key=lambda row: row.seed)


@pytest.fixture(scope="module")
def expected() -> list[TrialRow]:
    """Rows of one board."""
    board = TwinBoard()
    load(board)
    return list(run_on_one(PLAN, board, len(PICTURES.images)))


def test_two_boards_give_the_rows_of_one(expected: list[TrialRow]) -> None:
    a, b, told = Twin(), Twin(), list[str]()
    assert rows_of({"A": a, "B": b}, told) == expected
    assert not told and a.ran and b.ran
    assert sorted(a.ran + b.ran) == [row.seed for row in expected]


def test_what_is_done_is_not_run_again(expected: list[TrialRow]) -> None:
    done = {row.seed for row in expected[5:60]}
    assert rows_of({"A": Twin(), "B": Twin()}, [], done) == expected[:5] + expected[60:]


@pytest.mark.parametrize("error", [LinkError("the cable is out"), BoardError("its memory is not sound")])
@pytest.mark.parametrize("lives", [0, 3])
def test_a_sick_board_is_set_aside_and_the_others_take_its_trials(
    expected: list[TrialRow], error: Exception, lives: int
) -> None:
    sick, well, told = Twin(lives, error), Twin(), list[str]()
    assert rows_of({"A": sick, "B": well}, told) == expected
    assert len(sick.ran) == lives
    assert told == [f"the board on A was set aside, the others take its trials: {error}"]


def test_trials_given_back_at_the_very_end_are_run(expected: list[TrialRow]) -> None:
    """A board that has nothing more to take waits for those that others still have in hand."""
    well, told = Twin(), list[str]()

    class Late(Twin):
        """Fails once the other board has run all that it was given."""

        def run_trials(self, source: Source, first: int, count: int) -> Generator[TrialRecord, None, None]:
            while len(well.ran) < len(expected) - count:
                time.sleep(0.001)
            yield from super().run_trials(source, first, count)

    assert rows_of({"A": Late(1), "B": well}, told) == expected
    assert len(told) == 1


def test_a_board_that_does_not_compute_golden_is_set_aside(expected: list[TrialRow]) -> None:
    device, told = ModelDevice(IMAGE), list[str]()
    device.mischief.lost_picture = True
    assert rows_of({"A": DeviceBoard(device, "arty"), "B": Twin()}, told) == expected
    assert "the pictures read back otherwise" in told[0]


def test_a_board_that_was_configured_anew_is_set_aside(expected: list[TrialRow]) -> None:
    device, told = ModelDevice(IMAGE), list[str]()
    device.mischief.not_restored = {expected[2].seed}

    def slow_load(board: Board) -> None:
        load(board)
        if isinstance(board, DeviceBoard):
            device.set("BUILD_ID", 0x4321)
        else:
            while device.mischief.not_restored:
                time.sleep(0.001)

    rows = run_on_all(
        PLAN, {"A": DeviceBoard(device, "arty"), "B": Twin()}, slow_load, len(PICTURES.images), set(), told.append
    )
    assert [replace(r, cycles=None) for r in sorted(rows, key=lambda row: row.seed)] == expected
    assert "configured anew (build id 00004321, was 00001234)" in told[-1]


def test_when_all_are_sick_the_reasons_are_told(expected: list[TrialRow]) -> None:
    told, seen = list[str](), list[TrialRow]()
    boards: dict[str, Board] = {"A": Twin(4), "B": Twin(2, BoardError("it burns"))}
    with pytest.raises(NoBoardLeft, match=r"A: the cable is out.*; B: it burns|B: it burns; A: ") as caught:
        seen.extend(run_on_all(PLAN, boards, load, len(PICTURES.images), set(), told.append))
    assert "--resume" in str(caught.value) and len(told) == 2
    assert len(seen) == 6
    rest = rows_of({"A": Twin(), "B": Twin()}, [], {row.seed for row in seen})
    assert sorted([*seen, *rest], key=lambda row: row.seed) == expected


def test_a_defect_of_ours_is_not_taken_for_a_sick_board() -> None:
    with pytest.raises(ZeroDivisionError):
        rows_of({"A": Twin(2, ZeroDivisionError()), "B": Twin()}, [])


def test_closing_early_stops_every_board() -> None:
    boards = {"A": Twin(), "B": Twin()}
    before = threading.active_count()
    with closing(run_on_all(PLAN, dict(boards), load, len(PICTURES.images), set(), print)) as rows:
        next(rows)
    assert threading.active_count() == before
    assert all(board.stopped or not board.ran for board in boards.values())
    assert sum(len(board.ran) for board in boards.values()) < 2 * PLAN.trials


def test_shares_are_disjoint_and_shrink() -> None:
    plan = WalkPlan.of([0], IMAGE.space, 1000)
    shares, sizes, seen = Shares(plan, {5, 6}, 3), list[int](), set[int]()
    while (share := shares.take()) is not None:
        numbers = set(range(share.first, share.first + share.count))
        assert not numbers & seen
        seen |= numbers
        sizes.append(share.count)
        shares.finish(share, share.count)
    assert seen == set(range(1000)) - {5, 6} and shares.complete
    assert max(sizes) < 200 and min(sizes[1:-1]) >= 8


@pytest.fixture(scope="module")
def programs() -> Iterator[list[SimulatedBoard]]:
    """Two simulated boards that run already."""
    running = [SimulatedBoard.start(), SimulatedBoard.start()]
    yield running
    for program in running:
        program.close()


@pytest.fixture
def two(programs: list[SimulatedBoard]) -> list[str]:
    """Their ports, for a command line."""
    return [word for program in programs for word in ("--port", program.port)]


SMALL = ("--ber", "1e-3", "3e-2", "--trials", "60", "--images", "20", "--export", "csv")


def finish(out: Path, *words: str) -> None:
    """Run a campaign of simulated boards to its end, in this process."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        status = campaign.main(["--board", "sim", "--out", str(out), *words, *SMALL])
    assert status == 0, errors.getvalue()


def _without(path: Path, *names: str) -> list[str]:
    """Lines of an export, but for what no two runs share."""
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    out = [lines[0].index(name) for name in names]
    return [",".join(cell for i, cell in enumerate(line) if i not in out) for line in lines]


def test_simulated_boards_give_the_exports_of_one(two: list[str], tmp_path: Path) -> None:
    """Two boards; their host is killed and goes on with one of them and a third, which dies on the way."""
    one, several = (tmp_path / name for name in ("one", "several"))
    finish(one, *two[:2])
    killed = subprocess.Popen(command("sim", several, *two, *SMALL), cwd=ROOT, stdout=subprocess.DEVNULL)
    while not count_rows(several) and killed.poll() is None:
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    before = count_rows(several)
    assert 0 < before < 60, "killed too late: give it more trials"
    dying = SimulatedBoard.start()

    def kill_soon() -> None:
        while count_rows(several) == before:
            time.sleep(0.005)
        dying.close()

    killer = threading.Thread(target=kill_soon, daemon=True)
    killer.start()
    finish(several, *two[:2], "--port", dying.port, "--resume")
    killer.join(5)
    with closing(sqlite3.connect(several / "results.sqlite")) as database:
        ((text,),) = database.execute("SELECT text FROM events").fetchall()
    assert f"the board on {dying.port} was set aside" in text
    names = ("run_id", "time", "retries")
    assert stored_rows(several) == stored_rows(one)
    assert _without(several / "trials.csv", *names) == _without(one / "trials.csv", *names)
    assert (several / "summary.md").read_text() == (one / "summary.md").read_text()


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({register("BUILD_ID"): 0x77}, "build ids 00001234 and 00000077"),
        ({register("FLIP_CAPACITY"): 64}, "other capabilities"),
        ({register("CLOCK_HZ"): 5}, "clocks of 100000000 and 5 Hz"),
    ],
)
def test_boards_of_different_builds_are_refused(
    overrides: dict[int, int], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = {"/a": ModelDevice(IMAGE), "/b": ModelDevice(IMAGE, overrides=overrides)}

    def open_one(name: str, port: str, image: object, *, notify: Callable[[str], None]) -> Board:
        return DeviceBoard(devices[port], name, notify=notify)

    monkeypatch.setattr("host.boards.opening.open_board", open_one)
    with pytest.raises(BoardError, match=f"/a and /b were built differently .{text}") as caught:
        open_boards("arty", list(devices), IMAGE)
    assert "\n" not in str(caught.value) and all(device.closed for device in devices.values())
    devices["/b"] = ModelDevice(IMAGE, overrides={register("BAUD"): 10**6})
    assert list(open_boards("arty", list(devices), IMAGE)) == ["/a", "/b"]


def test_a_board_named_twice_is_refused() -> None:
    with pytest.raises(BoardError, match="--port /dev/x is named twice"):
        open_boards("arty", ["/dev/x", "/dev/y", "/dev/x"], IMAGE)


def test_shares_of_a_beam_are_whole_histories() -> None:
    """A history runs from its first slice, so no two boards run parts of one; what was done is left out."""
    plan = BeamPlan((1.0, 2.0), 5, 1, (0,), IMAGE.space, 0.01, 7)
    done = {plan.points()[0].first + 3}
    shares, seen = Shares(plan, done, 2), list[int]()
    while (share := shares.take()) is not None:
        ends = share.first + share.count - share.point.first
        assert ends % 7 == 0 or share.first + share.count in done
        seen += range(share.first, share.first + share.count)
        shares.finish(share, share.count)
    assert set(seen) | done == {point.first + n for point in plan.points() for n in range(35)}
    assert len(seen) == len(set(seen)) == 69


def test_two_boards_in_a_beam_give_the_rows_of_one() -> None:
    plan = BeamPlan((20.0,), 4, 1, (0,), IMAGE.space, 0.01, 3)

    one = TwinBoard()
    load(one)
    expected = list(run_on_one(plan, one, len(PICTURES.images)))
    rows = list(run_on_all(plan, {"a": TwinBoard(), "b": TwinBoard()}, load, len(PICTURES.images), set(), [].append))
    assert sorted(rows, key=lambda row: row.seed) == expected and len(rows) == 12
