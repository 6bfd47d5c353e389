# SPDX-License-Identifier: Apache-2.0
"""The sweep: its definition, its edges, and its statistics over consecutive seeds."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

from host.faults import FaultSet, flip_masks, sweep, threshold
from host.faults.random_words import next_word, threefry4x32
from host.image import PhysicalSpace

EXTENTS = (64, 16, 32, 8)
SPACE = PhysicalSpace.of(EXTENTS)

#: A chi-square below this p-value fails. Seeds are fixed, so a pass stays a pass.
LEAST_P = 1e-3


def by_definition(seed: int, limit: int, store: int, word: int) -> int:
    """Flip mask of one code word, all 32 random words formed, as docs/faults.md says it."""
    counter = np.array([[word], [store], [0], [0]], dtype=np.uint32)
    hashed = threefry4x32(counter, (seed & 0xFFFFFFFF, seed >> 32, 0, 0))
    state = (hashed[0], hashed[1], hashed[2], hashed[3])
    uniform = [0] * 32
    for j in range(32):
        for bit in range(32):
            uniform[bit] |= (int(state[0][0]) >> bit & 1) << 31 - j
        state = (state[1], state[2], state[3], next_word(state))
    return sum((u < limit) << bit for bit, u in enumerate(uniform))


def test_definition() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        seed, store = int(rng.integers(2**63)), int(rng.integers(8))
        limit = int(rng.integers(2**32)) >> int(rng.integers(33))
        masks = flip_masks(seed, limit, store, PhysicalSpace.of([7] * 8))[:, 0]
        assert [int(m) for m in masks] == [by_definition(seed, limit, store, w) for w in range(7)]


def test_edges() -> None:
    bits = sum(EXTENTS) * 32
    assert len(sweep(3, 0, SPACE, range(4))) == 0
    assert len(sweep(3, 1 << 32, SPACE, range(4))) == bits
    # 2^32 - 1 leaves a bit alone with probability 2^-32, 1 flips one with as much: not seen here
    assert len(sweep(3, (1 << 32) - 1, SPACE, range(4))) == bits
    assert len(sweep(3, 1, SPACE, range(4))) == 0
    assert len(sweep(3, 1 << 31, PhysicalSpace.of((0, 0)), [0, 1])) == 0
    assert len(sweep(3, 1 << 31, SPACE, [])) == 0


def test_edges_meet_a_lane() -> None:
    """A threshold just at and just above a lane's number decides it, down to the last bit."""
    for bit in (0, 13, 31):
        low, high = 0, 1 << 32
        while high - low > 1:
            middle = (low + high) // 2
            flips = int(flip_masks(99, middle, 1, SPACE)[3, 0]) >> bit & 1
            low, high = (low, middle) if flips else (middle, high)
        # `low` is now the lane's number U: U < T fails at T = U and holds at T = U + 1
        assert by_definition(99, low, 1, 3) >> bit & 1 == 0
        assert by_definition(99, low + 1, 1, 3) >> bit & 1 == 1


def test_flips_nest_as_the_threshold_grows() -> None:
    previous: set[int] = set()
    for ber in (1e-3, 1e-2, 0.1, 0.3, 0.5, 0.9):
        now = {int(e) for e in sweep(7, threshold(ber), SPACE, range(4)).entries()}
        assert previous < now
        previous = now


def test_stores_are_independent_of_each_other() -> None:
    everything = sweep(11, threshold(0.05), SPACE, range(4))
    for chosen in ([0], [2], [1, 3], [3, 1, 1]):
        part = sweep(11, threshold(0.05), SPACE, chosen)
        keep = np.isin(everything.store, chosen)
        assert part == FaultSet(everything.store[keep], everything.word[keep], everything.bit[keep])
    larger = sweep(11, threshold(0.05), PhysicalSpace.of((64, 64, 32, 8)), [1])
    inside = larger.word < 16
    assert sweep(11, threshold(0.05), SPACE, [1]) == FaultSet(
        larger.store[inside], larger.word[inside], larger.bit[inside]
    )


def test_masks_are_the_fault_set() -> None:
    stores = [np.zeros(n, dtype=np.uint32) for n in EXTENTS]
    flipped = sweep(5, threshold(0.2), SPACE, [0, 2]).apply(stores)
    for store, words in enumerate(flipped):
        expected = flip_masks(5, threshold(0.2), store, SPACE)[:, 0] if store in (0, 2) else stores[store]
        assert np.array_equal(words, expected)


@pytest.mark.parametrize("ber", [-0.1, 1.1, float("nan"), float("inf")])
def test_bad_rates(ber: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        threshold(ber)


def test_thresholds() -> None:
    assert [threshold(b) for b in (0.0, 2.0**-32, 0.5, 1.0)] == [0, 1, 1 << 31, 1 << 32]


@pytest.mark.parametrize(
    ("seed", "limit", "stores", "says"),
    [
        (-1, 0, [0], "64 bits"),
        (1 << 64, 0, [0], "64 bits"),
        (0, -1, [0], "threshold"),
        (0, (1 << 32) + 1, [0], "threshold"),
        (0, 0, [4], "no store 4"),
    ],
)
def test_bad_arguments(seed: int, limit: int, stores: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sweep(seed, limit, SPACE, stores)


# Statistics ---------------------------------------------------------------------------------------


def lanes_of(first_seed: int, seeds: int, ber: float, words: int) -> NDArray[np.uint8]:
    """Flips of consecutive seeds, uint8[seeds, words, 32]."""
    masks = np.array(
        [flip_masks(first_seed + n, threshold(ber), 0, PhysicalSpace.of([words]))[:, 0] for n in range(seeds)]
    )
    return np.unpackbits(masks.astype("<u4").view(np.uint8), bitorder="little").reshape(seeds, words, 32)


def report(name: str, p_value: float) -> None:
    print(f"  {name}: p = {p_value:.4f}")
    assert p_value > LEAST_P, name


def cells_p(counts: NDArray[np.int64], trials: int, p: float) -> float:
    """Chi-square p-value of independent binomial cells against their exact mean and variance."""
    statistic = float((((counts - trials * p) ** 2) / (trials * p * (1 - p))).sum())
    return float(stats.chi2.sf(statistic, counts.size))


@pytest.mark.parametrize(("first_seed", "ber"), [(0, 0.01), (2**32 - 2000, 0.05), (2**63, 0.3), (12345, 0.5)])
def test_consecutive_seeds(first_seed: int, ber: float) -> None:
    seeds, words = 4000, 48
    p = threshold(ber) / 2**32
    lanes = lanes_of(first_seed, seeds, ber, words)
    print(f"\nseeds {first_seed} ... {first_seed + seeds - 1}, {words * 32} bits, p = {p}")

    per_bit = lanes.sum(axis=0, dtype=np.int64)
    report("uniform over all physical bits", cells_p(per_bit, seeds, p))
    report("uniform over the first code word", cells_p(per_bit[0], seeds, p))
    report("uniform over bit positions", cells_p(per_bit.sum(axis=0), seeds * words, p))
    report("uniform over code words", cells_p(per_bit.sum(axis=1), seeds * 32, p))

    flips = lanes.sum(axis=(1, 2), dtype=np.int64)
    report("number of flips of a seed is binomial", binomial_p(flips, words * 32, p))
    report(
        "number of flips of a word is binomial",
        binomial_p(lanes.sum(axis=2, dtype=np.int64).ravel(), 32, p),
    )

    # Both flip with probability p²: neighbours in seed, in word, in lane.
    for lag in (1, 2, 3):
        both = int((lanes[lag:] & lanes[:-lag]).sum())
        report(f"seeds {lag} apart", stats.binomtest(both, (seeds - lag) * words * 32, p * p).pvalue)
    both = int((lanes[:, 1:] & lanes[:, :-1]).sum())
    report("neighbouring code words", stats.binomtest(both, seeds * (words - 1) * 32, p * p).pvalue)
    flat = lanes.reshape(-1, 32).astype(np.float32)
    together = (flat.T @ flat).astype(np.int64)
    pairs = together[np.triu_indices(32, 1)]
    report("all pairs of lanes of a word", pairs_p(pairs, len(flat), p))


def binomial_p(observed: NDArray[np.int64], n: int, p: float) -> float:
    """Chi-square p-value of counts against Binomial(n, p), classes of at least 20 expected."""
    expected = stats.binom.pmf(np.arange(n + 1), n, p) * len(observed)
    edges = [0]
    while expected[edges[-1] :].sum() >= 40:
        sums = np.cumsum(expected[edges[-1] :])
        edges.append(edges[-1] + int(np.argmax(sums >= 20)) + 1)
    edges[-1] = n + 1
    histogram = np.bincount(observed, minlength=n + 1)
    classes = [(int(histogram[a:b].sum()), float(expected[a:b].sum())) for a, b in pairwise(edges)]
    assert len(classes) > 3
    return float(stats.chisquare([c for c, _ in classes], [e for _, e in classes], sum_check=False).pvalue)


def pairs_p(pairs: NDArray[np.int64], trials: int, p: float) -> float:
    """P-value that every pair of lanes flips together at p²: the worst of 496, Bonferroni."""
    low = stats.binom.cdf(pairs.min(), trials, p * p)
    high = stats.binom.sf(pairs.max() - 1, trials, p * p)
    return min(1.0, float(2 * min(low, high)) * len(pairs))


def test_one_sweep_is_fast() -> None:
    """Called once a trial: 700 code words in a few milliseconds at worst."""
    space = PhysicalSpace.of((576, 48, 96, 24))
    best = {}
    for ber in (1e-4, 1e-2, 0.3):
        times = []
        for seed in range(20):
            start = time.perf_counter()
            sweep(seed, threshold(ber), space, range(4))
            times.append(time.perf_counter() - start)
        best[ber] = min(times)
    print({ber: f"{seconds * 1e3:.2f} ms" for ber, seconds in best.items()})
    assert max(best.values()) < 5e-3
