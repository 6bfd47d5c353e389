# SPDX-License-Identifier: Apache-2.0
"""Thermometer codes: thresholds that turn the features of pictures into input wires."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from host.networks.errors import NetworkError


class Spacing(StrEnum):
    """Where the thresholds of a feature lie."""

    #: As many pictures between two neighbours: quantiles.
    QUANTILE = "quantile"
    #: The same distance between neighbours, from the least to the greatest value.
    UNIFORM = "uniform"


def thermometer(
    features: NDArray[np.float64], bits: int, spacing: Spacing
) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Thresholds from pictures; a wire is 1 where its feature is greater than its threshold.

    Thresholds that tell no two of the pictures apart beyond those before them are left out, so a feature has up to
    ``bits`` wires, and one that never changes has none.

    Parameters
    ----------
    features
        float64[n, features], of the training part alone.
    bits
        Most thresholds of a feature, at least 1.
    spacing
        Where they lie.

    Returns
    -------
    uint16[inputs], float64[inputs]
        Feature and threshold of each wire: features in order, thresholds of a feature rising.

    Raises
    ------
    NetworkError
        If ``bits`` is too small or no feature ever changes.
    """
    if bits < 1:
        raise NetworkError(f"{bits} thresholds of a feature wanted; give at least 1")
    steps = np.arange(1, bits + 1) / (bits + 1)
    chosen, thresholds = [], []
    for number, values in enumerate(features.T):
        if spacing is Spacing.QUANTILE:
            # "lower" takes values of the data: no rounding, the same thresholds everywhere.
            places = np.quantile(values, steps, method="lower")
        else:
            places = values.min() + steps * (values.max() - values.min())
        kept = _telling(values, places)
        chosen += [number] * len(kept)
        thresholds += kept
    if not chosen:
        raise NetworkError("no feature of the pictures ever changes: there is nothing to put a threshold in")
    return np.array(chosen, dtype=np.uint16), np.array(thresholds, dtype=np.float64)


def _telling(values: NDArray[np.float64], places: NDArray[np.float64]) -> list[float]:
    """The thresholds that split the values, each in another way."""
    kept: list[float] = []
    before = len(values)
    for place in places:
        above = int(np.count_nonzero(values > place))
        if 0 < above < before:
            kept.append(float(place))
            before = above
    return kept
