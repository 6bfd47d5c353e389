# SPDX-License-Identifier: Apache-2.0
"""The self-test as a table and as a JSON object."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import host
from host.selftest.verdict import Outcome, Verdict

_STYLE = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.SKIPPED: "dim"}
_LIBRARIES = ("pyserial", "numpy")


@dataclass(frozen=True)
class Report:
    """Everything a self-test found.

    Attributes
    ----------
    board, port
        Which board, and where.
    verdicts
        Of the steps, in their order.
    stores
        What was left in the board's stores.
    """

    board: str
    port: str
    verdicts: Sequence[Verdict]
    stores: str

    @property
    def failed(self) -> Verdict | None:
        """The first step that failed."""
        return next((v for v in self.verdicts if v.outcome is Outcome.FAIL), None)

    @property
    def conclusion(self) -> str:
        """The verdict in a line, which never claims what was not tested."""
        if self.failed is not None:
            return f"FAIL: {self.failed.step}"
        skipped = [v.step for v in self.verdicts if v.outcome is Outcome.SKIPPED]
        return f"PASS (not tested: {', '.join(skipped)})" if skipped else "PASS"

    def document(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return {
            "verdict": "FAIL" if self.failed else "PASS",
            "failed": [v.step for v in self.verdicts if v.outcome is Outcome.FAIL],
            "skipped": [v.step for v in self.verdicts if v.outcome is Outcome.SKIPPED],
            "board": self.board,
            "port": self.port,
            "stores": self.stores,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "versions": versions(),
            "steps": [
                {**asdict(v), "outcome": v.outcome.name.lower(), "seconds": round(v.seconds, 3)} for v in self.verdicts
            ],
        }


def versions() -> dict[str, str]:
    """What the host is made of."""
    found = {"faultloop": host.__version__, "python": platform.python_version(), "system": platform.platform()}
    found.update((name, importlib.metadata.version(name)) for name in _LIBRARIES)
    return found


def print_report(console: Console, report: Report) -> None:
    """The table, what failed, and the verdict in one line at the end."""
    table = Table(title=escape(f"self-test of board {report.board} on {report.port}"), title_justify="left")
    for heading in ("step", "verdict", "seconds", "figures"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for verdict in report.verdicts:
        figures = verdict.reason or ", ".join(f"{name} {value}" for name, value in verdict.figures.items())
        outcome = f"[{_STYLE[verdict.outcome]}]{verdict.outcome.value}[/]"
        table.add_row(verdict.step, outcome, f"{verdict.seconds:.2f}", escape(figures or verdict.title))
    console.print(table)
    for verdict in report.verdicts:
        if verdict.outcome is Outcome.FAIL:
            console.print(f"step {verdict.step} ({verdict.title}) failed", style="bold", soft_wrap=True, markup=False)
            for name, text in verdict.failure.items():
                console.print(f"  {name}: {text}", soft_wrap=True, markup=False)
    console.print("; ".join(f"{name} {value}" for name, value in versions().items()), soft_wrap=True, markup=False)
    console.print(f"stores: {report.stores}", soft_wrap=True, markup=False)
    console.print(report.conclusion, style="bold", soft_wrap=True, markup=False)
