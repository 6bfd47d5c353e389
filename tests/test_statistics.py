# SPDX-License-Identifier: Apache-2.0
"""Intervals against published numbers, closed forms and simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from host.statistics import Interval, bootstrap_interval, student_interval, wilson_interval

# Student, "The probable error of a mean", Biometrika 6 (1908): extra hours of sleep, difference of two drugs.
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
UNBOUNDED = (-math.inf, math.inf)


def test_student_on_his_own_data() -> None:
    """R's t.test(extra ~ group, data = sleep, paired = TRUE) prints 0.7001142 and 2.4598858."""
    found = student_interval(SLEEP, bounds=UNBOUNDED)
    assert (found.n, found.note) == (10, "")
    assert [found.mean, found.low, found.high] == pytest.approx([1.58, 0.7001142, 2.4598858], abs=1e-7)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = wilson_interval(successes, trials)
    assert found.mean == successes / trials
    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-5)


def test_wilson_closed_form_and_symmetry() -> None:
    z = 1.959963984540054
    for k, n in ((3, 10), (50, 50), (199, 200)):
        p = k / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        found, mirrored = wilson_interval(k, n), wilson_interval(n - k, n)
        assert [found.low, found.high] == pytest.approx([centre - half, min(1.0, centre + half)])
        assert [mirrored.low, mirrored.high] == pytest.approx([1 - found.high, 1 - found.low])


def test_bootstrap_against_resampling_by_hand() -> None:
    """The percentiles of 20000 resampled means, drawn by another generator."""
    data = np.array(SLEEP) / 5
    random = np.random.RandomState(3)
    means = data[random.randint(0, len(data), (20000, len(data)))].mean(axis=1)
    found = bootstrap_interval(data, seed=1)
    assert [found.low, found.high] == pytest.approx(np.percentile(means, [2.5, 97.5]).tolist(), abs=0.01)
    assert found == bootstrap_interval(data, seed=1) != bootstrap_interval(data, seed=2)


@pytest.mark.parametrize(("method", "least"), [(student_interval, 0.93), (bootstrap_interval, 0.90)])
def test_coverage(method: Callable[..., Interval], least: float) -> None:
    """Shares of 360 pictures over 25 trials: the interval covers the true mean about 95 times in a hundred."""
    random = np.random.default_rng(12345)
    samples = random.binomial(360, random.beta(6, 2, (400, 25))) / 360
    more = {"resamples": 999} if method is bootstrap_interval else {}
    hits = [found.low <= 0.75 <= found.high for found in (method(sample, **more) for sample in samples)]
    assert least <= np.mean(hits) <= 0.98


@pytest.mark.parametrize("method", [student_interval, bootstrap_interval])
class TestEdges:
    """Where no formula helps."""

    def test_stays_within_bounds(self, method: Callable[..., Interval]) -> None:
        found = method([0.0, 0.0, 0.0, 0.02])
        assert found.low == 0.0 < found.mean < found.high
        found = method([1.0, 1.0, 1.0, 0.98])
        assert found.low < found.mean < found.high <= 1.0

    def test_no_variance_is_stated(self, method: Callable[..., Interval]) -> None:
        found = method([0.25] * 7)
        assert (found.mean, found.low, found.high, found.n) == (0.25, 0.25, 0.25, 7)
        assert "all 7 trials equal" in found.note

    def test_one_trial_knows_nothing(self, method: Callable[..., Interval]) -> None:
        assert method([0.25]) == Interval(0.25, 0.0, 1.0, 1, "one trial: no interval")

    @pytest.mark.parametrize("values", [[], [0.5, math.nan], [0.5, 1.5], [-0.1, 0.5]])
    def test_what_is_no_share_is_refused(self, method: Callable[..., Interval], values: list[float]) -> None:
        with pytest.raises(ValueError, match="value"):
            method(values)

    @pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, 95.0, math.nan])
    def test_what_is_no_confidence_is_refused(self, method: Callable[..., Interval], confidence: float) -> None:
        with pytest.raises(ValueError, match="confidence"):
            method([0.1, 0.2], confidence)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (0, 0)])
def test_wilson_refuses_what_cannot_be(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson_interval(successes, trials)
