# SPDX-License-Identifier: Apache-2.0
"""Confidence intervals for means over trials and for shares of trials.

The fault set is the statistical unit: pictures of one trial share its flips and are not independent, so every
mean is taken over trials, never over pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes
    ----------
    mean
        The estimate.
    low, high
        Ends of the interval.
    n
        Trials behind it.
    note
        What a reader must know about it; empty when nothing.
    """

    mean: float
    low: float
    high: float
    n: int
    note: str = ""


def student_interval(
    values: Sequence[float] | NDArray[np.float64],
    confidence: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Interval:
    """Student's t interval for the mean of values, one for each trial.

    ``mean ± t_{n-1, (1+confidence)/2} · s / sqrt(n)``, clipped to the bounds that the quantity itself has.

    Parameters
    ----------
    values
        float[n], one for each trial, within ``bounds``.
    confidence
        Probability that the interval covers the mean, within (0, 1).
    bounds
        Least and greatest value the quantity can take.

    Returns
    -------
    Interval
        One value only gives the bounds themselves. Equal values give a width of zero, and the note says that
        this is no certainty.

    Raises
    ------
    ValueError
        If there is no value, one is not finite or out of bounds, or the confidence is not within (0, 1).
    """
    data = _checked(values, confidence, bounds)
    plain = _without_spread(data, bounds)
    if plain is not None:
        return plain
    mean = float(np.mean(data))
    low, high = stats.t.interval(confidence, len(data) - 1, loc=mean, scale=float(stats.sem(data)))
    return Interval(mean, max(float(low), bounds[0]), min(float(high), bounds[1]), len(data))


def bootstrap_interval(
    values: Sequence[float] | NDArray[np.float64],
    confidence: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap interval for the mean of values, one for each trial.

    Parameters
    ----------
    values, confidence, bounds
        As for :func:`student_interval`.
    resamples
        Bootstrap samples to draw.
    seed
        Seed of the resampling, so that a report can be made again.

    Returns
    -------
    Interval
        Within the range of the values by construction; one value and equal values as in
        :func:`student_interval`.

    Raises
    ------
    ValueError
        As :func:`student_interval`.
    """
    data = _checked(values, confidence, bounds)
    plain = _without_spread(data, bounds)
    if plain is not None:
        return plain
    found = stats.bootstrap(
        (data,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
        # One row of this many resamples at a time keeps the memory small.
        batch=max(1, 10**6 // len(data)),
    ).confidence_interval
    return Interval(float(np.mean(data)), float(found.low), float(found.high), len(data))


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share of trials (Wilson, JASA 22, 1927).

    Parameters
    ----------
    successes, trials
        How many of how many trials.
    confidence
        Probability that the interval covers the share, within (0, 1).

    Raises
    ------
    ValueError
        If the counts cannot be, or the confidence is not within (0, 1).
    """
    _check_confidence(confidence)
    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(f"{successes} of {trials} trials cannot be: give 0 <= successes <= trials, trials >= 1")
    found = stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    return Interval(successes / trials, float(found.low), float(found.high), trials)


def _checked(
    values: Sequence[float] | NDArray[np.float64], confidence: float, bounds: tuple[float, float]
) -> NDArray[np.float64]:
    _check_confidence(confidence)
    data = np.asarray(values, dtype=np.float64).ravel()
    if not len(data):
        raise ValueError("no value was given: an interval needs at least one trial")
    wrong = data[~(np.isfinite(data) & (data >= bounds[0]) & (data <= bounds[1]))]
    if len(wrong):
        raise ValueError(f"value {wrong[0]} is not a number from {bounds[0]:g} to {bounds[1]:g}")
    return data


def _check_confidence(confidence: float) -> None:
    if math.isnan(confidence) or not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence {confidence} is not within 0 ... 1: give a number such as 0.95")


def _without_spread(data: NDArray[np.float64], bounds: tuple[float, float]) -> Interval | None:
    """The interval of data that has no variance to estimate from; None when it has."""
    if len(data) == 1:
        return Interval(float(data[0]), bounds[0], bounds[1], 1, "one trial: no interval")
    if np.all(data == data[0]):
        value = float(data[0])
        return Interval(value, value, value, len(data), f"all {len(data)} trials equal: the width is not known to be 0")
    return None
