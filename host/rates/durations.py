# SPDX-License-Identifier: Apache-2.0
"""Durations as people type and read them."""

from __future__ import annotations

import math
import re

#: Seconds of each unit, ascending. A year is the Julian one, 365.25 days.
UNITS: dict[str, float] = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "y": 365.25 * 86400.0,
}

_DURATION = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*([a-z]+)\s*", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as ``10ms``, ``1h`` or ``0.5 y``.

    Raises
    ------
    ValueError
        If it is no number above 0 with a unit.
    """
    found = _DURATION.fullmatch(text)
    try:
        seconds = float(found[1]) * UNITS[found[2].lower()] if found else math.nan
    except (ValueError, KeyError):
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise ValueError(
            f"duration {text!r} cannot be read: give a number above 0 and one of {', '.join(UNITS)}, as in 10ms or 30d"
        )
    return seconds


def show_duration(seconds: float) -> str:
    """A duration in its :func:`largest_unit`; ``never`` where it is infinite."""
    if math.isinf(seconds):
        return "never"
    unit = largest_unit(seconds)
    return f"{_rounded(seconds, unit)} {unit}"


def largest_unit(seconds: float) -> str:
    """The largest of :data:`UNITS` of which a duration holds one, once it is rounded to the digits that are shown."""
    return next((unit for unit in reversed(UNITS) if float(_rounded(seconds, unit)) >= 1.0), "ns")


def shield(word: str) -> str:
    """A word of a command line, with a space in front if it is a negative number or duration.

    Argparse takes one that begins with a dash for an option; so it reaches what parses it, which says what is wrong.
    """
    # No option begins like a number; -1h is a duration.
    if re.match(r"-\.?\d", word):
        return " " + word
    try:
        float(word)
    except ValueError:
        return word
    return " " + word if word.startswith("-") else word


def _rounded(seconds: float, unit: str) -> str:
    """So many of a unit, in four digits."""
    return f"{seconds / UNITS[unit]:.4g}"
