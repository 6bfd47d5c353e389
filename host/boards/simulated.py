# SPDX-License-Identifier: Apache-2.0
"""The simulated board as a process: builds the program once, starts it, and ends it with its host.

The program is the Verilated RTL with its UART on a pseudo-terminal (``rtl/sim/``). What it was built from is part of
its folder's name and of its BUILD_ID register, so a changed source or parameter is another program.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from host.boards.board import BoardError
from host.image import LutImage, MemoryImage
from host.image.protections import packed_protections
from host.regmap import Engine
from host.toolchain import INCLUDES, ROOT, RTL, WAIVERS, MissingTool, find_verilator, read_sources, run_quietly

BUILDS = ROOT / "build" / "sim"

#: Bit rate of the line: 4 clock cycles a bit at the nominal 100 MHz, the fewest that rtl/link/uart_rx.v takes.
DEFAULT_BAUD = 25_000_000

#: Its clock, where the parameters name no other, in Hz.
DEFAULT_CLOCK_HZ = 100_000_000

# -O3 of Verilator and of the compiler: the program runs for minutes and is built once. No memory of the design relies
# on its first contents, so "fast" may choose them.
_VERILATOR_FLAGS = ("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-assert", "--threads", "1")
_OPTIMISE = "-O3"

# Lanes for engine lut: twice as many take half the clock cycles, and each is simulated hardly slower.
_LUT_LANES = 128
# whole batches, and more than the 360 pictures of the shipped test set
_LUT_PICTURES = 512
# Parameters of rtl/sim/sim_top.v, each the logarithm of a memory's depth, and the least that they are: gates, inputs,
# rows of images, of scores, of golden results.
_LUT_SIZES = {"GATE_BITS": 12, "INPUT_BITS": 9, "IMAGE_BITS": 11, "SCORE_BITS": 9, "RESULT_BITS": 9}
_NO_LIBRARIES = (
    "recording a waveform needs the libraries lz4 and zlib, which are not installed with their headers: type"
    " `apt-get install liblz4-dev zlib1g-dev` (or your system's equivalent)"
)

# Seconds in which the program makes its terminal (far below one), and in which it ends when told (at once).
_START_S, _END_S = 20.0, 2.0


class SimulatedBoard:
    """A running program and its pseudo-terminal. Make one with :meth:`start`.

    Attributes
    ----------
    port
        Path of the pseudo-terminal.
    baud
        Bit rate of the line in bit/s of simulated time.
    build_id
        CRC-32 of sources and parameters, as the BUILD_ID register reports it.
    pid
        Process id of the program.
    """

    def __init__(self, process: subprocess.Popen[str], port: str, baud: int, build_id: int) -> None:
        self._process = process
        self.port = port
        self.baud = baud
        self.build_id = build_id
        self.pid = process.pid

    @classmethod
    def start(
        cls,
        *,
        baud: int = DEFAULT_BAUD,
        parameters: Mapping[str, int] | None = None,
        trace: Path | None = None,
    ) -> SimulatedBoard:
        """Build the program where that is still to be done, and start it.

        Parameters
        ----------
        baud
            Bit rate of the line in bit/s of simulated time.
        parameters
            Parameters of ``rtl/sim/sim_top.v`` that are not to have their defaults.
        trace
            File for a waveform, in FST form; :meth:`recording` says of what.

        Raises
        ------
        BoardError
            If the line is too fast for the clock, a tool is missing, the build fails, or the program does not start.
        """
        clock_hz = (parameters or {}).get("CLOCK_HZ", DEFAULT_CLOCK_HZ)
        if 4 * baud > clock_hz:
            raise BoardError(
                f"a line of {baud} bit/s is too fast for a clock of {clock_hz} Hz: choose at most {clock_hz // 4} bit/s"
            )
        program = build({**(parameters or {}), "BAUD": baud}, trace=trace is not None)
        return cls.run(program, *(["--trace", str(trace)] if trace else []))

    @classmethod
    def run(cls, program: Path, *arguments: str) -> SimulatedBoard:
        """Start a program that is built.

        Parameters
        ----------
        program
            What ``rtl/sim/main.cpp`` became.
        arguments
            Its arguments.

        Raises
        ------
        BoardError
            If it does not start.
        """
        command = [str(program), *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if len(words) != 6 or words[0] != "port":
            process.kill()
            raise BoardError(
                f"the simulated board did not start (it ended with {process.wait()}): run {program} to see why"
            )
        return cls(process, words[1], int(words[3]), int(words[5], 16))

    def cycles(self) -> int:
        """Clock cycles simulated so far."""
        return self._tell("cycles")

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Record the waveform of what is done meanwhile, of a program that was started with a file for it."""
        self._tell("trace on")
        yield
        self._tell("trace off")

    def _tell(self, line: str) -> int:
        """Give the program a line, and wait until it has obeyed; its clock cycles then."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            words = self._process.stdout.readline().split()
        except BrokenPipeError:
            words = []
        if len(words) != 2:
            raise BoardError(f"the simulated board does not obey {line!r} ({' '.join(words) or 'it has ended'})")
        return int(words[1])

    def close(self) -> None:
        """End the program; closing twice does no harm."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def parameters_for(image: MemoryImage) -> dict[str, int]:
    """Parameters of ``rtl/sim/sim_top.v`` with which a board holds an image and 512 pictures or more.

    Memories of engine ``mac`` are always the same, and what does not fit is refused.
    """
    codes = {"PROTECTIONS": packed_protections(image.protections)} if any(image.protections) else {}
    if not isinstance(image, LutImage):
        return codes
    batches = _LUT_PICTURES // _LUT_LANES
    # rows of a batch (docs/lut-engine.md)
    image_rows = -(-image.inputs * _LUT_LANES // 128)
    score_rows = image.score_count * image.score_bits
    result_rows = score_rows + 2 * image.score_count.bit_length()
    needed = {
        "GATE_BITS": image.gates,
        "INPUT_BITS": image.inputs,
        "IMAGE_BITS": batches * image_rows,
        "SCORE_BITS": batches * score_rows,
        "RESULT_BITS": batches * result_rows,
    }
    return {
        "ENGINE": int(Engine.LUT),
        "GATE_INPUTS": image.k,
        "IMAGE_LANES": _LUT_LANES,
        "STORED_WIRING": int(image.wiring_seed is None),
        **codes,
        **{name: max(least, (needed[name] - 1).bit_length()) for name, least in _LUT_SIZES.items()},
    }


def build(parameters: Mapping[str, int], *, trace: bool = False) -> Path:
    """Path of the program with these parameters; builds it where that is still to be done.

    Parameters
    ----------
    parameters
        Parameters of ``rtl/sim/sim_top.v``.
    trace
        Whether the program can write waveforms.

    Raises
    ------
    BoardError
        If a tool is missing or the build fails.
    """
    build_id = _identity(parameters, trace)
    folder = BUILDS / f"{build_id:08x}"
    program = folder / "board"
    if program.exists():
        return program
    BUILDS.mkdir(parents=True, exist_ok=True)
    with _locked(BUILDS / f"{build_id:08x}.lock"):
        if not program.exists():
            # Built beside its place and moved there whole, so that an interrupted build leaves no half program.
            unfinished = BUILDS / f"{build_id:08x}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            with _announced("building the simulated board (once, about half a minute)"):
                _verilate(unfinished, {**parameters, "BUILD_ID": build_id}, trace)
            unfinished.rename(folder)
    return program


def _identity(parameters: Mapping[str, int], trace: bool) -> int:
    """CRC-32 of everything that decides what the program does."""
    own = sorted((RTL / "sim").glob("*.[chv]*"))
    value = zlib.crc32(repr((sorted(parameters.items()), trace, _VERILATOR_FLAGS, _OPTIMISE)).encode())
    for path in (*read_sources(), *sorted(INCLUDES.glob("*.vh")), *own):
        value = zlib.crc32(path.read_bytes(), value)
    return value


def verilate(folder: Path, options: Sequence[str], sources: Sequence[Path], optimise: str) -> None:
    """Make the program ``board`` in a folder, of sources whose top is a ``sim_top`` with the ports of the RTL's.

    Parameters
    ----------
    folder
        Where; it must not exist.
    options
        Verilator's, beside those that every such program has.
    sources
        The Verilog files, and waivers.
    optimise
        The compiler's option for the code of the design.

    Raises
    ------
    MissingTool
        If a tool is missing.
    RuntimeError
        If it fails; the text has the end of what it printed.
    """
    verilator = find_verilator()
    command = [
        str(verilator.executable),
        *("--cc", "--exe", "--build", "--build-jobs", str(os.cpu_count() or 1)),
        *("--top-module", "sim_top", "-o", "board", "--Mdir", str(folder)),
        *options,
        *(str(path) for path in (*sources, RTL / "sim" / "main.cpp")),
    ]
    run_quietly(command, env=verilator.environment(optimise), cwd=ROOT, what="building the simulated board")


def _verilate(folder: Path, parameters: Mapping[str, int], trace: bool) -> None:
    options = [
        *_VERILATOR_FLAGS,
        f"-I{INCLUDES}",
        *(["--trace-fst"] if trace else []),
        *(f"-G{name}={value}" for name, value in sorted(parameters.items())),
    ]
    try:
        verilate(folder, options, [WAIVERS, *read_sources(), RTL / "sim" / "sim_top.v"], _OPTIMISE)
    except MissingTool as error:
        raise BoardError(str(error)) from None
    except RuntimeError as error:
        # Verilator's writer of FST files compresses with both; only it includes them.
        if trace and re.search(r"\b(lz4\.h|zlib\.h|-llz4|-lz)\b", str(error)):
            raise BoardError(_NO_LIBRARIES) from None
        raise BoardError(str(error)) from None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the only right to build, among all processes of this checkout."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _announced(what: str) -> Iterator[None]:
    """Say what takes long, and how long it took."""
    begin = time.monotonic()
    print(f"{what} … ", end="", file=sys.stderr, flush=True)
    try:
        yield
    except BaseException:
        print("failed", file=sys.stderr, flush=True)
        raise
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
