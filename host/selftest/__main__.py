# SPDX-License-Identifier: Apache-2.0
"""``python -m host.selftest``: tests a board, prints what it found, and says PASS or FAIL."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from host.boards import NAMES, BoardError, Identity
from host.boards.opening import open_line
from host.image import compile_network
from host.link.session import LinkError
from host.networks import SHIPPED, DenseNetwork, LutNetwork, Network, NetworkError, load_network
from host.regmap import Engine
from host.selftest.bench import Bench, Extent
from host.selftest.report import Report, print_report
from host.selftest.sequence import SEQUENCE, failure, run_all, tidy
from host.selftest.verdict import Verdict
from host.trials import PlanError, choose_protections

# Exit statuses: a step failed; something typed was wrong.
_FAILED, _USAGE = 1, 2
# Of a self-test that was ended by Ctrl-C, as shells count it.
_INTERRUPTED = 130

_KINDS = {Engine.MAC: DenseNetwork, Engine.LUT: LutNetwork}

_EXAMPLES = """\
examples:
  python -m host.selftest --board ulx3s --json selftest.json
      the whole test of a board; send the file with a bug report
  python -m host.selftest --board arty --port /dev/ttyUSB1 --seconds 60
      a longer soak of the link
  python -m host.selftest --board sim --engine lut --quick
      the simulated board with engine lut, the ends of each memory only
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Test a board; 0 when every step passed or had nothing to test, else 1."""
    typed = _parse(argv)
    console = Console(highlight=False)
    # So that the board is left tidy, too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        networks = _networks(typed.network, typed.engine)
        report = _test(typed, networks, console)
    except (NetworkError, PlanError) as error:
        print(f"selftest: {error}", file=sys.stderr)
        return _USAGE
    except KeyboardInterrupt:
        print("selftest: interrupted", file=sys.stderr)
        return _INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    print_report(console, report)
    if typed.json is not None:
        try:
            typed.json.write_text(json.dumps(report.document(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            print(f"selftest: {error}: name another file with --json", file=sys.stderr)
            return _USAGE
    return 0 if report.failed is None else _FAILED


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m host.selftest",
        description="Test a board: link, memories, digest, fault controller, and the engine against the twin.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    boards = [name for name in NAMES if name != "twin"]
    parser.add_argument("--board", metavar="NAME", choices=boards, default=boards[0], help=", ".join(boards))
    parser.add_argument("--port", metavar="PATH", help="serial port of the board (default: found by its USB ids)")
    parser.add_argument("--network", metavar="NAME", help=f"{', '.join(SHIPPED)}, or a file (default: one that fits)")
    engines = [engine.name.lower() for engine in Engine]
    parser.add_argument(
        "--engine", choices=engines, help="engine of the simulated board that is started (a board tells its own)"
    )
    parser.add_argument(
        "--protect",
        metavar="CODE",
        nargs="+",
        default=["none"],
        help="protection of the simulated board that is started, as for host.campaign (a board tells its own)",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="seconds of the link soak (default: 5)")
    parser.add_argument("--quick", action="store_true", help="the ends of each memory only: seconds on sim, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found to a file, too")
    return parser.parse_args(argv)


def _networks(name: str | None, engine: str | None) -> list[Network]:
    """Candidates, best first; of one engine where that was said."""
    found: list[Network] = [load_network(n) for n in ([name] if name else SHIPPED)]
    if engine is None:
        return found
    kind = _KINDS[Engine[engine.upper()]]
    if not any(isinstance(network, kind) for network in found):
        raise NetworkError(f"network {name} is not for engine {engine}: leave out --engine or name another --network")
    return [network for network in found if isinstance(network, kind)]


def _test(typed: argparse.Namespace, networks: list[Network], console: Console) -> Report:
    extent = Extent.quick() if typed.quick else Extent()
    if typed.seconds is not None:
        extent = replace(extent, soak_s=typed.seconds)
    verdicts: list[Verdict] = []
    told: list[str] = []
    try:
        image = compile_network(networks[0])
        line = open_line(typed.board, typed.port, image.protect(choose_protections(image.engine, typed.protect)))
    except (BoardError, LinkError) as error:
        return Report(typed.board, typed.port or "no port", [failure(SEQUENCE[0], error)], "not written to")

    def candidates(engine: Engine) -> list[Network]:
        return [network for network in networks if isinstance(network, _KINDS[engine])]

    def ready(identity: Identity) -> int:
        return line.ready(identity, told.append)

    bench = Bench(line.session, typed.board, candidates, extent, line.session.baud, ready)
    try:
        for verdict in run_all(bench, lambda step: console.print(f"{step.name}: {step.title}", markup=False)):
            verdicts.append(verdict)
    finally:
        stores = tidy(bench)
        line.close()
    for text in told:
        console.print(text, soft_wrap=True, markup=False)
    return Report(typed.board, line.port, verdicts, stores)


if __name__ == "__main__":
    sys.exit(main())
