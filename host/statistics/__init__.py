# SPDX-License-Identifier: Apache-2.0
"""Interval estimates. Pure; imports nothing of this project."""

from host.statistics.crossing import Crossing, crossing, fall_to
from host.statistics.effects import Draws, flip_effect
from host.statistics.intervals import Interval, bootstrap_interval, student_interval, wilson_interval
from host.statistics.planning import trials_for

__all__ = [
    "Crossing",
    "Draws",
    "Interval",
    "bootstrap_interval",
    "crossing",
    "fall_to",
    "flip_effect",
    "student_interval",
    "trials_for",
    "wilson_interval",
]
