# SPDX-License-Identifier: Apache-2.0
"""The simulated board as a process: it dies with its host, sleeps when idle, and does not care when a byte arrives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import pywellen
import serial

from host.boards import simulated
from host.boards.board import BoardError
from host.boards.simulated import SimulatedBoard
from host.link.session import Session
from host.regmap import MAP_HASH, register

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
ROOT = Path(__file__).resolve().parent.parent

# A host that owns a board, tells its process id, and then leaves it idle or keeps it at work.
HOST = """
import sys, time
from host.boards.simulated import SimulatedBoard
from host.link.session import Session
board = SimulatedBoard.start()
print(board.pid, flush=True)
session = Session.open(board.port, board.baud)
while True:
    if sys.argv[1] == "busy":
        session.read(2 << 24, 256)
    else:
        time.sleep(1)
"""


def running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def cpu_s(pid: int) -> float:
    """CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    """Build once, so that no test waits for it."""
    simulated.build({"BAUD": simulated.DEFAULT_BAUD})


def test_ends_with_its_host() -> None:
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    slowest = 0.0
    for trial in range(20):
        host = subprocess.Popen(
            [sys.executable, "-c", HOST, ("busy", "idle")[trial % 2]], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert host.stdout is not None
        pid = int(host.stdout.readline())
        assert running(pid)
        time.sleep(rng.uniform(0, 0.3))
        host.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        host.wait()
        while running(pid):
            assert time.monotonic() - killed < 2, f"trial {trial}: process {pid} outlived its host by 2 s"
            time.sleep(0.01)
        slowest = max(slowest, time.monotonic() - killed)
        host.stdout.close()
    print(f"slowest end after {slowest:.2f} s")


def test_sleeps_when_idle() -> None:
    board = SimulatedBoard.start()
    try:
        with Session.open(board.port, board.baud) as session:
            assert session.read(register("MAP_HASH"), 1)[0] == MAP_HASH
            assert session.read(register("BUILD_ID"), 1)[0] == board.build_id
            time.sleep(0.2)
            cycles, used = board.cycles(), cpu_s(board.pid)
            assert cycles > 0
            time.sleep(2)
            assert board.cycles() == cycles
            assert cpu_s(board.pid) - used <= 0.02
            assert session.read(register("MAP_HASH"), 1)[0] == MAP_HASH
            assert board.cycles() > cycles
    finally:
        board.close()
    assert not running(board.pid)
    board.close()


def test_survives_hosts_that_come_and_go() -> None:
    board = SimulatedBoard.start()
    try:
        for _ in range(3):
            with Session.open(board.port, board.baud) as session:
                assert session.read(register("MAP_HASH"), 1)[0] == MAP_HASH
    finally:
        board.close()


def test_a_waveform_of_what_was_asked_for_only(tmp_path: Path) -> None:
    """The file is read by an independent reader; a clock cycle is two steps of its time."""
    board = SimulatedBoard.start(trace=tmp_path / "part.fst")
    try:
        with Session.open(board.port, board.baud) as session:
            session.read(register("MAP_HASH"), 60)
            begin = board.cycles()
            with board.recording():
                session.read(register("MAP_HASH"), 1)
                end = board.cycles()
            session.read(register("MAP_HASH"), 60)
            assert board.cycles() > end
    finally:
        board.close()
    wave = pywellen.Waveform(str(tmp_path / "part.fst"))
    (clock,) = (list(var.signal) for var in wave.all_vars() if var.full_name == "TOP.clk")
    assert [time for time, _ in clock] == list(range(2 * begin, 2 * end))
    assert [value for _, value in clock] == [1, 0] * (end - begin)


def test_a_board_without_a_file_for_it_records_nothing() -> None:
    board = SimulatedBoard.start()
    try:
        with pytest.raises(BoardError, match="does not obey 'trace on'"), board.recording():
            pass
        assert board.cycles() > 0
        os.kill(board.pid, signal.SIGKILL)
        with pytest.raises(BoardError, match=r"does not obey 'cycles' .it has ended"):
            board.cycles()
    finally:
        board.close()


def test_what_waveforms_need_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(simulated, "BUILDS", tmp_path)
    failure = "building failed:\nfstcpp_writer.cpp:18:10: fatal error: lz4.h: No such file or directory"
    monkeypatch.setattr(simulated, "run_quietly", lambda *_, **__: (_ for _ in ()).throw(RuntimeError(failure)))
    with pytest.raises(BoardError, match=r"needs the libraries lz4 and zlib.*apt-get install liblz4-dev zlib1g-dev"):
        simulated.build({}, trace=True)
    with pytest.raises(BoardError, match="fatal error"):
        simulated.build({})


class Hesitant:
    """A serial port that passes bytes on one by one, with random pauses."""

    def __init__(self, port: serial.Serial, rng: random.Random) -> None:
        self._port = port
        self._rng = rng

    def write(self, data: bytes) -> int:
        for byte in data:
            self._port.write(bytes([byte]))
            time.sleep(self._rng.choice([0, 0, 0.0001, 0.001, 0.003]))
        return len(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


def test_no_answer_depends_on_when_a_byte_arrives() -> None:
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    words = [rng.getrandbits(32) for _ in range(64)]
    board = SimulatedBoard.start()
    try:
        answers = []
        for hesitant in (False, True):
            port = serial.Serial(board.port, board.baud, timeout=1)
            with Session(Hesitant(port, rng) if hesitant else port, board.baud) as session:
                session.write(register("STORE_EXTENT"), [64, 16, 32, 8])
                session.write(8 << 24, words if hesitant else [0] * 64)
                session.write(8 << 24, words)
                session.write(register("SEED_LOW"), [7, 0, 1 << 28, 0, 1])
                session.write(register("COMMAND"), [1])
                while session.read(register("STATUS"), 1)[0] & 1:
                    pass
                flips = session.read(register("FLIPS"), 1).tolist()
                answers.append((flips, session.read(8 << 24, 64).tolist()))
        assert answers[0] == answers[1]
        assert answers[0][0][0] > 0
    finally:
        board.close()


def test_built_once_by_hosts_that_start_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built = []

    def verilate(folder: Path, parameters: object, trace: bool) -> None:
        built.append(folder)
        time.sleep(0.3)
        folder.mkdir()
        (folder / "board").touch()

    monkeypatch.setattr(simulated, "BUILDS", tmp_path)
    monkeypatch.setattr(simulated, "_verilate", verilate)
    threads = [threading.Thread(target=simulated.build, args=({"BAUD": 1_000_000},)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    simulated.build({"BAUD": 2_000_000})
    assert len(built) == 2


def test_a_build_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(simulated, "BUILDS", tmp_path)
    with pytest.raises(BoardError, match="NO_SUCH_PARAMETER"):
        simulated.build({"NO_SUCH_PARAMETER": 1})


def test_a_line_too_fast_for_the_clock() -> None:
    """Refused before anything is built: the board would not hear its host."""
    with pytest.raises(BoardError, match=r"25000000 bit/s is too fast for a clock of 40500000 Hz: .* at most 10125000"):
        SimulatedBoard.start(parameters={"CLOCK_HZ": 40_500_000})
