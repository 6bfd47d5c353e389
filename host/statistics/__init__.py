# SPDX-License-Identifier: Apache-2.0
"""Interval estimates. Pure; imports nothing of this project."""

from host.statistics.intervals import Interval, bootstrap_interval, student_interval, wilson_interval

__all__ = ["Interval", "bootstrap_interval", "student_interval", "wilson_interval"]
