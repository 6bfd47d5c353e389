# SPDX-License-Identifier: Apache-2.0
"""``python -m host.pilot``: a few trials, and from them how many and how long the wanted interval will take."""

from __future__ import annotations

import argparse
import shlex
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from host.boards import Board, BoardError, open_boards
from host.faults import FaultListError
from host.link.session import LinkError
from host.networks import NetworkError
from host.options import Options, UsageError, complete, parse
from host.rates.durations import show_duration
from host.report.table import percent
from host.trials import BeamPlan, PlanError, Point, SweepPlan, TrialRow
from host.trials.run import rows_of
from host.work import Work, prepare

_EPILOG = """\
examples:
  python -m host.pilot --ber 1e-3 1e-2
      20 trials of each rate on the simulated board: how many for an interval of one percentage point to either side?
  python -m host.pilot --want 0.2 --pilot 50 --board twin --network digits-lut4
      for a fifth of a point, from 50 trials, on the software model
  python -m host.pilot --board twin --inject beam --protect secded --scrub-interval 10ms
      histories in a beam: how many, for the accuracy at their end

All other options are those of host.campaign, which then takes the number with --trials. Nothing is stored.
"""


@dataclass(frozen=True)
class Estimate:
    """What the trials of one rate tell.

    Attributes
    ----------
    rate
        Bit error rate, or upsets per bit and second.
    accuracy
        Of each trial, or at the end of each history.
    seconds
        That one took.
    """

    rate: float
    accuracy: tuple[float, ...]
    seconds: float


def main(argv: Sequence[str] | None = None) -> int:
    """Run the pilot and print what it tells; the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = argparse.ArgumentParser(
        prog="python -m host.pilot",
        description="Run a few trials of a campaign and tell how many the wanted interval takes, and how long.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--want", metavar="P", type=float, default=1.0, help="percentage points to either side (default: 1)"
    )
    parser.add_argument("--pilot", metavar="N", type=int, default=20, help="trials of each rate (default: 20)")
    typed, others = parser.parse_known_args(words)
    try:
        return _pilot(typed.want, typed.pilot, others)
    except (UsageError, PlanError, NetworkError, FaultListError) as error:
        print(f"pilot: {error}", file=sys.stderr)
        return 2
    except (BoardError, LinkError, OSError) as error:
        print(f"pilot: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pilot: interrupted before it could tell anything", file=sys.stderr)
        return 130


def _pilot(want: float, trials: int, words: list[str]) -> int:
    if not 0.0 < want <= 50.0:
        raise UsageError(f"{want:g} percentage points are no width: give --want a number above 0, up to 50")
    if trials < 2:
        raise UsageError(f"{trials} trials tell nothing of their spread: give --pilot 2 or more")
    given = [flag for word in words if (flag := word.split("=")[0]) in ("--trials", "--out", "--resume")]
    if given:
        raise UsageError(f"{given[0]} is for host.campaign: leave it out here")
    options = replace(complete(parse(words, ("none",), ("student",)), None), trials=trials)
    # without --faults nothing of this name is read
    work = prepare(options, options.faults or Path("faults.csv"))
    if not isinstance(work.plan, SweepPlan | BeamPlan):
        raise UsageError(f"--inject {options.inject} runs all there is: only a sweep or a beam needs a pilot")
    console = Console(highlight=False)
    boards = open_boards(options.board, options.ports, work.image, notify=console.print)
    found = []
    try:
        (board, *_) = boards.values()
        board.load(work.image, work.test_set, work.golden.inference)
        for point in work.plan.points():
            with console.status(f"rate {_rate(point):g}"):
                found.append(_estimate(work, board, point, trials))
    finally:
        for board in boards.values():
            board.close()
    _print(console, found, want / 100, options, words)
    return 0


def _rate(point: Point) -> float:
    rate = point.ber if point.upset_rate is None else point.upset_rate
    assert rate is not None
    return rate


def _estimate(work: Work, board: Board, point: Point, trials: int) -> Estimate:
    """Run the first trials of a point; of a beam, the first histories."""
    began = time.monotonic()
    with closing(rows_of(point, board, point.first, point.trials, len(work.test_set.images))) as rows:
        ends = tuple(_ends(rows, work.plan.slices if isinstance(work.plan, BeamPlan) else 1))
    return Estimate(_rate(point), ends, (time.monotonic() - began) / trials)


def _ends(rows: Iterator[TrialRow], slices: int) -> Iterator[float]:
    """Accuracy of each trial, or of the last slice of each history."""
    for number, row in enumerate(rows, start=1):
        if number % slices == 0:
            yield row.accuracy


def _print(console: Console, found: Sequence[Estimate], want: float, options: Options, words: list[str]) -> None:
    # SciPy takes seconds to import; what is typed wrong is told before.
    from host.statistics import trials_for

    what = "histories" if options.inject == BeamPlan.inject else "trials"
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for head in ("rate", "accuracy, %", "deviation, points", f"{what} needed", "their time"):
        table.add_column(head, justify="right", no_wrap=True)
    most, total = 2, 0.0
    for one in found:
        deviation = statistics.stdev(one.accuracy)
        needed = trials_for(deviation, want)
        most = max(most, needed)
        total += needed * one.seconds
        spread = f"{100 * deviation:.3g}" if deviation else "0*"
        mean = percent(statistics.fmean(one.accuracy))
        table.add_row(f"{one.rate:g}", mean, spread, f"{needed:,}", show_duration(max(needed * one.seconds, 1e-9)))
    console.print(table)
    if any(not statistics.stdev(one.accuracy) for one in found):
        console.print(f"* all {len(found[0].accuracy)} {what} agree: rarer ones may not, so run some hundred at least")
    whole = sum(one.seconds for one in found) * most
    each, all_alike = (show_duration(max(seconds, 1e-9)) for seconds in (total, whole))
    console.print(
        f"an interval of {100 * want:g} percentage points to either side at every rate takes {each} if each rate has"
        f" its own number, {all_alike} with {most:,} {what} for all:",
        soft_wrap=True,
    )
    command = ["python", "-m", "host.campaign", *words, "--trials", str(most)]
    console.print(f"  {shlex.join(command)}", soft_wrap=True, markup=False)


if __name__ == "__main__":
    sys.exit(main())
