# SPDX-License-Identifier: Apache-2.0
"""Upset rates in the units that people have.

The unit in between is upsets per bit and second, ``λ``. Upsets come as a Poisson process, each bit on its own, and an
upset inverts the bit: two of them leave it right. What is no amount is refused with a :class:`ValueError`.
"""

from __future__ import annotations

import math

#: Bits of a megabit of memory: JEDEC JESD100B.01 takes mega as 2^20 for storage capacity.
MEBIBIT = 2**20
#: Bits of an SI megabit (IEC 80000-13). Reports of FIT/Mb seldom say which megabit they mean; the two differ by 4.9 %.
MEGABIT = 10**6

_HOUR_S = 3600.0
_DAY_S = 86400.0
# One FIT is one failure in 10^9 hours of one device.
_FIT_S = 1e9 * _HOUR_S


def rate_from_fit_per_mb(fit_per_mb: float, bits_per_mb: int = MEBIBIT) -> float:
    """Upsets per bit and second of a rate in FIT/Mb.

    Parameters
    ----------
    fit_per_mb
        Failures per 10^9 hours of ``bits_per_mb`` bits.
    bits_per_mb
        :data:`MEBIBIT` or :data:`MEGABIT`.
    """
    return _amount("FIT/Mb", fit_per_mb) / _FIT_S / _above_zero("bits of a megabit", bits_per_mb)


def fit_per_mb_from_rate(rate: float, bits_per_mb: int = MEBIBIT) -> float:
    """FIT/Mb of a rate in upsets per bit and second; the inverse of :func:`rate_from_fit_per_mb`."""
    return _amount("rate", rate) * _FIT_S * _above_zero("bits of a megabit", bits_per_mb)


def rate_from_flux(flux: float, cross_section: float) -> float:
    """Upsets per bit and second of bits in a flux of particles.

    Parameters
    ----------
    flux
        Particles per cm² and hour.
    cross_section
        Upsets per particle and cm² of one bit, that is cm²/bit, for particles of the same kind and energies.
    """
    return _amount("flux", flux) / _HOUR_S * _amount("cross-section", cross_section)


def cross_section_from_rate(rate: float, flux: float) -> float:
    """Cross-section in cm²/bit at which a flux in particles per cm² and hour makes a rate in upsets/bit/s."""
    return _amount("rate", rate) * _HOUR_S / _above_zero("flux", flux)


def fluence(flux: float, exposure_s: float) -> float:
    """Particles per cm² that a flux in particles per cm² and hour brings in an exposure in seconds."""
    return _amount("flux", flux) / _HOUR_S * _amount("exposure", exposure_s)


def rate_from_upsets_per_day(upsets_per_bit_day: float) -> float:
    """Upsets per bit and second of upsets per bit and day, the unit of predictions for orbits."""
    return _amount("upsets per bit and day", upsets_per_bit_day) / _DAY_S


def upsets_per_day_from_rate(rate: float) -> float:
    """Upsets per bit and day of a rate in upsets per bit and second."""
    return _amount("rate", rate) * _DAY_S


def rate_from_mtbu(mtbu_s: float, bits: int) -> float:
    """Upsets per bit and second of a memory of so many bits with this mean time between upsets in seconds."""
    return 1.0 / _above_zero("mean time between upsets", mtbu_s) / _above_zero("bits", bits)


def mtbu_from_rate(rate: float, bits: int) -> float:
    """Mean time between upsets, in seconds, of a memory of so many bits; infinity where there are none."""
    upsets = _amount("rate", rate) * _above_zero("bits", bits)
    return 1.0 / upsets if upsets else math.inf


def bit_error_rate(rate: float, exposure_s: float) -> float:
    """Probability that a bit reads wrong after an exposure.

    ``q = (1 - exp(-2 λ t)) / 2``: the probability that a Poisson number with mean ``λ t`` is odd.

    Parameters
    ----------
    rate
        Upsets per bit and second.
    exposure_s
        Seconds since the bit was written.

    Returns
    -------
    float
        From 0 to 0.5.
    """
    return -math.expm1(-2.0 * _amount("rate", rate) * _amount("exposure", exposure_s)) / 2.0


def rate_from_bit_error_rate(ber: float, exposure_s: float) -> float:
    """Upsets per bit and second after which, in this exposure in seconds, a bit reads wrong with a probability.

    Raises
    ------
    ValueError
        If the probability is not within [0, 0.5): no rate makes half of the bits wrong in a finite time.
    """
    if not 0.0 <= ber < 0.5:
        raise ValueError(f"bit error rate {ber:g} cannot be: upsets make one from 0 to below 0.5")
    return -math.log1p(-2.0 * ber) / 2.0 / _above_zero("exposure", exposure_s)


def _amount(name: str, value: float) -> float:
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{name} {value:g} cannot be: give a number from 0 on")
    return value


def _above_zero(name: str, value: float) -> float:
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name} {value:g} cannot be: give a number above 0")
    return value
