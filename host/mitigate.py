# SPDX-License-Identifier: Apache-2.0
"""``python -m host.mitigate``: what protection and scrubbing buy at an upset rate, and what they cost.

It types what a user would type: ``host.campaign --inject beam`` for each protection and scrub interval. Then it puts
the runs on one page.
"""

from __future__ import annotations

import argparse
import math
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from host import campaign
from host.boards import NAMES, BoardError, find_entry
from host.boards.fpga_boards import find_hardware
from host.faults import FaultListError
from host.image import compile_network
from host.networks import NetworkError, load_network
from host.options import SCRUB_FROM, UsageError, complete, parse
from host.rates.durations import parse_duration
from host.regmap import ENGINE_STORES, Engine, Protection
from host.report.run_data import CORRECTING
from host.results import FORMATS, ResultsError
from host.trials import BeamPlan, PlanError, choose_protections, choose_stores
from host.work import prepare

#: What is compared when nothing is typed.
PROTECTIONS = tuple(code.name.lower() for code in Protection)
NEVER = "never"
INTERVALS = (NEVER, "100ms", "10ms")

# Settled here for each run.
_SETTLED = ("--protect", "--scrub-interval", "--scrub-from", "--inject")

_EPILOG = """\
examples:
  python -m host.mitigate --board twin
      every protection, without a scrubber and with one every 100 ms and every 10 ms, at three upset rates; where the
      code corrects nothing, the scrubber writes a golden copy
  python -m host.mitigate --network digits-lut4 --stores tables wiring --upset-rate 0.1 1
      truth tables and wiring of a logic network
  python -m host.mitigate --stores all --protect secded "weights=secded program=tmr"
      a code for all stores against a mix of codes
  python -m host.mitigate --protect none secded --scrub never 1s --duration 1h --upset-rate 1e-5 --out results/hour
      an hour; with --out and --resume an interrupted comparison goes on

All other options are those of host.campaign and go to every run. The folder of --out gets a run folder for each
protection and interval, and mitigation.html with accuracy over time, errors that are left, memory, area and cycles.
Area is that of builds in build/bitstream: make bitstream BOARD=ulx3s ARGS="--protect secded --check-only".
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaigns one after the other and write the page; the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="python -m host.mitigate",
        description="Run histories in a beam for each protection, scrub interval and upset rate, side by side.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--protect",
        metavar="CODE",
        nargs="+",
        default=PROTECTIONS,
        help='protections of all stores; a mix is one word in quotes, such as "weights=secded program=tmr"',
    )
    parser.add_argument(
        "--scrub", metavar="T", nargs="+", default=INTERVALS, help="times of a round of the scrubber, or never"
    )
    parser.add_argument("--network", metavar="NAME", default="digits-mlp", help="network, shipped or by path")
    parser.add_argument("--area-of", metavar="BOARD", default="ulx3s", help="whose builds are told (default: ulx3s)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the runs (default: a new one in results/)")
    typed, others = parser.parse_known_args(words)
    out: Path = typed.out or Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-mitigate"
    try:
        engine, interval, runs = _settle(typed, others, out)
    except (UsageError, PlanError, NetworkError, FaultListError, BoardError) as error:
        print(f"mitigate: {error}", file=sys.stderr)
        return 2
    for number, (folder, choice) in enumerate(runs.items()):
        print(f"\n[{number + 1}/{len(runs)}] {shlex.join(choice)}", flush=True)
        status = campaign.main([*choice, f"--out={folder}", f"--network={typed.network}", *others])
        if status == campaign.INTERRUPTED:
            again = words if typed.out is not None else [*words, f"--out={out}"]
            if out.is_dir() and "--resume" not in again:
                again = [*again, "--resume"]
            print(f"go on with all runs: python -m host.mitigate {shlex.join(again)}")
        if status:
            return status
    # matplotlib and SciPy take seconds to import; what is typed wrong is told before
    from host.report.mitigation import write_mitigation

    try:
        page = write_mitigation(list(runs), out, typed.area_of, engine, interval)
    except (BoardError, ResultsError, OSError) as error:
        print(f"mitigate: {error}", file=sys.stderr)
        return 1
    print(f"\npage: {page}")
    return 0


def _settle(typed: argparse.Namespace, others: list[str], out: Path) -> tuple[Engine, str, dict[Path, list[str]]]:
    """Engine, kind of interval, and what chooses each run by its folder; all that can be wrong before the first run.

    Raises
    ------
    UsageError, PlanError, NetworkError, FaultListError, BoardError
        If something cannot be.
    """
    settled = [word for word in others if word.split("=")[0] in _SETTLED]
    if settled:
        raise UsageError(f"{settled[0]} is settled for each run: use python -m host.campaign for one")
    find_hardware(typed.area_of)
    engine = compile_network(load_network(typed.network)).engine
    common = parse(others, tuple(FORMATS), campaign.INTERVALS)
    if common.resume and typed.out is None:
        raise UsageError("--resume needs the folder of the runs: name it with --out")
    if common.resume and not out.is_dir():
        raise UsageError(f"{out} holds no runs to go on with: leave out --resume to start them")
    find_entry(common.board or NAMES[0])
    runs = _runs(typed, out, engine, choose_stores(engine, common.stores or ENGINE_STORES[engine][:1]))
    # a run to go on with has settings of its own, which it compares
    for choice in [] if common.resume else runs.values():
        options = complete(
            parse([*choice, f"--network={typed.network}", *others], tuple(FORMATS), campaign.INTERVALS), None
        )
        # without --faults nothing of this name is read
        prepare(options, options.faults or Path("faults.csv"))
    return engine, common.interval, runs


def _runs(typed: argparse.Namespace, out: Path, engine: Engine, stores: Sequence[int]) -> dict[Path, list[str]]:
    """Folder of each run, and what chooses its protection and scrub interval; a code or interval counts once."""
    codes: dict[tuple[Protection, ...], list[str]] = {}
    for code in typed.protect:
        codes.setdefault(choose_protections(engine, code.split()), code.split())
    intervals: dict[float, str] = {}
    for interval in typed.scrub:
        intervals.setdefault(_seconds(interval), interval)
    runs = {}
    for protections, words in codes.items():
        # a scrubber that has nothing in the beam to correct by writes the golden copy
        source = SCRUB_FROM[0] if any(protections[store] in CORRECTING for store in stores) else SCRUB_FROM[1]
        for seconds, interval in intervals.items():
            choice = ["--inject", BeamPlan.inject, "--protect", *words]
            if seconds < math.inf:
                choice += ["--scrub-interval", interval, "--scrub-from", source]
            runs[out / f"{'-'.join(words).replace('=', '_')}-{interval.replace(' ', '')}"] = choice
    return runs


def _seconds(interval: str) -> float:
    """Seconds of a scrub interval; infinity for never."""
    if interval == NEVER:
        return math.inf
    try:
        return parse_duration(interval)
    except ValueError as error:
        raise UsageError(f"{error}, or {NEVER}: change --scrub") from None


if __name__ == "__main__":
    sys.exit(main())
