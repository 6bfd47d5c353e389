# SPDX-License-Identifier: Apache-2.0
"""Requantisation against exact rational arithmetic, over edge cases and random inputs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from host.twin import reference as slow
from host.twin import requantise

INT32 = st.one_of(
    st.integers(-(2**31), 2**31 - 1),
    st.sampled_from([s * (2**k) + d for k in range(32) for s in (1, -1) for d in (-1, 0, 1)]).filter(
        lambda x: -(2**31) <= x < 2**31
    ),
)
SHIFT = st.integers(-32, 31)
BYTE = st.integers(-128, 127)

EDGES = sorted({s * 2**k + d for k in (0, 1, 2, 6, 15, 24, 30, 31) for s in (1, -1) for d in (-1, 0, 1)})
EDGES = [x for x in EDGES if -(2**31) <= x < 2**31]


def fast(accumulators: list[int], q: int, s: int, single: bool, zero: int, low: int, high: int) -> list[int]:
    """The vectorised form on a list."""
    return requantise(
        np.array(accumulators, np.int64).astype(np.int32),
        np.array([q], np.int64).astype(np.int32),
        np.array([s], np.int8),
        single_rounding=single,
        output_zero_point=zero,
        activation_min=low,
        activation_max=high,
    ).tolist()


@settings(max_examples=2000)
@given(st.lists(INT32, min_size=1, max_size=8), INT32, SHIFT, st.booleans(), BYTE, BYTE, BYTE)
def test_every_input(accumulators: list[int], q: int, s: int, single: bool, zero: int, low: int, high: int) -> None:
    expected = [slow.requantise(a, q, s, single, zero, low, high) for a in accumulators]
    assert fast(accumulators, q, s, single, zero, low, high) == expected


@settings(max_examples=1000)
@given(
    st.integers(-140, 140),
    st.integers(2**30, 2**31 - 1),
    st.integers(-31, 0),
    st.booleans(),
    st.integers(-3, 3),
)
def test_near_every_boundary_between_two_outputs(y: int, q: int, s: int, single: bool, step: int) -> None:
    """Accumulators around those where the exact result lies half-way between two outputs."""
    real = Fraction(q) * Fraction(2) ** (s - 31)
    middle = int((y + Fraction(1, 2)) / real) + step
    accumulator = min(max(middle, -(2**31)), 2**31 - 1)
    assert fast([accumulator], q, s, single, 0, -128, 127) == [slow.requantise(accumulator, q, s, single, 0, -128, 127)]


def test_edges_of_all_arguments() -> None:
    for q, s, single in product(EDGES, (-32, -31, -30, -17, -8, -2, -1, 0, 1, 2, 15, 30, 31), (False, True)):
        expected = [slow.requantise(a, q, s, single, -3, -128, 127) for a in EDGES]
        assert fast(EDGES, q, s, single, -3, -128, 127) == expected, (q, s, single)


def formula(acc: int, q: int, s: int, single: bool) -> int:
    """The bit formulas of docs/mac-engine.md, in Python integers."""
    s = min(max(s, -31), 30)
    if single:
        t = 31 - s
        return slow.wrap((acc * q + (1 << (t - 1))) >> t)
    a = slow.wrap(acc << max(s, 0))
    h = min((a * q + (1 << 30)) >> 31, 2**31 - 1)
    r = max(-s, 0)
    return (h >> r) + int(h % (1 << r) > (((1 << r) - 1) >> 1) + (h < 0))


@settings(max_examples=2000)
@given(INT32, INT32, SHIFT, st.booleans())
def test_the_page_and_the_rationals_agree(acc: int, q: int, s: int, single: bool) -> None:
    assert formula(acc, q, s, single) == slow.rescale(acc, q, s, single)


def truncated(a: int, b: int) -> int:
    """Quotient rounded towards zero, as C divides."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


@settings(max_examples=1000)
@given(INT32, INT32)
def test_the_high_multiply_is_that_of_the_fixed_point_library(a: int, b: int) -> None:
    """The library (gemmlowp) states it with a nudge of either sign and a truncating division; the page with a shift."""
    high = 2**31 - 1 if a == b == -(2**31) else truncated(a * b + (2**30 if a * b >= 0 else 1 - 2**30), 2**31)
    assert slow.rescale(a, b, 0, single=False) == high


def test_saturation_of_the_high_multiply() -> None:
    lowest = -(2**31)
    assert slow.rescale(lowest, lowest, 0, single=False) == 2**31 - 1
    assert fast([lowest], lowest, -25, False, 0, -128, 127) == [64]
    assert slow.rescale(lowest, lowest, 0, single=True) == lowest  # 2^31 wraps


def test_double_rounding_differs_from_single_where_it_should() -> None:
    """A quarter rounds to a half, and the half up: the known artefact of rounding twice."""
    assert fast([1], 2**30, -1, False, 0, -128, 127) == [1]
    assert fast([1], 2**30, -1, True, 0, -128, 127) == [0]
    # Halves: away from zero with double rounding where a right shift follows, up with single.
    assert fast([-6, 6], 2**30, -1, False, 0, -128, 127) == [-2, 2]
    assert fast([-6, 6], 2**30, -1, True, 0, -128, 127) == [-1, 2]


def test_channels_broadcast() -> None:
    rng = np.random.default_rng(1)
    acc = rng.integers(-(2**31), 2**31, (5, 7)).astype(np.int32)
    q, s = (
        rng.integers(-(2**31), 2**31, (5, 1)).astype(np.int32),
        rng.integers(-32, 32, (5, 1)).astype(np.int8),
    )
    for single in (False, True):
        out = requantise(
            acc,
            q,
            s,
            single_rounding=single,
            output_zero_point=1,
            activation_min=-100,
            activation_max=99,
        )
        assert out.dtype == np.int8 and out.shape == acc.shape
        expected = [
            [slow.requantise(int(acc[i, j]), int(q[i, 0]), int(s[i, 0]), single, 1, -100, 99) for j in range(7)]
            for i in range(5)
        ]
        assert out.tolist() == expected
