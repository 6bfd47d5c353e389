# SPDX-License-Identifier: Apache-2.0
"""``python -m host.rates``, typed rightly and wrongly."""

from __future__ import annotations

from functools import partial

import pytest

from host.rates.__main__ import main

# By default approx takes every number below 1e-12 for every other.
near = partial(pytest.approx, rel=1e-12, abs=0.0)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str) -> dict[str, list[str]]:
    """Rows of the tables by their first cell; those of one name one after the other."""
    monkeypatch.setenv("COLUMNS", "160")
    assert main(line.split()) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    rows: dict[str, list[str]] = {}
    for text in printed.out.splitlines():
        if text.startswith("│"):
            name, *cells = (cell.strip() for cell in text.strip("│").split("│"))
            rows.setdefault(name, []).extend(cells)
    return rows


def refused(capsys: pytest.CaptureFixture[str], line: str) -> str:
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("rates: ")
    assert printed.err.count("\n") == 1
    return printed.err


class TestUnits:
    """One rate in all units. The numbers were worked out by hand from 10^9 hours, 2^20 bits and 13 n/cm²/h."""

    def test_reported_rate(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        rows = run(capsys, monkeypatch, "--fit-per-mb 60 --exposure 1h --bits 200000")
        assert rows["upsets per bit and second"] == ["1.589e-17"]
        assert rows["FIT/Mb at this flux (megabit of 2^20 bits)"] == ["60"]
        assert rows["flux, particles per cm² and hour"] == ["13"]
        assert rows["cross-section, cm²/bit"] == ["4.402e-15"]
        assert rows["mean time between upsets of 200000 bits"] == ["9968 y"]
        assert rows["bit error rate after 1 h"] == ["5.722e-14"]
        assert rows["wrong bits after 1 h, of 200000"] == ["1.144e-08"]

    def test_site(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        there = run(capsys, monkeypatch, "--fit-per-mb 60 --site flight")
        assert there["FIT/Mb at this flux (megabit of 2^20 bits)"] == [f"{60 * 6000 / 13:.4g}"]
        # The device answers as it does in New York.
        assert there["cross-section, cm²/bit"] == ["4.402e-15"]

    def test_altitude_is_the_site(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        denver = run(capsys, monkeypatch, "--cross-section 1e-14 --site denver")
        assert denver == run(capsys, monkeypatch, "--cross-section 1e-14 --altitude 1600")
        assert denver != run(capsys, monkeypatch, "--cross-section 1e-14 --altitude -100")

    def test_flux(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        rows = run(capsys, monkeypatch, "--flux 13 --cross-section 1e-14 --exposure 30d --megabit 10^6")
        assert rows["FIT/Mb at this flux (megabit of 10^6 bits)"] == ["130"]
        assert rows["fluence after 30 d, particles per cm²"] == ["9360"]
        assert rows["bit error rate after 30 d"] == ["9.36e-11"]

    def test_orbit(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        rows = run(capsys, monkeypatch, "--upsets-per-bit-day 1e-7")
        assert rows["upsets per bit and second"] == ["1.157e-12"]
        assert "flux, particles per cm² and hour" not in rows

    @pytest.mark.parametrize("ber", ["1e-06", "0.3"])
    def test_inverse(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ber: str) -> None:
        assert run(capsys, monkeypatch, f"--ber {ber} --exposure 1h")["bit error rate after 1 h"] == [ber]

    def test_mean_time(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        rows = run(capsys, monkeypatch, "--mtbu 2d --bits 1000")
        assert rows["upsets per bit and day"] == ["0.0005"]
        assert rows["mean time between upsets of 1000 bits"] == ["2 d"]

    def test_device_and_its_source(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--device", "kintex-7", "--site", "denver"]) == 0
        printed = capsys.readouterr().out
        assert "UG116" in printed
        assert "JESD89A" in printed


def test_scrubbing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One upset a second in 1000 words, scrubbed every millisecond: few enough for the leading terms by hand."""
    rows = run(capsys, monkeypatch, "--mtbu 1s --bits 32000 --scrub-interval 1ms --exposure 1s")
    upsets = 1e-3 / 32000
    pairs = {"SECDED": 39 * 38 / 2, "TMR": 3 * 32}
    for name, count in pairs.items():
        failure = count * upsets**2
        _, _, printed, mean, within = rows[name]
        assert float(printed) == near(failure, rel=1e-3)
        seconds = 1e-3 / (1000 * failure)
        assert float(mean.split()[0]) * {"min": 60.0, "h": 3600.0, "d": 86400.0}[mean.split()[1]] == near(
            seconds, rel=2e-3
        )
        assert float(within) == near(1.0 / seconds, rel=2e-3)
    # Without protection the first wrong word is the first upset, met half an interval later on average. With parity an
    # upset has 33 bits to hit, and two of them hide.
    assert rows["none"][3] == "1.001 s"
    assert rows["parity"][:2] == ["33", "wrong, seen or not"]
    assert float(rows["parity"][7]) == near(33 * 32 / 2 * upsets**2, rel=1e-3)


def test_scrubbing_rounds_words_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fit-per-mb", "1", "--bits", "33", "--scrub-interval", "1s"]) == 0
    assert "2 words, scrubbed every 1 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", ["--fit-per-mb", "--device", "required"]),
        ("--fit-per-mb many", ["'many'", "number above 0"]),
        ("--fit-per-mb 0", ["'0'", "number above 0"]),
        ("--fit-per-mb inf", ["'inf'", "number above 0"]),
        ("--fit-per-mb 60 --ber 0.1", ["--ber", "--fit-per-mb"]),
        ("--fit-per-mb 60 --site mars", ["mars", "new-york", "denver", "leadville", "flight"]),
        ("--fit-per-mb 60 --site denver --flux 3", ["--site", "--flux"]),
        ("--fit-per-mb 60 --altitude 9000", ["9000", "-500 m to 6000 m"]),
        ("--fit-per-mb 60 --altitude high", ["'high'", "metres"]),
        ("--fit-per-mb 60 --exposure 3weeks", ["'3weeks'", "min, h, d, y"]),
        ("--fit-per-mb 60 --exposure -1h", ["duration '-1h'", "a number above 0"]),
        ("--mtbu -.5d --bits 1000", ["duration '-.5d'", "a number above 0"]),
        ("--fit-per-mb 60 --bits 9 --scrub-interval -1ms", ["duration '-1ms'", "a number above 0"]),
        ("--fit-per-mb -6e1", ["'-6e1' is not a number above 0"]),
        ("--fit-per-mb 60 --bits 1e6", ["'1e6'", "whole number"]),
        ("--fit-per-mb 60 --bits 0", ["'0'", "whole number from 1"]),
        (f"--fit-per-mb 60 --bits {10**400}", ["up to 15 digits"]),
        ("--fit-per-mb 60 --megabit 1024", ["1024", "2^20", "10^6"]),
        ("--fit-per-mb 60 --scrub-interval 1s", ["--scrub-interval", "--bits"]),
        ("--cross-section 1e-14", ["--cross-section", "--flux", "--site", "--altitude"]),
        ("--ber 1e-3", ["--ber", "--exposure"]),
        ("--ber 0.5 --exposure 1h", ["0.5", "below 0.5"]),
        ("--mtbu 1d", ["--mtbu", "--bits"]),
        ("--device z80", ["z80", "kintex-7", "ultrascale-plus"]),
        ("--fit 60", ["--fit-per-mb"]),
    ],
)
def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], line: str, says: list[str]) -> None:
    message = refused(capsys, line)
    assert [word for word in says if word not in message] == []


def test_help_has_examples_that_work(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    examples = [line.split()[3:] for line in lines if line.startswith("python -m host.rates --")]
    assert len(examples) >= 5
    assert [main(example) for example in examples] == [0] * len(examples)
