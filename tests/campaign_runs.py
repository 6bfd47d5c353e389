# SPDX-License-Identifier: Apache-2.0
"""Campaigns as processes: what the tests of every board share."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from host.results.schema import INCIDENTAL, TRIAL_COLUMNS

ROOT = Path(__file__).resolve().parent.parent
_COMPARED = [c.name for c in TRIAL_COLUMNS if c.name not in INCIDENTAL]


def command(board: str, out: Path, *more: str) -> list[str]:
    """The command line of a campaign."""
    return [sys.executable, "-m", "host.campaign", "--board", board, "--out", str(out), *more]


def run(board: str, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a campaign to its end."""
    typed = command(board, out, *more)
    return subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


def stored_rows(out: Path, *, without: Sequence[str] = ()) -> list[tuple[object, ...]]:
    """All stored trials in the columns that no interruption may change."""
    columns = ", ".join(name for name in _COMPARED if name not in without)
    with sqlite3.connect(f"file:{out / 'results.sqlite'}?mode=ro", uri=True) as database:
        return database.execute(f"SELECT {columns} FROM trials ORDER BY seed").fetchall()


def count_rows(out: Path) -> int:
    """Trials stored so far; 0 where there is no database yet."""
    try:
        return len(stored_rows(out))
    except sqlite3.Error:
        return 0


def kill_and_resume(
    board: str, out: Path, settings: Sequence[str], kills: int, seed: int, spread_s: float
) -> list[int]:
    """Start a campaign, kill it with SIGKILL at random moments, go on with --resume each time, and let it end.

    Parameters
    ----------
    board, out, settings
        The campaign.
    kills
        How often it is killed.
    seed
        Of the moments.
    spread_s
        A kill comes at a random time within this many seconds: half of them from the start of the process, half of
        them from its first new row.

    Returns
    -------
    list of int
        Trials stored at each kill.
    """
    moments = random.Random(seed)
    stored = []
    for kill in range(kills):
        before = count_rows(out)
        process = subprocess.Popen(
            [*command(board, out, *settings), "--resume"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while kill % 2 and process.poll() is None and count_rows(out) == before:
            time.sleep(0.005)
        time.sleep(moments.uniform(0, spread_s))
        process.send_signal(signal.SIGKILL)
        process.wait()
        stored.append(count_rows(out))
    last = run(board, out, *settings, "--resume")
    assert last.returncode == 0, last.stderr
    return stored
