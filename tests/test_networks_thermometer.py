# SPDX-License-Identifier: Apache-2.0
"""Thermometer codes against their definition, one value at a time."""

from __future__ import annotations

import os

import numpy as np
import pytest

from host.networks import NetworkError
from host.networks.datasets import digits
from host.networks.thermometer import Spacing, thermometer

SEED = int(os.environ.get("FAULTLOOP_SEED", "314"))


def column(values: list[float], bits: int, spacing: Spacing) -> list[float]:
    """Thresholds of one feature."""
    feature, threshold = thermometer(np.array(values)[:, None], bits, spacing)
    assert feature.dtype == np.uint16 and threshold.dtype == np.float64 and not feature.any()
    return threshold.tolist()


def test_uniform_thresholds_are_evenly_spaced() -> None:
    assert column([0.0, 1.0, 2.0, 3.0, 4.0], 3, Spacing.UNIFORM) == [1.0, 2.0, 3.0]
    assert column([-1.0, 0.0, 1.0], 1, Spacing.UNIFORM) == [0.0]


def test_quantiles_part_the_pictures_evenly() -> None:
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}")
    values = rng.permutation(np.arange(1000.0) ** 3)
    thresholds = column(values.tolist(), 4, Spacing.QUANTILE)
    counts = [int(np.count_nonzero(values > t)) for t in thresholds]
    assert np.abs(np.array(counts) - [800, 600, 400, 200]).max() <= 1
    assert set(thresholds) <= set(values)


@pytest.mark.parametrize("spacing", Spacing)
def test_every_wire_tells_pictures_apart(spacing: Spacing) -> None:
    pictures = digits()["train"].images
    feature, threshold = thermometer(pictures, 7, spacing)
    wires = (pictures[:, feature] > threshold).T
    assert len({(int(f), w.tobytes()) for f, w in zip(feature, wires, strict=True)}) == len(wires)
    assert np.all(wires.any(axis=1)) and not np.any(wires.all(axis=1))
    assert np.all(np.diff(feature.astype(int)) >= 0) and np.bincount(feature).max() <= 7
    for number in set(feature.tolist()):
        assert np.all(np.diff(threshold[feature == number]) > 0)
    # Pixels that change have a wire, the others none.
    changing = np.flatnonzero(np.ptp(pictures, axis=0))
    if spacing is Spacing.UNIFORM:
        assert sorted(set(feature.tolist())) == changing.tolist()


def test_what_never_changes_has_no_wire() -> None:
    pictures = np.array([[5.0, 0.0], [5.0, 1.0]])
    feature, threshold = thermometer(pictures, 3, Spacing.UNIFORM)
    assert feature.tolist() == [1] and threshold.tolist() == [0.25]
    with pytest.raises(NetworkError, match="no feature of the pictures ever changes"):
        thermometer(np.ones((4, 3)), 3, Spacing.QUANTILE)
    with pytest.raises(NetworkError, match="0 thresholds of a feature wanted"):
        thermometer(pictures, 0, Spacing.UNIFORM)
