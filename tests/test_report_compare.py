# SPDX-License-Identifier: Apache-2.0
"""Runs side by side: where each has lost what, against the closed form; who may stand beside whom."""

from __future__ import annotations

import io
import json
import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_runs import ROOT
from campaign_runs import run as campaign
from report_runs import make_row, make_run
from rich.console import Console
from test_report_page import sound

from host.report.comparison import CompareError, at_words, compare, interval_words
from host.report.comparison_figure import draw_comparison
from host.report.comparison_page import comparison_page, print_comparison
from host.report.run_data import Run
from host.statistics import Crossing, crossing, fall_to

SEED = int(os.environ.get("FAULTLOOP_SEED", random.SystemRandom().getrandbits(32)))


@pytest.fixture(autouse=True)
def _say_seed() -> None:
    print(f"FAULTLOOP_SEED={SEED}")


def straight(name: str, slope: int, **changed: object) -> Run:
    """A run that falls from 100 % at 1e-4 by ``slope`` hundredths a decade; two trials a rate."""
    rates = [1e-4, 1e-3, 1e-2, 1e-1]
    rows = [
        make_row(p, t, ber, (100, 0, 0, 0), 100 - slope * p + (1 if t else -1) * (p > 0))
        for p, ber in enumerate(rates)
        for t in range(2)
    ]
    plain = {"ber": json.dumps(rates), "trials": 2, "golden_accuracy": 1.0, "images": 100}
    return make_run(rows, name, **{**plain, **changed})


class TestCrossing:
    """Interpolation on the logarithm of the rate."""

    def test_a_straight_line(self) -> None:
        rng = random.Random(SEED)
        for _ in range(200):
            slope, start = rng.uniform(0.05, 0.3), rng.uniform(0.8, 1.0)
            rates = sorted({10 ** rng.uniform(-6, -0.1) for _ in range(6)})
            values = [start - slope * math.log10(r / rates[0]) for r in rates]
            level = rng.uniform(values[-1], values[0])
            # the line's own equation, solved for the rate
            assert fall_to(rates, values, level) == pytest.approx(rates[0] * 10 ** ((start - level) / slope))

    def test_the_ends(self) -> None:
        assert fall_to([1e-3, 1e-2], [0.5, 0.1], 0.6) == 0.0
        assert fall_to([1e-3, 1e-2], [0.5, 0.1], 0.5) == 1e-3
        assert fall_to([1e-3, 1e-2], [0.5, 0.1], 0.1) == pytest.approx(1e-2)
        assert fall_to([1e-3, 1e-2], [0.5, 0.1], 0.05) == math.inf
        assert fall_to([1e-3], [0.5], 0.4) == math.inf and fall_to([1e-3], [0.5], 0.6) == 0.0

    def test_the_first_fall_counts(self) -> None:
        assert fall_to([1, 10, 100, 1000], [1.0, 0.8, 1.0, 0.0], 0.9) == pytest.approx(10**0.5)

    def test_the_interval_holds_the_rate(self) -> None:
        rng = random.Random(SEED)
        for _ in range(200):
            rates = sorted({10 ** rng.uniform(-6, -0.1) for _ in range(5)})
            mean = [rng.random() for _ in rates]
            low, high = [m - rng.random() / 5 for m in mean], [m + rng.random() / 5 for m in mean]
            found = crossing(rates, mean, low, high, rng.random())
            assert found.low <= found.rate <= found.high

    @pytest.mark.parametrize("rates", [[1e-2, 1e-3], [1e-3, 1e-3], [0.0, 1e-3]])
    def test_rates_must_ascend(self, rates: list[float]) -> None:
        with pytest.raises(ValueError, match="ascend"):
            fall_to(rates, [1.0, 0.5], 0.7)

    def test_as_many_values_as_rates(self) -> None:
        with pytest.raises(ValueError, match="as many"):
            fall_to([1e-3], [1.0, 0.5], 0.7)


def test_falls_are_those_of_the_closed_form() -> None:
    found = compare([straight("a", 20, store_bits=1000), straight("b", 2, store_bits=50_000)])
    a1, a5, a10, b1, b5, b10 = found.falls
    for fall, slope in ((a1, 20), (a5, 20), (a10, 20), (b1, 2), (b5, 2)):
        assert fall.at.rate == pytest.approx(1e-4 * 10 ** (fall.drop / slope)), fall
        assert fall.at.low < fall.at.rate < fall.at.high
    assert at_words(b10) == "not reached" and b10.at.rate == math.inf
    assert at_words(a10) == f"{1e-4 * 10**0.5:.3g}" and at_words(a10, 1000) == f"{1000 * 1e-4 * 10**0.5:.3g}"


def test_open_intervals_are_words() -> None:
    found = compare([straight("a", 20), straight("b", 2)])
    one = found.falls[0]
    for at, words in (
        (Crossing(0.01, 0.0, math.inf), "< 0.0001 … > 0.1"),
        (Crossing(0.0, 0.0, 0.0), "< 0.0001"),
        (Crossing(math.inf, 0.02, math.inf), "0.02 … > 0.1"),
        (Crossing(math.inf, math.inf, math.inf), "> 0.1"),
    ):
        assert interval_words(replace(one, at=at)) == words
    assert at_words(replace(one, at=Crossing(0.0, 0.0, 0.1))) == "before the first rate"


def test_stores_tell_runs_apart() -> None:
    stores = [{"stores": f'["{name}"]', "engine": "lut", "network": "a/net.npz"} for name in ("tables", "wiring")]
    both = {"stores": '["tables", "wiring"]', "engine": "lut", "network": "a/net.npz"}
    found = compare([straight(str(i), 20, **s) for i, s in enumerate((*stores, both))])
    assert [c.name for c in found.curves] == ["net tables", "net wiring", "net tables+wiring"]
    again = compare([straight("x", 20), straight("y", 2), straight("z", 2, board="sim")])
    names = [c.name for c in again.curves]
    assert len(set(names)) == 3 and all(name.startswith("digits-mlp weights") for name in names)
    twice = compare([straight("x", 20), straight("x", 20)])
    assert len({c.name for c in twice.curves}) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"test_set": "other"}, "differ in their test set"),
        ({"images": 99}, "differ in their number of pictures"),
        ({"inject": "walk"}, "is a walk, which has no rates"),
        ({"test_set_digest": "11111111"}, "have the same network, but the pictures"),
    ],
)
def test_what_cannot_be_compared_is_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(CompareError, match=said):
        compare([straight("a", 20), straight("b", 2, **changed)])


def test_other_refusals() -> None:
    with pytest.raises(CompareError, match="two or more"):
        compare([straight("a", 20)])
    nothing = make_run([make_row(0, 0, 0.0, (100, 0, 0, 0), 90)], "zero", images=100)
    with pytest.raises(CompareError, match="run zero has no trial at a rate above 0"):
        compare([straight("a", 20), nothing])


def test_other_networks_are_warned_about() -> None:
    other = straight("b", 2, image_digest="11111111", test_set_digest="22222222", trials=3)
    notes = " ".join(compare([straight("a", 20), other]).notes)
    assert "forms of their own" in notes and "Run b is not complete: 8 of 12 trials" in notes
    assert "Padding of digits-mlp weights" in notes, "the digest of this run is not that of the shipped network"


def test_the_page_and_the_table_have_the_numbers() -> None:
    nasty = "<i>net</i>[b]"
    runs = [straight("a", 20), straight("b", 2, network=nasty, board=nasty)]
    found = compare(runs)
    markup = comparison_page(found)
    page = sound(markup)
    assert "<i>" not in markup
    table = page.table("Where each has lost points")
    assert [row[1] for row in table[1:]] == ["1", "5", "10", "1", "5", "10"]
    assert [row[2] for row in table[1:]] == [at_words(fall) for fall in found.falls]
    assert [row[4] for row in table[1:]] == [at_words(f, 20480) for f in found.falls]
    assert len(page.table("Each folder's report.html")) == 3
    for width in (80, 140):
        out = io.StringIO()
        print_comparison(Console(file=out, width=width), found)
        text = out.getvalue()
        assert at_words(found.falls[1]) in text and "not reached" in text and "net</i>[b]" in text
        lines = text.split("Padding of")[0].splitlines()
        assert all(len(line.rstrip()) <= width for line in lines)


def test_the_same_comparison_gives_the_same_pictures(tmp_path: Path) -> None:
    found = compare([straight("a", 20), straight("b", 2)])
    first, second = (draw_comparison(found, "title", tmp_path / name) for name in ("first", "second"))
    assert [p.name for p in first] == ["first.png", "first.svg"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    one = [replace(c, points=c.points[:1]) for c in found.curves]
    assert len(draw_comparison(replace(found, curves=tuple(one)), "title", tmp_path / "one")) == 2
    sound(comparison_page(replace(found, curves=tuple(one))))


def test_two_campaigns_side_by_side(tmp_path: Path) -> None:
    """Padding of the shipped network: 1536 of 20480 bits of the weights are not used."""
    for name, more in (("weights", []), ("program", ["--stores", "program"])):
        done = campaign("twin", tmp_path / name, "--trials", "4", "--images", "40", "--export", "none", *more)
        assert done.returncode == 0, done.stderr

    def side_by_side(*words: str) -> subprocess.CompletedProcess[str]:
        typed = [sys.executable, "-m", "host.compare", *words]
        return subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=False)

    out = tmp_path / "both"
    done = side_by_side(str(tmp_path / "weights"), str(tmp_path / "program"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "digits-mlp weights" in done.stdout and "digits-mlp program" in done.stdout
    assert sorted(p.name for p in out.iterdir()) == ["compare.html", "compare.png", "compare.svg"]
    page = sound((out / "compare.html").read_text(encoding="utf-8"))
    weights = page.table("Each folder's report.html")[1]
    assert weights[6:8] == ["20,480", "18,944"]
    for words, said in (([str(tmp_path / "weights")], "two or more"), (["nowhere", "there"], "nowhere holds no run")):
        wrong = side_by_side(*words)
        assert wrong.returncode == 1 and said in wrong.stderr and wrong.stderr.count("\n") == 1
