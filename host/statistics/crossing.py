# SPDX-License-Identifier: Apache-2.0
"""The rate at which a curve with a band has fallen to a level."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Crossing:
    """The rate at which a curve has fallen to a level.

    Attributes
    ----------
    rate
        Where the curve reaches it: 0 when it is below it at the first rate already, infinity when it never is.
    low, high
        Where the lower and the upper edge of the band reach it, likewise: all rates between whose band holds the level.
        The band covers each point of the curve by itself, and what the curve does between two points is not in it.
    """

    rate: float
    low: float
    high: float


def fall_to(rates: Sequence[float], values: Sequence[float], level: float) -> float:
    """First rate at which a curve is at or below a level, interpolated on the logarithm of the rate.

    Parameters
    ----------
    rates
        Ascending, above 0.
    values
        The curve at each of them; straight lines between them, on the logarithmic axis.
    level
        The level.

    Returns
    -------
    float
        0 if the first value is below the level, infinity if none is at or below it.

    Raises
    ------
    ValueError
        If the rates are not positive and ascending, or not as many as the values.
    """
    if len(rates) != len(values):
        raise ValueError(f"{len(rates)} rates and {len(values)} values: give as many of each")
    if any(a >= b for a, b in zip((0.0, *rates), rates, strict=False)):
        raise ValueError("the rates must be above 0 and ascend: sort them and name each once")
    for i, value in enumerate(values):
        if value > level:
            continue
        if i == 0:
            return rates[0] if value == level else 0.0
        share = (values[i - 1] - level) / (values[i - 1] - value)
        return math.exp(math.log(rates[i - 1]) + share * math.log(rates[i] / rates[i - 1]))
    return math.inf


def crossing(
    rates: Sequence[float], mean: Sequence[float], low: Sequence[float], high: Sequence[float], level: float
) -> Crossing:
    """Where a curve and the edges of its band fall to a level (:func:`fall_to`)."""
    return Crossing(*(fall_to(rates, values, level) for values in (mean, low, high)))
