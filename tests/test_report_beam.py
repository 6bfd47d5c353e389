# SPDX-License-Identifier: Apache-2.0
"""Reports of a beam: what is counted, at which moment, and what a reader is told of it."""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from report_runs import Page, beam_run, make_run, make_slice
from rich.console import Console

from host.options import complete, parse
from host.report.charts import NARROW, WIDE, Series
from host.report.charts import courses as chart
from host.report.exposure import HEAD, courses, markdown_courses, print_courses, until_all
from host.report.page import report_page
from host.report.provenance import command
from host.report.run_data import Run
from host.report.verdict import beam_verdict
from host.statistics import student_interval
from host.toolchain import ROOT
from host.trials import TrialRow


def whole(histories: int = 2, slices: int = 4, rates: int = 2, **counts: int) -> list[TrialRow]:
    """Slices of histories that are whole; accuracy differs from history to history."""
    return [
        make_slice(rate, history, place, 9 - history - rate, **counts)
        for rate in range(rates)
        for history in range(histories)
        for place in range(slices)
    ]


def unfinished() -> list[TrialRow]:
    """Rate 1 whole, of rate 10 one history and half of the next: four slices, then two."""
    return [*whole(rates=1), *(make_slice(1, 0, n, 8 - n) for n in range(4)), *(make_slice(1, 1, n, 4) for n in (0, 1))]


def printed(rows: list[TrialRow], width: int, run: Run | None = None) -> str:
    text = io.StringIO()
    print_courses(Console(file=text, width=width), courses(rows), "a title", run)
    return text.getvalue()


def line_of(markdown: str, start: str) -> dict[str, str]:
    """A line of the table of rates, by its head."""
    (found,) = [line for line in markdown.splitlines() if line.startswith(f"| {start} |") and line.count("|") > 6]
    return dict(zip(HEAD, [cell.strip() for cell in found.split("|")[1:-1]], strict=True))


def test_words_that_are_wrong_are_counted_apart_from_what_the_code_says() -> None:
    """Three wrong bits look like one to SECDED, and copies never give up."""
    rows = [replace(row, wrong=6 + (row.history or 0), corrected=4, uncorrectable=1) for row in whole()]
    line = line_of(markdown_courses(courses(rows), "x", beam_run(rows)), "1")
    assert (line["wrong words"], line["found wrong"], line["uncorrectable"]) == ("6.5", "5", "1")
    table = Page(report_page(beam_run(rows))).table("After 1 s")
    assert table[1][6:9] == ["6.5", "5", "1"] and table[0][6] == "wrong words"
    assert "wrong words" in printed(rows, 80) and "6.5" in printed(rows, 80)


def test_a_dash_where_no_store_in_the_beam_has_a_code() -> None:
    rows = whole(wrong=3)
    for protect, coded in (('["none"]', False), ('["program=tmr"]', False), ('["weights=parity"]', True)):
        line = line_of(markdown_courses(courses(rows), "x", beam_run(rows, protect=protect)), "1")
        assert line["wrong words"] == "3"
        assert (line["found wrong"], line["uncorrectable"]) == (("0", "0") if coded else ("–", "–")), protect


@pytest.mark.parametrize("width", [80, 140])
def test_no_column_is_cut(width: int) -> None:
    """The widest numbers, and the head of every column that is shown."""
    rows = [replace(row, accuracy=0.999, wrong=12345, corrected=23456, uncorrectable=34567) for row in whole()]
    rows = [
        replace(row, upset_rate=1.25e-5, scrubbed=12345678, scrub_corrected=123456, scrub_uncorrectable=123456)
        for row in rows
    ]
    text = printed(rows, width, beam_run(rows)).partition("* all")[0]
    assert "…" not in text.replace(" … ", "") and max(map(len, text.splitlines())) <= width
    assert ("given up" in text) == (width == 140)


def test_a_run_that_is_not_whole_is_compared_at_a_moment_that_all_rates_reached() -> None:
    rows = [*unfinished(), make_slice(2, 0, 0, 3), make_slice(2, 0, 1, 2)]
    found = courses(rows)
    assert [len(course.moments) for course in found] == [4, 4, 2]
    ends = until_all(found)
    assert {course.end.time_s for course in ends} == {0.5}
    assert [course.end.histories for course in ends] == [2, 2, 1]
    assert [course.lowest for course in ends] == [0.8, 0.4, 0.2]
    run = beam_run(rows, trials=5)
    assert "After 500 ms with protection secded" in beam_verdict(run, ends)
    page = Page(report_page(run))
    assert any("After 500 ms" in text and "55.0 % at 10 " in text and "20.0 % at 100 " in text for text in page.text)
    assert [line[1] for line in page.table("After 500 ms")[1:]] == ["2", "2", "1"]
    assert any("Numbers are those after 500 ms" in text for text in page.text)
    # after the end of one rate, the table of times has dashes below it and not the numbers of another moment
    text = markdown_courses(found, "x", run)
    assert "After 500 ms, means over histories" in text and re.search(
        r"^\| 750 ms \| 85.0 \| 60.0 \| – \|$", text, re.M
    )


def test_histories_are_those_of_the_moment() -> None:
    """At 1 s, the second history of rate 10 is not there yet."""
    ends = until_all(courses(unfinished()))
    assert {course.end.time_s for course in ends} == {1.0} and [course.end.histories for course in ends] == [2, 1]
    assert ends[1].end.accuracy == student_interval([0.5])


def test_slices_of_some_pictures_are_told_and_not_compared_with_all() -> None:
    rows = whole()
    told = "Each slice runs 4 of 10 pictures, the next slice the next ones"
    some, every = beam_run(rows, slice_pictures=4), beam_run(rows, slice_pictures=10)
    for run, expected in ((some, True), (every, False)):
        page = Page(report_page(run))
        assert any(told in text for text in page.text) == expected
        assert any("without faults it is" in text for text in page.text) != expected
        assert any(name == "class" and value.startswith("golden ") for name, value in page.attributes) != expected
        assert (told in markdown_courses(courses(rows), "x", run)) == expected
        assert (told in printed(rows, 80, run)) == expected


def test_the_star_of_an_interval_is_explained() -> None:
    alike = [make_slice(0, history, 0, 9) for history in range(3)]
    told = "* all histories of the rate agree, so the width of the interval is not known to be 0"
    for rows, expected in ((alike, True), (whole(), False)):
        assert any(told in text for text in Page(report_page(beam_run(rows))).text) == expected
        assert (told in markdown_courses(courses(rows), "x")) == (told in printed(rows, 80)) == expected


@pytest.mark.parametrize(
    ("period_s", "axis", "last"),
    [
        (900.0, "time, h", "1"),
        (15.0, "time, min", "1"),
        (0.25, "time, s", "1"),
        (1e-3, "time, ms", "4"),
        (86400.0, "time, d", "4"),
    ],
)
def test_the_axis_has_a_unit_of_its_length(period_s: float, axis: str, last: str) -> None:
    rows = [make_slice(0, history, place, 9 - history, period_s) for history in (0, 1) for place in range(4)]
    wide = re.findall(r'<svg [^>]*class="wide">.*?</svg>', report_page(beam_run(rows)), re.S)[0]
    words = re.findall(r">([^<>]+)</text>", wide)
    assert axis in words and last in words and not [word for word in words if "e+" in word]


def test_a_label_has_the_room_above_the_chart() -> None:
    name = "weights=secded program=tmr, golden 100 ms"
    series = [Series(name, (1.0,), (student_interval([0.5, 0.6]),), 0.9)]
    assert f">{name}<" in chart(series, "x", "time, s", WIDE, "wide")
    narrow = chart([replace(series[0], name="none, golden 100 ms")], "x", "time, s", NARROW, "narrow")
    assert ">none, golden 100 ms<" in narrow


class TestTheSameAgain:
    """The command on the page gives the settings back, through the parser of the campaign."""

    @staticmethod
    def typed(run: Run) -> list[str]:
        words = shlex.split(command(run).replace("\\\n", " "))
        assert words[:3] == ["python", "-m", "host.campaign"]
        return words[3:]

    def test_of_a_list(self) -> None:
        run = make_run([], inject="list", trials=3, stuck_at=1, ber="[]")
        run = replace(run, folder=ROOT / "results" / "mine", settings={**run.settings, "campaign_seed": None})
        options = complete(parse(self.typed(run), ("csv",), ("student",)), None)
        assert (options.inject, options.trials, options.stuck_at, options.out) == ("list", 3, 1, None)
        assert options.faults == Path("results/mine/faults.csv") and options.images == 10

    def test_of_stuck_bits_in_a_beam(self, tmp_path: Path) -> None:
        run = replace(beam_run(whole(), stuck_at=0, trials=2, slices=4), folder=tmp_path / "run")
        options = complete(parse(self.typed(run), ("csv",), ("student",)), None)
        assert (options.inject, options.stuck_at, options.out, options.seed) == ("beam", 0, None, 1)
        assert options.faults == tmp_path / "run" / "faults.csv"
        assert options.stores == ("weights",) and options.beam["slices"] == 4 and options.protect == ("secded",)
