# SPDX-License-Identifier: Apache-2.0
"""``python -m host.replay``: logged upsets of a run through the software model, or its histories simulated again."""

from __future__ import annotations

import argparse
import json
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from host.boards import BoardError, LoggedUpset, Outcomes, TrialRecord, open_board
from host.boards.board import Exposed
from host.boards.outcomes import classify
from host.faults import Exposures, FaultListError, pack_entry
from host.faults.beam import Upsets
from host.faults.exposure import Slice, expose
from host.image import PhysicalWords, digest
from host.link.session import LinkError
from host.networks import NetworkError
from host.options import Options, UsageError, recall
from host.regmap import TrialStatus
from host.results import ResultsError, ResultsStore, RunFolder
from host.trials import BeamPlan, PlanError, Point, TrialRow
from host.trials.run import row_of, rows_of
from host.twin import infer
from host.work import Work, prepare, settings

# What clock cycles depend on, of the capabilities of a board.
_GEOMETRY = ("array", "sweep_words", "in_flight")

# Settings that must be today's too, or other stores and pictures are compared.
_SAME = ("image_digest", "test_set_digest", "images", "fault_list")

# Columns of a slice that a replay gives; those of the board are taken from it.
_COMPARED = tuple(f.name for f in fields(TrialRow) if f.compare)

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
    except (UsageError, PlanError, NetworkError, FaultListError, BoardError, LinkError, ResultsError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2


@dataclass(frozen=True)
class _Stored:
    """What a run has stored: its slices and their upsets, by number of the slice."""

    rows: dict[int, TrialRow]
    log: dict[int, list[LoggedUpset]]


@dataclass(frozen=True)
class _Found:
    """What came of it: slices that were compared, that come out otherwise, and that were left out."""

    compared: int
    wrong: int
    waiting: int = 0


def _replay(path: Path, simulate: bool, console: Console) -> int:
    folder = RunFolder(path)
    if not folder.used:
        raise UsageError(f"{path} holds no run: name the folder of one, such as results/<time>-<board>-<network>")
    with closing(ResultsStore.open(folder.database)) as store:
        stored_settings = store.settings()
        options = recall(stored_settings, path)
        if options.inject != BeamPlan.inject:
            raise UsageError(f"{path} is a run of --inject {options.inject}: only a beam has a log to replay")
        work = prepare(options, folder.faults)
        _require_same(work, options, store, path)
        assert isinstance(work.plan, BeamPlan)
        stored = _read(store, work.plan, path)
    points = work.plan.points()
    strays = _strays(stored, points, console)
    if simulate:
        geometry = json.loads(str(stored_settings["geometry"]))
        found, how, note = _simulate(work, points, stored, geometry, console), "simulated", ""
    else:
        found, how = _compare(work, points, stored, console), "replayed"
        note = " (stores and counts: outcomes belong to the clock cycle of each upset)" if work.plan.any_cycle else ""
    if not found.compared and not strays:
        raise UsageError(f"no history of {path} has its first slice: {_go_on(path)}")
    if found.waiting:
        note += f"; {found.waiting} more wait for slices before them in their histories"
    whole = found.compared == work.trials
    console.print(
        f"{found.compared}{'' if whole else f' of {work.trials}'} slices {how}, {found.wrong} come out otherwise{note}",
        soft_wrap=True,
    )
    return 1 if found.wrong or strays else 0


def _go_on(path: Path) -> str:
    return f"go on with it first (python -m host.campaign --resume --out {path})"


def _require_same(work: Work, options: Options, store: ResultsStore, path: Path) -> None:
    """Refuse a run of another network, pictures or stuck bits than are here now."""
    with closing(open_board("twin", None, work.image)) as twin:
        now = settings(options, work, twin.identity)
    changes = store.changes({name: now[name] for name in _SAME})
    if changes:
        raise ResultsError(
            f"the run in {path} is of another checkout, network or list: {'; '.join(changes)}. Replay it with those"
            " that it was made with"
        )


def _read(store: ResultsStore, plan: BeamPlan, path: Path) -> _Stored:
    """Slices and log as they were at one moment, since the campaign may go on meanwhile."""
    log: dict[int, list[LoggedUpset]] = {}
    with store.snapshot():
        rows = {row.seed: row for row in store.rows()}
        for seed, tick, number, word, bit, cycle in store.upsets(plan):
            log.setdefault(seed, []).append(LoggedUpset(tick, pack_entry(number, word, bit), cycle))
    if not rows:
        raise UsageError(f"{path} has no slice yet: {_go_on(path)}")
    return _Stored(rows, log)


def _strays(stored: _Stored, points: Sequence[Point], console: Console) -> int:
    """Tell upsets of no stored slice, and slices of no history; how many slices they name."""
    unstored = sorted(stored.log.keys() - stored.rows.keys())
    if unstored:
        upsets = sum(len(stored.log[seed]) for seed in unstored)
        console.print(
            f"the log has {upsets} upsets of slices that are not stored (the first is {unstored[0]})", soft_wrap=True
        )
    foreign = [seed for seed in stored.rows if _point_of(points, seed) is None]
    if foreign:
        console.print(
            f"{len(foreign)} slices belong to no history of the run (the first is {foreign[0]})", soft_wrap=True
        )
    return len(unstored) + len(foreign)


def _point_of(points: Sequence[Point], seed: int) -> Point | None:
    """The point of a slice; None where the run has no such slice."""
    point = points[max(0, bisect_right(points, seed, key=lambda point: point.first) - 1)]
    return point if point.first <= seed < point.first + point.trials else None


def _simulate(
    work: Work, points: Sequence[Point], stored: _Stored, geometry: Mapping[str, object], console: Console
) -> _Found:
    """Run the stored histories on the simulated board, whatever board they are from, and compare."""
    has_clock = any(row.cycles is not None for row in stored.rows.values())
    wrong = slices = 0
    board = open_board("sim", None, work.image, notify=console.print)
    try:
        mine = json.loads(json.dumps(asdict(board.identity.capabilities)))
        other = [name for name in _GEOMETRY if mine[name] != geometry.get(name)]
        if has_clock and other:
            raise UsageError(
                f"the board of this run has another geometry than the simulated one ({', '.join(other)}): clock cycles"
                " would differ; leave out --simulate"
            )
        board.load(work.image, work.test_set, work.golden.inference)
        # up to the last slice that is stored of each point
        ends = {point: seed + 1 for seed in sorted(stored.rows) if (point := _point_of(points, seed)) is not None}
        for point, end in ends.items():
            count = end - point.first
            with closing(rows_of(point, board, point.first, count, len(work.test_set.images))) as rows:
                for row in track(rows, "slices", count, console=console, disable=not console.is_terminal):
                    if (was := stored.rows.get(row.seed)) is None:
                        continue
                    slices += 1
                    now = replace(row, retries=was.retries, cycles=row.cycles if has_clock else None)
                    found = [name for name in _COMPARED if getattr(was, name) != getattr(now, name)]
                    if list(row.log) != stored.log.get(row.seed, []):
                        found.append("the log")
                    if found:
                        wrong += 1
                        console.print(f"slice {row.trial} of rate {row.upset_rate:g}: other {', '.join(found)}")
    finally:
        board.close()
    return _Found(slices, wrong)


def _compare(work: Work, points: Sequence[Point], stored: _Stored, console: Console) -> _Found:
    """Send the logged upsets of each history through the software model, as far as no slice of it is missing."""
    source = points[0].source
    assert isinstance(source, Exposures)
    slices = wrong = waiting = 0
    seeds = track(sorted(stored.rows), "slices", console=console, disable=not console.is_terminal)
    for first, history in groupby(seeds, key=lambda seed: source.place(seed)[0]):
        numbers = list(history)
        point = _point_of(points, first)
        if point is None:
            continue
        # what is not stored has no log either, and the stores after it depend on it
        known = [stored.rows[seed] for place, seed in enumerate(numbers) if seed == first + place]
        waiting += len(numbers) - len(known)
        for row, now in zip(known, _again(work, point, known, stored.log), strict=True):
            slices += 1
            pairs = {name: (getattr(row, name), getattr(now, name)) for name in _COMPARED}
            found = [f"{name} is stored as {a}, comes out as {b}" for name, (a, b) in pairs.items() if a != b]
            if found:
                wrong += 1
                console.print(f"slice {now.trial} of rate {now.upset_rate:g}: {'; '.join(found)}", soft_wrap=True)
    return _Found(slices, wrong, waiting)


def _again(
    work: Work, point: Point, stored: Sequence[TrialRow], logged: Mapping[int, Sequence[LoggedUpset]]
) -> Iterator[TrialRow]:
    """The first slices of a history as the software model has them, with what it cannot know as it is stored."""
    if not stored:
        return
    image, pictures, source = work.image, len(work.test_set.images), point.source
    assert isinstance(source, Exposures)
    entries = [upset for row in stored for upset in logged.get(row.seed, ())]
    upsets = Upsets(
        np.array([upset.tick for upset in entries], dtype=np.uint64),
        np.array([upset.site for upset in entries], dtype=np.uint32),
    )
    states = expose(image, upsets, source.period, len(stored), source.scrubbing, source.stuck, source.pattern)
    before: Sequence[PhysicalWords] = image.physical
    for row, state in zip(stored, states, strict=True):
        record = _record(work, source, row, state, before if source.any_cycle else state.stores)
        if source.any_cycle:
            # the next slice changes them
            before = [words.copy() for words in state.stores]
        yield row_of(point, record, pictures, row.retries)


def _record(work: Work, source: Exposures, row: TrialRow, state: Slice, stores: Sequence[PhysicalWords]) -> TrialRecord:
    """The record of a slice with these stores; outcomes and clock cycles are its own where they depend on cycles."""
    read = work.image.decode(stores)
    if source.any_cycle:
        status = TrialStatus[row.status]
        outcomes = Outcomes(row.answered, row.masked, row.tolerated, row.critical, row.correct)
    else:
        window = source.window(row.seed, len(work.test_set.images))
        seen = infer(work.image, read.data, work.test_set.images[window])
        status = TrialStatus.HANG if seen.hung else TrialStatus.OK
        outcomes = classify(work.golden.inference.of(window), work.test_set.labels[window], seen)
    pairs = zip(state.upsets.at.tolist(), state.upsets.site.tolist(), strict=True)
    return TrialRecord(
        seed=row.seed,
        flips=state.flips,
        digest=digest(stores),
        proven=True,
        status=status,
        outcomes=outcomes,
        cycles=row.cycles,
        corrected=read.corrected,
        uncorrectable=read.uncorrectable,
        exposed=Exposed(tuple(LoggedUpset(tick, site, 0) for tick, site in pairs), state.scrubbed),
        wrong=read.wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
