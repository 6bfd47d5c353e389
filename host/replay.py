# SPDX-License-Identifier: Apache-2.0
"""``python -m host.replay``: logged upsets of a run through the software model, or its histories simulated again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, fields, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from host.boards import BoardError, LoggedUpset, open_board
from host.boards.outcomes import classify
from host.faults import Exposures, FaultListError, pack_entry
from host.faults.beam import Upsets
from host.faults.exposure import expose
from host.image import digest
from host.link.session import LinkError
from host.networks import NetworkError
from host.options import UsageError, recall
from host.results import ResultsError, ResultsStore, RunFolder
from host.trials import BeamPlan, PlanError, TrialRow
from host.trials.run import rows_of
from host.twin import infer
from host.work import Work, prepare

# What clock cycles depend on, of the capabilities of a board.
_GEOMETRY = ("array", "sweep_words", "in_flight")

_EXAMPLES = """\
example:
  python -m host.replay results/20260101-120000-ulx3s-digits-mlp
      takes the upsets that the board logged, not those that its seed draws, and compares every slice
  python -m host.replay results/20260101-120000-ulx3s-digits-mlp --simulate
      runs the histories on the simulated board instead: outcomes, clock cycles and logged cycles, --any-cycle or not
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Replay a run; 0 when every slice comes out as it is stored, 1 when one does not, 2 when it cannot be replayed."""
    parser = argparse.ArgumentParser(
        prog="python -m host.replay",
        description="Feed the logged upsets of a run of --inject beam through the software model, and compare.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("run", metavar="DIR", type=Path, help="run folder")
    parser.add_argument("--simulate", action="store_true", help="on the simulated board, clock cycle by clock cycle")
    typed = parser.parse_args(argv)
    console = Console(highlight=False)
    try:
        return _replay(typed.run, typed.simulate, console)
    except (UsageError, PlanError, NetworkError, FaultListError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    except (BoardError, LinkError, ResultsError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1


def _replay(path: Path, simulate: bool, console: Console) -> int:
    folder = RunFolder(path)
    if not folder.used:
        raise UsageError(f"{path} holds no run: name the folder of one, such as results/<time>-<board>-<network>")
    with closing(ResultsStore.open(folder.database)) as store:
        options = recall(store.settings(), path)
        if options.inject != BeamPlan.inject:
            raise UsageError(f"{path} is a run of --inject {options.inject}: only a beam has a log to replay")
        work = prepare(options, folder.faults)
        assert isinstance(work.plan, BeamPlan)
        if simulate:
            return _simulate(work, store, console)
        rows = track(store.rows(), "slices", store.count(), console=console, disable=not console.is_terminal)
        slices = wrong = 0
        logged = _logged(store)
        for (point, _), history in groupby(rows, key=lambda row: (row.point, row.history)):
            source = work.plan.points()[point].source
            assert isinstance(source, Exposures)
            stored = list(history)
            for row, found in zip(stored, _again(work, source, stored, logged), strict=True):
                slices += 1
                if found:
                    wrong += 1
                    console.print(f"slice {row.trial} of rate {row.upset_rate:g}: {found}", soft_wrap=True)
    outcomes = (
        "" if not work.plan.any_cycle else " (stores and counts: outcomes belong to the clock cycle of each upset)"
    )
    console.print(f"{slices} slices replayed, {wrong} come out otherwise{outcomes}", soft_wrap=True)
    return 1 if wrong else 0


def _simulate(work: Work, store: ResultsStore, console: Console) -> int:
    """Run the stored histories on the simulated board, whatever board they are from, and compare."""
    assert isinstance(work.plan, BeamPlan)
    stored = {row.seed: row for row in store.rows()}
    logged = _logged(store)
    geometry = json.loads(str(store.settings()["geometry"]))
    has_clock = any(row.cycles is not None for row in stored.values())
    wrong = slices = 0
    board = open_board("sim", None, work.image, notify=console.print)
    try:
        mine = json.loads(json.dumps(asdict(board.identity.capabilities)))
        other = [name for name in _GEOMETRY if mine[name] != geometry[name]]
        if has_clock and other:
            raise UsageError(
                f"the board of this run has another geometry than the simulated one ({', '.join(other)}): clock cycles"
                " would differ; leave out --simulate"
            )
        board.load(work.image, work.test_set, work.golden.inference)
        for point in work.plan.points():
            with closing(rows_of(point, board, point.first, point.trials, len(work.test_set.images))) as rows:
                for row in track(rows, "slices", point.trials, console=console, disable=not console.is_terminal):
                    if (was := stored.get(row.seed)) is None:
                        continue
                    slices += 1
                    now = replace(row, retries=was.retries, cycles=row.cycles if has_clock else None)
                    found = [f.name for f in fields(was) if f.compare and getattr(was, f.name) != getattr(now, f.name)]
                    if list(row.log) != logged.get(row.seed, []):
                        found.append("the log")
                    if found:
                        wrong += 1
                        console.print(f"slice {row.trial} of rate {row.upset_rate:g}: other {', '.join(found)}")
    finally:
        board.close()
    console.print(f"{slices} slices simulated, {wrong} come out otherwise", soft_wrap=True)
    return 1 if wrong else 0


def _logged(store: ResultsStore) -> dict[int, list[LoggedUpset]]:
    """The upsets of each slice, by its number."""
    found: dict[int, list[LoggedUpset]] = {}
    for seed, tick, number, word, bit, cycle in store.upsets():
        found.setdefault(seed, []).append(LoggedUpset(tick, pack_entry(number, word, bit), cycle))
    return found


def _again(
    work: Work, source: Exposures, stored: Sequence[TrialRow], logged: dict[int, list[LoggedUpset]]
) -> Iterator[str]:
    """What is otherwise in each slice of a history; empty where nothing is."""
    image, pictures = work.image, len(work.test_set.images)
    # The history begins with its first slice, whether that is stored or not.
    first, _ = source.place(stored[0].seed)
    entries = [upset for number in range(first, stored[-1].seed + 1) for upset in logged.get(number, [])]
    upsets = Upsets(
        np.array([upset.tick for upset in entries], dtype=np.uint64),
        np.array([upset.site for upset in entries], dtype=np.uint32),
    )
    states = expose(
        image, upsets, source.period, stored[-1].seed - first + 1, source.scrubbing, source.stuck, source.pattern
    )
    rows = {row.seed: row for row in stored}
    before = digest(image.physical)
    for state in states:
        now = digest(state.stores)
        shown, before = (before, now) if source.any_cycle else (now, now)
        row = rows.get(first + state.number)
        if row is None:
            continue
        scrubbed = state.scrubbed
        pairs = {
            "digest": (row.digest, shown),
            "flips": (row.flips, state.flips),
            "upsets": (row.upsets, len(state.upsets)),
            "scrubbed": (row.scrubbed, scrubbed.words),
            "scrub_corrected": (row.scrub_corrected, scrubbed.corrected),
            "scrub_uncorrectable": (row.scrub_uncorrectable, scrubbed.uncorrectable),
        }
        if not source.any_cycle:
            read = image.decode(state.stores)
            window = source.window(row.seed, pictures)
            seen = infer(image, read.data, work.test_set.images[window])
            outcomes = classify(work.golden.inference.of(window), work.test_set.labels[window], seen)
            pairs |= {f.name: (getattr(row, f.name), getattr(outcomes, f.name)) for f in fields(outcomes)}
            pairs["corrected"] = row.corrected, read.corrected
            pairs["uncorrectable"] = row.uncorrectable, read.uncorrectable
        yield "; ".join(f"{name} is stored as {a}, comes out as {b}" for name, (a, b) in pairs.items() if a != b)


if __name__ == "__main__":
    sys.exit(main())
