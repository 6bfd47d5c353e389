# SPDX-License-Identifier: Apache-2.0
"""Scrubbed memories against exact rationals, Markov chains and simulated words."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import bdtrc

from host.rates import (
    PROTECTIONS,
    bit_error_rate,
    mean_time_to_failure_s,
    mission_failure,
    parity_undetected,
    residual_rate,
    secded_mttf_deterministic_s,
    secded_mttf_probabilistic_s,
    secded_uncorrectable,
    tmr_wrong,
)
from host.rates.scrubbing import any_wrong

# By default approx takes every number below 1e-12 for every other.
near = partial(pytest.approx, rel=1e-12, abs=0.0)

SEED = 39
Q = [0.0, 1e-150, 1e-30, 1e-12, 3e-9, 1e-4, 0.02, 0.3, 0.5]


def standard_error(values: NDArray[np.float64]) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def exact_any(q: Fraction, bits: int) -> Fraction:
    return 1 - (1 - q) ** bits


def exact_secded(q: Fraction, bits: int) -> Fraction:
    return 1 - (1 - q) ** bits - bits * q * (1 - q) ** (bits - 1)


def exact_parity(q: Fraction, bits: int) -> Fraction:
    return (1 + (1 - 2 * q) ** bits) / 2 - (1 - q) ** bits


def exact_tmr(q: Fraction, bits: int) -> Fraction:
    right = sum(
        math.prod(q if wrong else 1 - q for wrong in copies) for copies in product((0, 1), repeat=3) if sum(copies) < 2
    )
    return 1 - Fraction(right) ** bits


@pytest.mark.parametrize(
    ("found", "exact", "bits"),
    [
        (any_wrong, exact_any, 32),
        (secded_uncorrectable, exact_secded, 39),
        (secded_uncorrectable, exact_secded, 72),
        (parity_undetected, exact_parity, 33),
        (tmr_wrong, exact_tmr, 32),
        (secded_uncorrectable, exact_secded, 1),
        (parity_undetected, exact_parity, 1),
    ],
)
@pytest.mark.parametrize("q", Q)
def test_words_against_rationals(
    found: Callable[[float, int], float], exact: Callable[[Fraction, int], Fraction], bits: int, q: float
) -> None:
    """Every digit, however small the rate: a float is a rational number, and so is the result."""
    assert found(q, bits) == near(float(exact(Fraction(q), bits)), rel=2e-14)


@given(st.floats(1e-100, 0.5), st.integers(2, 200))
def test_secded_against_scipy(q: float, bits: int) -> None:
    assert secded_uncorrectable(q, bits) == near(float(bdtrc(1, bits, q)), rel=1e-9)


def test_words_against_drawn_flips() -> None:
    """The five rows of the command's table, with the flips of 60 000 words."""
    print(f"seed {SEED}")
    q, count = 0.03, 60_000
    flips = np.random.default_rng(SEED).random((count, 96)) < q
    wrong = [flips[:, :bits].sum(axis=1) for bits in (32, 33, 39)]
    outvoted = (flips.reshape(count, 3, 32).sum(axis=1) >= 2).any(axis=1)
    seen = [wrong[0] > 0, wrong[1] > 0, (wrong[1] > 0) & (wrong[1] % 2 == 0), wrong[2] > 1, outvoted]
    assert [protection.bits for protection in PROTECTIONS] == [32, 33, 33, 39, 96]
    for protection, failed in zip(PROTECTIONS, seen, strict=True):
        expected = protection.failure(q)
        error = math.sqrt(expected * (1 - expected) / count)
        assert float(np.mean(failed)) == pytest.approx(expected, abs=4 * error), protection


class TestEqualIntervals:
    """Deterministic scrubbing."""

    def test_mean_against_the_series(self) -> None:
        """The mean number of intervals is the sum of the probabilities to outlive each; M words fail independently."""
        p, words, interval = 0.003, 7, 2.5
        good = float((1 - Fraction(p)) ** words)
        series = math.fsum(good**n for n in range(3000))
        assert mean_time_to_failure_s(p, words, interval) == near(interval * series, rel=1e-12)

    def test_mean_against_drawn_memories(self) -> None:
        """Twelve words of five bits, upset and scrubbed until one has two wrong bits."""
        print(f"seed {SEED}")
        random = np.random.default_rng(SEED)
        rate, bits, words, interval, memories = 0.02, 5, 12, 1.5, 4000
        times = np.zeros(memories)
        alive = np.arange(memories)
        while len(alive):
            upsets = random.poisson(rate * interval, (len(alive), words, bits))
            times[alive] += interval
            alive = alive[~((upsets % 2).sum(axis=2) > 1).any(axis=1)]
        expected = mean_time_to_failure_s(secded_uncorrectable(bit_error_rate(rate, interval), bits), words, interval)
        assert float(np.mean(times)) == pytest.approx(expected, abs=4 * standard_error(times))

    @pytest.mark.parametrize(("bits", "words"), [(39, 1), (39, 6250), (72, 2**20)])
    def test_approximation_is_the_limit(self, bits: int, words: int) -> None:
        """The error shrinks with λT, and is gone where λT is small."""
        interval, errors = 0.01, []
        for upsets in (1e-7, 1e-8, 1e-9, 1e-10):
            rate = upsets / interval
            failure = secded_uncorrectable(bit_error_rate(rate, interval), bits)
            exact = mean_time_to_failure_s(failure, words, interval)
            errors.append(abs(secded_mttf_deterministic_s(rate, bits, words, interval) / exact - 1))
        assert all(b < 0.2 * a for a, b in pairwise(errors)), errors
        assert errors[-1] < 1e-8

    def test_mission(self) -> None:
        p, words, interval = 1e-4, 50, 2.0
        assert mission_failure(p, words, interval, 0.0) == 0.0
        assert mission_failure(p, words, interval, 60.0) == near(float(1 - (1 - Fraction(p)) ** (50 * 30)))
        # As many failures are expected as the rate has in this time, and for few of them one is as likely as that.
        assert residual_rate(1e-20, words, interval) * 60.0 == near(50 * 30 * 1e-20)
        assert mission_failure(1e-20, words, interval, 60.0) == near(residual_rate(1e-20, words, interval) * 60)

    def test_what_never_or_always_fails(self) -> None:
        assert mean_time_to_failure_s(0.0, 5, 1.0) == math.inf
        assert mean_time_to_failure_s(1.0, 5, 3.0) == 3.0
        assert mission_failure(1.0, 5, 1.0, 2.0) == 1.0


def chain_mean(rate: float, bits: int, words: int, interval: float) -> float:
    """Mean time to absorption of a Markov chain whose state is the number of words with one wrong bit, in rationals."""
    upset, scrub = Fraction(rate), 1 / Fraction(interval)
    # The mean from state k is ratios[k] times the mean from state k + 1, plus times[k].
    ratios, times = [Fraction(0)], [Fraction(0)]
    for k in range(words + 1):
        more, fewer, failing = (words - k) * bits * upset, k * (scrub + upset), k * (bits - 1) * upset
        rest = more + fewer + failing - fewer * ratios[-1]
        times.append((1 + fewer * times[-1]) / rest)
        ratios.append(more / rest)
    mean = Fraction(0)
    for ratio, time in zip(reversed(ratios[1:]), reversed(times[1:]), strict=True):
        mean = ratio * mean + time
    return float(mean)


class TestExponentialIntervals:
    """Probabilistic scrubbing."""

    @pytest.mark.parametrize("words", [1, 2, 5, 60])
    @pytest.mark.parametrize("upsets", [1e-9, 1e-3, 0.1, 3.0, 100.0])
    @pytest.mark.parametrize("bits", [2, 39])
    def test_mean_against_a_chain(self, words: int, upsets: float, bits: int) -> None:
        found = secded_mttf_probabilistic_s(upsets / 4.0, bits, words, 4.0)
        assert found == near(chain_mean(upsets / 4.0, bits, words, 4.0), rel=1e-11)

    @pytest.mark.parametrize("words", [1, 6250, 2**20])
    def test_half_of_equal_intervals(self, words: int) -> None:
        rate, bits, interval = 1e-13, 39, 60.0
        found = secded_mttf_probabilistic_s(rate, bits, words, interval)
        assert found == near(1 / (words * bits * (bits - 1) * rate**2 * interval), rel=1e-8)
        assert found == near(secded_mttf_deterministic_s(rate, bits, words, interval) / 2, rel=1e-8)

    def test_mean_against_drawn_words(self) -> None:
        """Three words of six bits, event by event: an upset of one of the bits, or the scrub of a word."""
        print(f"seed {SEED}")
        random = np.random.default_rng(SEED)
        rate, bits, words, interval, memories = 0.3, 6, 3, 0.5, 3000
        upset, scrub = words * bits * rate, words / interval
        state = np.zeros((memories, words, bits), dtype=bool)
        times, alive = np.zeros(memories), np.arange(memories)
        while len(alive):
            times[alive] += random.exponential(1 / (upset + scrub), len(alive))
            word = random.integers(words, size=len(alive))
            scrubbed = random.random(len(alive)) < scrub / (upset + scrub)
            state[alive[scrubbed], word[scrubbed]] = False
            hit = alive[~scrubbed], word[~scrubbed], random.integers(bits, size=int((~scrubbed).sum()))
            state[hit] = ~state[hit]
            alive = alive[~(state[alive].sum(axis=2) > 1).any(axis=1)]
        expected = secded_mttf_probabilistic_s(rate, bits, words, interval)
        assert float(np.mean(times)) == pytest.approx(expected, abs=4 * standard_error(times))


@pytest.mark.parametrize("q", [-0.1, 0.6, math.nan])
def test_what_is_no_bit_error_rate_is_refused(q: float) -> None:
    for found in (any_wrong, secded_uncorrectable, parity_undetected, tmr_wrong):
        with pytest.raises(ValueError, match=r"bit error rate .* from 0 to 0.5"):
            found(q, 32)


@pytest.mark.parametrize("bits", [0, 1025])
def test_what_is_no_word_is_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="1 to 1024"):
        secded_uncorrectable(0.1, bits)


def test_what_is_no_memory_is_refused() -> None:
    for failure, words, interval in ((-0.1, 1, 1.0), (1.1, 1, 1.0), (0.1, 0, 1.0), (0.1, 1, 0.0), (0.1, 1, math.inf)):
        for found in (mean_time_to_failure_s, residual_rate):
            with pytest.raises(ValueError, match="cannot be: give"):
                found(failure, words, interval)
    with pytest.raises(ValueError, match="mission"):
        mission_failure(0.1, 1, 1.0, -1.0)
    for rate, bits in ((0.0, 39), (1e-200, 39), (math.inf, 39), (1.0, 1)):
        for mttf in (secded_mttf_deterministic_s, secded_mttf_probabilistic_s):
            with pytest.raises(ValueError, match=r"give (upsets|2 or more)"):
                mttf(rate, bits, 1, 1.0)
