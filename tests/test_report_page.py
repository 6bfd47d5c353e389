# SPDX-License-Identifier: Apache-2.0
"""The page of a run: its numbers are those of the rows, and it needs nothing but itself."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from campaign_runs import ROOT
from campaign_runs import run as campaign
from report_runs import PICTURES, Page, image_settings, make_row, make_run, tiny_network, twin_rows
from scipy import stats

from host.faults import Walk
from host.image import compile_network
from host.report.page import report_page
from host.report.run_data import Run
from host.report.svg import Scale, power, spread
from host.trials import TrialRow

SEED = int(os.environ.get("FAULTLOOP_SEED", random.SystemRandom().getrandbits(32)))
SECTIONS = ("accuracy", "outcomes", "sensitivity", "numbers", "made", "events", "again")


@pytest.fixture(autouse=True)
def _say_seed() -> None:
    print(f"FAULTLOOP_SEED={SEED}")


def random_rows(rates: tuple[float, ...], trials: int) -> list[TrialRow]:
    """Rows of a run of 40 pictures, some of them hung."""
    rng = np.random.default_rng(SEED)
    rows = []
    for point, ber in enumerate(rates):
        for trial in range(trials):
            masked, tolerated, critical = (int(n) for n in rng.multinomial(40, (0.5, 0.3, 0.2)))
            outcomes = (0, 0, 0, 40) if rng.random() < 0.2 else (masked, tolerated, critical, 0)
            correct = 0 if outcomes[3] else int(rng.integers(0, 41))
            rows.append(make_row(point, trial, ber, outcomes, correct))
    return rows


def sound(markup: str) -> Page:
    """The page, well-formed, without scripts and without anything it would have to load."""
    page = Page(markup)
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(page.tags)
    for name, value in page.attributes:
        assert name not in ("src", "href", "xlink:href") and not name.startswith("on"), (name, value)
        assert "url(" not in value or value.startswith("url(#"), (name, value)
    assert "http" not in markup and "@import" not in markup and "url(" not in markup.split("</style>", maxsplit=1)[0]
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids)), "an id is given twice"
    assert page.tags.count("h1") == 1
    named = {value for name, value in page.attributes if name == "aria-labelledby"}
    assert named <= set(ids)
    assert page.tags.count("svg") == page.tags.count("title") - 1, "every picture has a text alternative"
    return page


def test_the_numbers_are_those_of_the_rows() -> None:
    rows = random_rows((1e-3, 1e-2, 0.25), 9)
    page = sound(report_page(make_run(rows, ber="[0.001, 0.01, 0.25]", trials=9, golden_accuracy=0.9)))
    table = page.table("Per cent of pictures (hung: of trials)")
    head, *lines = table
    assert head[:4] == ["BER", "flips", "accuracy", "95 % interval"] and len(lines) == 3
    for line, ber in zip(lines, ("0.001", "0.01", "0.25"), strict=True):
        mine = [r for r in rows if r.ber == float(ber)]
        seen = np.array([r.accuracy for r in mine])
        low, high = stats.t.interval(0.95, len(seen) - 1, loc=seen.mean(), scale=seen.std(ddof=1) / np.sqrt(len(seen)))
        assert line[0] == ber and line[2] == f"{100 * seen.mean():.1f}" and line[-2] == "9"
        assert line[3] == f"{100 * max(low, 0):.1f} … {100 * min(high, 1):.1f}"
        for name, column in (("masked", 4), ("tolerated", 5), ("critical", 6), ("unanswered", 7)):
            mean = np.mean([getattr(r, name) / 40 for r in mine])
            assert line[column].startswith(f"{100 * mean:.1f} ("), (line, name)
        assert line[-1].startswith(f"{100 * np.mean([r.status == 'HANG' for r in mine]):.1f} (")


def test_the_curve_is_drawn_where_the_rows_are() -> None:
    """Every marker and every bar of the mix, read back from the picture."""
    rows = random_rows((1e-3, 1e-2, 0.1), 4)
    markup = report_page(make_run(rows, ber="[0.001, 0.01, 0.1]", trials=4))
    wide = re.findall(r'<svg [^>]*class="wide">.*?</svg>', markup, re.S)[0]
    dots = [tuple(map(float, xy)) for xy in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4" class="dot', wide)]
    marks = {t: float(y) - 4 for y, t in re.findall(r'y="([\d.]+)" text-anchor="end">(\d+) %', wide)}
    means = [np.mean([r.accuracy for r in rows if r.point == p]) for p in range(3)]
    height = marks["0"] - marks["100"]
    assert [y for _, y in dots] == pytest.approx([marks["0"] - height * m for m in means], abs=0.02)
    steps = np.diff([x for x, _ in dots])
    assert steps[0] == pytest.approx(steps[1], abs=0.02), "decades are equally wide"

    mix = re.findall(r'<svg [^>]*class="wide">.*?</svg>', markup, re.S)[1]
    boxes = re.findall(r'<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" class="o-critical"/>', mix)
    base = float(re.findall(r'y="([\d.]+)" text-anchor="end">0 %', mix)[0]) - 4
    for point, (top, height) in enumerate(boxes[1:]):  # the first is the key
        mine = [r for r in rows if r.point == point]
        assert float(height) / 240 == pytest.approx(np.mean([r.critical / 40 for r in mine]), abs=1e-3)
        stacked = np.mean([(r.masked + r.tolerated + r.critical) / 40 for r in mine])
        assert (base - float(top)) / 240 == pytest.approx(stacked, abs=1e-3)


def test_every_section_is_there() -> None:
    page = sound(report_page(make_run(random_rows((1e-3, 0.1), 3), ber="[0.001, 0.1]", trials=3)))
    ids = [value for name, value in page.attributes if name == "id" and value in SECTIONS]
    assert tuple(ids) == SECTIONS
    text = " ".join(page.text)
    for words in ("4,321", "01234567", "89abcdef", "faultloop 0.1.0", "--ber 0.001 0.1", "digits-test", "killed"):
        assert words in text, words
    assert page.table("Capabilities of the board") == [["array", "8, 8, 8"], ["sweep words", "4"]]


def test_the_command_makes_the_same_run() -> None:
    """What the page says to type gives the settings back, through the parser of the campaign."""
    import shlex

    from host.options import complete, parse

    page = sound(report_page(make_run(random_rows((1e-3, 0.1), 3), ber="[0.001, 0.1]", trials=3, campaign_seed=77)))
    (typed,) = [t for t in page.text if t.startswith("python -m host.campaign")]
    words = shlex.split(typed.replace("\\\n", " "))
    assert words[:3] == ["python", "-m", "host.campaign"]
    options = complete(parse(words[3:], ("csv",), ("student",)), None)
    assert (options.board, options.network, options.bers, options.trials) == ("twin", "digits-mlp", (0.001, 0.1), 3)
    assert (options.seed, options.stores, options.images) == (77, ("weights",), 10)


def test_what_comes_from_a_run_is_escaped() -> None:
    nasty = "<b>&\"x'</b><script>alert(1)</script>"
    changed = {"network": nasty, "test_set": nasty, "board": nasty, "geometry": nasty, "build_id": nasty}
    run = make_run(random_rows((0.01,), 3), name=nasty, **changed)
    event = {"run_id": "a", "time": "2026-01-01T00:00:00.000Z", "text": nasty}
    invocation = {**run.invocations[0], "versions": nasty, "requests": 1}
    whole = Run(nasty, run.settings, run.rows, (invocation,), (event,))
    markup = report_page(whole)
    page = sound(markup)
    assert "<b>" not in markup and "alert" in "".join(page.text)
    assert page.table("What was put right") == [["2026-01-01 00:00:00", nasty]]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [make_row(0, 0, 0.01, (5, 3, 2, 0), 8)],
            "over 5 points below its fault-free 95.0 % at the lowest rate already",
        ),
        ([make_row(0, 0, 0.0, (10, 0, 0, 0), 9)], "No rate above 0 was run (1 trial)"),
        ([], "No rate above 0 was run (no trial)"),
        ([make_row(0, t, 0.01, (0, 0, 0, 10), 0) for t in range(3)], "it is 0.0 % at 0.01"),
        ([make_row(0, t, 1.0, (10, 0, 0, 0), 9 + t % 2) for t in range(4)], "stays within 5 points"),
    ],
    ids=["one trial", "rate 0", "nothing", "all hung", "rate 1"],
)
def test_odd_runs_have_a_page(rows: list[TrialRow], said: str) -> None:
    page = sound(report_page(make_run(rows)))
    assert any(said in text for text in page.text), page.text[:20]


def test_the_verdict_tells_the_rate() -> None:
    """From 100 % at 1e-3 to 80 % at 1e-1: 5 points below 95 % are half of the way down, on the logarithmic axis."""
    rows = [make_row(p, t, ber, (10, 0, 0, 0), c) for p, ber, c in ((0, 1e-3, 10), (1, 1e-1, 8)) for t in range(2)]
    page = sound(report_page(make_run(rows, ber="[0.001, 0.1]", trials=2)))
    assert any("5 points below its fault-free 95.0 % at a bit error rate of 0.01 (" in t for t in page.text)
    assert any("about 205 flips in 20,480 bits" in t for t in page.text)


def test_a_run_that_is_not_complete_says_so() -> None:
    page = sound(report_page(make_run(random_rows((0.01,), 3), trials=50)))
    assert any("3 of 50 trials are stored" in t for t in page.text)


def test_a_walk_has_its_own_page() -> None:
    image = compile_network(tiny_network(SEED))
    rows = twin_rows(image, PICTURES, np.zeros(8), Walk((0,)), range(32 * image.extents[0]), 0.0)
    accuracy = 1.0
    run = make_run(rows, inject="walk", network="tiny", **image_settings(image, ["tables"], accuracy))
    page = sound(report_page(run, image=image))
    head, *lines = page.table("Mean effect of one flip")
    assert head[2] == "walked"
    changed = [r.critical / 8 for r in rows]
    used = range(12)  # the 12 bits of the tables come first
    assert lines[0][:3] == ["all bits but padding", "12", "12"]
    assert float(lines[0][3]) == pytest.approx(100 * np.mean([changed[n] for n in used]), rel=5e-3)
    assert lines[-1][0] == "padding" and lines[-1][3] == "0"
    verdict = next(t for t in page.text if t.startswith("One flip at a time in tables of tiny changes"))
    assert f"{len(rows):,} of {len(rows):,} bits walked" in verdict
    part = sound(report_page(replace(run, rows=lambda: iter(rows[:3])), image=image))
    assert any(f"3 of {len(rows):,} bits were walked" in t for t in part.text)
    sound(report_page(replace(run, rows=lambda: iter([])), image=image))


def test_settings_that_a_walk_leaves_empty_are_not_typed() -> None:
    run = make_run([make_row(0, 0, 0.0, (10, 0, 0, 0), 9)], inject="walk")
    empty = {"ber": None, "campaign_seed": None}
    page = sound(report_page(replace(run, settings={**run.settings, **empty})))
    (typed,) = [t for t in page.text if t.startswith("python -m host.campaign")]
    assert "--inject walk" in typed and "--trials 1" in typed
    assert "--seed" not in typed and "--ber" not in typed and "unknown" not in typed
    assert ["campaign_seed", "–"] in page.table("Settings of the campaign")


def test_a_list_has_its_own_page() -> None:
    page = sound(report_page(make_run(random_rows((0.0,), 5), inject="list")))
    assert any("With 5 fault sets of a list" in t for t in page.text)
    assert any("--faults run/faults.csv" in t for t in page.text) and not any("a.csv" in t for t in page.text)


def test_another_network_under_the_name_is_noticed() -> None:
    page = sound(report_page(make_run(random_rows((0.01,), 3), image_digest="deadbeef")))
    assert any("the run was made with deadbeef, so places of bits are not shown" in t for t in page.text)
    page = sound(report_page(make_run(random_rows((0.01,), 3), network="no/such/file.npz")))
    assert any("The network could not be read again" in t for t in page.text)


def test_a_campaign_leaves_a_page_and_it_can_be_made_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = campaign("twin", out, "--trials", "40", "--ber", "1e-3", "1e-2", "--images", "60")
    assert done.returncode == 0, done.stderr
    path = out / "report.html"
    assert f"report: {path}" in done.stdout
    first = path.read_text(encoding="utf-8")
    page = sound(first)
    # either there is a table of effects or it says that there is too little data
    assert any("Averaged over the rates" in t or "There is not enough data" in t for t in page.text)
    assert len(first) < 300_000
    path.unlink()
    again = subprocess.run(
        [sys.executable, "-m", "host.report", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (again.returncode, again.stdout) == (0, f"report: {path}\n")
    assert path.read_text(encoding="utf-8") == first
    missing = subprocess.run(
        [sys.executable, "-m", "host.report", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert missing.returncode == 1 and "holds no run" in missing.stderr and missing.stderr.count("\n") == 1


def test_axes() -> None:
    log = Scale(1e-4, 1e-1, 0, 300, log=True)
    assert [log(10.0**e) for e in log.decades()] == pytest.approx([0, 100, 200, 300])
    assert Scale(0, 0.37, 0, 1).ticks() == pytest.approx([0, 0.1, 0.2, 0.3])
    assert Scale(-0.05, 0.12, 0, 1).ticks(3) == pytest.approx([0, 0.1])
    assert (power(-3), power(0), power(1), power(12)) == ("10⁻³", "1", "10", "10¹²")
    assert spread([5, 5, 5], 10, 0, 100) == [5, 15, 25]
    assert spread([95, 96], 10, 0, 100) == [90, 100]
    assert spread([50, 10], 10, 0, 100) == [50, 10]
