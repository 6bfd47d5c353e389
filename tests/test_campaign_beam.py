# SPDX-License-Identifier: Apache-2.0
"""Campaigns in a beam: on the twin and on the simulated board, resumed, replayed, refused; patterns and stuck bits."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from campaign_runs import count_rows, kill_and_resume, run, stored_rows
from test_campaign import finish, refusal

from host import mitigate, replay
from host.boards import BoardError, bitstreams
from host.faults import FaultSet, Pattern, Stuck, format_fault_list, sweep, threshold
from host.image import compile_network
from host.networks import load_network
from host.regmap import Engine, Protection
from host.results import ResultsStore

IMAGE = compile_network(load_network("digits-mlp"))
BEAM = ("--inject", "beam", "--images", "20", "--export", "none")
SHORT = ("--upset-rate", "5", "--duration", "10ms", "--slices", "4", "--trials", "2")
#: What happens to the stores, in words of the command line.
KEPT = {
    "secded": ("--protect", "secded", "--scrub-interval", "1ms", "--stores", "all"),
    "golden": ("--scrub-interval", "2ms", "--scrub-from", "golden", "--pattern", "2x2", "--interleave", "2"),
}


def rows_of(out: Path) -> list[dict[str, object]]:
    """All stored slices, by column."""
    with sqlite3.connect(out / "results.sqlite") as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM trials ORDER BY seed")]


def on_board(out: Path, *words: str) -> None:
    """Run a campaign on the simulated board to its end."""
    done = run("sim", out, *words)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=KEPT)
def twin_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run on the twin, and how its stores were kept."""
    out = tmp_path_factory.mktemp("beam") / "run"
    finish(out, *BEAM, *SHORT, *KEPT[request.param])
    return out, request.param


def test_slices_are_rows(twin_run: tuple[Path, str]) -> None:
    """Two histories of four slices, time and counts going on; the log has each upset, in order, within its slice."""
    rows = rows_of(twin_run[0])
    first = 1 << 32
    assert [row["seed"] for row in rows] == [first + n for n in range(8)]
    assert [(row["history"], row["trial"]) for row in rows] == [(n // 4, n) for n in range(8)]
    assert [row["time_s"] for row in rows] == [0.0025, 0.005, 0.0075, 0.01] * 2
    assert {row["upset_rate"] for row in rows} == {5.0} and {row["ber"] for row in rows} == {None}
    with sqlite3.connect(twin_run[0] / "results.sqlite") as database:
        logged = database.execute("SELECT seed, tick, cycle FROM upsets ORDER BY rowid").fetchall()
    assert [sum(seed == row["seed"] for seed, _, _ in logged) for row in rows] == [row["upsets"] for row in rows]
    assert all(250_000 * (seed % 4) <= tick < 250_000 * (seed % 4 + 1) for seed, tick, _ in logged)
    assert {cycle for _, _, cycle in logged} == {0}
    for history in (rows[:4], rows[4:]):
        scrubbed = [int(str(row["scrub_corrected"])) for row in history]
        assert scrubbed == sorted(scrubbed) and scrubbed[-1] > 0
    assert rows[0]["digest"] != rows[4]["digest"], "each history has a seed of its own"


def test_replay_gives_the_same(twin_run: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main([str(twin_run[0])]) == 0
    assert "8 slices replayed, 0 come out otherwise" in capsys.readouterr().out


def test_replay_finds_another_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One logged bit changed: its slice and the later ones of its history come out otherwise, and those alone."""
    out = tmp_path / "run"
    finish(out, *BEAM, *SHORT)
    with sqlite3.connect(out / "results.sqlite") as database:
        (row,) = database.execute("SELECT min(rowid) FROM upsets WHERE seed = ?", (1 << 32 | 5,)).fetchone()
        database.execute("UPDATE upsets SET bit = (bit + 1) % 32 WHERE rowid = ?", (row,))
    assert replay.main([str(out)]) == 1
    assert "8 slices replayed, 3 come out otherwise" in capsys.readouterr().out


@pytest.mark.parametrize("twin_run", [pytest.param("secded", marks=pytest.mark.slow), "golden"], indirect=True)
def test_the_simulated_board_gives_the_rows_of_the_twin(twin_run: tuple[Path, str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    on_board(out, *BEAM, *SHORT, *KEPT[twin_run[1]])
    assert stored_rows(out, without=("cycles",)) == stored_rows(twin_run[0], without=("cycles",))
    with sqlite3.connect(out / "results.sqlite") as mine, sqlite3.connect(twin_run[0] / "results.sqlite") as other:
        logs = [db.execute("SELECT * FROM upsets ORDER BY seed, rowid").fetchall() for db in (mine, other)]
    assert logs[0] == logs[1] and logs[0]


def test_any_cycle_is_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the simulated board twice: the same rows, cycles and logged cycles; stores and counts are the model's."""
    words = (*BEAM, "--any-cycle", "--upset-rate", "4", "--duration", "300us", "--slices", "3", "--trials", "1")
    for name in ("a", "b"):
        on_board(tmp_path / name, *words, "--scrub-interval", "102.4us", "--scrub-from", "golden")
    assert stored_rows(tmp_path / "a") == stored_rows(tmp_path / "b")
    logs = [[*ResultsStore.open(tmp_path / name / "results.sqlite").upsets()] for name in ("a", "b")]
    assert logs[0] == logs[1] and any(cycle for *_, cycle in logs[0])
    assert replay.main([str(tmp_path / "a")]) == 0
    assert "3 slices replayed, 0 come out otherwise" in capsys.readouterr().out
    assert replay.main([str(tmp_path / "a"), "--simulate"]) == 0
    assert "3 slices simulated, 0 come out otherwise" in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "a" / "results.sqlite") as database:
        database.execute("UPDATE trials SET masked = masked + 1 WHERE trial = 1")
        database.execute("UPDATE upsets SET cycle = cycle + 1 WHERE rowid = (SELECT max(rowid) FROM upsets)")
    assert replay.main([str(tmp_path / "a"), "--simulate"]) == 1
    text = capsys.readouterr().out
    assert "other masked" in text and "other the log" in text and "2 come out otherwise" in text


def test_what_was_not_run_is_run_again(twin_run: tuple[Path, str], tmp_path: Path) -> None:
    """Slices are taken out in the middle of histories: a history runs from its beginning, and its rows are the same."""
    out = tmp_path / "run"
    finish(out, *BEAM, *SHORT, *KEPT[twin_run[1]])
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("DELETE FROM trials WHERE seed % 8 IN (2, 5, 7)")
    assert "(5 done)" in finish(out, "--resume")
    assert stored_rows(out) == stored_rows(twin_run[0])
    assert replay.main([str(out)]) == 0


def test_kill_at_random_moments_then_resume_gives_equal_rows(tmp_path: Path) -> None:
    words = (*BEAM, "--upset-rate", "1", "3", "--duration", "20ms", "--slices", "40", "--trials", "3")
    kill_and_resume("twin", tmp_path / "killed", words, 4, 7, 0.3)
    finish(tmp_path / "whole", *words)
    assert stored_rows(tmp_path / "killed") == stored_rows(tmp_path / "whole") and count_rows(tmp_path / "whole") == 240
    assert replay.main([str(tmp_path / "killed")]) == 0


def test_pictures_in_turn(tmp_path: Path) -> None:
    """Each slice runs the next pictures: the rows of five slices add up to those of one that runs all."""
    calm = (*BEAM, "--upset-rate", "0", "--duration", "1ms", "--trials", "1")
    finish(tmp_path / "some", *calm, "--slices", "5", "--slice-pictures", "4")
    finish(tmp_path / "all", *calm, "--slices", "1")
    some, (whole,) = rows_of(tmp_path / "some"), rows_of(tmp_path / "all")
    assert {row["pictures"] for row in some} == {4} and whole["pictures"] == 20
    assert sum(int(str(row["correct"])) for row in some) == whole["correct"]


def test_stuck_bits_stay(tmp_path: Path) -> None:
    """Held at what they are not: scrubbed again and again, and there at the end of every slice."""
    bits = FaultSet.of([(0, 3, 7), (0, 4, 8)])
    coded = IMAGE.protect([Protection.SECDED] * 4)
    here = [int(coded.physical[0][word, 0]) >> bit & 1 for _, word, bit in ((0, 3, 7), (0, 4, 8))]
    path = tmp_path / "stuck.csv"
    path.write_text("".join(format_fault_list([bits], coded)), encoding="utf-8")
    out = tmp_path / "run"
    words = (
        "--protect",
        "secded",
        "--scrub-interval",
        "102.4us",
        "--duration",
        "1ms",
        "--slices",
        "2",
        "--trials",
        "1",
    )
    finish(out, *BEAM, *words, "--upset-rate", "0", "--stuck-at", "1", "--faults", str(path))
    wrong = here.count(0)
    assert [row["corrected"] for row in rows_of(out)] == [wrong] * 2
    assert int(str(rows_of(out)[-1]["scrub_corrected"])) in range(9 * wrong, 10 * wrong + 1)
    assert replay.main([str(out)]) == 0


def test_stuck_bits_of_a_list(tmp_path: Path) -> None:
    """Of a fault set, the bits flip that are not what they are stuck at."""
    sets = [sweep(seed, threshold(0.001), IMAGE.space, (0, 1)) for seed in range(4)]
    path = tmp_path / "mine.csv"
    path.write_text("".join(format_fault_list(sets, IMAGE)), encoding="utf-8")
    out = tmp_path / "run"
    listed = ("--inject", "list", "--faults", str(path), "--images", "10", "--export", "none")
    finish(out, *listed, "--stuck-at", "1")
    flips = [len(Stuck.at(True, bits).as_flips(IMAGE.physical)) for bits in sets]
    assert [row["flips"] for row in rows_of(out)] == flips
    assert 0 < sum(flips) < sum(map(len, sets))


@pytest.mark.parametrize("inject", ["sweep", "walk"])
def test_patterns_of_the_board_are_those_of_the_twin(inject: str, tmp_path: Path) -> None:
    more = {"sweep": ("--ber", "1e-3", "3e-2"), "walk": ("--inject", "walk")}[inject]
    words = (*more, "--trials", "5", "--images", "20", "--pattern", "1x3", "--interleave", "2", "--export", "none")
    finish(tmp_path / "twin", *words)
    on_board(tmp_path / "sim", *words)
    rows = rows_of(tmp_path / "twin")
    assert stored_rows(tmp_path / "sim", without=("cycles",)) == stored_rows(tmp_path / "twin", without=("cycles",))
    pattern = Pattern(1, 3, 2)
    if inject == "sweep":
        for row in rows:
            hit = sweep(int(str(row["seed"])), int(str(row["threshold"])), IMAGE.space, (0,))
            assert row["flips"] == pattern.spread(hit, IMAGE.space)[0]
    else:
        assert {row["flips"] for row in rows} == {3}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--any-cycle",), "the twin has no clock cycles"),
        (("--upset-rate", "1e9"), "1e+09 upsets per bit and second cannot come"),
        (("--upset-rate", "-1"), "-1 upsets per bit and second cannot come"),
        (("--slices", "0"), "0 slices cannot be run: give --slices a number from 1 to 1048576"),
        (("--slices", "99999999"), "99999999 slices cannot be run"),
        (("--trials", "0"), "0 histories of 20 slices"),
        (("--duration", "1"), "duration '1' cannot be read"),
        (("--duration", "1y"), "give --duration a time from"),
        (("--duration", "1e300y"), "32.6 days (2^48 ticks of 10 ns)"),
        (("--duration", "1ns"), "a history of 1e-09 s cannot be run"),
        (("--scrub-interval", "1e300y", "--protect", "secded"), "give --scrub-interval a time from 6.4us to 32.6 days"),
        (("--scrub-interval", "1us", "--protect", "secded"), "a round of 640 code words takes a tick a word"),
        (("--scrub-interval", "9us", "--protect", "secded"), "give --scrub-interval 6.4us or another multiple of 6.4"),
        (("--scrub-interval", "1ms"), "no store in the beam has a code to scrub by: give --protect secded or tmr"),
        (("--scrub-from", "golden"), "--scrub-from golden needs a scrubber"),
        (("--slice-pictures", "21"), "there are no 21 pictures for a slice"),
        (("--slice-pictures", "0"), "a slice of 0 pictures cannot be run: give --slice-pictures 1 or more"),
        (("--slice-pictures", "-1"), "a slice of -1 pictures cannot be run"),
        (("--stuck-at", "1"), "give both --faults and --stuck-at"),
        (("--faults", "mine.csv"), "give both --faults and --stuck-at"),
        (("--pattern", "3x1"), "change --pattern or --interleave"),
        (("--interleave", "3"), "rows hold 1, 2, 4 or 8 code words"),
        (("--ber", "1e-3"), "--ber goes with --inject sweep only"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], text: str, tmp_path: Path) -> None:
    assert text in refusal("--board", "twin", *BEAM, *words, "--out", str(tmp_path / "never"))


def test_options_of_a_beam_go_with_it_only(tmp_path: Path) -> None:
    for words in (("--upset-rate", "1"), ("--scrub-interval", "1ms"), ("--slices", "3"), ("--any-cycle",)):
        assert "goes with --inject beam only" in refusal("--board", "twin", *words, "--out", str(tmp_path / "never"))


def test_replay_refuses_what_has_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay.main([str(tmp_path)]) == 2
    finish(tmp_path / "run", "--inject", "walk", "--trials", "2", "--images", "5", "--export", "none")
    assert replay.main([str(tmp_path / "run")]) == 2
    assert "only a beam has a log to replay" in capsys.readouterr().err


def test_an_area_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No build is no error; a broken description of one is, and says what to do."""
    monkeypatch.setattr(bitstreams, "BITSTREAMS", tmp_path)
    assert bitstreams.read_area("ulx3s", Engine.MAC) is None
    (tmp_path / "ulx3s-mac").mkdir()
    told = tmp_path / "ulx3s-mac" / bitstreams.AREA
    told.write_text('{"used": {"luts": 3}, "available": {"luts": 4}, "fmax_hz": null}', encoding="utf-8")
    assert bitstreams.read_area("ulx3s", Engine.MAC) == bitstreams.Area({"luts": 3}, {"luts": 4}, None, older=True)
    for text in ("{", '{"used": {}}'):
        told.write_text(text, encoding="utf-8")
        with pytest.raises(BoardError, match="make the bitstream again"):
            bitstreams.read_area("ulx3s", Engine.MAC)


def test_mitigation_on_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Protections and intervals side by side; SECDED with a scrubber keeps more than nothing does."""
    words = [
        "--board",
        "twin",
        "--protect",
        "none",
        "secded",
        "--scrub",
        "never",
        "1ms",
        "--out",
        str(tmp_path / "out"),
    ]
    words += ["--upset-rate", "8", "--duration", "20ms", "--slices", "3", "--trials", "3", "--images", "40"]
    assert mitigate.main([*words, "--export", "none"]) == 0
    page = (tmp_path / "out" / "mitigation.html").read_text(encoding="utf-8")
    folders = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert folders == {"none-never", "none-1ms", "secded-never", "secded-1ms"}
    for text in ("8 upsets per bit and second", "1 ms from a golden copy", "What it costs", "20,480", "24,960"):
        assert text in page
    wrong = {name: int(str(rows_of(tmp_path / "out" / name)[-1]["wrong"])) for name in folders}
    assert wrong["none-never"] > wrong["secded-1ms"] and "wrong words" in page
    ends = {name: float(str(rows_of(tmp_path / "out" / name)[-1]["accuracy"])) for name in folders}
    assert ends["secded-1ms"] > ends["none-never"] and ends["none-1ms"] > ends["none-never"]
    assert mitigate.main(["--scrub-interval", "1ms"]) == 2
    assert "--scrub-interval is settled for each run" in capsys.readouterr().err
