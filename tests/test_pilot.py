# SPDX-License-Identifier: Apache-2.0
"""How many trials an interval takes: the formula, and the command that asks a few trials first."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import stats

from host import pilot
from host.statistics import student_interval, trials_for


@pytest.mark.parametrize("deviation", [0.003, 0.05, 0.4])
@pytest.mark.parametrize("half_width", [0.001, 0.01, 0.2])
def test_fewest_trials_whose_interval_is_no_wider(deviation: float, half_width: float) -> None:
    """One by one where that is quick, and against the normal approximation where many are needed."""
    needed = trials_for(deviation, half_width)
    reach = [math.inf, *(stats.t.ppf(0.975, n - 1) * deviation / math.sqrt(n) for n in (needed - 1, needed) if n > 1)]
    assert reach[-1] <= half_width < reach[-2]
    if needed > 1000:
        assert needed == pytest.approx((1.96 * deviation / half_width) ** 2, rel=0.01)


def test_the_interval_of_so_many_trials_has_the_wanted_width() -> None:
    """Values with exactly that deviation: the interval that a report shows."""
    needed = trials_for(0.05, 0.01)
    values = np.where(np.arange(needed) % 2, 0.05, -0.05) * math.sqrt((needed - 1) / needed) + 0.5
    found = student_interval(values - values.mean() + 0.5)
    scale = 0.05 / float(np.std(values, ddof=1))
    assert (found.high - found.low) / 2 * scale == pytest.approx(0.01, rel=0.01)


def test_no_spread_and_too_much() -> None:
    assert trials_for(0.0, 0.01) == 2
    assert trials_for(0.5, 1e-9) == 10**9
    for arguments in ((-1.0, 0.1), (math.nan, 0.1), (0.1, 0.0), (0.1, math.inf), (0.1, 0.1, 1.0)):
        with pytest.raises(ValueError, match="cannot be"):
            trials_for(*arguments)


def test_a_pilot_of_a_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each rate; the command for the most of them; narrower takes more."""
    needed = []
    for want in ("1", "0.5"):
        words = ["--board", "twin", "--ber", "1e-3", "3e-2", "--images", "40", "--want", want, "--pilot", "12"]
        assert pilot.main(words) == 0
        text = capsys.readouterr().out
        lines = re.findall(r"^ *(0\.001|0\.03) +\S+ +\S+ +([\d,]+) +\S+ \w+ *$", text, re.MULTILINE)
        assert [rate for rate, _ in lines] == ["0.001", "0.03"]
        most = max(int(count.replace(",", "")) for _, count in lines)
        assert f"python -m host.campaign --board twin --ber 1e-3 3e-2 --images 40 --trials {most}" in text
        needed.append(most)
    assert 3 * needed[0] < needed[1] < 5 * needed[0]


def test_nothing_is_cut_in_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the longest words: histories, a small rate, many needed."""
    monkeypatch.setenv("COLUMNS", "80")
    words = ["--board", "twin", "--inject", "beam", "--upset-rate", "1.23457e-05", "3", "--duration", "20ms"]
    assert pilot.main([*words, "--slices", "2", "--images", "30", "--pilot", "4", "--want", "0.001"]) == 0
    table = capsys.readouterr().out.partition("* all")[0].splitlines()
    assert table[0].split()[-2:] == ["their", "time"] and max(map(len, table)) <= 80
    assert not any("…" in line for line in table)
    assert all(re.search(r" \d+(\.\d+)? (ns|us|ms|s|min|h|d|y) *$", line) for line in table[2:4])


def test_a_pilot_of_a_beam(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--board", "twin", "--inject", "beam", "--upset-rate", "0", "3", "--duration", "20ms", "--slices", "2"]
    assert pilot.main([*words, "--images", "30", "--pilot", "4"]) == 0
    text = capsys.readouterr().out
    assert "histories needed" in text and "* all 4 histories agree" in text and "--trials" in text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--want", "0"), "0 percentage points are no width"),
        (("--pilot", "1"), "1 trials tell nothing of their spread"),
        (("--trials", "9"), "--trials is for host.campaign"),
        (("--out=x",), "--out is for host.campaign"),
        (("--inject", "walk"), "--inject walk runs all there is"),
        (("--ber", "2"), "bit error rate 2.0 is not a probability"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert pilot.main(["--board", "twin", *words]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1 and errors[0].startswith("pilot: ") and text in errors[0]
