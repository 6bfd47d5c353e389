# SPDX-License-Identifier: Apache-2.0
"""The progress of a run: a bar with rate and time left on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from host.trials import TrialRow

# Seconds between plain lines.
_LINE_S = 5.0


class _Rate(ProgressColumn):
    """Trials per second."""

    def render(self, task: Task) -> Text:
        """Text of the column."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f} trials/s")


class ProgressView:
    """Shows how far a run is.

    Parameters
    ----------
    console
        Where to.
    total
        Trials of the whole campaign.
    done
        Trials that were stored before.
    """

    def __init__(self, console: Console, total: int, done: int) -> None:
        self._console = console
        self._total, self._before, self._done = total, done, done
        self._start = self._line = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._task = self._bar.add_task("trials", total=self._total, completed=self._done)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._done > self._before:
            self._print_line("")

    def row(self, row: TrialRow) -> None:
        """A trial was stored."""
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done, description=_place(row))
        elif time.monotonic() - self._line >= _LINE_S:
            self._line = time.monotonic()
            self._print_line("" if row.ber is None else f" at {_place(row)},")

    def say(self, text: str) -> None:
        """Print a line without disturbing the bar."""
        self._console.print(text, highlight=False, soft_wrap=True)

    def _print_line(self, where: str) -> None:
        rate = (self._done - self._before) / max(time.monotonic() - self._start, 1e-9)
        left = (self._total - self._done) / rate
        self.say(f"{self._done}/{self._total} trials,{where} {rate:.1f} trials/s, {left:.0f} s left")


def _place(row: TrialRow) -> str:
    """Where in the plan a row is, in a few letters."""
    return "trials" if row.ber is None else f"BER {row.ber:g}"
