# SPDX-License-Identifier: Apache-2.0
"""``python -m host.versus``: arithmetic against logic: a campaign for each network and store, their curves together.

It types what a user would type: ``host.campaign`` for each run, then ``host.compare`` for all of them.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from host import campaign, compare
from host.image import compile_network
from host.networks import NetworkError, load_network
from host.options import DEFAULT_BERS
from host.regmap import Engine

#: Networks that are compared when none is named: one of each engine.
NETWORKS = ("digits-mlp", "digits-lut4")

# The stores of each engine that are upset, each in a run of its own: what a network has learned or was drawn.
_UPSET = {Engine.MAC: ("weights",), Engine.LUT: ("tables", "wiring")}

# Settled here for each run.
_SETTLED = ("--network", "--stores", "--inject", "--faults", "--wiring")

_EPILOG = f"""\
examples:
  python -m host.versus
      {" and ".join(NETWORKS)} on simulated boards: weights, truth tables, wiring; {len(DEFAULT_BERS)} bit error rates
  python -m host.versus --board twin --trials 1000
      narrower bands, on the software model
  python -m host.versus --networks digits-mlp digits-lut4 digits-lut6 --ber 1e-3 1e-2
      more networks, other rates
  python -m host.versus --ber 1e-3 --out results/versus --resume
      go on after an interruption, with the options it was started with

All other options are those of host.campaign and go to every run. The folder of --out gets a run folder for each
network and store, and compare.html with the curves at equal bit error rate and at equal expected flips.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaigns one after the other and compare them; the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="python -m host.versus",
        description="Run the same sweep on an arithmetic and a logic network, and show their curves side by side.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--networks", metavar="NAME", nargs="+", default=NETWORKS, help="networks, shipped or by path")
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the runs (default: a new one in results/)")
    typed, others = parser.parse_known_args(words)
    settled = [word for word in others if word.split("=")[0] in _SETTLED]
    if settled:
        print(f"versus: {settled[0]} is settled for each run: use python -m host.campaign for one run", file=sys.stderr)
        return 2
    out: Path = typed.out or Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-versus"
    try:
        runs = _runs(typed.networks, out)
    except NetworkError as error:
        print(f"versus: {error}", file=sys.stderr)
        return 2
    for number, (folder, choice) in enumerate(runs.items()):
        print(f"\n[{number + 1}/{len(runs)}] {shlex.join(choice)}", flush=True)
        status = campaign.main([*choice, f"--out={folder}", *others])
        if status == campaign.INTERRUPTED:
            again = words if typed.out is not None else [*words, f"--out={out}"]
            again = again if "--resume" in again else [*again, "--resume"]
            print(f"go on with all runs: python -m host.versus {shlex.join(again)}")
        if status:
            return status
    print()
    return compare.main([*map(str, runs), f"--out={out}"])


def _runs(networks: Sequence[str], out: Path) -> dict[Path, list[str]]:
    """Folder of each run, and what chooses its network and store; NetworkError where no two can be told apart."""
    runs: dict[Path, list[str]] = {}
    for name in networks:
        engine = compile_network(load_network(name)).engine
        for store in _UPSET[engine]:
            folder = out / f"{Path(name).stem}-{store}"
            if folder in runs:
                raise NetworkError(f"two networks are called {Path(name).stem}: give each its own name")
            runs[folder] = ["--network", name, "--stores", store]
    if len(runs) < 2:
        raise NetworkError(f"{networks[0]} alone is no comparison: name another network with --networks")
    return runs


if __name__ == "__main__":
    sys.exit(main())
