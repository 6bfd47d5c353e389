# SPDX-License-Identifier: Apache-2.0
"""``python -m host.campaign``: joins the rooms to one fault campaign, and nothing else."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import re
import shlex
import signal
import sys
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import astuple
from pathlib import Path
from types import FrameType
from typing import Self

from rich.console import Console

import host
from host.boards import Board, BoardError, Counters, find_entry, open_boards
from host.faults import Exposures, FaultListError, Walk
from host.link.session import LinkError
from host.networks import NetworkError
from host.options import Options, UsageError, complete, parse, says_what_to_run
from host.report.progress import ProgressView
from host.results import FORMATS, ResultsError, ResultsStore, RunFolder, RunInfo, export
from host.trials import BeamPlan, NoBoardLeft, PlanError, SweepPlan, TrialRow, WalkPlan, run, run_on_all
from host.work import Work, prepare, settings

# Exit statuses: something was wrong; something typed was wrong.
_FAILED, _USAGE = 1, 2

#: Exit status of a campaign that was ended by Ctrl-C, as shells count it.
INTERRUPTED = 130

# Longest table that is printed.
_MOST_LINES = 40

#: Kinds of interval (host.report.summary.INTERVALS, whose import takes seconds).
INTERVALS = ("student", "bootstrap")
_LIBRARIES = ("numpy", "scipy", "pyserial")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a campaign; the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        return _campaign(words)
    except (UsageError, PlanError, NetworkError, FaultListError) as error:
        return _complain(error, _USAGE)
    except (BoardError, ResultsError) as error:
        return _complain(error, _FAILED)
    except LinkError as error:
        return _complain(f"the link was lost ({error}); what was stored is safe: go on with --resume", _FAILED)
    except OSError as error:
        return _complain(f"{error}: check free space and permissions, then go on with --resume", _FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted before the end; if trials were stored, --resume goes on with them", INTERRUPTED)


def _complain(error: object, status: int) -> int:
    print(f"campaign: {error}", file=sys.stderr)
    return status


def _campaign(words: list[str]) -> int:
    typed = parse(words, tuple(FORMATS), INTERVALS)
    console = Console(highlight=False)
    with ExitStack() as cleanup:
        folder, stored = _find_run(typed, console)
        options = complete(typed, None if stored is None else stored.settings())
        if stored is not None:
            cleanup.callback(stored.close)
        find_entry(options.board)
        folder = folder or RunFolder(_new_folder(options))
        work = prepare(options, options.faults or folder.faults)
        folder.check(options.resume)
        events: list[str] = []
        boards = open_boards(options.board, options.ports, work.image, notify=events.append)
        for board in boards.values():
            cleanup.callback(board.close)
        folder.claim()
        cleanup.callback(folder.release)
        now = settings(options, work, next(iter(boards.values())).identity)
        if stored is not None:
            stored.require_same(now)
        listed = work.fault_list()
        if listed is not None:
            folder.keep_faults(listed)
        if stored is None:
            stored = ResultsStore.create(folder.database, now)
            cleanup.callback(stored.close)
        whole = _run(options, work, boards, stored, console, events, words)
        if not whole:
            again = ["python", "-m", "host.campaign", "--resume", "--out", str(folder.path)]
            console.print(f"go on with: {shlex.join(again)}", soft_wrap=True)
            return INTERRUPTED
        _report(options, work, stored, folder, console)
    return 0


def _find_run(typed: argparse.Namespace, console: Console) -> tuple[RunFolder | None, ResultsStore | None]:
    """The folder that was named, and the run in it to go on with."""
    out: Path | None = typed.out
    if out is None:
        if typed.resume:
            raise UsageError("--resume needs the folder of the run: name it with --out")
        return None, None
    folder = RunFolder(out)
    folder.check(typed.resume)
    if not typed.resume:
        return folder, None
    if not folder.used:
        if not says_what_to_run(typed):
            raise UsageError(f"{out} holds no run to go on with: leave out --resume to start one")
        console.print(f"{out} holds no run yet: starting one", soft_wrap=True)
        return folder, None
    return folder, ResultsStore.open(folder.database)


def _new_folder(options: Options) -> Path:
    network = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(options.network).stem)
    return Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-{options.board}-{network}"


def _versions() -> str:
    versions = {"faultloop": host.__version__, "python": platform.python_version()}
    versions.update((name, importlib.metadata.version(name)) for name in _LIBRARIES)
    return json.dumps(versions, sort_keys=True)


def _run(
    options: Options,
    work: Work,
    boards: Mapping[str, Board],
    store: ResultsStore,
    console: Console,
    events: list[str],
    words: list[str],
) -> bool:
    """Run what is not done; whether all is done now."""
    command = shlex.join(["python", "-m", "host.campaign", *words])
    identity = next(iter(boards.values())).identity
    store.start_run(RunInfo(command, _versions(), identity.clock_hz, identity.baud))
    done = store.done()
    rows = _rows(work, boards, done, events)
    several = f"{len(boards)} boards" if len(boards) > 1 else "board"
    console.print(
        f"{options.network} on {several} {identity.name}: {len(work.test_set.images)} pictures, golden accuracy"
        f" {100 * work.golden.accuracy:.1f} %, {work.trials} trials ({len(done)} done)",
        soft_wrap=True,
    )
    whole = True
    with Interruption() as interruption, ProgressView(console, work.trials, len(done)) as view:
        try:
            with closing(rows):
                for row in rows:
                    store.add(row)
                    view.row(row)
                    _tell(events, store, view)
                    if interruption.asked:
                        whole = False
                        break
        except (LinkError, NoBoardLeft):
            # Ctrl-C also reaches a simulated board in the same terminal.
            if not interruption.asked:
                raise
            whole = False
        finally:
            _tell(events, store, view)
    golden = (board.golden_cycles for board in boards.values())
    cycles = next((cycles for cycles in golden if cycles is not None), None)
    store.end_run(_total(board.counters for board in boards.values()), cycles)
    return whole or store.count() == work.trials


def _rows(
    work: Work, boards: Mapping[str, Board], done: set[int], events: list[str]
) -> Generator[TrialRow, None, None]:
    """Rows of what is not done, from one board in order or from several as they come."""
    pictures = len(work.test_set.images)

    def load(board: Board) -> None:
        board.load(work.image, work.test_set, work.golden.inference)

    if len(boards) > 1:
        return run_on_all(work.plan, boards, load, pictures, done, events.append)
    (board,) = boards.values()
    load(board)
    return run(work.plan, board, pictures, done)


def _tell(events: list[str], store: ResultsStore, view: ProgressView) -> None:
    """Store and show what went wrong and was put right."""
    while events:
        store.event(events[0])
        view.say(events.pop(0))


def _total(counters: Iterable[Counters]) -> Counters:
    """What several boards have cost together."""
    columns = zip(*map(astuple, counters), strict=True)
    return Counters(*map(sum, columns))


class Interruption:
    """Turns the first Ctrl-C (or termination) into a flag; a second one ends at once."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def _report(options: Options, work: Work, store: ResultsStore, folder: RunFolder, console: Console) -> None:
    """Exports, table and picture of a complete run."""
    # SciPy and matplotlib take seconds to import; what is typed wrong is told before.
    from host.report.page import write_report

    exports = [export(store, folder.path, form) for form in options.exports]
    if isinstance(work.plan, BeamPlan):
        report = _report_courses
    else:
        report = _report_rates if isinstance(work.plan, SweepPlan) else _report_places
    pictures = report(options, work, store, folder, console)
    console.print(f"results: {folder.path} ({', '.join(p.name for p in [folder.database, *exports])})", soft_wrap=True)
    if pictures:
        console.print(f"picture: {pictures[0]}", soft_wrap=True)
    console.print(f"report: {write_report(store, folder.path, options.interval, work.image)}", soft_wrap=True)


def _report_rates(options: Options, work: Work, store: ResultsStore, folder: RunFolder, console: Console) -> list[Path]:
    """A line for each rate of a sweep, and its curve; the pictures."""
    # SciPy and matplotlib take seconds to import; what is typed wrong is told before.
    from host.report.figures import draw_curve
    from host.report.summary import summarise
    from host.report.table import markdown, print_table

    points = summarise(store.rows(), options.interval)
    title = f"{Path(options.network).stem}: accuracy under bit flips"
    subtitle = f"in {' '.join(work.stores)}; {_where(options, work)}"
    heading = f"{title} {subtitle} (golden {100 * work.golden.accuracy:.1f} %)"
    (folder.path / "summary.md").write_text(markdown(points, heading), encoding="utf-8")
    pictures = draw_curve(points, work.golden.accuracy, work.store_bits, title, subtitle, folder.path / "curve")
    print_table(console, points, heading)
    return pictures


def _report_courses(
    options: Options, work: Work, store: ResultsStore, folder: RunFolder, console: Console
) -> list[Path]:
    """A line for each upset rate of a beam; no picture but that of the page."""
    from host.report.exposure import courses, markdown_courses, print_courses
    from host.report.run_data import read_run

    run = read_run(store, folder.path)
    found = courses(store.rows(), options.interval)
    title = f"{Path(options.network).stem}: accuracy in a beam on {' '.join(work.stores)}; {_where(options, work)}"
    if options.beam["slice_pictures"] is None:
        title += f" (golden {100 * work.golden.accuracy:.1f} %)"
    (folder.path / "summary.md").write_text(markdown_courses(found, title, run), encoding="utf-8")
    print_courses(console, found, title, run)
    return []


def _report_places(
    options: Options, work: Work, store: ResultsStore, folder: RunFolder, console: Console
) -> list[Path]:
    """A line for each layer and tensor of a walk or a list, for a walk also for each bit position; no picture."""
    from host.report.places import Places, markdown_places, print_places

    walk = isinstance(work.plan, WalkPlan)
    (point,) = work.plan.points()
    source = point.source
    assert not isinstance(source, Exposures), "a beam has a report of its own"
    if isinstance(source, Walk):
        # a trial belongs to the bit that was hit, whatever else flipped with it
        source = Walk(source.stores)
    places = Places(store.rows(), source, work.image)
    what = f"each bit of {' '.join(work.stores)} flipped alone" if walk else "a list of fault sets"
    title = f"{Path(options.network).stem}: outcomes of {what}; {_where(options, work)}"
    title += f" (golden {100 * work.golden.accuracy:.1f} %)"
    tables = [places.by_tensor(), *([places.by_bit()] if walk else [])]
    page = [f"# {title}", "Per cent of pictures, means over trials.", *map(markdown_places, tables)]
    (folder.path / "summary.md").write_text("\n\n".join(page), encoding="utf-8")
    print_places(console, tables[0], title)
    for table in tables[1:]:
        if len(table) <= _MOST_LINES:
            print_places(console, table, "by bit of the value, padding left out")
        else:
            console.print(f"by bit of the value: {len(table)} lines in {folder.path / 'summary.md'}", soft_wrap=True)
    return []


def _where(options: Options, work: Work) -> str:
    return f"{len(work.test_set.images)} pictures of {work.test_set.name}, board {options.board}"


if __name__ == "__main__":
    sys.exit(main())
