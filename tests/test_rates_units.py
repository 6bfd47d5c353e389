# SPDX-License-Identifier: Apache-2.0
"""Units of upset rates against published conversions, exact arithmetic and simulated upsets."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.rates import (
    MEBIBIT,
    MEGABIT,
    bit_error_rate,
    cross_section_from_rate,
    fit_per_mb_from_rate,
    fluence,
    mtbu_from_rate,
    parse_duration,
    rate_from_bit_error_rate,
    rate_from_fit_per_mb,
    rate_from_flux,
    rate_from_mtbu,
    rate_from_upsets_per_day,
    show_duration,
    upsets_per_day_from_rate,
)

# By default approx takes every number below 1e-12 for every other.
near = partial(pytest.approx, rel=1e-12, abs=0.0)

amounts = st.floats(1e-30, 1e30)
megabits = st.sampled_from([MEBIBIT, MEGABIT])


@pytest.mark.parametrize("bits", [MEBIBIT, MEGABIT])
def test_fit_as_published(bits: int) -> None:
    """Altera: 5000 FIT are 200 000 hours. Xilinx AR 63220: 1489 FIT are 77 years, of 8760 hours."""
    assert mtbu_from_rate(rate_from_fit_per_mb(5000.0, bits), bits) / 3600 == near(200_000.0)
    assert round(mtbu_from_rate(rate_from_fit_per_mb(1489.0, bits), bits) / 3600 / 8760) == 77


def test_beam_as_published() -> None:
    """Sullivan et al. (MICRO 2021): 9.8e5 n/cm²/s are 2.52e8 times the 14 n/cm²/h of New York."""
    assert fluence(14.0 * 2.52e8, 1.0) == near(9.8e5, rel=1e-3)


def test_flux_and_cross_section_by_exact_arithmetic() -> None:
    """Upsets of 10^6 bits in 10^9 hours, counted in integers: 10^-14 cm² see 13 n/cm² in each hour."""
    upsets = Fraction(13) * Fraction(1, 10**14) * 10**9 * 10**6
    assert upsets == 130
    assert fit_per_mb_from_rate(rate_from_flux(13.0, 1e-14), MEGABIT) == near(130.0)
    assert fit_per_mb_from_rate(rate_from_flux(13.0, 1e-14)) == near(130.0 * 1.048576)


def test_day() -> None:
    assert rate_from_upsets_per_day(86400.0) == near(1.0)


@given(amounts, megabits)
def test_fit_round_trip(value: float, bits: int) -> None:
    assert fit_per_mb_from_rate(rate_from_fit_per_mb(value, bits), bits) == near(value)


@given(amounts, amounts, st.integers(1, 10**12))
def test_round_trips(value: float, flux: float, bits: int) -> None:
    assert cross_section_from_rate(rate_from_flux(flux, value), flux) == near(value)
    assert upsets_per_day_from_rate(rate_from_upsets_per_day(value)) == near(value)
    assert mtbu_from_rate(rate_from_mtbu(value, bits), bits) == near(value)


@given(st.floats(1e-300, 5.0), st.floats(1e-6, 1e9))
def test_bit_error_rate_round_trip(upsets: float, exposure: float) -> None:
    q = bit_error_rate(upsets / exposure, exposure)
    assert 0.0 < q < 0.5
    # Towards one half a digit of q is worth exp(2 λt) of λt.
    assert rate_from_bit_error_rate(q, exposure) * exposure == near(upsets, rel=1e-15 * math.exp(2 * upsets) + 1e-12)


@pytest.mark.parametrize("upsets", [1e-300, 1e-17, 1e-9, 1e-3, 0.3, 2.0, 30.0])
def test_bit_error_rate_to_its_last_digits(upsets: float) -> None:
    """Against 400 decimal digits."""
    with localcontext() as context:
        context.prec = 400
        exact = (1 - (-2 * Decimal(upsets)).exp()) / 2
        assert bit_error_rate(upsets, 1.0) == near(float(exact), rel=4e-16)


def test_bit_error_rate_by_upsets() -> None:
    """Poisson numbers of upsets, of which the odd ones leave the bit wrong."""
    seed, count, upsets = 20240, 400_000, 0.35
    print(f"seed {seed}")
    wrong = np.random.default_rng(seed).poisson(upsets, count) % 2
    error = math.sqrt(0.25 / count)
    assert bit_error_rate(upsets / 7.0, 7.0) == pytest.approx(float(np.mean(wrong)), abs=4 * error)


def test_nothing_happens_without_upsets_or_time() -> None:
    assert bit_error_rate(0.0, 5.0) == bit_error_rate(5.0, 0.0) == rate_from_bit_error_rate(0.0, 5.0) == 0.0
    assert mtbu_from_rate(0.0, 8) == math.inf


@pytest.mark.parametrize("ber", [0.5, 1.0, -0.1, math.nan])
def test_what_upsets_cannot_make_is_refused(ber: float) -> None:
    with pytest.raises(ValueError, match=r"bit error rate .* from 0 to below 0.5"):
        rate_from_bit_error_rate(ber, 1.0)


@pytest.mark.parametrize("wrong", [-1.0, math.inf, math.nan])
def test_what_is_no_amount_is_refused(wrong: float) -> None:
    calls: list[Callable[[], float]] = [
        lambda: rate_from_fit_per_mb(wrong),
        lambda: rate_from_flux(wrong, 1.0),
        lambda: rate_from_flux(1.0, wrong),
        lambda: rate_from_mtbu(wrong, 8),
        lambda: rate_from_upsets_per_day(wrong),
        lambda: bit_error_rate(wrong, 1.0),
        lambda: bit_error_rate(1.0, wrong),
        lambda: fluence(1.0, wrong),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="cannot be: give a number"):
            call()


@pytest.mark.parametrize(("bits", "flux"), [(0, 1.0), (8, 0.0)])
def test_what_must_not_be_zero(bits: int, flux: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        mtbu_from_rate(cross_section_from_rate(1.0, flux), bits)


class TestDurations:
    """As typed and as shown."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("10ms", 0.01),
            ("1s", 1.0),
            ("2.5 min", 150.0),
            ("1h", 3600.0),
            ("30d", 2_592_000.0),
            ("1y", 31_557_600.0),
            ("1e3us", 1e-3),
            ("4NS", 4e-9),
        ],
    )
    def test_read(self, text: str, seconds: float) -> None:
        assert parse_duration(text) == near(seconds, rel=1e-15)

    @pytest.mark.parametrize("text", ["", "10", "s", "0s", "-1s", "1 week", "1.2.3s", "1e999s", "nan s", "1h30min"])
    def test_what_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="cannot be read") as caught:
            parse_duration(text)
        assert repr(text) in str(caught.value)
        assert "ns, us, ms, s, min, h, d, y" in str(caught.value)

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0.01, "10 ms"),
            (59.0, "59 s"),
            (7200.0, "2 h"),
            (3.15576e9, "100 y"),
            (1e-12, "0.001 ns"),
            # rounded first: three slices of a third are a second, and 60 s a minute
            (3 * (1.0 / 3.0 - 1e-9), "1 s"),
            (59.99999, "1 min"),
            (0.9994, "999.4 ms"),
            (math.inf, "never"),
        ],
    )
    def test_shown(self, seconds: float, text: str) -> None:
        assert show_duration(seconds) == text

    @given(st.floats(1e-9, 1e15))
    def test_what_is_shown_can_be_read(self, seconds: float) -> None:
        assert parse_duration(show_duration(seconds)) == near(seconds, rel=1e-3)
