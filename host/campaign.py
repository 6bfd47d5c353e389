# SPDX-License-Identifier: Apache-2.0
"""``python -m host.campaign``: joins the rooms to one fault campaign, and nothing else."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import shlex
import signal
import sys
import time
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Self

from rich.console import Console

import host
from host.boards import Board, BoardError, find_entry, open_board
from host.image import MemoryImage, compile_network
from host.link.session import LinkError
from host.networks import NetworkError, TestSet, load_network, load_test_set
from host.options import Options, UsageError, complete, parse
from host.regmap import ENGINE_STORES
from host.report.progress import ProgressView
from host.results import FORMATS, ResultsError, ResultsStore, RunFolder, RunInfo, export
from host.trials import GoldenRun, Plan, PlanError, choose_stores, golden_run, run

# Exit statuses: something was wrong; something typed was wrong; ended by Ctrl-C, as shells count it.
_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130

_INTERVALS = ("student", "bootstrap")
_LIBRARIES = ("numpy", "scipy", "pyserial")


@dataclass(frozen=True, eq=False)
class Work:
    """Everything a campaign is about, before a board is opened."""

    image: MemoryImage
    test_set: TestSet
    golden: GoldenRun
    plan: Plan


def main(argv: Sequence[str] | None = None) -> int:
    """Run a campaign; the exit status."""
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        return _campaign(words)
    except (UsageError, PlanError, NetworkError) as error:
        return _complain(error, _USAGE)
    except (BoardError, ResultsError) as error:
        return _complain(error, _FAILED)
    except LinkError as error:
        return _complain(f"the link was lost ({error}); what was stored is safe: go on with --resume", _FAILED)
    except OSError as error:
        return _complain(f"{error}: check free space and permissions, then go on with --resume", _FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted before the end; if trials were stored, --resume goes on with them", _INTERRUPTED)


def _complain(error: object, status: int) -> int:
    print(f"campaign: {error}", file=sys.stderr)
    return status


def _campaign(words: list[str]) -> int:
    typed = parse(words, tuple(FORMATS), _INTERVALS)
    console = Console(highlight=False)
    with ExitStack() as cleanup:
        folder, stored = _find_run(typed.out, typed.resume, console)
        options = complete(typed, None if stored is None else stored.settings())
        if stored is not None:
            cleanup.callback(stored.close)
        find_entry(options.board)
        work = _prepare(options)
        folder = folder or RunFolder(_new_folder(options))
        folder.check(options.resume)
        events: list[str] = []
        board = open_board(options.board, options.port, work.image, notify=events.append)
        cleanup.callback(board.close)
        folder.claim()
        cleanup.callback(folder.release)
        settings = _settings(options, work, board)
        if stored is None:
            stored = ResultsStore.create(folder.database, settings)
            cleanup.callback(stored.close)
        else:
            stored.require_same(settings)
        whole = _run(options, work, board, stored, console, events, words)
        if not whole:
            again = ["python", "-m", "host.campaign", "--resume", "--out", str(folder.path)]
            console.print(f"go on with: {shlex.join(again)}", soft_wrap=True)
            return _INTERRUPTED
        _report(options, work, stored, folder, console)
    return 0


def _find_run(out: Path | None, resume: bool, console: Console) -> tuple[RunFolder | None, ResultsStore | None]:
    """The folder that was named, and the run in it to go on with."""
    if out is None:
        if resume:
            raise UsageError("--resume needs the folder of the run: name it with --out")
        return None, None
    folder = RunFolder(out)
    folder.check(resume)
    if not resume:
        return folder, None
    if not folder.used:
        console.print(f"{out} holds no run yet: starting one", soft_wrap=True)
        return folder, None
    return folder, ResultsStore.open(folder.database)


def _prepare(options: Options) -> Work:
    """Network, pictures, golden run and plan: all that can be wrong without a board."""
    if options.images is not None and options.images < 1:
        raise UsageError(f"{options.images} pictures cannot be run: give --images a number from 1 on, or leave it out")
    network = load_network(options.network)
    image = compile_network(network)
    plan = Plan(options.bers, options.trials, options.seed, choose_stores(image.engine, options.stores))
    test_set = load_test_set(network)
    if options.images not in (None, len(test_set.images)):
        test_set = load_test_set(network, options.images)
    return Work(image, test_set, golden_run(image, test_set), plan)


def _new_folder(options: Options) -> Path:
    network = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(options.network).stem)
    return Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-{options.board}-{network}"


def _settings(options: Options, work: Work, board: Board) -> dict[str, str | int | float]:
    """What a run is made of; going on with it needs the same."""
    names = ENGINE_STORES[work.image.engine]
    pictures = zlib.crc32(work.test_set.images.tobytes())
    return {
        "board": board.identity.name,
        "network": options.network,
        "ber": json.dumps(list(work.plan.bers)),
        "trials": work.plan.trials,
        "campaign_seed": work.plan.seed,
        "stores": json.dumps([names[store] for store in work.plan.stores]),
        "test_set": work.test_set.name,
        "images": len(work.test_set.images),
        "image_digest": f"{work.image.digest:08x}",
        "test_set_digest": f"{zlib.crc32(work.test_set.labels.astype('<u2').tobytes(), pictures):08x}",
        "store_bits": _store_bits(work),
        "golden_accuracy": work.golden.accuracy,
        "engine": board.identity.engine.name.lower(),
        "map_hash": f"{board.identity.map_hash:08x}",
        "build_id": f"{board.identity.build_id:08x}",
        "geometry": json.dumps(asdict(board.identity.capabilities), sort_keys=True),
    }


def _store_bits(work: Work) -> int:
    """Physical bits of the chosen stores: 32 for each code word in use."""
    return sum(32 * work.image.extents[store] for store in work.plan.stores)


def _versions() -> str:
    versions = {"faultloop": host.__version__, "python": platform.python_version()}
    versions.update((name, importlib.metadata.version(name)) for name in _LIBRARIES)
    return json.dumps(versions, sort_keys=True)


def _run(
    options: Options,
    work: Work,
    board: Board,
    store: ResultsStore,
    console: Console,
    events: list[str],
    words: list[str],
) -> bool:
    """Run what is not done; whether all is done now."""
    command = shlex.join(["python", "-m", "host.campaign", *words])
    store.start_run(RunInfo(command, _versions(), board.identity.clock_hz, board.identity.baud))
    board.load(work.image, work.test_set, work.golden.inference)
    done = store.done()
    total = len(work.plan.bers) * work.plan.trials
    console.print(
        f"{options.network} on board {board.identity.name}: {len(work.test_set.images)} pictures, golden accuracy"
        f" {100 * work.golden.accuracy:.1f} %, {total} trials ({len(done)} done)",
        soft_wrap=True,
    )
    whole = True
    with Interruption() as interruption, ProgressView(console, total, len(done)) as view:
        rows = run(work.plan, board, len(work.test_set.images), done)
        try:
            for row in rows:
                store.add(row)
                view.row(row)
                while events:
                    store.event(events[0])
                    view.say(events.pop(0))
                if interruption.asked:
                    whole = False
                    rows.close()
                    break
        except LinkError:
            # Ctrl-C also reaches a simulated board in the same terminal.
            if not interruption.asked:
                raise
            whole = False
    store.end_run(board.counters)
    return whole or len(store.done()) == total


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
    from host.report.figures import draw_curve
    from host.report.summary import summarise
    from host.report.table import markdown, print_table

    exports = [export(store, folder.path, form) for form in options.exports]
    points = summarise(store.rows(), options.interval)
    names = " ".join(ENGINE_STORES[work.image.engine][store_id] for store_id in work.plan.stores)
    title = f"{Path(options.network).stem}: accuracy under bit flips"
    subtitle = f"in {names}; {len(work.test_set.images)} pictures of {work.test_set.name}, board {options.board}"
    heading = f"{title} {subtitle} (golden {100 * work.golden.accuracy:.1f} %)"
    (folder.path / "summary.md").write_text(markdown(points, heading), encoding="utf-8")
    pictures = draw_curve(points, work.golden.accuracy, _store_bits(work), title, subtitle, folder.path / "curve")
    print_table(console, points, heading)
    console.print(f"results: {folder.path} ({', '.join(p.name for p in [folder.database, *exports])})", soft_wrap=True)
    if pictures:
        console.print(f"picture: {pictures[0]}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
