# SPDX-License-Identifier: Apache-2.0
"""What a step of the self-test comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

#: What a step measured, by name; a unit is part of the name.
Figures = dict[str, str | int | float]


class Outcome(Enum):
    """Verdict on one step."""

    PASS = "pass"
    FAIL = "FAIL"
    SKIPPED = "skipped"


class Failed(Exception):
    """A step found something wrong.

    Attributes
    ----------
    expected, found
        What had to be, and what was.
    advice
        What to check next.
    """

    def __init__(self, expected: str, found: str, advice: str) -> None:
        super().__init__(f"expected {expected}, found {found}; {advice}")
        self.expected = expected
        self.found = found
        self.advice = advice

    def fields(self) -> dict[str, str]:
        """All three by name, as a report shows them."""
        return {"expected": self.expected, "found": self.found, "check next": self.advice}


class Skipped(Exception):
    """A step has nothing to test on this board; the text says why."""


@dataclass(frozen=True)
class Verdict:
    """One step of the self-test.

    Attributes
    ----------
    step, title
        Its name, and what it does.
    outcome
        How it ended.
    seconds
        How long it took.
    figures
        What it measured.
    failure
        Keys ``expected``, ``found``, ``check next``; empty unless it failed.
    reason
        Why it was skipped; empty unless it was.
    """

    step: str
    title: str
    outcome: Outcome
    seconds: float = 0.0
    figures: Figures = field(default_factory=dict)
    failure: dict[str, str] = field(default_factory=dict)
    reason: str = ""
