# SPDX-License-Identifier: Apache-2.0
"""The self-test of a board: what a user runs on real hardware and sends with a bug report."""

from host.selftest.bench import Bench, Extent
from host.selftest.sequence import SEQUENCE, run_all
from host.selftest.verdict import Failed, Outcome, Verdict

__all__ = ["SEQUENCE", "Bench", "Extent", "Failed", "Outcome", "Verdict", "run_all"]
