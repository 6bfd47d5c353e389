# SPDX-License-Identifier: Apache-2.0
"""Plans and trials: what to run, and one row for each trial. Knows no file and no clock."""

from host.trials.fleet import NoBoardLeft, run_on_all
from host.trials.golden import GoldenRun, golden_run
from host.trials.plan import (
    INJECT,
    TICK_HZ,
    BeamPlan,
    ListPlan,
    Plan,
    PlanError,
    Point,
    SweepPlan,
    WalkPlan,
    choose_protections,
    choose_stores,
)
from host.trials.run import TrialRow, run

__all__ = [
    "INJECT",
    "TICK_HZ",
    "BeamPlan",
    "GoldenRun",
    "ListPlan",
    "NoBoardLeft",
    "Plan",
    "PlanError",
    "Point",
    "SweepPlan",
    "TrialRow",
    "WalkPlan",
    "choose_protections",
    "choose_stores",
    "golden_run",
    "run",
    "run_on_all",
]
