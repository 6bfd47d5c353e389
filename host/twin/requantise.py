# SPDX-License-Identifier: Apache-2.0
"""Requantisation of int32 accumulators to int8, for every input (docs/mac-engine.md, "Requantisation")."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_INT32_MIN = -(1 << 31)
_HALF = np.int64(1 << 30)


def requantise(
    accumulator: NDArray[np.int32],
    multiplier: NDArray[np.int32],
    shift: NDArray[np.int8],
    *,
    single_rounding: bool,
    output_zero_point: int,
    activation_min: int,
    activation_max: int,
) -> NDArray[np.int8]:
    """Output elements of accumulators.

    Parameters
    ----------
    accumulator
        int32[...].
    multiplier, shift
        Of each accumulator; they broadcast against it. Shifts are clamped to −31 … 30.
    single_rounding
        One rounding or two.
    output_zero_point, activation_min, activation_max
        int8 values. The maximum wins where it lies below the minimum.

    Returns
    -------
    int8[...]
    """
    scale = _single if single_rounding else _double
    clamped = np.minimum(np.maximum(shift, np.int64(-31)), np.int64(30))
    scaled = scale(accumulator, np.asarray(multiplier), clamped)
    scaled += np.int32(output_zero_point)
    np.maximum(scaled, np.int32(activation_min), out=scaled)
    np.minimum(scaled, np.int32(activation_max), out=scaled)
    return scaled.astype(np.int8)


def _single(
    accumulator: NDArray[np.int32], multiplier: NDArray[np.int32], shift: NDArray[np.int64]
) -> NDArray[np.int32]:
    # |acc·q| ≤ 2^62 and the half ≤ 2^61: no step leaves 64 bits.
    right = 31 - shift
    value = np.multiply(accumulator, multiplier, dtype=np.int64)
    value += np.int64(1) << (right - 1)
    value >>= right
    return value.astype(np.int32)


def _double(
    accumulator: NDArray[np.int32], multiplier: NDArray[np.int32], shift: NDArray[np.int64]
) -> NDArray[np.int32]:
    if int(shift.max(initial=0)) > 0:
        accumulator = np.left_shift(accumulator, np.maximum(shift, 0).astype(np.int32))
    value = np.multiply(accumulator, multiplier, dtype=np.int64)
    value += _HALF
    value >>= 31
    if int(multiplier.min(initial=0)) == _INT32_MIN:
        np.minimum(value, np.int64(-_INT32_MIN - 1), out=value)
    right = np.maximum(-shift, 0)
    # Halves away from zero: add a half and round down, having taken 1 off a negative value. Where nothing is shifted
    # out there is nothing to round, and `borrow` keeps the value as it is.
    borrow = (right > 0).astype(np.int64)
    half = (borrow << right) >> 1
    negative = value >> 63
    negative &= -borrow
    value += negative
    value += half
    value >>= right
    return value.astype(np.int32)
