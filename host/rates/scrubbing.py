# SPDX-License-Identifier: Apache-2.0
"""What a protected and scrubbed memory still gets wrong.

Every word is read, made right and written back once in an interval ``T``. In between, each of its bits is upset on
its own at the rate ``λ``, so that the next scrub finds it wrong with probability ``q = (1 - exp(-2 λ T)) / 2``. One
particle that upsets several bits of a word is not in this model: a memory whose words are not interleaved does worse.

A. M. Saleh, J. J. Serrano and J. H. Patel ("Reliability of scrubbing recovery-techniques for memory systems", IEEE
Trans. Reliability 39(1), 1990) treat a memory of SEC-DED words with two kinds of intervals, all equal (deterministic)
and exponentially distributed (probabilistic), and give reliability, mean time to failure and handy approximations for
both. The formulas here are derived anew from the model above, with upsets that cancel; for small ``λ T`` that makes no
difference. Bits of a word are its physical ones, check bits and copies included. What cannot be is refused with a
:class:`ValueError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


def any_wrong(q: float, bits: int) -> float:
    """Probability that at least one of so many bits is wrong: ``1 - (1 - q)^bits``."""
    _check_word(q, bits)
    return -math.expm1(bits * math.log1p(-q))


def secded_uncorrectable(q: float, bits: int) -> float:
    """Probability that a SEC-DED word has two wrong bits or more.

    ``1 - (1 - q)^w - w q (1 - q)^(w - 1)``, added up from the terms of two bits on, since the difference would lose
    every digit for small ``q``. Two wrong bits are detected; more may be taken for another word.

    Parameters
    ----------
    q
        Probability that a bit is wrong, from 0 to 0.5.
    bits
        Bits of the word, check bits included.
    """
    return _probability(q, bits, range(2, bits + 1))


def parity_undetected(q: float, bits: int) -> float:
    """Probability that an even number of bits, but not none, is wrong: a word with parity that looks right.

    Parameters
    ----------
    q
        Probability that a bit is wrong, from 0 to 0.5.
    bits
        Bits of the word, the parity bit included.
    """
    return _probability(q, bits, range(2, bits + 1, 2))


def tmr_wrong(q: float, bits: int) -> float:
    """Probability that the vote of three copies is wrong in at least one bit.

    Two or three copies of a bit are wrong with probability ``m = 3 q² - 2 q³``; the word is right with ``(1 - m)^w``.

    Parameters
    ----------
    q
        Probability that a bit of a copy is wrong, from 0 to 0.5.
    bits
        Bits of one copy.
    """
    _check_word(q, bits)
    return any_wrong(q * q * (3.0 - 2.0 * q), bits)


def _probability(q: float, bits: int, counts: range) -> float:
    """Probability that the number of wrong bits is one of these."""
    _check_word(q, bits)
    return math.fsum(math.comb(bits, k) * q**k * (1.0 - q) ** (bits - k) for k in counts)


def _check_word(q: float, bits: int) -> None:
    if not 0.0 <= q <= 0.5:
        raise ValueError(f"bit error rate {q:g} cannot be: upsets make one from 0 to 0.5")
    # Binomial coefficients of longer words are no floating-point numbers.
    if not 1 <= bits <= 1024:
        raise ValueError(f"a word of {bits} bits is not covered: give 1 to 1024")


@dataclass(frozen=True)
class Protection:
    """How words of 32 data bits are kept.

    Attributes
    ----------
    name
        What it is.
    bits
        Physical bits of a word.
    failure
        Probability that a word fails, from the probability that a bit is wrong.
    meaning
        What failing means.
    """

    name: str
    bits: int
    failure: Callable[[float], float]
    meaning: str


PROTECTIONS: tuple[Protection, ...] = (
    Protection("none", 32, lambda q: any_wrong(q, 32), "wrong"),
    Protection("parity", 33, lambda q: any_wrong(q, 33), "wrong, seen or not"),
    Protection("parity", 33, lambda q: parity_undetected(q, 33), "wrong and unseen"),
    Protection("SECDED", 39, lambda q: secded_uncorrectable(q, 39), "two bits or more"),
    Protection("TMR", 96, lambda q: tmr_wrong(q, 32), "outvoted"),
)


def mean_time_to_failure_s(failure: float, words: int, interval_s: float) -> float:
    """Mean time until a scrub first meets a failed word, in seconds, for intervals that are all equal.

    Derived here: no word fails in an interval with probability ``(1 - p)^M``, and the next one begins as the first did,
    so the number of intervals is geometric and its mean ``1 / (1 - (1 - p)^M)``. Words may be visited one after the
    other: that moves the result by less than an interval.

    Parameters
    ----------
    failure
        Probability ``p`` that a word fails within an interval.
    words
        Words ``M`` of the memory.
    interval_s
        Seconds from scrub to scrub of a word.

    Returns
    -------
    float
        Infinity if no word ever fails.
    """
    _check_memory(failure, words, interval_s)
    one = mission_failure(failure, words, interval_s, interval_s)
    return interval_s / one if one else math.inf


def mission_failure(failure: float, words: int, interval_s: float, mission_s: float) -> float:
    """Probability that a word fails within a mission: ``1 - (1 - p)^(M t / T)``, exact for whole intervals.

    Parameters
    ----------
    failure, words, interval_s
        As for :func:`mean_time_to_failure_s`.
    mission_s
        Seconds ``t`` of the mission.
    """
    _check_memory(failure, words, interval_s)
    if not 0.0 <= mission_s < math.inf:
        raise ValueError(f"a mission of {mission_s:g} s cannot be: give seconds from 0 on")
    exponent = words * mission_s / interval_s
    if failure in (0.0, 1.0):
        return failure if exponent else 0.0
    return -math.expm1(exponent * math.log1p(-failure))


def residual_rate(failure: float, words: int, interval_s: float) -> float:
    """Failed words per second, ``M p / T``, if each is made right again from elsewhere when it is met.

    Parameters
    ----------
    failure, words, interval_s
        As for :func:`mean_time_to_failure_s`.
    """
    _check_memory(failure, words, interval_s)
    return words * failure / interval_s


def secded_mttf_deterministic_s(rate: float, bits: int, words: int, interval_s: float) -> float:
    """Mean time to failure of a SEC-DED memory scrubbed at equal intervals, for few upsets in an interval.

    ``2 / (M w (w - 1) λ² T)``, the limit of :func:`mean_time_to_failure_s` for ``λ T -> 0``: two given bits are wrong
    with probability ``(λ T)²``, there are ``w (w - 1) / 2`` pairs in a word, and ``M`` words, every ``T``.

    Parameters
    ----------
    rate
        Upsets ``λ`` per bit and second.
    bits
        Bits ``w`` of a word, check bits included.
    words
        Words ``M`` of the memory.
    interval_s
        Seconds ``T`` from scrub to scrub of a word.
    """
    _check_rates(rate, bits, words, interval_s)
    return 2.0 / (words * bits * (bits - 1) * rate**2 * interval_s)


def secded_mttf_probabilistic_s(rate: float, bits: int, words: int, interval_s: float) -> float:
    """Mean time until a word of a SEC-DED memory has two wrong bits, scrubbed at exponentially distributed intervals.

    Derived here. A word with no wrong bit gets one at the rate ``w λ``. From there it gets a second one, and has
    failed, at ``(w - 1) λ``, or becomes right, at ``1 / T`` by a scrub and at ``λ`` by an upset of the same bit. With
    ``a > b`` the roots of ``s² - (1 / T + 2 w λ) s + w (w - 1) λ²``, it is good at time ``t`` with probability
    ``(a exp(-b t) - b exp(-a t)) / (a - b)``. The mean for ``M`` words is the integral of this to the power ``M``,
    which is an incomplete beta function.

    Towards ``λ T -> 0`` it is ``1 / (M w (w - 1) λ² T)``, half of what equal intervals of the same mean give.

    Parameters
    ----------
    rate, bits, words
        As for :func:`secded_mttf_deterministic_s`.
    interval_s
        Mean seconds ``T`` from scrub to scrub of a word.
    """
    from scipy.special import betainc, betaln

    _check_rates(rate, bits, words, interval_s)
    total, product = 1.0 / interval_s + 2.0 * bits * rate, bits * (bits - 1) * rate**2
    fast = (total + math.sqrt(total**2 - 4.0 * product)) / 2.0
    slow = product / fast
    # With s = b / (a - b) and y = s exp(-(a - b) t) / (1 + s), the integrand is (1 - y)^M y^(M s - 1) and a constant.
    share = slow / (fast - slow)
    power = words * share
    logarithm = (words + power) * math.log1p(share) - power * math.log(share) + float(betaln(power, words + 1))
    return math.exp(logarithm) * float(betainc(power, words + 1, share / (1.0 + share))) / (fast - slow)


def _check_memory(failure: float, words: int, interval_s: float) -> None:
    if not 0.0 <= failure <= 1.0:
        raise ValueError(f"probability {failure:g} cannot be: give one from 0 to 1")
    if words < 1:
        raise ValueError(f"a memory of {words} words cannot be: give 1 or more")
    if not 0.0 < interval_s < math.inf:
        raise ValueError(f"a scrub interval of {interval_s:g} s cannot be: give seconds above 0")


def _check_rates(rate: float, bits: int, words: int, interval_s: float) -> None:
    _check_memory(0.0, words, interval_s)
    # Its square must be a floating-point number.
    if not 1e-100 <= rate <= 1e100:
        raise ValueError(f"rate {rate:g} is not covered: give upsets per bit and second from 1e-100 to 1e100")
    if bits < 2:
        raise ValueError(f"a SEC-DED word of {bits} bits cannot be: give 2 or more")
