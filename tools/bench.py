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
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

from host import faults, twin
from host.boards import DeviceBoard, TwinBoard
from host.boards.registers import Registers
from host.boards.simulated import DEFAULT_BAUD, SimulatedBoard
from host.faults import Sweep
from host.image import MemoryImage, compile_network
from host.link.session import Session
from host.networks import SHIPPED, DenseNetwork, TestSet, load_network, load_test_set
from host.regmap import ENGINE_STORES, Engine

#: Clock of the shipped board tops, for rates on hardware.
CLOCK_HZ = 100_000_000

#: Bit rate of the USB bridges of real boards.
USB_BAUD = 3_000_000

#: Bit error rate of the trials that are counted, near the knee of the shipped network.
BER = 1e-2

#: Seconds that each rate in software is measured for, and how often.
SOFTWARE_S, ROUNDS = 2.0, 5

WEIGHTS = ENGINE_STORES[Engine.MAC].index("weights")


@dataclass(frozen=True)
class Work:
    """What every board does: a network, its memory image, its pictures and their golden answers."""

    network: DenseNetwork
    image: MemoryImage
    pictures: TestSet
    golden: twin.Inference

    @property
    def macs(self) -> int:
        """Multiplications of one picture."""
        return sum(layer.weights.size for layer in self.network.layers)

    @property
    def one_flip(self) -> int:
        """Threshold at which a trial flips one weight bit on average."""
        return faults.threshold(1 / (32 * self.image.extents[WEIGHTS]))


def make_work() -> Work:
    """Compile the shipped network."""
    network = load_network(SHIPPED[0])
    image = compile_network(network)
    pictures = load_test_set(network)
    return Work(network, image, pictures, twin.infer(image, image.words, pictures.images))


def show(name: str, value: str) -> None:
    """Print one figure."""
    print(f"| {name} | {value} |", flush=True)


def bench_hardware(work: Work, trials: int) -> None:
    """Clock cycles: they belong to the RTL, so the simulated board counts those of a real one."""
    program = SimulatedBoard.start(baud=USB_BAUD)
    session = Session.open(program.port, program.baud)
    registers = Registers(session)
    board = DeviceBoard(session, "sim", notify=print, on_close=program.close)
    try:
        board.load(work.image, work.pictures, work.golden)
        lanes = board.identity.capabilities.array
        sweep_lanes = 32 * board.identity.capabilities.sweep_words
        before = board.counters
        records = list(board.run_trials(Sweep(faults.threshold(BER), (WEIGHTS,)), 1, trials))
        after = board.counters
        part = {name: registers.read(f"CYCLES_{name}") for name in ("SWEEP", "RUN", "UNDO", "DIGEST", "WAITED")}
    finally:
        board.close()
    images = len(work.pictures)
    cycles = [record.cycles or 0 for record in records]
    trial = float(np.mean(cycles))
    image = part["RUN"] / images
    utilisation = work.macs / (image * lanes[0] * lanes[1])
    sent, received = after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received
    waited = part["WAITED"] / (part["WAITED"] + sum(cycles))
    show(f"clock cycles per image, {lanes[0]}×{lanes[1]} array", f"{image:.2f}")
    show(
        "utilisation: MACs / (cycles × array size)",
        f"{work.macs} / ({image:.2f} × {lanes[0] * lanes[1]}) = {utilisation:.1%}",
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
    show("bytes on the link per trial", f"{(sent + received) / trials:.1f} (sent {sent / trials:.1f})")
    # 10 bits a byte: start, data, stop.
    line = 10 * received / trials / USB_BAUD / (trial / CLOCK_HZ)
    show(
        f"line to the host at {USB_BAUD / 1e6:g} Mbaud: busy, computed from bytes and cycles", f"{line:.0%} of the time"
    )
    # The ring is what bridges a slow host: a real one must come back before it is full.
    slack_ms = 1000 * board.identity.capabilities.records * trial / CLOCK_HZ
    show("time until the record ring is full, computed", f"{slack_ms:.1f} ms")
    # Simulated time passes some hundred times slower than the host's, so a host's delays all but vanish in it: this
    # shows that the line is fast enough, not that a real host and its USB bridge are.
    show(f"board waiting at {USB_BAUD / 1e6:g} Mbaud, simulated; delays of a real host not included", f"{waited:.2%}")


def bench_simulated(work: Work, trials: int, threshold: int, what: str) -> None:
    """Wall-clock rates of the simulated board."""
    program = SimulatedBoard.start(baud=DEFAULT_BAUD)
    board = DeviceBoard(Session.open(program.port, program.baud), "sim", notify=print, on_close=program.close)
    try:
        begin = time.monotonic()
        board.load(work.image, work.pictures, work.golden)
        loading = time.monotonic() - begin
        cycles, begin = program.cycles(), time.monotonic()
        answered = sum(record.outcomes.answered for record in board.run_trials(Sweep(threshold, (WEIGHTS,)), 1, trials))
        took = time.monotonic() - begin
        cycles = program.cycles() - cycles
        peak = peak_kib(program.pid)
    finally:
        board.close()
    show(f"simulated board, {what}: trials per second", f"{trials / took:.1f}")
    show(f"simulated board, {what}: clock cycles, images per second", f"{cycles / took:.3g}, {answered / took:.0f}")
    show("simulated board: seconds to load and prove, peak memory", f"{loading:.1f}, {peak / 1024:.0f} MiB")


def bench_software(work: Work) -> None:
    """Wall-clock rates of the twin and of PyTorchFI, in turns, so that a busy machine slows both."""
    board = TwinBoard()
    board.load(work.image, work.pictures, work.golden)
    thresholds = {f"twin, BER {BER:g}": faults.threshold(BER), "twin, one flip on average": work.one_flip}
    sources: dict[str, Callable[[], Iterator[object]]] = {
        f"{name}: trials per second": partial(board.run_trials, Sweep(threshold, (WEIGHTS,)), 1, 1 << 30)
        for name, threshold in thresholds.items()
    }
    try:
        import pytorchfi  # noqa: F401
        import torch

        label = f"PyTorchFI {version('pytorchfi')}, torch {torch.__version__}"
        for threads in sorted({1, torch.get_num_threads()}):
            name = f"{label}, {threads} thread{'s' * (threads > 1)}, one flip: injections per second"
            sources[name] = partial(pytorchfi_injections, work, threads)
    except ImportError as error:
        show("PyTorchFI", f"not compared ({error}): type `make bench`")
    rates: dict[str, list[float]] = {name: [] for name in sources}
    for _ in range(ROUNDS):
        for name, source in sources.items():
            rates[name].append(rate(source()))
    for name, found in rates.items():
        spread = f"{min(found):.0f} … {max(found):.0f}"
        show(f"{name}, median of {ROUNDS} rounds (range)", f"{median(found):.0f} ({spread})")


def pytorchfi_injections(work: Work, threads: int) -> Iterator[int]:
    """Inject one flip after the other with PyTorchFI; yields how many pictures keep their class.

    The network is that of the boards in floating point, without rounding between layers. One injection inverts one bit
    of one int8 weight, drawn uniformly over all weight bits, classifies all pictures, and restores the weight.
    """
    import torch
    from pytorchfi.core import fault_injection

    torch.set_num_threads(threads)
    scales = [
        layer.multiplier.astype(np.float64) * 2.0 ** (layer.shift.astype(np.float64) - 31)
        for layer in work.network.layers
    ]
    modules: list[torch.nn.Module] = []
    for layer, scale in zip(work.network.layers, scales, strict=True):
        linear = torch.nn.Linear(layer.inputs, layer.outputs)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer.weights * scale[:, None]))
            linear.bias.copy_(torch.tensor(layer.bias * scale))
        modules += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    pictures = torch.tensor(work.pictures.images.astype(np.float32) - work.network.input_zero_point)
    with torch.no_grad():
        golden = model(pictures).argmax(dim=1)
    agree = int((golden.numpy() == work.golden.classes).sum())
    if agree < 0.99 * len(golden):
        raise RuntimeError(f"the network in floating point agrees on {agree} of {len(golden)} pictures only")
    injector = fault_injection(model, len(pictures), input_shape=[work.network.inputs], layer_types=[torch.nn.Linear])
    rng = np.random.default_rng(1)
    edges = np.cumsum([0] + [8 * layer.weights.size for layer in work.network.layers])
    while True:
        place = int(rng.integers(edges[-1]))
        number = int(np.searchsorted(edges, place, side="right")) - 1
        weight, bit = divmod(place - int(edges[number]), 8)
        channel, column = divmod(weight, work.network.layers[number].inputs)
        value = int(work.network.layers[number].weights[channel, column])
        flipped = int(np.int8(np.uint8(value & 0xFF) ^ np.uint8(1 << bit))) * scales[number][channel]
        faulty = injector.declare_weight_fi(
            layer_num=[number], k=[channel], dim1=[column], dim2=[None], dim3=[None], value=[flipped]
        )
        with torch.no_grad():
            kept = int((faulty(pictures).argmax(dim=1) == golden).sum())
        injector.fi_reset()
        yield kept


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
    work = make_work()
    machine = f"{os.cpu_count()} CPU cores, Python {sys.version.split()[0]}"
    print(f"{work.network.name}, {len(work.pictures)} pictures, {machine}")
    print("\n| figure | value |\n|---|---|")
    bench_hardware(work, trials)
    for threshold, what in ((faults.threshold(BER), f"BER {BER:g}"), (work.one_flip, "one flip on average")):
        bench_simulated(work, trials, threshold, what)
    bench_software(work)
    show("peak memory of this process", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
