# SPDX-License-Identifier: Apache-2.0
"""Walks and fault lists on the command line: on the twin."""

from __future__ import annotations

import io
import re
import sqlite3
from pathlib import Path

import pandas
import pytest
from campaign_runs import count_rows, kill_and_resume, run, stored_rows
from rich.console import Console
from test_campaign import finish, refusal

from host.faults import FaultSet, Walk, format_fault_list
from host.image import compile_network
from host.networks import load_network
from host.report.places import PlaceSummary, Where, markdown_places, print_places
from host.report.summary import OUTCOMES
from host.report.table import percent
from host.results import ResultsStore, read_faults

IMAGE = compile_network(load_network("digits-mlp"))
SETS = [
    FaultSet.of([]),
    FaultSet.of([(0, 3, 7)]),
    FaultSet.of([(0, 3, 7), (0, 4, 7)]),
    FaultSet.of([(0, 3, 7), (1, 0, 31)]),
    # the operation of the END: an unknown one, so that the program never ends
    FaultSet.of([(3, IMAGE.extents[3] - 8, 4)]),
    FaultSet.of([(1, 0, 30)]),
]
WALK = ("--inject", "walk", "--stores", "bias", "program", "--images", "20")


def settings(out: Path) -> dict[str, object]:
    """Stored settings of a run."""
    return dict(ResultsStore.open(out / "results.sqlite").settings())


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fault list as a user may have written it: other order of lines, only what is needed."""
    path = tmp_path_factory.mktemp("list") / "mine.csv"
    names = list(IMAGE.stores)
    lines = [
        f"{n},{names[s]},{w},{b}"
        for n, one in enumerate(SETS)
        for s, w, b in zip(one.store, one.word, one.bit, strict=True)
    ]
    path.write_text("\n".join(["set,store,word,bit", *reversed(lines), "0,,,", ""]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A walk that ran to its end, and what it printed."""
    out = tmp_path_factory.mktemp("walk") / "run"
    return out, finish(out, *WALK)


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, faults: Path) -> tuple[Path, str]:
    """A list that ran to its end, and what it printed."""
    out = tmp_path_factory.mktemp("list") / "run"
    return out, finish(out, "--inject", "list", "--faults", str(faults), "--images", "20")


def test_a_walk_of_two_stores(walked: tuple[Path, str]) -> None:
    out, text = walked
    bits = 32 * (IMAGE.extents[1] + IMAGE.extents[3])
    rows = list(ResultsStore.open(out / "results.sqlite").rows())
    assert [r.seed for r in rows] == list(range(bits)) and {r.flips for r in rows} == {1}
    now = settings(out)
    assert (now["inject"], now["trials"], now["stores"], now["store_bits"]) == (
        "walk",
        bits,
        '["bias", "program"]',
        bits,
    )
    assert (now["ber"], now["campaign_seed"], now["fault_list"]) == ("[]", None, None)
    assert not (out / "curve.png").exists() and "picture:" not in text and not (out / "faults.csv").exists()
    table = pandas.read_parquet(out / "trials.parquet")
    assert table["ber"].isna().all() and table["threshold"].isna().all() and set(table["inject"]) == {"walk"}
    assert list(table["seed"]) == list(range(bits))


def test_a_walks_table_is_that_of_its_rows(walked: tuple[Path, str]) -> None:
    """Each line counted anew, bit by bit, from the layout."""
    out, text = walked
    rows = list(ResultsStore.open(out / "results.sqlite").rows())
    groups: dict[tuple[str, str, bool], list[float]] = {}
    by_bit: dict[tuple[str, str, int], list[float]] = {}
    for row in rows:
        place = IMAGE.layout.locate(*Walk((1, 3)).place(row.seed, IMAGE.space))
        groups.setdefault((place.layer, place.tensor, place.padding), []).append(row.critical / 20)
        if not place.padding:
            by_bit.setdefault((place.layer, place.tensor, place.bit), []).append(row.critical / 20)
    printed = [line.split() for line in text.splitlines()]
    for (layer, tensor, padding), shares in groups.items():
        name = [layer, tensor, *(["(padding)"] if padding and tensor != "padding" else [])]
        (line,) = (words for words in printed if words[: len(name)] == name and len(words) == len(name) + 6)
        assert line[-3] == percent(sum(shares) / len(shares)) and line[-1] == str(len(shares))
    page = (out / "summary.md").read_text(encoding="utf-8")
    for (layer, tensor, bit), shares in by_bit.items():
        (line,) = (text for text in page.splitlines() if text.startswith(f"| {layer} | {tensor} | {bit} |"))
        assert line.split(" | ")[6] == percent(sum(shares) / len(shares))
    assert f"by bit of the value: {len(by_bit)} lines in {out / 'summary.md'}" in text


def test_the_first_bits_of_the_default_store(tmp_path: Path) -> None:
    text = finish(tmp_path / "run", "--inject", "walk", "--trials", "64", "--images", "10")
    assert settings(tmp_path / "run")["stores"] == '["weights"]' and count_rows(tmp_path / "run") == 64
    lines = re.findall(r"^hidden weights +(\d) .* 8 *$", text, re.MULTILINE)
    assert lines == [str(bit) for bit in range(8)], "a short table of bits is printed"


def test_a_list_keeps_its_fault_sets(listed: tuple[Path, str], faults: Path) -> None:
    out, text = listed
    assert read_faults(out / "faults.csv", IMAGE).sets == tuple(SETS)
    assert (out / "faults.csv").read_text(encoding="utf-8") == "".join(format_fault_list(SETS, IMAGE))
    now = settings(out)
    assert (now["inject"], now["trials"], now["stores"]) == ("list", 6, '["weights", "bias", "program"]')
    assert (now["ber"], now["campaign_seed"]) == ("[]", None) and re.fullmatch("[0-9a-f]{8}", str(now["fault_list"]))
    rows = list(ResultsStore.open(out / "results.sqlite").rows())
    assert [(r.seed, r.flips, r.status) for r in rows] == [
        (n, len(one), "HANG" if n == 4 else "OK") for n, one in enumerate(SETS)
    ]
    names = [tuple(line.split()[:2]) for line in text.splitlines()]
    for pair in (("hidden", "weights"), ("hidden", "bias"), ("(end)", "op")):
        assert pair in names
    assert "(several)" in text and "(no flip)" in text


def test_a_list_goes_on_without_its_file(listed: tuple[Path, str], faults: Path, tmp_path: Path) -> None:
    """Killed after two rows, by hand: the run folder has all that is needed."""
    out = tmp_path / "run"
    mine = tmp_path / "mine.csv"
    mine.write_bytes(faults.read_bytes())
    finish(out, "--inject", "list", "--faults", str(mine), "--images", "20")
    with sqlite3.connect(out / "results.sqlite") as database:
        database.execute("DELETE FROM trials WHERE seed IN (1, 4, 5)")
    mine.unlink()
    assert "(3 done)" in finish(out, "--resume")
    assert stored_rows(out) == stored_rows(listed[0])
    assert "(6 done)" in finish(out, "--resume", "--inject", "list", "--faults", str(faults))


def test_another_list_is_refused(listed: tuple[Path, str], tmp_path: Path) -> None:
    out = listed[0]
    before = stored_rows(out), (out / "faults.csv").read_bytes()
    other = tmp_path / "other.csv"
    other.write_text("".join(format_fault_list([*SETS[:-1], SETS[1]], IMAGE)), encoding="utf-8")
    assert "fault_list was " in refusal("--resume", "--out", str(out), "--faults", str(other))
    assert (stored_rows(out), (out / "faults.csv").read_bytes()) == before


def test_a_list_that_was_changed_or_lost_is_refused(faults: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    finish(out, "--inject", "list", "--faults", str(faults), "--images", "10")
    kept = (out / "faults.csv").read_text(encoding="utf-8")
    (out / "faults.csv").write_text(kept.replace("weights,3,7", "weights,3,6"), encoding="utf-8")
    assert "faults.csv, line " in refusal("--resume", "--out", str(out))
    (out / "faults.csv").write_text("set,store,word,bit\n" + "0,bias,1,1\n", encoding="utf-8")
    assert "6 trials cannot be run, the fault list has 1 fault sets" in refusal("--resume", "--out", str(out))
    (out / "faults.csv").unlink()
    assert "faults.csv cannot be read" in refusal("--resume", "--out", str(out))
    finish(out, "--resume", "--faults", str(faults))
    assert (out / "faults.csv").read_text(encoding="utf-8") == kept


def test_a_folder_with_another_list_is_refused(faults: Path, tmp_path: Path) -> None:
    (tmp_path / "faults.csv").write_text("something of somebody's", encoding="utf-8")
    words = ("--board", "twin", "--inject", "list", "--faults", str(faults), "--out", str(tmp_path))
    assert "is another fault list: choose an empty or new folder with --out" in refusal(*words)
    assert (tmp_path / "faults.csv").read_text(encoding="utf-8") == "something of somebody's"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--inject", "rain"), "--inject: invalid choice: 'rain'"),
        (("--inject", "walk", "--ber", "1e-3"), "--ber goes with --inject sweep only: leave it out with --inject walk"),
        (("--inject", "walk", "--seed", "3"), "--seed goes with --inject sweep or beam only"),
        (("--inject", "list", "--faults", "FILE", "--ber", "1e-3"), "--ber goes with --inject sweep only"),
        (("--inject", "list", "--faults", "FILE", "--stores", "bias"), "--stores does not go with --inject list"),
        (("--inject", "list"), "--inject list needs the fault sets: name their file with --faults"),
        (("--faults", "FILE"), "add --inject list, or leave --faults out"),
        (("--inject", "walk", "--faults", "FILE"), "--faults goes with --inject list only"),
        (("--inject", "list", "--faults", "/no/such/file.csv"), "/no/such/file.csv cannot be read (No such file"),
        (("--inject", "list", "--faults", "/"), "/ cannot be read (Is a directory)"),
        (("--inject", "list", "--faults", "BINARY"), "this is no text in UTF-8"),
        (("--inject", "list", "--faults", "FILE", "--trials", "7"), "7 trials cannot be run, the fault list has 6"),
        (("--inject", "walk", "--trials", "99999999"), "99999999 trials cannot be run, the chosen stores have 20480"),
        (("--inject", "walk", "--stores", "tables"), "there is no store 'tables'"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(
    words: tuple[str, ...], text: str, faults: Path, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_bytes(b"set,store\xff")
    files = {"FILE": str(faults), "BINARY": str(tmp_path / "binary")}
    typed = [files.get(word, word) for word in words]
    assert text in refusal("--board", "twin", *typed, "--out", str(tmp_path / "never"))
    assert not (tmp_path / "never").exists()


def test_a_run_goes_on_as_it_began(walked: tuple[Path, str]) -> None:
    out = str(walked[0])
    assert "--inject was walk and is sweep now" in refusal("--resume", "--out", out, "--inject", "sweep")
    assert "--trials was 2304 and is 5 now" in refusal("--resume", "--out", out, "--trials", "5")
    assert "--ber goes with --inject sweep only" in refusal("--resume", "--out", out, "--ber", "1e-2")


@pytest.mark.parametrize("inject", ["walk", "list"])
def test_kill_at_random_moments_then_resume_gives_equal_rows(inject: str, tmp_path: Path) -> None:
    path = tmp_path / "faults.csv"
    path.write_text("".join(format_fault_list([SETS[n % 6] for n in range(900)], IMAGE)), encoding="utf-8")
    how = {
        "walk": ("--inject", "walk", "--stores", "requant", "--trials", "900", "--images", "120"),
        "list": ("--inject", "list", "--faults", str(path), "--images", "120"),
    }[inject]
    seed = 21
    print(f"seed of the kills: {seed}")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run("twin", whole, *how).returncode == 0
    stored = kill_and_resume("twin", broken, how, kills=6, seed=seed, spread_s=0.12)
    assert stored == sorted(stored)
    assert len({n for n in stored if 0 < n < 900}) >= 2, f"the kills missed the run: {stored}"
    assert stored_rows(broken) == stored_rows(whole)
    assert len(stored_rows(whole)) == 900


def test_names_do_no_harm() -> None:
    """A layer may be called anything."""
    odd = PlaceSummary(Where("[red]a|b", "weights", None, False), 1, 2.0, 0.5, dict.fromkeys(OUTCOMES, 0.25))
    console = Console(width=80, file=io.StringIO())
    print_places(console, [odd], "[bold]title")
    text = console.file.getvalue()
    assert text.startswith("[bold]title") and "[red]a|b weights" in text
    assert "| [red]a\\|b | weights |" in markdown_places([odd])
