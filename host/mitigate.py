# SPDX-License-Identifier: Apache-2.0
"""``python -m host.mitigate``: what protection and scrubbing buy at an upset rate, and what they cost.

It types what a user would type: ``host.campaign --inject beam`` for each protection and scrub interval. Then it puts
the runs on one page.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from host import campaign
from host.boards import BoardError
from host.image import compile_network
from host.networks import NetworkError, load_network
from host.regmap import Protection
from host.results import ResultsError

#: What is compared when nothing is typed.
PROTECTIONS = tuple(code.name.lower() for code in Protection)
INTERVALS = ("never", "100ms", "10ms")

# Settled here for each run.
_SETTLED = ("--protect", "--scrub-interval", "--scrub-from", "--inject")

# A scrubber that has nothing to correct by writes the golden copy.
_UNCORRECTING = (Protection.NONE.name.lower(), Protection.PARITY.name.lower())

_EPILOG = """\
examples:
  python -m host.mitigate --board twin
      every protection, without a scrubber and with one every 100 ms and every 10 ms, at three upset rates; where the
      code corrects nothing, the scrubber writes a golden copy
  python -m host.mitigate --network digits-lut4 --stores tables wiring --upset-rate 0.1 1
      truth tables and wiring of a logic network
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
    parser.add_argument("--protect", metavar="CODE", nargs="+", default=PROTECTIONS, help="protections of all stores")
    parser.add_argument(
        "--scrub", metavar="T", nargs="+", default=INTERVALS, help="times of a round of the scrubber, or never"
    )
    parser.add_argument("--network", metavar="NAME", default="digits-mlp", help="network, shipped or by path")
    parser.add_argument("--area-of", metavar="BOARD", default="ulx3s", help="whose builds are told (default: ulx3s)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the runs (default: a new one in results/)")
    typed, others = parser.parse_known_args(words)
    settled = [word for word in others if word.split("=")[0] in _SETTLED]
    if settled:
        print(f"mitigate: {settled[0]} is settled for each run: use python -m host.campaign for one", file=sys.stderr)
        return 2
    out: Path = typed.out or Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-mitigate"
    try:
        engine = compile_network(load_network(typed.network)).engine
    except NetworkError as error:
        print(f"mitigate: {error}", file=sys.stderr)
        return 2
    runs = _runs(typed, out)
    for number, (folder, choice) in enumerate(runs.items()):
        print(f"\n[{number + 1}/{len(runs)}] {shlex.join(choice)}", flush=True)
        status = campaign.main([*choice, f"--out={folder}", f"--network={typed.network}", *others])
        if status == campaign.INTERRUPTED:
            again = words if typed.out is not None else [*words, f"--out={out}"]
            again = again if "--resume" in again else [*again, "--resume"]
            print(f"go on with all runs: python -m host.mitigate {shlex.join(again)}")
        if status:
            return status
    # matplotlib and SciPy take seconds to import; what is typed wrong is told before
    from host.report.mitigation import write_mitigation

    try:
        page = write_mitigation(list(runs), out, typed.area_of, engine)
    except (BoardError, ResultsError, OSError) as error:
        print(f"mitigate: {error}", file=sys.stderr)
        return 1
    print(f"\npage: {page}")
    return 0


def _runs(typed: argparse.Namespace, out: Path) -> dict[Path, list[str]]:
    """Folder of each run, and what chooses its protection and scrub interval."""
    runs = {}
    for code in dict.fromkeys(typed.protect):
        for interval in dict.fromkeys(typed.scrub):
            choice = ["--inject", "beam", "--protect", code]
            if interval != "never":
                source = "golden" if code in _UNCORRECTING else "code"
                choice += ["--scrub-interval", interval, "--scrub-from", source]
            runs[out / f"{code.replace('=', '_')}-{interval}"] = choice
    return runs


if __name__ == "__main__":
    sys.exit(main())
