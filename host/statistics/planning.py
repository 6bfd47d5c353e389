# SPDX-License-Identifier: Apache-2.0
"""How many trials an interval of a wanted width takes."""

from __future__ import annotations

import math

from scipy import stats

#: More than any campaign runs.
MOST = 10**9


def trials_for(deviation: float, half_width: float, confidence: float = 0.95) -> int:
    """Fewest trials whose Student interval of the mean is no wider than wanted, if their deviation is as given.

    The interval reaches ``t s / √n`` to either side, with ``t`` the quantile of Student's distribution for ``n − 1``
    degrees of freedom; it becomes narrower with every trial, so the fewest are found by bisection.

    Parameters
    ----------
    deviation
        Standard deviation ``s`` of a trial.
    half_width
        Wanted distance from the mean to either end, above 0, in the same unit.
    confidence
        Of the interval.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if not 0.0 <= deviation < math.inf:
        raise ValueError(f"a standard deviation of {deviation:g} cannot be: give a number from 0 on")
    if not 0.0 < half_width < math.inf:
        raise ValueError(f"a half-width of {half_width:g} cannot be: give a number above 0")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"a confidence of {confidence:g} cannot be: give a number between 0 and 1")

    def reach(trials: int) -> float:
        return float(stats.t.ppf(0.5 + confidence / 2, trials - 1)) * deviation / math.sqrt(trials)

    low, high = 1, 2
    while reach(high) > half_width:
        low, high = high, 2 * high
        if high > MOST:
            return MOST
    # more than `low` are needed (one has no interval), `high` are enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reach(middle) > half_width else (low, middle)
    return high
