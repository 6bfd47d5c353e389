# SPDX-License-Identifier: Apache-2.0
"""Whole campaigns on the simulated board: the RTL behind a real serial protocol against the twin."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from campaign_runs import kill_and_resume, run, stored_rows

#: Only a board with a clock counts its cycles.
CLOCKED = ("cycles",)


LUT4 = ("--network", "digits-lut4")
LUT6 = ("--network", "digits-lut6", "--wiring", "fixed")


@pytest.mark.parametrize(
    "settings",
    [
        ("--ber", "1e-3", "1e-2", "1e-1", "--trials", "6"),
        ("--ber", "0", "1e-4", "3e-3", "1", "--trials", "4", "--stores", "all", "--images", "90"),
        ("--ber", "3e-3", "1e-2", "--trials", "12", "--stores", "program", "--images", "33", "--seed", "5"),
        ("--inject", "walk", "--trials", "150"),
        (*LUT4, "--ber", "1e-3", "3e-2", "3e-1", "--trials", "12"),
        (*LUT4, "--ber", "1e-3", "3e-2", "1", "--trials", "6", "--stores", "all", "--images", "200"),
        (*LUT4, "--ber", "1e-2", "1e-1", "--trials", "20", "--stores", "program", "--images", "33"),
        (*LUT4, "--inject", "walk", "--trials", "150"),
        (*LUT6, "--ber", "1e-3", "3e-2", "1", "--trials", "6"),
    ],
    ids=[
        *("weights", "all stores", "program", "walk of the weights"),
        *("tables", "all lut stores", "lut program", "walk of the tables"),
        "fixed wiring",
    ],
)
def test_simulated_board_and_twin_store_the_same_rows(tmp_path: Path, settings: tuple[str, ...]) -> None:
    """One fault list, two boards, the same bits out; hangs included."""
    for board in ("sim", "twin"):
        done = run(board, tmp_path / board, *settings)
        assert done.returncode == 0, done.stderr
    rows = stored_rows(tmp_path / "sim", without=CLOCKED)
    assert rows
    assert rows == stored_rows(tmp_path / "twin", without=CLOCKED)


def test_self_dual_tables_recover_in_the_second_layer(tmp_path: Path) -> None:
    """Every bit of every table flipped inverts each layer once: two layers of self-dual tables answer as before."""
    settings = ("--network", "digits-lut4-self-dual", "--ber", "0.5", "1", "--trials", "2")
    assert run("sim", tmp_path / "run", *settings).returncode == 0
    with closing(sqlite3.connect(tmp_path / "run" / "results.sqlite")) as database:
        found = database.execute("SELECT ber, flips, pictures, masked, correct FROM trials").fetchall()
    assert len(found) == 4
    for ber, flips, pictures, masked, correct in found:
        if ber == 1:
            assert flips == 32 * 1000 and masked == pictures == 360
        else:
            assert masked == 0 and correct < pictures / 2


def test_a_campaign_that_is_killed_and_resumed_stores_the_same_rows(tmp_path: Path) -> None:
    """SIGKILL at 12 random moments, --resume after each: no trial missing, none doubled, cycles and all."""
    settings = ("--ber", "1e-3", "1e-2", "--trials", "60", "--images", "60", "--stores", "all")
    seed = 11
    print(f"seed of the kills: {seed}")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run("sim", whole, *settings).returncode == 0
    stored = kill_and_resume("sim", broken, settings, kills=12, seed=seed, spread_s=0.15)
    assert len({n for n in stored if 0 < n < 120}) >= 5, f"the kills missed the run: {stored}"
    assert stored_rows(broken) == stored_rows(whole)
    assert len(stored_rows(whole)) == 120
