# SPDX-License-Identifier: Apache-2.0
"""What one flip does, estimated from trials in which many bits flipped at random.

Let every bit flip independently with probability ``p``, ``Y`` be what a trial yields, and ``x_i`` be 1 where bit ``i``
flipped. The effect of bit ``i`` is ``D_i = E[Y | x_i = 1] - E[Y | x_i = 0]``: its importance in the sense of Birnbaum
("On the importance of different components in a multicomponent system", 1969), at the rate ``p`` of all others. The
effects of all bits sum to ``dE[Y]/dp`` (Russo, "An approximate zero-one law", 1982), so they divide the slope of the
curve among the bits. Towards ``p = 0`` an effect becomes that of the flip alone.

Since the bits are independent, ``Cov(x_i, Y) = p (1 - p) D_i``. For the number of flips ``X`` in a group of ``n`` bits,
``Cov(X, Y) / (n p (1 - p))`` is therefore the mean effect of the group's bits. The variance is known and the sample
covariance is unbiased, so the estimate is unbiased, whatever else flips and however the flips interact; it is the
likelihood-ratio estimate of the slope (Glynn, "Likelihood ratio gradient estimation for stochastic systems", CACM 33,
1990), restricted to a group. Estimates at several rates are averaged with equal weights, which leaves them unbiased;
the degrees of freedom of the average are Satterthwaite's (Biometrics Bulletin 2, 1946).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from host.statistics.intervals import Interval


@dataclass(frozen=True, eq=False)
class Draws:
    """Trials at one rate.

    Attributes
    ----------
    rate
        Probability that a bit flips.
    counts
        int[n]: flips in the group in each trial.
    values
        float[n]: what each trial yielded.
    """

    rate: float
    counts: NDArray[np.integer]
    values: NDArray[np.float64]


def flip_effect(draws: Sequence[Draws], bits: int, confidence: float = 0.95) -> Interval:
    """Mean effect of one flip in a group of bits, averaged over rates, with an interval over fault sets.

    Parameters
    ----------
    draws
        Trials at each rate.
    bits
        Bits of the group.
    confidence
        Probability that the interval covers the effect: Student's t for the means of the products that the covariances
        are made of, so it holds for many trials with flips in the group.

    Returns
    -------
    Interval
        Its ends have no bounds: an effect may be of either sign.

    Raises
    ------
    ValueError
        If there is no rate, a rate has fewer than two trials, or nothing can flip or stay.
    """
    if not draws or any(len(one.values) < 2 or len(one.counts) != len(one.values) for one in draws):
        raise ValueError("an effect needs at least one rate, and for each as many counts as values, two or more")
    if bits < 1 or any(not 0.0 < one.rate < 1.0 for one in draws):
        raise ValueError(f"{bits} bits at rates {[one.rate for one in draws]} have no effect to estimate")
    means, variances, trials = (np.array(column) for column in zip(*(_at_one(one, bits) for one in draws), strict=True))
    mean = float(np.mean(means))
    variance = float(np.sum(variances))
    if variance == 0.0:
        note = f"all {trials.sum()} trials equal: the width is not known to be 0"
        return Interval(mean, mean, mean, int(trials.sum()), note)
    freedom = variance**2 / float(np.sum(variances**2 / (trials - 1)))
    half = float(stats.t.ppf((1.0 + confidence) / 2.0, freedom)) * variance**0.5 / len(draws)
    return Interval(mean, mean - half, mean + half, int(trials.sum()))


def _at_one(draws: Draws, bits: int) -> tuple[float, float, int]:
    """Effect at one rate, the variance of this estimate, and its trials."""
    trials = len(draws.values)
    scale = bits * draws.rate * (1.0 - draws.rate)
    products = (draws.counts - np.mean(draws.counts)) * (draws.values - np.mean(draws.values)) / scale
    # Few flips may miss the rare trials in which something happened, and their products then vary too little: never
    # less than Var(X) Var(Y), which they would have if the flips did nothing; Var(X) is known.
    variance = max(float(np.var(products, ddof=1)), float(np.var(draws.values, ddof=1)) / scale)
    return float(np.sum(products)) / (trials - 1), variance / trials, trials
