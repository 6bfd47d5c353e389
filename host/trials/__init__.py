# SPDX-License-Identifier: Apache-2.0
"""Plans and trials: what to run, and one row for each trial. Knows no file and no clock."""

from host.trials.golden import GoldenRun, golden_run
from host.trials.plan import Plan, PlanError, Point, choose_stores
from host.trials.run import TrialRow, run

__all__ = ["GoldenRun", "Plan", "PlanError", "Point", "TrialRow", "choose_stores", "golden_run", "run"]
