# SPDX-License-Identifier: Apache-2.0
"""``python -m host.explain``: one row of a run, flip by flip and picture by picture; fault sets as CSV."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import track

from host.boards import BoardError, open_board
from host.boards.waveform import record_trial
from host.faults import Exposures, FaultListError, FaultSet, Source
from host.networks import NetworkError
from host.options import UsageError, recall
from host.regmap import MAP_HASH
from host.report.explanation import print_flips, print_outcomes, print_pictures, shown
from host.results import ResultsError, ResultsStore, RunFolder, write_faults
from host.trials import PlanError, TrialRow
from host.trials.explanation import changed_pictures, differences, flips, point_of, repeat
from host.work import Work, prepare, settings

# Exit statuses, as those of the campaign.
_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130

# Settings that must be today's too, or the row is not explained but another one.
_SAME = ("image_digest", "test_set_digest", "images", "fault_list")

_EXAMPLES = """\
examples:
  python -m host.explain results/mine --trial 12
      row 12 of the run, counted from 0: its flips, and what they did
  python -m host.explain results/mine --seed 4294967308 --full
      the row of this seed (of a walk, the physical bit; of a list, the fault set), every line of it
  python -m host.explain results/mine --trial 12 --csv one.csv
      its fault set as a list, to run again or to change: host.campaign --inject list --faults one.csv
  python -m host.explain results/mine --all --csv every.csv
      the fault sets of all rows
  python -m host.explain results/mine --trial 12 --wave trial.fst
      its waveform, recorded on the simulated board
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; python -m host.explain --help shows examples")


@dataclass(frozen=True, eq=False)
class _Run:
    """A run that is explained: its folder, its rows, and what it was about."""

    path: Path
    store: ResultsStore
    work: Work


def main(argv: Sequence[str] | None = None) -> int:
    """Explain a row; the exit status."""
    try:
        _explain(_parse(sys.argv[1:] if argv is None else list(argv)))
        return 0
    except (UsageError, PlanError, NetworkError, FaultListError) as error:
        return _complain(error, _USAGE)
    except (BoardError, ResultsError, OSError) as error:
        return _complain(error, _FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)


def _complain(error: object, status: int) -> int:
    print(f"explain: {error}", file=sys.stderr)
    return status


def _parse(words: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m host.explain",
        description="Tell which bits flipped in a trial of a run, what each was, and what they did to the answers.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="run folder")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--trial", metavar="N", type=int, help="row of the run, from 0")
    which.add_argument("--seed", metavar="S", type=int, help="number of the trial in its source (column `seed`)")
    which.add_argument("--all", action="store_true", help="all rows: only their fault sets, into the file of --csv")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the fault set as a list (docs/faults.md)")
    parser.add_argument("--full", action="store_true", help="every flip and picture, however many")
    parser.add_argument("--wave", metavar="FILE", type=Path, help="record the trial's waveform (FST)")
    typed = parser.parse_args(words)
    if typed.trial is None and typed.seed is None and not typed.all:
        raise UsageError("which row? name it with --trial N or --seed S, or take all of them with --all --csv FILE")
    if typed.all and (typed.csv is None or typed.wave is not None or typed.full):
        raise UsageError("--all only writes the fault sets of all rows: give it --csv FILE, and no --wave or --full")
    return typed


def _explain(typed: argparse.Namespace) -> None:
    console = Console(highlight=False)
    folder = RunFolder(typed.run)
    if not folder.used:
        raise UsageError(f"{typed.run} holds no run: name the folder of one, such as results/<time>-<board>-<network>")
    with closing(ResultsStore.open(folder.database)) as store:
        run = _Run(folder.path, store, _prepare(folder, store))
        if typed.all:
            _write_all(run, typed.csv, console)
            return
        row = _find(run, typed.trial, typed.seed)
        faults = _source(run, row).fault_set(row.seed, run.work.image.space)
        _print_row(run, row, faults, typed.full, console)
        if typed.csv is not None:
            write_faults(typed.csv, [faults], run.work.image)
            console.print(f"fault list: {typed.csv}", soft_wrap=True, markup=False)
        if typed.wave is not None:
            _record(run, row, typed.wave, console)


def _prepare(folder: RunFolder, store: ResultsStore) -> Work:
    """What the run was about, made anew and found the same."""
    _require(folder, store.changes({"map_hash": f"{MAP_HASH:08x}"}))
    options = recall(store.settings(), folder.path)
    work = prepare(options, folder.faults)
    with closing(open_board("twin", None, work.image)) as twin:
        now = settings(options, work, twin.identity)
    _require(folder, store.changes({name: now[name] for name in _SAME}))
    return work


def _require(folder: RunFolder, changes: list[str]) -> None:
    if changes:
        raise ResultsError(
            f"the run in {folder.path} is of another checkout, network or list: {'; '.join(changes)}. Explain it with"
            " those that it was made with"
        )


def _find(run: _Run, trial: int | None, seed: int | None) -> TrialRow:
    row = run.store.row_of(seed or 0) if trial is None else run.store.row_at(trial)
    if row is None:
        which = f"row {trial}" if trial is not None else f"row of seed {seed}"
        count = run.store.count()
        has = f"its rows are 0 … {count - 1}" if count else "it has no row yet"
        raise UsageError(f"there is no {which} in {run.path}: {has}, and column `seed` of an export has their seeds")
    return row


def _print_row(run: _Run, row: TrialRow, faults: FaultSet, full: bool, console: Console) -> None:
    """Run the trial again on the twin, require the stored row, and print what it did."""
    work, point = run.work, point_of(run.work.plan, row)
    with closing(open_board("twin", None, work.image)) as board:
        board.load(work.image, work.test_set, work.golden.inference)
        _require_row(run, row, differences(row, point, repeat(board, point, row.seed)), "on the twin")
        answer = board.infer(faults, details=True)
    rate = "" if row.ber is None else f" at bit error rate {row.ber:g}"
    flipped = "1 bit" if row.flips == 1 else f"{row.flips} bits"
    head = f"{work.plan.inject}{rate}, seed {row.seed}: {flipped} flipped, digest {row.digest:08x}"
    console.print(head, style="bold", soft_wrap=True, markup=False)
    first = list(itertools.islice(flips(faults, work.image), shown(full)))
    print_flips(console, first, len(faults))
    print_outcomes(console, row)
    print_pictures(console, changed_pictures(work.golden.inference, work.test_set.labels, answer), full)
    console.print("run again on the twin: the stored row", soft_wrap=True)


def _require_row(run: _Run, row: TrialRow, found: list[str], where: str) -> None:
    if found:
        raise BoardError(
            f"the row with seed {row.seed} of {run.path} does not reproduce {where}: {'; '.join(found)}; explain it"
            " with the checkout that made it"
        )


def _source(run: _Run, row: TrialRow) -> Source:
    source = point_of(run.work.plan, row).source
    if isinstance(source, Exposures):
        raise UsageError(
            f"{run.path} is a run of --inject beam, whose slices have the faults of those before them:"
            f" python -m host.replay {run.path} goes through them"
        )
    return source


def _record(run: _Run, row: TrialRow, path: Path, console: Console) -> None:
    work, point = run.work, point_of(run.work.plan, row)
    record = record_trial(
        path,
        work.image,
        work.test_set,
        work.golden.inference,
        _source(run, row),
        row.seed,
        lambda text: console.print(text, soft_wrap=True, markup=False),
    )
    _require_row(run, row, differences(row, point, record), "on the simulated board")
    console.print(f"waveform: {path} ({path.stat().st_size / 1e6:.1f} MB), the stored row again", soft_wrap=True)


def _write_all(run: _Run, path: Path, console: Console) -> None:
    """The fault set of each row, numbered in their order."""
    count = run.store.count()
    if not count:
        raise UsageError(f"{run.path} has no row yet: go on with it first")
    rows = track(
        run.store.rows(), "fault sets", count, console=console, transient=True, disable=not console.is_terminal
    )
    write_faults(path, _fault_sets(run, rows), run.work.image)
    console.print(f"{count} fault sets: {path}", soft_wrap=True, markup=False)


def _fault_sets(run: _Run, rows: Iterable[TrialRow]) -> Iterator[FaultSet]:
    for row in rows:
        yield _source(run, row).fault_set(row.seed, run.work.image.space)


if __name__ == "__main__":
    sys.exit(main())
