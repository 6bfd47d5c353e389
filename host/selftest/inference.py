# SPDX-License-Identifier: Apache-2.0
"""Steps: a network on the board against the twin, without faults, with faults, in trials, and in a beam."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from host.boards import Answer, BoardError, TwinBoard
from host.boards.fit import require_fit
from host.boards.memories import memories
from host.faults import Exposures, Scrubbing, Sweep, sweep, threshold
from host.image import MemoryImage, compile_network
from host.networks import Network, TestSet, load_test_set
from host.regmap import Engine
from host.selftest.bench import Bench
from host.selftest.verdict import Failed, Figures, Skipped
from host.trials import GoldenRun, golden_run

_ADVICE = "the arithmetic of the build and the twin disagree: check its timing report, then build it from this checkout"

# Rates at which hardly a picture changes, and at which nearly all do.
_RATES = (1e-3, 1e-2, 5e-2, 0.3)
_TRIALS = 8

# Histories: slices of one, upsets of a slice on average, and its ticks for each physical bit.
_SLICES, _SLICE_UPSETS, _SLICE_BITS = 4, 20, 4


@dataclass(frozen=True, eq=False)
class Subject:
    """A network that fits the board, and what the twin says of it."""

    network: Network
    image: MemoryImage
    test_set: TestSet
    golden: GoldenRun


def choose_subject(bench: Bench) -> Subject:
    """The first candidate that fits, with as many pictures as fit.

    Raises
    ------
    Skipped
        If none does.
    """
    fixed = bench.identity.engine is Engine.LUT and bool(bench.capabilities.array[2])
    reasons = []
    for network in bench.networks(bench.identity.engine):
        image = compile_network(network, fixed_wiring=fixed).protect(bench.protections)
        try:
            require_fit(bench.identity, image, 1)
        except BoardError as error:
            reasons.append(f"{network.name}: {error}")
            continue
        most = min(memories(image, bench.capabilities).most_pictures(), bench.extent.pictures)
        test_set = load_test_set(network)
        if most < len(test_set.images):
            test_set = load_test_set(network, most)
        return Subject(network, image, test_set, golden_run(image, test_set))
    raise Skipped("no network fits: " + "; ".join(reasons))


def check_golden(bench: Bench) -> Figures:
    """Load a network, and compare the scores of every picture with the twin's."""
    subject = choose_subject(bench)
    golden = subject.golden.inference
    try:
        bench.board.load(subject.image, subject.test_set, golden)
    except BoardError as error:
        raise Failed("a network that loads and gives its golden answers", str(error), _ADVICE) from error
    bench.loaded = subject.image.digest
    answer = bench.board.infer(details=True)
    _expect_scores(answer, golden.scores, golden.hung, "without faults")
    assert answer.cycles is not None
    return {
        "network": subject.network.name,
        "pictures": len(subject.test_set.images),
        "accuracy %": round(100 * subject.golden.accuracy, 2),
        "clock cycles": answer.cycles,
    }


def check_faults(bench: Bench) -> Figures:
    """Runs with faults in every store: the scores of every picture against the twin's, and golden again after each."""
    subject, twin = _loaded(bench)
    stores = [store for store, extent in enumerate(subject.image.extents) if extent]
    totals = dict.fromkeys(("masked", "tolerated", "critical"), 0)
    hangs = flips = 0
    for number in range(bench.extent.fault_sets):
        rate = _RATES[number % len(_RATES)]
        # The parameters alone, then every store: faults in a program change the control flow, and may hang.
        chosen = stores[:1] if number % 2 == 0 else stores
        faults = sweep(number + 1, threshold(rate), subject.image.space, chosen)
        seen, wanted = bench.board.infer(faults, details=True), twin.infer(faults, details=True)
        when = f"with {len(faults)} flips (seed {number + 1}, rate {rate:g}, stores {' '.join(map(str, chosen))})"
        assert wanted.scores is not None
        _expect_scores(seen, wanted.scores, len(wanted.scores) == 0, when)
        if seen.outcomes != wanted.outcomes:
            raise Failed(f"{wanted.outcomes} {when}", f"{seen.outcomes}", _ADVICE)
        hangs += len(wanted.scores) == 0
        flips += len(faults)
        totals = {name: total + getattr(seen.outcomes, name) for name, total in totals.items()}
    bench.board.prove_golden()
    return {"fault sets": bench.extent.fault_sets, "flips": flips, **totals, "hangs": hangs}


def check_trials(bench: Bench) -> Figures:
    """Trials that the board runs by itself: their records against the twin's."""
    if not bench.capabilities.records:
        raise Skipped("the board has no trial sequencer")
    _, twin = _loaded(bench)
    source = Sweep(threshold(_RATES[1]), (0,))
    begin = bench.board.counters.reloads
    wanted = list(twin.run_trials(source, 1, _TRIALS))
    cycles = 0
    for record, expected in zip(bench.board.run_trials(source, 1, _TRIALS), wanted, strict=True):
        if replace(record, cycles=None) != expected:
            raise Failed(f"{expected}", f"{record}", _ADVICE)
        cycles += record.cycles or 0
    if reloads := bench.board.counters.reloads - begin:
        raise Failed("stores that are golden after every trial", f"{reloads} reloads", _ADVICE)
    bench.board.prove_golden()
    return {"trials": _TRIALS, "clock cycles": cycles}


def check_beam(bench: Bench) -> Figures:
    """Histories in a beam, without a scrubber and with one: each slice's record against the twin's."""
    if not bench.capabilities.upsets:
        raise Skipped("the board has no beam")
    subject, twin = _loaded(bench)
    stores = tuple(store for store, extent in enumerate(subject.image.extents) if extent)
    bits, begin, upsets, scrubbed = subject.image.space.bits(stores), bench.board.counters.reloads, 0, 0
    period = _SLICE_BITS * bits
    for number, interval in enumerate((0, period // (2 * sum(subject.image.extents)))):
        scrubbing = Scrubbing(stores, interval, bench.capabilities.golden_copy) if interval else Scrubbing()
        source = Exposures(_SLICE_UPSETS / period, stores, _SLICES, period, scrubbing)
        first = number << 32
        wanted = list(twin.run_trials(source, first, _SLICES))
        for record, expected in zip(bench.board.run_trials(source, first, _SLICES), wanted, strict=True):
            if replace(record, cycles=None) != expected:
                raise Failed(f"{expected}", f"{record}", _ADVICE)
        for exposed in (record.exposed for record in wanted):
            assert exposed is not None
            upsets += len(exposed.upsets)
        assert exposed is not None and exposed.scrubbed is not None
        scrubbed += exposed.scrubbed.words
    if reloads := bench.board.counters.reloads - begin:
        raise Failed("stores that are golden after every history", f"{reloads} reloads", _ADVICE)
    bench.board.prove_golden()
    return {"slices": 2 * _SLICES, "upsets": upsets, "words scrubbed": scrubbed}


def _loaded(bench: Bench) -> tuple[Subject, TwinBoard]:
    subject = choose_subject(bench)
    twin = TwinBoard(subject.image.engine, bench.protections)
    twin.load(subject.image, subject.test_set, subject.golden.inference)
    return subject, twin


def _expect_scores(seen: Answer, wanted: np.ndarray, hung: bool, when: str) -> None:
    assert seen.scores is not None
    if (len(seen.scores) == 0) != hung:
        raise Failed(f"{'a hang' if hung else 'answers'} {when}", seen.status.name, _ADVICE)
    wrong = np.flatnonzero(np.any(seen.scores != wanted, axis=1))
    if len(wrong):
        at = int(wrong[0])
        raise Failed(
            f"scores {wanted[at].tolist()} of picture {at} {when}",
            f"{seen.scores[at].tolist()} ({len(wrong)} of {len(wanted)} pictures differ)",
            _ADVICE,
        )
