# SPDX-License-Identifier: Apache-2.0
"""The beam: its gaps and sites against exact distributions, statistics of what it draws, and a slow second reading."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import host.faults.beam
from host.faults.beam import NEVER, NO_SITE, Beam, Upsets, gap_thresholds
from host.image import PhysicalSpace

#: A test of chance below this p-value fails. Seeds are fixed, so a pass stays a pass.
LEAST_P = 1e-3
#: A wrong sampler must be told from the right one beyond any doubt.
TEETH_P = 1e-6

DIGITS = 48
EXACT = Context(prec=60)

# Extents that are no powers of two, and widths of four codes; not all stores are hit.
SPACE = PhysicalSpace((37, 11, 5, 23, 0), (32, 39, 96, 33, 39))
CHOSEN = (0, 1, 2, 4)
# Their numbers leave candidates of stores 0 and 2, which exist and are not hit.
OTHERS = (1, 3)


def report(name: str, p_value: float) -> None:
    print(f"  {name}: p = {p_value:.4f}")
    assert p_value > LEAST_P, name


# Gaps ---------------------------------------------------------------------------------------------


def powers(p: float) -> list[Decimal]:
    """(1 − p)^(2^i), by squaring."""
    r = [1 - Decimal(p)]
    for _ in range(DIGITS - 1):
        r.append(r[-1] * r[-1])
    return r


@pytest.mark.parametrize("p", [0.5, 0.3, 0.1, 1e-2, 1e-3, 2.0**-10, 1e-5, 1e-7, 1e-9, 1e-12])
def test_digits_make_a_geometric_variable(p: float) -> None:
    """P(G = g) is a product over the digits of g, and p (1 − p)^g but for the rounding of each to 2^-32."""
    with localcontext(EXACT):
        ones = [r / (1 + r) for r in powers(p)]
        *limits, more = gap_thresholds(p)
        assert len(limits) == DIGITS
        # that there are more digits: (1 − p)^(2^48), but never certain
        assert abs(more - min(2**32 * powers(p)[-1] ** 2, 2**32 - 1)) < Decimal("0.5001")
        # half of the last place, and what double precision does to the rounding
        assert all(abs(t - 2**32 * one) < Decimal("0.5001") for t, one in zip(limits, ones, strict=True))
        drawn = [Decimal(t) / 2**32 for t in limits]
        rng = np.random.default_rng(48)
        gaps = sorted({*range(64), *np.floor(rng.exponential(1 / p, 100)).astype(int).tolist(), *map(int, [3 / p])})
        worst = Decimal(0)
        for gap in gaps:
            found, slack = Decimal(1), Decimal(1)
            for i in range(DIGITS):
                mine, exact = (drawn[i], ones[i]) if gap >> i & 1 else (1 - drawn[i], 1 - ones[i])
                found *= mine
                slack *= 1 + Decimal("0.5001") / 2**32 / exact
            expected = Decimal(p) * (1 - Decimal(p)) ** gap
            # a gap of 2^48 or more is drawn apart
            expected /= 1 - powers(p)[-1] ** 2
            worst = max(worst, abs(found / expected - 1))
            assert expected * (2 - slack) <= found <= expected * slack, gap
        print(f"p = {p}: {len(gaps)} gaps, farthest from the geometric one by {float(worst):.1e} of itself")


@pytest.mark.parametrize("p", [0.5, 1e-2, 1e-6, 1e-12])
def test_digits_have_the_moments_of_a_geometric_variable(p: float) -> None:
    """Mean (1 − p)/p and variance (1 − p)/p², of all 2^48 gaps at once."""
    with localcontext(EXACT):
        ones = [Decimal(t) / 2**32 for t in gap_thresholds(p)[:DIGITS]]
        mean = sum((one * 2**i for i, one in enumerate(ones)), Decimal(0))
        variance = sum((one * (1 - one) * 4**i for i, one in enumerate(ones)), Decimal(0))
        q = Decimal(p)
        assert float(mean * q / (1 - q)) == pytest.approx(1, rel=1e-8)
        assert float(variance * q * q / (1 - q)) == pytest.approx(1, rel=1e-6)


def test_digits_of_the_smallest_rates() -> None:
    """Below about 2^-43 the digits that are drawn tell little: most gaps have more; at rate 0 all but one in 2^32."""
    assert gap_thresholds(0.0) == [*[1 << 31] * DIGITS, 2**32 - 1]
    assert gap_thresholds(1e-16)[0] == 1 << 31
    with localcontext(EXACT):
        for p in (1e-14, 1e-16, 1e-30):
            for t, r in zip(gap_thresholds(p)[:DIGITS], powers(p), strict=True):
                assert abs(t - 2**32 * r / (1 + r)) < Decimal("0.5001")


@pytest.mark.parametrize("p", [1e-13, 1e-14, 1e-15])
def test_smallest_rates_are_kept(p: float) -> None:
    """Upsets before the last tick there is, over many seeds: a Poisson number of mean p · 2^48 each."""
    seeds = 400
    seen = sum(len(Beam(p, CHOSEN, seed).upsets(SPACE, NEVER)) for seed in range(seeds))
    mean = seeds * p * 2**48
    low, high = stats.poisson.interval(0.999, mean)
    print(f"p = {p}: {seen} upsets, {mean:.1f} expected, {low:.0f} to {high:.0f}")
    assert low <= seen <= high


def gaps_of(upsets: Upsets) -> NDArray[np.int64]:
    """Ticks between each upset and the one before, the first counted from tick −1."""
    at = upsets.at.astype(np.int64)
    return at - np.concatenate(([-1], at[:-1])) - 1


def drawn(p: float, stores: tuple[int, ...], seed: int, count: int) -> Upsets:
    """The first so many upsets: how many there are is not left to chance."""
    upsets = Beam(p, stores, seed).upsets(SPACE, int(1.1 * count / p) + 1)
    assert len(upsets) >= count
    return Upsets(upsets.at[:count], upsets.site[:count])


def geometric_p(gaps: NDArray[np.int64], p: float, seed: int) -> float:
    """Kolmogorov-Smirnov p-value of gaps against a geometric variable.

    A gap becomes a uniform number between its distribution function and that of the gap before: exactly uniform where
    the gaps are geometric, although they are discrete.
    """
    below, to = (-np.expm1(count * np.log1p(-p)) for count in (gaps.astype(float), gaps + 1.0))
    uniform = below + np.random.default_rng(seed).random(len(gaps)) * (to - below)
    return float(stats.kstest(uniform, "uniform").pvalue)


@pytest.mark.parametrize(("p", "seed"), [(0.5, 1), (0.1, 2**32 - 1), (1e-4, 2**64 - 1), (1e-9, 77 << 32)])
def test_gaps_are_geometric(p: float, seed: int) -> None:
    print(f"\nseed {seed}, 5000 upsets at {p} a tick")
    gaps = gaps_of(drawn(p, CHOSEN, seed, 5000))
    report("gaps are geometric", geometric_p(gaps, p, seed))
    ranks = stats.spearmanr(gaps[1:], gaps[:-1])
    report("a gap tells nothing of the next", float(ranks.pvalue))
    # teeth: a tick too many, and a rate that is 15 % off
    assert p < 0.1 or geometric_p(gaps + 1, p, seed) < TEETH_P
    assert p == 0.5 or geometric_p(gaps, 1.15 * p, seed) < TEETH_P
    assert geometric_p(gaps, 0.85 * p, seed) < TEETH_P


def test_slices_have_binomial_numbers_of_upsets() -> None:
    """Each tick has an upset or has none, with probability p, whatever the other ticks have."""
    p, period, slices = 0.02, 500, 1000
    at = Beam(p, CHOSEN, 9).upsets(SPACE, period * slices).at
    counts = np.bincount((at // np.uint64(period)).astype(np.int64), minlength=slices)
    # classes of at least 20 expected: 10 upsets are the mean
    edges = np.array([-1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, period])
    expected = slices * np.diff(stats.binom.cdf(edges, period, p))
    observed = np.histogram(counts, edges + 0.5)[0]
    print(f"\nseed 9, {slices} slices of {period} ticks at {p} a tick: {counts.mean()} upsets a slice")
    report("binomial", float(stats.chisquare(observed, expected).pvalue))


# Sites --------------------------------------------------------------------------------------------


def parts(site: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Store, code word and bit of entries of the flip list."""
    wide = site.astype(np.int64)
    assert not (wide >> 31).any()
    return wide >> 28, wide & (1 << 21) - 1, wide >> 21 & 127


def numbered(site: NDArray[np.uint32], stores: tuple[int, ...]) -> NDArray[np.int64]:
    """Physical bits of the chosen stores as numbers from 0; every site must be one of them."""
    first: NDArray[np.int64] = np.full(8, -1)
    total = 0
    for number in stores:
        first[number] = total
        total += SPACE.extents[number] * SPACE.widths[number]
    store, word, bit = parts(site)
    assert (first[store] >= 0).all(), "a store that is not chosen is hit"
    extents, widths = (np.array([*column, 0, 0, 0]) for column in (SPACE.extents, SPACE.widths))
    assert (word < extents[store]).all() and (bit < widths[store]).all(), "a bit that is not there is hit"
    numbers: NDArray[np.int64] = first[store] + word * widths[store] + bit
    return numbers


def uniform_p(numbers: NDArray[np.int64], bits: int) -> float:
    """Chi-square p-value of every bit being hit alike."""
    return float(stats.chisquare(np.bincount(numbers, minlength=bits)).pvalue)


def contingency_p(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Chi-square p-value of two labels being independent."""
    table = np.zeros((one.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(table, (one, other), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    assert min(table.shape) > 1
    return float(stats.chi2_contingency(table).pvalue)


RATE, COUNT = 0.01, 20_000


@cache
def sample(stores: tuple[int, ...], seed: int) -> Upsets:
    """Drawn once for all tests."""
    return drawn(RATE, stores, seed, COUNT)


@pytest.mark.parametrize(("stores", "seed"), [(CHOSEN, 3), (OTHERS, 0xFEDC_BA98_7654_3210)])
def test_sites_are_uniform_over_all_physical_bits(stores: tuple[int, ...], seed: int) -> None:
    bits = SPACE.bits(stores)
    numbers = numbered(sample(stores, seed).site, stores)
    print(f"\nseed {seed}, {COUNT} upsets in {bits} bits of stores {stores}")
    report("every bit alike", uniform_p(numbers, bits))
    store, word, bit = parts(sample(stores, seed).site)
    hit = [s for s in stores if SPACE.extents[s]]
    shares = np.array([SPACE.bits([s]) / bits for s in hit])
    found = np.bincount(store, minlength=5)[hit]
    report("stores by their bits", float(stats.chisquare(found, COUNT * shares).pvalue))
    for s in hit:
        own = store == s
        report(f"code words of store {s}", float(stats.chisquare(np.bincount(word[own])).pvalue))
        report(f"bits of store {s}", float(stats.chisquare(np.bincount(bit[own])).pvalue))


def test_wrong_weights_are_seen() -> None:
    """Stores drawn alike first, bits of widths drawn as powers of two, or one bit in a hundred left out."""
    rng, bits = np.random.default_rng(3), SPACE.bits(CHOSEN)
    sizes = [SPACE.bits([store]) for store in CHOSEN[:3]]
    firsts = np.cumsum([0, *sizes[:2]])
    store = rng.integers(3, size=COUNT)
    stores_first = firsts[store] + (rng.random(COUNT) * np.array(sizes)[store]).astype(np.int64)
    right = numbered(sample(CHOSEN, 3).site, CHOSEN)
    # a code word of any store alike, and then a bit of it
    place = rng.integers(37 + 11 + 5, size=COUNT)
    width = np.repeat([32, 39, 96], [37, 11, 5])
    words_first = np.concatenate(([0], np.cumsum(width)))[place] + (rng.random(COUNT) * width[place]).astype(np.int64)
    left_out = np.where(right % 100 == 7, (right + 1) % bits, right)
    for name, numbers in {"stores first": stores_first, "words first": words_first, "left out": left_out}.items():
        p_value = uniform_p(numbers, bits)
        print(f"  {name}: p = {p_value:.1e}")
        assert p_value < TEETH_P, name


@pytest.mark.parametrize(("stores", "seed"), [(CHOSEN, 3), (OTHERS, 0xFEDC_BA98_7654_3210)])
def test_sites_and_times_are_independent(stores: tuple[int, ...], seed: int) -> None:
    upsets = sample(stores, seed)
    gaps, numbers = gaps_of(upsets), numbered(upsets.site, stores)
    store, word, bit = parts(upsets.site)
    print(f"\nseed {seed}, {COUNT} upsets of stores {stores}")
    parity = gaps & 1
    report("site and parity of the gap", contingency_p(numbers, parity))
    report("store and parity of the gap", contingency_p(store, parity))
    report("bit and parity of the gap", contingency_p(bit, parity))
    report("code word and length of the gap", contingency_p(word, np.searchsorted([20, 50, 100, 200], gaps)))
    number = np.minimum(upsets.at.astype(np.int64) // (COUNT * 100 // 20), 19)
    report("store and slice", contingency_p(store, number))
    report("site and half of the time", contingency_p(numbers, number // 10))
    report("store and the next one", contingency_p(store[1:], store[:-1]))
    report("bit and the next one", contingency_p(bit[1:] % 32, bit[:-1] % 32))
    # teeth: a site that follows its gap a little
    following = np.where(np.random.default_rng(seed & 1).random(COUNT) < 0.1, parity, store)
    assert contingency_p(following, parity) < TEETH_P


def test_neighbouring_seeds_are_independent() -> None:
    """Histories have seeds next to each other."""
    parity, gaps = [], []
    for seed in (3, 4):
        upsets = drawn(RATE, CHOSEN, seed, 5000)
        parity.append(numbered(upsets.site, CHOSEN) % 8)
        gaps.append(gaps_of(upsets))
    print("\nseeds 3 and 4")
    report("sites", contingency_p(*parity))
    report("gaps", float(stats.spearmanr(*gaps).pvalue))


# What does not change -----------------------------------------------------------------------------


def same(one: Upsets, other: Upsets) -> bool:
    return np.array_equal(one.at, other.at) and np.array_equal(one.site, other.site)


def test_an_earlier_end_is_a_prefix() -> None:
    beam = Beam(0.01, CHOSEN, 12)
    whole = beam.upsets(SPACE, 60_000)
    assert len(whole) > 512, "more than two batches"
    assert (np.diff(whole.at.astype(np.int64)) > 0).all()
    assert whole.at.dtype == np.uint64 and whole.site.dtype == np.uint32
    batches = [int(whole.at[n]) + plus for n in (254, 255, 256, 511, 512) for plus in (0, 1)]
    for end in (0, 1, int(whole.at[0]), int(whole.at[0]) + 1, 3333, 60_000 - 1, *batches):
        count = int((whole.at < end).sum())
        assert same(beam.upsets(SPACE, end), Upsets(whole.at[:count], whole.site[:count])), end


def test_each_part_of_the_seed_counts() -> None:
    found = [Beam(0.1, CHOSEN, seed).upsets(SPACE, 1000) for seed in (0, 1, 1 << 31, 1 << 32, 1 << 63)]
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            assert not np.array_equal(one.at[:20], other.at[:20])
            assert not np.array_equal(one.site[:20], other.site[:20])
    assert same(found[1], Beam(0.1, CHOSEN, 1).upsets(SPACE, 1000))


def test_times_do_not_depend_on_the_stores_nor_sites_on_the_rate() -> None:
    one, other = Beam(0.1, CHOSEN, 6).upsets(SPACE, 5000), Beam(0.1, OTHERS, 6).upsets(SPACE, 5000)
    assert np.array_equal(one.at, other.at) and not np.array_equal(one.site, other.site)
    rare = Beam(0.01, CHOSEN, 6).upsets(SPACE, 5000)
    assert np.array_equal(rare.site, one.site[: len(rare)]) and not np.array_equal(rare.at, one.at[: len(rare)])


def test_a_store_that_is_not_chosen_changes_nothing() -> None:
    beam = Beam(0.05, (0, 1), 8)
    found = beam.upsets(PhysicalSpace((37, 11), (32, 39)), 9000)
    for extents, widths in [((37, 11, 500), (32, 39, 96)), ((37, 11, 0, 7), (32, 39, 33, 32))]:
        assert same(beam.upsets(PhysicalSpace(extents, widths), 9000), found)
    # an empty store has no bit that could be hit
    assert same(Beam(0.05, (0, 1, 2), 8).upsets(PhysicalSpace((37, 11, 0), (32, 39, 96)), 9000), found)
    assert same(Beam(0.05, (1, 0), 8).upsets(PhysicalSpace((37, 11), (32, 39)), 9000), found)


@pytest.mark.parametrize(
    "beam", [Beam(0.0, CHOSEN, 1), Beam(0.3, (), 1), Beam(0.3, (4,), 1), Beam(0.0, (), 0)], ids=repr
)
def test_nothing_hits_nothing(beam: Beam) -> None:
    upsets = beam.upsets(SPACE, NEVER)
    assert len(upsets) == 0 and upsets.at.dtype == np.uint64 and upsets.site.dtype == np.uint32
    assert beam.site_mask(SPACE) == 0
    assert beam.targets == (() if beam.probability == 0 else beam.stores)


def test_no_time_no_upset() -> None:
    assert len(Beam(0.5, CHOSEN, 1).upsets(SPACE, 0)) == 0


def test_times_that_never_come() -> None:
    """The last tick is 2^48 − 2: a time that would be later stays at 2^48 − 1, and is no upset."""
    assert NEVER == 2**48 - 1
    upsets = Beam(2e-13, (2,), 5).upsets(SPACE, NEVER)
    assert 20 < len(upsets) < 200 and int(upsets.at[-1]) < NEVER
    assert (np.diff(upsets.at.astype(np.int64)) > 0).all()
    reference = list(first_upsets(2e-13, (2,), 5, SPACE, len(upsets) + 1))
    assert list(zip(upsets.at.tolist(), upsets.site.tolist(), strict=True)) == reference[:-1]
    assert reference[-1][0] == NEVER


@pytest.mark.parametrize("p", [-1e-9, 0.5000001, 1.0, float("nan"), float("inf")])
def test_other_rates_are_refused(p: float) -> None:
    with pytest.raises(ValueError, match=r"is no rate: give 0 to 0\.5"):
        Beam(p, CHOSEN, 1)


@pytest.mark.parametrize("seed", [-1, 1 << 64])
def test_other_seeds_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="does not fit 64 bits"):
        Beam(0.1, CHOSEN, seed)


@pytest.mark.parametrize(
    ("stores", "mask"),
    [((0,), (0, 31, 63)), ((1,), (1, 63, 15)), ((1, 3), (3, 63, 31)), (CHOSEN, (3, 127, 63)), ((1, 4), (1, 63, 15))],
)
def test_site_mask(stores: tuple[int, ...], mask: tuple[int, int, int]) -> None:
    """Numbers of the chosen stores together, and so many bits as the widest and the longest of them need."""
    store, bit, word = mask
    assert Beam(0.1, stores, 0).site_mask(SPACE) == store << 28 | bit << 21 | word


def test_site_mask_of_powers_of_two() -> None:
    assert Beam(0.1, (5,), 0).site_mask(PhysicalSpace((1,) * 8, (64,) * 8)) == 5 << 28 | 63 << 21
    assert Beam(0.1, (7,), 0).site_mask(PhysicalSpace((1 << 20,) * 8, (96,) * 8)) == 7 << 28 | 127 << 21 | 0xFFFFF


def test_a_search_that_ends_without_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 256 blocks that never shows; with one, some upsets find no bit, and say so; the others are as they were."""
    whole = Beam(0.1, (7,), 2).upsets(PhysicalSpace((9,) * 8, (33,) * 8), 4000)
    assert not (whole.site == NO_SITE).any()
    monkeypatch.setattr(host.faults.beam, "_SITE_BLOCKS", 1)
    short = Beam(0.1, (7,), 2).upsets(PhysicalSpace((9,) * 8, (33,) * 8), 4000)
    none = short.site == NO_SITE
    assert 0 < none.sum() < len(short)
    assert np.array_equal(short.at, whole.at) and np.array_equal(short.site[~none], whole.site[~none])


# Known answers ------------------------------------------------------------------------------------

# Threefry-4x32 as Salmon et al. give it in "Parallel random numbers: as easy as 1, 2, 3" (SC11).
ROTATIONS = [(10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20)]
KEY_PARITY = 0x1BD11BDA
LOW = 0xFFFF_FFFF

Four = tuple[int, int, int, int]


def threefry(counter: Four, key: Four, rounds: int = 13) -> list[int]:
    """Threefry-4x32 in plain integers: after each four rounds the next key words are added, and their number."""
    keys = [*key, KEY_PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3]]
    x = [(c + k) & LOW for c, k in zip(counter, keys, strict=False)]
    for number in range(rounds):
        # word 0 takes word 1 in and word 2 word 3; in odd rounds word 0 takes word 3 in and word 2 word 1
        for into, left in zip((0, 2), ROTATIONS[number % 8], strict=True):
            out = into + 1 if number % 2 == 0 else (into + 3) % 4
            x[into] = (x[into] + x[out]) & LOW
            x[out] = (x[out] << left | x[out] >> 32 - left) & LOW ^ x[into]
        if number % 4 == 3:
            injection = number // 4 + 1
            x = [(word + keys[(injection + i) % 5]) & LOW for i, word in enumerate(x)]
            x[3] = (x[3] + injection) & LOW
    return x


@pytest.mark.parametrize(
    ("rounds", "counter", "key", "words"),
    [
        (13, (0,) * 4, (0,) * 4, [0x531C7E4F, 0x39491EE5, 0x2C855A92, 0x3D6ABF9A]),
        (13, (LOW,) * 4, (LOW,) * 4, [0xC4189358, 0x1C9CC83A, 0xD5881C67, 0x6A0A89E0]),
        (20, (0,) * 4, (0,) * 4, [0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8]),
    ],
)
def test_the_second_reading_is_threefry(rounds: int, counter: Four, key: Four, words: list[int]) -> None:
    """Known answers of the Random123 library."""
    assert threefry(counter, key, rounds) == words


def first_upsets(
    p: float, stores: tuple[int, ...], seed: int, space: PhysicalSpace, count: int
) -> Iterator[tuple[int, int]]:
    """Ticks and sites of the first upsets, one at a time, as docs/faults.md has them."""
    key = (seed & LOW, seed >> 32, 0, 0)
    with localcontext(EXACT):
        limits = [int((2**32 * r / (1 + r)).to_integral_value()) for r in powers(p)]
        more = min(int((2**32 * powers(p)[-1] ** 2).to_integral_value()), 2**32 - 1)
    stores = tuple(store for store in stores if space.extents[store])
    word_bits = max((space.extents[store] - 1).bit_length() for store in stores)
    bit_bits = max((space.widths[store] - 1).bit_length() for store in stores)
    tick = -1
    for n in range(count):
        gap = 0
        for digit in range(DIGITS):
            random = threefry((n, 0, digit // 4, 1), key)[digit % 4]
            gap += (random < limits[digit]) << digit
        if threefry((n, 0, 12, 1), key)[0] < more:
            gap = 2**48
        tick = min(tick + 1 + gap, 2**48 - 1)
        yield tick, first_site(n, key, stores, space, (word_bits, bit_bits))


def first_site(n: int, key: Four, stores: tuple[int, ...], space: PhysicalSpace, sizes: tuple[int, int]) -> int:
    """The first candidate that is a bit of a chosen store."""
    numbers = 0
    for store in stores:
        numbers |= store
    for block in range(256):
        for random in threefry((n, 1, block, 1), key):
            word = random % (1 << 21) % (1 << sizes[0])
            bit = (random >> 21) % 128 % (1 << sizes[1])
            store = (random >> 28) % 8 & numbers
            if store in stores and word < space.extents[store] and bit < space.widths[store]:
                return word | bit << 21 | store << 28
    return 0x1FFFFF


WIDE = PhysicalSpace((0, 1 << 20, 700_001, 1, 3, 1000, 0, 65), (32, 39, 33, 96, 96, 32, 32, 96))

KNOWN: list[tuple[float, tuple[int, ...], int, PhysicalSpace, list[tuple[int, int]]]] = [
    (
        0.01,
        (0, 1, 2),
        0x0123_4567_89AB_CDEF,
        SPACE,
        [(63, 0x02E00018), (126, 0x0120000C), (143, 0x00000023), (403, 0x22C00001), (509, 0x02A0000F)],
    ),
    (0.5, (1, 3), 0, SPACE, [(0, 0x11400001), (5, 0x33A0000E), (8, 0x31A00016), (9, 0x12C00007), (10, 0x30000003)]),
    (
        1e-9,
        (1, 2, 5),
        2**64 - 1,
        WIDE,
        [
            (1164601962, 0x11C55FF4),
            (4699422620, 0x14CFC41B),
            (5126565209, 0x10E74C4B),
            (6340907976, 0x1004DC0E),
            (7041545675, 0x12C6D515),
        ],
    ),
    (
        2e-13,
        (7,),
        1 << 32,
        WIDE,
        [
            (2338903691764, 0x78600019),
            (4358767844512, 0x74800039),
            (10688978560582, 0x74000026),
            (18039229045311, 0x7B000010),
            (24053882562118, 0x7860003A),
        ],
    ),
    (
        3e-5,
        (3, 4, 6),
        1,
        WIDE,
        [(45318, 0x38800000), (97239, 0x42E00002), (119346, 0x33200000), (221279, 0x41E00002), (230547, 0x35800000)],
    ),
]


@pytest.mark.parametrize(("p", "stores", "seed", "space", "first"), KNOWN)
def test_known_answers(
    p: float, stores: tuple[int, ...], seed: int, space: PhysicalSpace, first: list[tuple[int, int]]
) -> None:
    """The first five upsets as they were once worked out, and a few more as the slow reading gives them."""
    slow = list(first_upsets(p, stores, seed, space, 40))
    print([(tick, f"{site:#010x}") for tick, site in slow[:5]])
    assert slow[:5] == first
    upsets = Beam(p, stores, seed).upsets(space, NEVER if p < 1e-12 else int(60 / p))
    assert len(upsets) >= 20
    found = list(zip(upsets.at.tolist(), upsets.site.tolist(), strict=True))[:40]
    assert found == slow[: len(found)]


@pytest.mark.parametrize("ones", [0, 1, 1 << 47, 0x5A5A_1234_8765])
def test_a_digit_is_one_below_its_threshold(ones: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds just at and just above the random words of the first gap decide its digits, down to the last bit."""
    random = [threefry((0, 0, digit // 4, 1), (7, 1, 0, 0))[digit % 4] for digit in range(DIGITS)]
    limits = [word + (ones >> digit & 1) for digit, word in enumerate(random)]
    monkeypatch.setattr(host.faults.beam, "gap_thresholds", lambda p: [*limits, 0])
    upsets = Beam(0.1, CHOSEN, 1 << 32 | 7).upsets(SPACE, ones + 1)
    assert upsets.at.tolist() == [ones]


def test_thresholds_are_the_registers() -> None:
    assert Beam(0.01, CHOSEN, 0).thresholds == gap_thresholds(0.01)
    # P(odd) = (1 − p)/(2 − p), a third at p = 1/2; then a fifth, a seventeenth, one in 257
    assert gap_thresholds(0.5)[:4] == [round(2**32 / (1 + 2 ** (2**i))) for i in range(4)]
