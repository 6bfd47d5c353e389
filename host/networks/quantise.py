# SPDX-License-Identifier: Apache-2.0
"""Numbers to int8 and scales to fixed point."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from host.networks.dense import MAX_SHIFT, MIN_SHIFT

_ONE = 1 << 31


def quantise_multiplier(real: float) -> tuple[int, int]:
    """Fixed-point form of a scale, as TensorFlow Lite's ``QuantizeMultiplier`` makes it.

    Parameters
    ----------
    real
        A finite scale, at least 0.

    Returns
    -------
    (q, shift)
        ``real ≈ q · 2^(shift − 31)`` with ``q`` in ``2^30 … 2^31 − 1``. A scale below the reach of a shift of −31
        gives (0, 0). One above the reach of a shift of 30 gives the greatest pair (2^31 − 1, 30), as TensorFlow
        Lite does when it is built for single rounding; built for double rounding it does not check.

    Raises
    ------
    ValueError
        If ``real`` is negative or not finite.
    """
    if not (math.isfinite(real) and real >= 0):
        raise ValueError(f"scale {real} is not a finite number of at least 0")
    significand, shift = math.frexp(real)
    # A significand has 53 bits, so that both the product and the sum below are exact: halves round up.
    q = math.floor(significand * _ONE + 0.5)
    if q == _ONE:
        q, shift = q // 2, shift + 1
    if q == 0 or shift < MIN_SHIFT:
        return 0, 0
    if shift > MAX_SHIFT:
        return _ONE - 1, MAX_SHIFT
    return q, shift


def quantise(values: ArrayLike, scale: float, zero_point: int) -> NDArray[np.int8]:
    """Real values as int8: ``round(value / scale) + zero_point``, saturated; halves round to even."""
    steps = np.rint(np.asarray(values, dtype=np.float64) / scale) + zero_point
    saturated: NDArray[np.int8] = np.clip(steps, -128, 127).astype(np.int8)
    return saturated
