# SPDX-License-Identifier: Apache-2.0
"""Figures of every board's builds: ``python -m tools.boards`` prints three Markdown tables.

Clock cycles are counted on the simulated board, built with the parameters of the real one, over the shipped network of
each engine; rates are these cycles at the board's clock. Area and the fastest clock come from the reports of
``make bitstream`` in ``build/bitstream``, where there is one. What fits is what the host would load.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from host import twin
from host.boards import BoardError, DeviceBoard
from host.boards.bitstreams import BITSTREAMS
from host.boards.board import Identity
from host.boards.fit import require_fit
from host.boards.fpga_boards import FPGA_BOARDS, find_hardware
from host.boards.hardware import Build, Hardware, parameters
from host.boards.simulated import DEFAULT_BAUD, SimulatedBoard
from host.faults import Sweep, threshold
from host.image import compile_network
from host.link.session import Session
from host.networks import load_network, load_test_set
from host.networks.dense import Dense, DenseNetwork
from host.regmap import Engine

#: Bit error rate and number of the trials that are counted, in the first store.
BER, TRIALS = 1e-3, 3

#: Widths of fully connected networks that others publish figures of, one picture at a time: the jet tagger of hls4ml
#: (Duarte et al., JINST 13 P07027, 2018), and the anomaly detector of MLPerf Tiny (Banbury et al., 2021).
PUBLISHED = {
    "jet tagger": (16, 64, 32, 32, 5),
    "MLPerf Tiny ad01": (640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640),
}

#: Pictures of the shipped test set.
ALL = 360


@dataclass(frozen=True)
class Cycles:
    """Clock cycles of one build.

    Attributes
    ----------
    pictures
        Pictures that were run.
    run
        Of one run of all of them.
    trial
        Of a whole trial with them, on average; None where the host asks for its steps.
    identity
        Of the board.
    """

    pictures: int
    run: int
    trial: float | None
    identity: Identity


def count_cycles(board: Hardware, engine: Engine) -> Cycles:
    """Run the shipped network on the simulated board with the real one's parameters."""
    build = board.builds[engine]
    network = load_network(build.networks[0])
    image = compile_network(network)
    tests = load_test_set(network, min(ALL, build.pictures))
    golden = twin.infer(image, image.words, tests.images)
    own = {name: value for name, value in parameters(board, engine).items() if name not in ("BAUD", "BUILD_ID")}
    simulated = SimulatedBoard.start(parameters=own, baud=min(DEFAULT_BAUD, board.clock_hz // 4))
    try:
        with Session.open(simulated.port, simulated.baud) as session:
            device = DeviceBoard(session, board.name)
            has = device.identity.capabilities
            session.frame_words = has.frame_words
            device.load(image, tests, golden)
            run = device.infer().cycles
            assert run is not None, "a device has a clock"
            records = list(device.run_trials(Sweep(threshold(BER), (0,)), 0, TRIALS))
            trial = sum(record.cycles or 0 for record in records) / TRIALS
            return Cycles(len(tests.images), run, trial if has.records else None, device.identity)
    finally:
        simulated.close()


def rates(board: Hardware, engine: Engine, cycles: Cycles) -> str:
    """A line of the table of rates."""
    build = board.builds[engine]
    each = cycles.run / cycles.pictures
    trial = "host in the loop"
    if cycles.trial is not None:
        trial = f"{1e3 * cycles.trial / board.clock_hz:.3f} ms, {board.clock_hz / cycles.trial:,.0f}"
    cells = (
        board.name,
        engine.name.lower(),
        size(build, engine),
        f"{board.clock_hz / 1e6:g}",
        cycles.pictures,
        f"{each:.1f}",
        f"{board.clock_hz / each:,.0f}",
        trial,
    )
    return line(cells)


def size(build: Build, engine: Engine) -> str:
    """Sizes of a build, in words."""
    has = build.parameters
    lanes = f"{32 * has['SWEEP_WORDS']} sweep lanes" if has.get("SEQUENCER", 1) else "no sequencer"
    if engine is Engine.LUT:
        return f"k = {has['GATE_INPUTS']}, {has['IMAGE_LANES']} pictures at once, {lanes}"
    if has.get("SERIAL", 0):
        return f"one multiplier, {lanes}"
    return f"{has['OC_LANES']}×{has['IC_LANES']}, {lanes}"


def holds(board: Hardware, engine: Engine, identity: Identity) -> str:
    """A line of the table of what fits: its room, and the largest networks that have a name."""
    has = identity.capabilities
    if engine is Engine.LUT:
        room = f"{has.gates:,} gates of {has.array[0]} inputs, {has.inputs} network inputs"
        return line((board.name, engine.name.lower(), room, board.builds[engine].networks[0], "–", "–"))
    weights, biases, requants, _ = (store.words for store in has.stores)
    room = f"{4 * weights:,} weights, {min(biases, requants // 2):,} channels"
    fits = ("yes" if fits_in(identity, widths) else "no" for widths in PUBLISHED.values())
    return line((board.name, engine.name.lower(), room, board.builds[engine].networks[0], *fits))


def fits_in(identity: Identity, widths: Sequence[int]) -> bool:
    """Whether a fully connected network of these widths, and a picture, fit a board."""
    layers = tuple(
        Dense(
            f"layer {number}",
            np.ones((outputs, inputs), np.int8),
            np.zeros(outputs, np.int32),
            np.full(outputs, 1 << 30, np.int32),
            np.zeros(outputs, np.int8),
            0,
            0,
        )
        for number, (inputs, outputs) in enumerate(pairwise(widths))
    )
    try:
        require_fit(identity, compile_network(DenseNetwork("widths", layers, 1.0, 0)), 1)
    except BoardError:
        return False
    return True


def area(board: Hardware, engine: Engine) -> str | None:
    """A line of the table of areas; None where there is no report of a bitstream."""
    report = BITSTREAMS / f"{board.name}-{engine.name.lower()}" / "build.json"
    if not report.is_file():
        return None
    found = json.loads(report.read_text(encoding="utf-8"))
    shares = [
        f"{used:,} ({100 * used / found['available'][kind]:.0f} %)" if found["available"][kind] else "–"
        for kind, used in found["used"].items()
    ]
    return line((board.name, engine.name.lower(), found["device"], *shares, f"{found['fmax_hz'] / 1e6:.1f}"))


def line(cells: Sequence[object]) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.boards", description="Figures of every board's builds.")
    parser.add_argument("--board", nargs="+", default=list(FPGA_BOARDS), metavar="NAME", help=", ".join(FPGA_BOARDS))
    args = parser.parse_args(argv)
    try:
        boards = [find_hardware(name) for name in args.board]
        builds = [(board, engine) for board in boards for engine in board.builds]
        print("| board | engine | size | MHz | pictures | cycles/picture | pictures/s | a trial, trials/s |")
        print("|---|---|---|---:|---:|---:|---:|---:|")
        room = []
        for board, engine in builds:
            cycles = count_cycles(board, engine)
            room.append(holds(board, engine, cycles.identity))
            print(rates(board, engine, cycles), flush=True)
        print(f"\n| board | engine | room | shipped | {' | '.join(PUBLISHED)} |\n|---|---|---|---|---|---|")
        print("\n".join(room))
        found = [text for board, engine in builds if (text := area(board, engine))]
        print("\n| board | engine | device | LUTs | flip-flops | block RAMs | DSPs | huge RAMs | fastest clock, MHz |")
        print("|---|---|---|---:|---:|---:|---:|---:|---:|")
        print("\n".join(found))
    except BoardError as error:
        print(f"boards: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
