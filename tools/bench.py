# SPDX-License-Identifier: Apache-2.0
"""The figures of the README, each from a run made now: clock cycles, bytes, rates, and an injector beside them."""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from host import faults, twin
from host.boards import Counters, DeviceBoard, TwinBoard
from host.boards.registers import Registers
from host.boards.simulated import DEFAULT_BAUD, SimulatedBoard, parameters_for
from host.faults import Sweep
from host.image import MemoryImage, compile_network
from host.link.session import Session
from host.networks import DenseNetwork, Network, TestSet, load_network, load_test_set
from host.versus import NETWORKS
from tools.peer import injections

#: Clock of the shipped board tops, for rates on hardware.
CLOCK_HZ = 100_000_000

#: Bit rate of the USB bridges of real boards.
USB_BAUD = 3_000_000

#: Store that is upset: weights (mac) or tables (lut).
STORE = 0

#: Bit error rate of the trials that are counted, near the knee of the shipped network.
BER = 1e-2

#: Seconds that each rate in software is measured for, and how often.
SOFTWARE_S, ROUNDS = 2.0, 5


@dataclass(frozen=True)
class Work:
    """What the boards of an engine do: a network, its memory image, its pictures and their golden answers."""

    network: Network
    image: MemoryImage
    pictures: TestSet
    golden: twin.Inference

    @property
    def one_flip(self) -> int:
        """Threshold at which a trial flips one bit on average."""
        return faults.threshold(1 / (32 * self.image.extents[STORE]))

    def source(self, threshold: int) -> Sweep:
        """Trials that upset the store."""
        return Sweep(threshold, (STORE,))


def make_work(name: str) -> Work:
    """Compile a shipped network."""
    network = load_network(name)
    image = compile_network(network)
    pictures = load_test_set(network)
    return Work(network, image, pictures, twin.infer(image, image.words, pictures.images))


@contextmanager
def simulated(work: Work, baud: int) -> Iterator[tuple[SimulatedBoard, Session, DeviceBoard]]:
    """The simulated board that a campaign would start, nothing loaded yet."""
    program = SimulatedBoard.start(baud=baud, parameters=parameters_for(work.image))
    session = Session.open(program.port, program.baud)
    board = DeviceBoard(session, "sim", notify=print, on_close=program.close)
    try:
        yield program, session, board
    finally:
        board.close()


def show(name: str, value: str) -> None:
    """Print one figure."""
    print(f"| {name} | {value} |", flush=True)


def bench_hardware(work: Work, trials: int) -> None:
    """Clock cycles: they belong to the RTL, so the simulated board counts those of a real one."""
    with simulated(work, USB_BAUD) as (_, session, board):
        registers = Registers(session)
        board.load(work.image, work.pictures, work.golden)
        capabilities = board.identity.capabilities
        before = board.counters
        records = list(board.run_trials(work.source(faults.threshold(BER)), 1, trials))
        after = board.counters
        part = {name: registers.read(f"CYCLES_{name}") for name in ("SWEEP", "RUN", "UNDO", "DIGEST", "WAITED")}
    images = len(work.pictures)
    sweep_lanes = 32 * capabilities.sweep_words
    cycles = [record.cycles or 0 for record in records]
    trial = float(np.mean(cycles))
    image = part["RUN"] / images
    show("clock cycles per image", f"{image:.2f}")
    if isinstance(work.network, DenseNetwork):
        oc_lanes, ic_lanes, _ = capabilities.array
        macs = sum(layer.weights.size for layer in work.network.layers)
        utilisation = macs / (image * oc_lanes * ic_lanes)
        show(
            "utilisation: MACs / (cycles × array size)",
            f"{macs} / ({image:.2f} × {oc_lanes}·{ic_lanes}) = {utilisation:.1%}",
        )
    else:
        lanes = capabilities.in_flight
        batches = -(-images // lanes)
        gates = work.network.gates * batches
        show(
            f"gates per clock cycle, {lanes} pictures at once: gates × batches / cycles",
            f"{work.network.gates} × {batches} / {part['RUN']} = {gates / part['RUN']:.3f}",
        )
    show(
        f"clock cycles of a trial ({images} images, {sweep_lanes} sweep lanes, BER {BER:g}, mean of {trials})",
        f"{trial:.0f}",
    )
    show(
        "of the last trial: run, sweep, undo, digests",
        ", ".join(str(part[name]) for name in ("RUN", "SWEEP", "UNDO", "DIGEST")) + f" of {cycles[-1]}",
    )
    show(f"trials per second at {CLOCK_HZ // 10**6} MHz", f"{CLOCK_HZ / trial:.0f}")
    show_link(before, after, part["WAITED"], cycles, capabilities.records)


def show_link(before: Counters, after: Counters, cycles_waited: int, cycles: Sequence[int], records: int) -> None:
    """Bytes and waiting of some trials of so many clock cycles, on a board whose ring holds so many records."""
    trials, trial = len(cycles), float(np.mean(cycles))
    sent, received = after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received
    waited = cycles_waited / (cycles_waited + sum(cycles))
    show("bytes on the link per trial", f"{(sent + received) / trials:.1f} (sent {sent / trials:.1f})")
    # 10 bits a byte: start, data, stop.
    line = 10 * received / trials / USB_BAUD / (trial / CLOCK_HZ)
    show(
        f"line to the host at {USB_BAUD / 1e6:g} Mbaud: busy, computed from bytes and cycles", f"{line:.0%} of the time"
    )
    # The ring is what bridges a slow host: a real one must come back before it is full.
    slack_ms = 1000 * records * trial / CLOCK_HZ
    show("time until the record ring is full, computed", f"{slack_ms:.1f} ms")
    # Simulated time passes some hundred times slower than the host's, so a host's delays all but vanish in it: this
    # shows that the line is fast enough, not that a real host and its USB bridge are.
    show(f"board waiting at {USB_BAUD / 1e6:g} Mbaud, simulated; delays of a real host not included", f"{waited:.2%}")


def bench_simulated(work: Work, trials: int, threshold: int, what: str) -> None:
    """Wall-clock rates of the simulated board."""
    with simulated(work, DEFAULT_BAUD) as (program, _, board):
        begin = time.monotonic()
        board.load(work.image, work.pictures, work.golden)
        loading = time.monotonic() - begin
        cycles, begin = program.cycles(), time.monotonic()
        answered = sum(record.outcomes.answered for record in board.run_trials(work.source(threshold), 1, trials))
        took = time.monotonic() - begin
        cycles = program.cycles() - cycles
        peak = peak_kib(program.pid)
    show(f"simulated board, {what}: trials per second", f"{trials / took:.1f}")
    show(f"simulated board, {what}: clock cycles, images per second", f"{cycles / took:.3g}, {answered / took:.0f}")
    show("simulated board: seconds to load and prove, peak memory", f"{loading:.1f}, {peak / 1024:.0f} MiB")


def bench_software(works: Sequence[Work]) -> None:
    """Wall-clock rates of the twin and of PyTorchFI, in turns, so that a busy machine slows all."""
    sources: dict[str, Callable[[], Iterator[object]]] = {}
    for work in works:
        board = TwinBoard(work.image.engine)
        board.load(work.image, work.pictures, work.golden)
        for what, threshold in ((f"BER {BER:g}", faults.threshold(BER)), ("one flip on average", work.one_flip)):
            name = f"twin, {work.network.name}, {what}: trials per second"
            sources[name] = partial(board.run_trials, work.source(threshold), 1, 1 << 30)
    dense = next(work for work in works if isinstance(work.network, DenseNetwork))
    try:
        import pytorchfi  # noqa: F401
        import torch

        label = f"PyTorchFI {version('pytorchfi')}, torch {torch.__version__}"
        for threads in sorted({1, torch.get_num_threads()}):
            name = f"{label}, {threads} thread{'s' * (threads > 1)}, one flip: injections per second"
            peer = (dense.network, dense.pictures.images, dense.golden.classes)
            sources[name] = partial(injections, *peer, threads)
    except ImportError as error:
        show("PyTorchFI", f"not compared ({error}): type `make bench`")
    rates: dict[str, list[float]] = {name: [] for name in sources}
    for _ in range(ROUNDS):
        for name, source in sources.items():
            rates[name].append(rate(source()))
    for name, found in rates.items():
        spread = f"{min(found):.0f} … {max(found):.0f}"
        show(f"{name}, median of {ROUNDS} rounds (range)", f"{median(found):.0f} ({spread})")


def rate(work: Iterator[object]) -> float:
    """Items a second, the first one left out."""
    next(work)
    begin = time.monotonic()
    for count in itertools.count(1):
        next(work)
        if time.monotonic() - begin > SOFTWARE_S:
            return count / (time.monotonic() - begin)
    raise AssertionError


def peak_kib(pid: int) -> int:
    """Most memory a process has had, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no VmHWM in /proc")


def main(argv: Sequence[str] | None = None) -> int:
    """Print all figures as a table."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="trials on the simulated board (default: 200)")
    trials = parser.parse_args(argv).trials
    if trials < 1:
        parser.error(f"--trials {trials}: give at least 1")
    works = [make_work(name) for name in NETWORKS]
    print(f"{os.cpu_count()} CPU cores, Python {sys.version.split()[0]}")
    for work in works:
        print(f"\n{work.network.name}, {len(work.pictures)} pictures\n\n| figure | value |\n|---|---|")
        bench_hardware(work, trials)
        for threshold, what in ((faults.threshold(BER), f"BER {BER:g}"), (work.one_flip, "one flip on average")):
            bench_simulated(work, trials, threshold, what)
    print("\nsoftware, in turns\n\n| figure | value |\n|---|---|")
    bench_software(works)
    show("peak memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
