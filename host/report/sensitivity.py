# SPDX-License-Identifier: Apache-2.0
"""Where flips hurt: exactly from a walk, estimated from the fault sets of a sweep (host/statistics/effects.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from host.faults import flip_masks
from host.image import MemoryImage, PhysicalWords
from host.report.bit_groups import BitMap, Group, map_bits
from host.report.run_data import Run
from host.statistics import Draws, Interval, flip_effect
from host.trials import TrialRow

#: Fewer trials, or fewer flips in a group over all of them, and no effect is shown: its interval would mean nothing.
LEAST_TRIALS, LEAST_FLIPS = 30, 30
# Work of one report, in code words drawn: some seconds. A trial costs this many more.
_BUDGET, _TRIAL_COST = 10_000_000, 2_000
# Share of answers that a rate may have changed on average where its effects still count as those of few flips.
_FEW = 0.1

#: Layer, tensor and position that an effect is of.
_Key = tuple[str | None, str | None, int | None]
#: From groups by number to flips in them, accuracy lost and answers changed by one flip.
_Measure = Callable[[NDArray[np.intp]], tuple[int, Interval | None, Interval | None]]


@dataclass(frozen=True)
class Effect:
    """What a flip in some bits does.

    Attributes
    ----------
    layer, tensor, position
        Which bits; None where all layers, tensors or positions are taken together.
    bits
        How many.
    flips
        Of a sweep, flips in them over all trials that were looked at; of a walk, bits walked.
    loss
        Mean accuracy lost by one flip; None where there is not enough data.
    changed
        Mean share of pictures that one flip makes critical or leaves without an answer; likewise.
    """

    layer: str | None
    tensor: str | None
    position: int | None
    bits: int
    flips: int
    loss: Interval | None
    changed: Interval | None


@dataclass(frozen=True)
class Sensitivity:
    """Effects of the flips of one walk, or at some rates of a sweep.

    Attributes
    ----------
    bers
        Rates of all other flips, whose effects are averaged; empty for a walk, where there are none.
    trials, of_trials
        Trials looked at, of how many.
    whole, padding
        Effects of all bits that are not padding, and of the padding; None where there are no such bits.
    layers, positions, cells
        Effects by layer and tensor, by tensor and position, and by all three.
    """

    bers: tuple[float, ...]
    trials: int
    of_trials: int
    whole: Effect | None
    padding: Effect | None
    layers: tuple[Effect, ...]
    positions: tuple[Effect, ...]
    cells: tuple[Effect, ...]

    @property
    def known(self) -> bool:
        """Whether the effect of a flip in any bit is told from 0."""
        changed = None if self.whole is None else self.whole.changed
        return changed is not None and changed.low > 0


def walk_sensitivity(run: Run, image: MemoryImage) -> Sensitivity:
    """Effects of the single flips of a walk: no estimate, since every bit that was walked is known."""
    bits = map_bits(image, run.store_ids)
    rows = [(row.seed, *_values(run, row)) for row in run.rows()]
    numbers = np.array([number for number, _, _ in rows], dtype=np.int64)
    outcome = np.array([values for _, *values in rows], dtype=np.float64).reshape(-1, 2)
    group = bits.numbers[numbers]
    walked = np.bincount(group, minlength=len(bits.groups))
    sums = np.stack([np.bincount(group, outcome[:, i], len(bits.groups)) for i in range(2)])

    def effect(members: NDArray[np.intp]) -> tuple[int, Interval | None, Interval | None]:
        n = int(walked[members].sum())
        if not n:
            return 0, None, None
        loss, changed = (float(total[members].sum()) / n for total in sums)
        return n, Interval(loss, loss, loss, n), Interval(changed, changed, changed, n)

    return _assemble((), len(rows), len(bits.numbers), bits, effect)


@dataclass(frozen=True, eq=False)
class Sample:
    """The trials of one rate that are looked at.

    Attributes
    ----------
    ber, rate
        The rate asked for, and the true one.
    of_trials
        Trials of the rate.
    counts
        int32[trials, groups]: flips in each group.
    values
        float64[trials, 2]: accuracy lost, and answers changed.
    """

    ber: float
    rate: float
    of_trials: int
    counts: NDArray[np.int32]
    values: NDArray[np.float64]


def sweep_sensitivity(run: Run, image: MemoryImage, points: int) -> tuple[Sensitivity | None, tuple[Sensitivity, ...]]:
    """Effects of the flips of a sweep, from the fault sets that the seeds of its rows give.

    Of a long run the first trials of each rate are looked at; trials of a rate are exchangeable.

    Parameters
    ----------
    run, image
        The run, and the image its flips were made in.
    points
        Rates of the run, which share the work.

    Returns
    -------
    tuple
        Effects averaged over the rates at which at most a tenth of the answers have changed (None where there is no
        such rate), and those at each rate.
    """
    bits = map_bits(image, run.store_ids)
    words = sum(image.extents[store] for store in run.store_ids)
    quota = max(LEAST_TRIALS, _BUDGET // ((words + _TRIAL_COST) * max(1, points)))
    drawn = [_sample(run, image, bits, rows, quota) for _, rows in groupby(run.rows(), key=lambda row: row.point)]
    samples = [one for one in drawn if one is not None]
    few = [one for one in samples if np.mean(one.values[:, 1]) <= _FEW]
    return _estimate(few, bits) if few else None, tuple(_estimate([one], bits) for one in samples)


def _sample(run: Run, image: MemoryImage, bits: BitMap, rows: Iterator[TrialRow], quota: int) -> Sample | None:
    """The first trials of a rate; None where nothing can flip, or everything must."""
    counts, values, total, ber, rate = [], [], 0, 0.0, 0.0
    for row in rows:
        if row.ber is None or row.threshold is None or not 0 < row.threshold < 1 << 32:
            return None
        total += 1
        if total > quota:
            continue
        ber, rate = row.ber, row.threshold / 2**32
        flipped = [
            bits.first[store]
            + flipped_bits(flip_masks(row.seed, row.threshold, store, image.space), image.space.widths[store])
            for store in run.store_ids
        ]
        counts.append(np.bincount(bits.numbers[np.concatenate(flipped)], minlength=len(bits.groups)))
        values.append(_values(run, row))
    return Sample(ber, rate, total, np.array(counts, dtype=np.int32), np.array(values))


def _estimate(samples: Sequence[Sample], bits: BitMap) -> Sensitivity:
    """Effects averaged over rates."""

    def effect(members: NDArray[np.intp]) -> tuple[int, Interval | None, Interval | None]:
        flips = [one.counts[:, members].sum(axis=1) for one in samples]
        n, size = sum(int(one.sum()) for one in flips), int(bits.sizes[members].sum())
        if min(len(one.values) for one in samples) < LEAST_TRIALS or n < LEAST_FLIPS:
            return n, None, None
        loss, changed = (
            flip_effect([Draws(s.rate, f, s.values[:, i]) for s, f in zip(samples, flips, strict=True)], size)
            for i in range(2)
        )
        return n, loss, changed

    trials, of_trials = sum(len(one.values) for one in samples), sum(one.of_trials for one in samples)
    return _assemble(tuple(one.ber for one in samples), trials, of_trials, bits, effect)


def flipped_bits(masks: PhysicalWords, width: int) -> NDArray[np.intp]:
    """Numbers of the set bits of code words with so many bits each."""
    hit = np.flatnonzero(masks.any(axis=1))
    lanes = np.unpackbits(masks[hit].astype("<u4").view(np.uint8), axis=1, bitorder="little")
    row, bit = np.nonzero(lanes)
    numbers: NDArray[np.intp] = width * hit[row] + bit
    return numbers


def _values(run: Run, row: TrialRow) -> tuple[float, float]:
    """Accuracy lost in a trial, and its share of pictures that are critical or without an answer."""
    return run.golden - row.accuracy, (row.critical + row.unanswered) / row.pictures


def _assemble(bers: tuple[float, ...], trials: int, of_trials: int, bits: BitMap, effect: _Measure) -> Sensitivity:
    """All effects, each measured over the groups it takes together."""

    def measure(layer: str | None, tensor: str | None, position: int | None, members: Sequence[int]) -> Effect:
        chosen = np.array(members, dtype=np.intp)
        return Effect(layer, tensor, position, int(bits.sizes[chosen].sum()), *effect(chosen))

    used = [(i, group) for i, group in enumerate(bits.groups) if not group.padding]
    padding = [i for i, group in enumerate(bits.groups) if group.padding]
    layers = _members(used, lambda g: (g.layer, g.tensor, None))
    # in order of tensors, then of positions
    tensors = list(dict.fromkeys(group.tensor for _, group in used))
    ordered = sorted(used, key=lambda one: (tensors.index(one[1].tensor), one[1].position))
    positions = _members(ordered, lambda g: (None, g.tensor, g.position))
    cells = _members(used, lambda g: (g.layer, g.tensor, g.position))
    return Sensitivity(
        bers=bers,
        trials=trials,
        of_trials=of_trials,
        whole=measure(None, None, None, [i for i, _ in used]) if used else None,
        padding=measure("", "padding", None, padding) if padding else None,
        layers=tuple(measure(*key, members) for key, members in layers.items()),
        positions=tuple(measure(*key, members) for key, members in positions.items()),
        cells=tuple(measure(*key, members) for key, members in cells.items()),
    )


def _members(groups: Iterable[tuple[int, Group]], key: Callable[[Group], _Key]) -> dict[_Key, list[int]]:
    """Numbers of the groups by key, in order of first appearance."""
    found: dict[_Key, list[int]] = {}
    for number, group in groups:
        found.setdefault(key(group), []).append(number)
    return found
