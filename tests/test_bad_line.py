# SPDX-License-Identifier: Apache-2.0
"""A simulated board behind a bad line: no result depends on when a byte arrives, or on what it took."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
import serial

from host.boards.device import DeviceBoard
from host.boards.simulated import SimulatedBoard
from host.image import compile_network
from host.link.session import Port, Session
from host.networks import load_network, load_test_set
from host.trials import SweepPlan, TrialRow, golden_run, run

PLAN = SweepPlan(bers=(1e-3, 2e-2), trials=6, seed=3, stores=(0, 1, 2, 3))


class BadLine:
    """A port that dawdles, inverts bits and loses bytes, in both directions.

    Parameters
    ----------
    port
        The port behind it.
    errors
        Share of the bytes that are damaged.
    pause_s
        The longest pause between two pieces of a transfer.
    """

    def __init__(self, port: serial.Serial, errors: float, pause_s: float, seed: int) -> None:
        self._port = port
        self._errors = errors
        self._pause_s = pause_s
        self._random = random.Random(seed)

    @property
    def timeout(self) -> float | None:
        return self._port.timeout

    @timeout.setter
    def timeout(self, value: float | None) -> None:
        self._port.timeout = value

    def read(self, size: int = 1, /) -> bytes:
        return self._damaged(self._port.read(size))

    def write(self, data: bytes, /) -> int:
        damaged = self._damaged(data)
        while damaged:
            size = self._random.randint(1, 400)
            self._port.write(damaged[:size])
            damaged = damaged[size:]
            time.sleep(self._random.uniform(0, self._pause_s))
        return len(data)

    def close(self) -> None:
        self._port.close()

    def _damaged(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            if self._random.random() >= self._errors:
                out.append(byte)
            elif self._random.random() < 0.7:
                out.append(byte ^ (1 << self._random.randrange(8)))
        return bytes(out)


def bad_campaign(errors: float, pause_s: float) -> list[TrialRow]:
    """Rows of the plan on a fresh simulated board behind such a line."""
    network = load_network("digits-mlp")
    image, pictures = compile_network(network), load_test_set(network, 40)
    program = SimulatedBoard.start()
    try:
        port: Port = BadLine(serial.Serial(program.port, program.baud), errors, pause_s, seed=7)
        board = DeviceBoard(Session(port, program.baud), "sim")
        board.load(image, pictures, golden_run(image, pictures).inference)
        board.prove_golden()
        rows = list(run(PLAN, board, len(pictures.images)))
        retries = board.counters.retries
        board.close()
    finally:
        program.close()
    print(f"{retries} requests were repeated")
    # a machine that is busy elsewhere may miss a deadline on a good line, too
    assert retries > 0 or not errors
    return [replace(row, retries=0) for row in rows]


@pytest.mark.parametrize(("errors", "pause_s"), [(0.0, 0.004), (0.0005, 0.001)], ids=["slow", "noisy"])
def test_a_bad_line_changes_no_row(errors: float, pause_s: float) -> None:
    assert bad_campaign(errors, pause_s) == bad_campaign(0.0, 0.0)
