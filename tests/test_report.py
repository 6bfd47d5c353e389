# SPDX-License-Identifier: Apache-2.0
"""Summaries, tables and the curve."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from test_results import row

from host.report.figures import draw_curve
from host.report.progress import ProgressView
from host.report.summary import PointSummary, summarise
from host.report.table import markdown, notes, percent, print_table
from host.statistics import student_interval, wilson_interval
from host.trials import TrialRow


def rows() -> list[TrialRow]:
    """Two points: one with spread and a hang, one whose trials agree."""
    varied = [replace(row(t), ber=1e-3, pictures=10, correct=c, accuracy=c / 10) for t, c in enumerate((9, 8, 10, 7))]
    hung = replace(row(4), ber=1e-3, pictures=10, correct=0, accuracy=0.0, status="HANG", answered=0, unanswered=10)
    hung = replace(hung, masked=0, tolerated=0, critical=0)
    return [*varied, hung, *(replace(row(10 + t, 1), ber=0.1) for t in range(3))]


@pytest.fixture
def points() -> list[PointSummary]:
    """Their summaries."""
    return summarise(rows())


def test_means_are_over_trials(points: list[PointSummary]) -> None:
    first, second = points
    assert (first.trials, second.trials) == (5, 3)
    assert first.accuracy == student_interval([0.9, 0.8, 1.0, 0.7, 0.0])
    assert first.shares["unanswered"] == student_interval([0, 0, 0, 0, 1])
    assert first.shares["masked"].mean == pytest.approx(4 * 0.1 / 5)
    assert first.hangs == wilson_interval(1, 5)
    assert "all 3 trials equal" in second.accuracy.note
    assert summarise(rows(), "bootstrap")[0].accuracy.low >= 0.0


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0"), (1e-9, "<0.1"), (0.5, "50.0"), (1 - 1e-9, ">99.9"), (1.0, "100.0")]
)
def test_a_share_is_never_rounded_to_certainty(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_table_fits_eighty_columns(points: list[PointSummary]) -> None:
    out = io.StringIO()
    print_table(Console(file=out, width=80), points, "a title")
    lines = out.getvalue().splitlines()
    assert all(len(line.rstrip()) <= 80 for line in lines[1:-1]) and "…" in lines[3]
    assert not any(re.search(r"\w…( |$)", line) for line in lines), "a column was cut"
    assert lines[-1].startswith("* all trials of the point agree")


def test_the_page_has_an_interval_for_every_share(points: list[PointSummary]) -> None:
    page = markdown(points, "a title")
    line = next(text for text in page.splitlines() if text.startswith("| 0.001 |"))
    assert line.count("…") == 6 and "20.0 (3.6 … 62.4) |" in line


def test_a_defect_of_the_design_is_told(points: list[PointSummary]) -> None:
    assert not any("clock-cycle limit" in line for line in notes(points, shares=True))
    defect = summarise([replace(r, status="CYCLE_LIMIT") for r in rows()])
    assert any("8 trials ended at the clock-cycle limit" in line for line in notes(defect, shares=False))


def test_the_same_curve_gives_the_same_files(points: list[PointSummary], tmp_path: Path) -> None:
    first = draw_curve(points, 0.98, 20480, "title", "subtitle", tmp_path / "first")
    second = draw_curve(points, 0.98, 20480, "title", "subtitle", tmp_path / "second")
    assert [p.name for p in first] == ["first.png", "first.svg"]
    assert [a.read_bytes() for a in first] == [b.read_bytes() for b in second]
    other = draw_curve(points, 0.90, 20480, "title", "subtitle", tmp_path / "other")
    assert other[1].read_bytes() != first[1].read_bytes()


def test_one_point_and_none(points: list[PointSummary], tmp_path: Path) -> None:
    assert len(draw_curve(points[:1], 1.0, 32, "title", "subtitle", tmp_path / "one")) == 2
    assert draw_curve([replace(points[0], ber=0.0)], 1.0, 32, "title", "subtitle", tmp_path / "none") == []


def test_plain_progress_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    with ProgressView(Console(file=out, width=80), total=10, done=4) as view:
        for one in rows()[:6]:
            view.row(one)
    assert re.fullmatch(r"10/10 trials, [\d.]+ trials/s, 0 s left\n", out.getvalue())
