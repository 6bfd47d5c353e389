# SPDX-License-Identifier: Apache-2.0
"""One row explained: its flips, its pictures, its fault set as a list, its waveform."""

from __future__ import annotations

import csv
import io
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import pywellen
from campaign_runs import ROOT, run, stored_rows
from test_campaign import finish
from test_faults_csv import lut_network

from host import explain
from host.faults import FaultSet, Walk, format_fault_list, parse_fault_list, sweep
from host.image import compile_network
from host.image.values import value_at
from host.networks import load_network, load_test_set
from host.results import ResultsStore
from host.twin import infer

NETWORK = load_network("digits-mlp")
IMAGE = compile_network(NETWORK)
PICTURES = 60
TEST_SET = load_test_set(NETWORK, PICTURES)
SETTINGS = ("--ber", "1e-4", "3e-3", "3e-2", "--trials", "4", "--images", str(PICTURES), "--stores", "all")
#: Columns in which a list of a sweep's fault sets differs from the sweep.
OF_A_SWEEP = ("point", "ber", "threshold", "trial", "seed")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sweep."""
    out = tmp_path_factory.mktemp("sweep") / "run"
    finish(out, *SETTINGS, "--export", "none")
    return out


@pytest.fixture
def copy(swept: Path, tmp_path: Path) -> Iterator[tuple[Path, sqlite3.Connection]]:
    """A copy of it that may be spoilt."""
    with (
        closing(sqlite3.connect(swept / "results.sqlite")) as source,
        closing(sqlite3.connect(tmp_path / "results.sqlite", isolation_level=None)) as target,
    ):
        source.backup(target)
        yield tmp_path, target


def explained(*words: object) -> str:
    """What is said of a row."""
    with redirect_stdout(io.StringIO()) as text, redirect_stderr(io.StringIO()) as errors:
        status = explain.main([str(word) for word in words])
    # what the first one to need a simulated board is told
    said = [line for line in errors.getvalue().splitlines() if not line.startswith("building the simulated board")]
    assert (status, said) == (0, [])
    return text.getvalue()


def refusal(*words: object) -> str:
    """What is said where nothing can be explained."""
    with redirect_stdout(io.StringIO()) as text, redirect_stderr(io.StringIO()) as errors:
        status = explain.main([str(word) for word in words])
    lines = errors.getvalue().splitlines()
    assert status in (1, 2) and text.getvalue() == ""
    assert len(lines) == 1 and lines[0].startswith("explain: "), errors.getvalue()
    return lines[0]


def parameter(layer: str, tensor: str, index: tuple[int, ...]) -> int | None:
    """A golden parameter, from the network itself; None for what is no parameter of it."""
    owner = next((one for one in NETWORK.layers if one.name == layer), None)
    values = getattr(owner, tensor, None)
    if values is None or any(i >= n for i, n in zip(index, np.shape(values), strict=True)):
        return None
    return int(np.asarray(values)[index])


def test_every_flip_is_told_with_its_value(swept: Path) -> None:
    store = ResultsStore.open(swept / "results.sqlite")
    row = store.row_at(9)
    assert row is not None and row.ber == 3e-2 and row.threshold is not None
    text = explained(swept, "--trial", 9, "--full")
    faults = sweep(row.seed, row.threshold, IMAGE.space, range(4))
    lines = [line.split() for line in text.splitlines() if line.startswith(tuple(f"{name} " for name in IMAGE.stores))]
    names = [list(IMAGE.stores)[store] for store in faults.store]
    told = [(words[0], int(words[1]), int(words[2])) for words in lines]
    assert told == list(zip(names, faults.word.tolist(), faults.bit.tolist(), strict=True))
    upset, values = faults.apply(IMAGE.words), 0
    for words, flip in zip(lines, zip(faults.store, faults.word, faults.bit, strict=True), strict=True):
        place = IMAGE.layout.locate(*map(int, flip))
        assert words[3:5] == [place.layer, place.tensor]
        assert (words[-1] == "padding") == place.padding
        golden = parameter(place.layer, place.tensor, place.index)
        if golden is not None and not place.padding:
            assert words[-3:-1] == [str(golden), "→"]
            own = {"bias": 32, "multiplier": 32, "shift": 6}.get(place.tensor, 8)
            low = int(flip[2]) - place.bit
            now = int(upset[flip[0]][flip[1]]) >> low & ((1 << own) - 1)
            assert int(words[-1]) == now - ((now >> (own - 1)) << own) != golden
            values += 1
    assert values > 300
    assert f"{row.flips} bits flipped, digest {row.digest:08x}" in text and "seed " + str(row.seed) in text


def test_every_changed_picture_is_told(swept: Path) -> None:
    text = explained(swept, "--trial", 5, "--full")
    row = ResultsStore.open(swept / "results.sqlite").row_at(5)
    assert row is not None and row.threshold is not None and row.critical and row.tolerated
    seen = infer(IMAGE, sweep(row.seed, row.threshold, IMAGE.space, range(4)).apply(IMAGE.words), TEST_SET.images)
    golden = infer(IMAGE, IMAGE.words, TEST_SET.images)
    wanted = {}
    for number in range(PICTURES):
        if golden.scores[number].tolist() != seen.scores[number].tolist():
            was, now = int(np.argmax(golden.scores[number])), int(np.argmax(seen.scores[number]))
            outcome = "critical" if was != now else "tolerated"
            wanted[number] = [str(number), str(TEST_SET.labels[number]), str(was), str(now), outcome]
    told = [words for line in text.splitlines() if (words := line.split())[4:5] in (["critical"], ["tolerated"])]
    assert {int(words[0]): words[:5] for words in told} == wanted and len(told) == len(wanted)
    outcomes = [words[4] for words in told]
    assert outcomes == sorted(outcomes), "critical ones first"
    assert f"{PICTURES} pictures: {row.masked} masked, {row.tolerated} tolerated, {row.critical} critical" in text
    number, was = told[0][0], told[0][2]
    assert f" {was}: {golden.scores[int(number), int(was)]} → {seen.scores[int(number), int(was)]}" in text


def test_long_lists_are_shortened_with_a_count(swept: Path) -> None:
    row = ResultsStore.open(swept / "results.sqlite").row_at(9)
    assert row is not None
    text = explained(swept, "--trial", 9)
    assert f"and {row.flips - 20} more: --full shows all" in text
    assert len(text.splitlines()) < 80 and "more: --full" not in explained(swept, "--trial", 9, "--full")
    assert explained(swept, "--seed", row.seed) == text


def test_a_hang_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hang.csv"
    hang = FaultSet.of([(3, IMAGE.extents[3] - 8, 4)])
    path.write_text("".join(format_fault_list([FaultSet.of([]), hang], IMAGE)), encoding="utf-8")
    finish(tmp_path / "run", "--inject", "list", "--faults", str(path), "--images", "10", "--export", "none")
    text = explained(tmp_path / "run", "--trial", 1)
    assert "(end)" in text and "0 → 16" in text
    assert "10 without an answer because the trial ended with HANG" in text
    text = explained(tmp_path / "run", "--seed", 0)
    assert "list, seed 0: 0 bits flipped" in text and "10 pictures: 10 masked" in text


def test_a_sweep_becomes_a_list_with_the_same_outcomes(swept: Path, tmp_path: Path) -> None:
    path = tmp_path / "every.csv"
    assert f"12 fault sets: {path}" in explained(swept, "--all", "--csv", path)
    finish(tmp_path / "list", "--inject", "list", "--faults", str(path), "--images", str(PICTURES))
    assert stored_rows(tmp_path / "list", without=OF_A_SWEEP) == stored_rows(swept, without=OF_A_SWEEP)
    # and a list of a list is that list
    explained(tmp_path / "list", "--all", "--csv", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes() == (tmp_path / "list" / "faults.csv").read_bytes()
    assert not [p.name for p in tmp_path.iterdir() if p.name.endswith(".new")]


def test_a_row_of_a_walk_and_its_list(tmp_path: Path) -> None:
    finish(tmp_path / "run", "--inject", "walk", "--stores", "requant", "--trials", "70", "--images", "10")
    text = explained(tmp_path / "run", "--trial", 69, "--csv", tmp_path / "one.csv")
    assert "walk, seed 69: 1 bit flipped" in text
    with (tmp_path / "one.csv").open(encoding="utf-8") as lines:
        faults = parse_fault_list(lines, IMAGE)
    assert faults.sets == (FaultSet.of([Walk((2,)).place(69, IMAGE.space)]),)
    explained(tmp_path / "run", "--all", "--csv", tmp_path / "every.csv")
    rows = list(csv.DictReader((tmp_path / "every.csv").open(encoding="utf-8")))
    assert [(int(r["set"]), int(r["word"]), int(r["bit"])) for r in rows] == [(n, n // 32, n % 32) for n in range(70)]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("RUN",), "which row? name it with --trial N or --seed S"),
        ((), "the following arguments are required: RUN"),
        (("RUN", "--trial", "1", "--seed", "1"), "not allowed with argument"),
        (("RUN", "--trial", "first"), "invalid int value: 'first'"),
        (("RUN", "--trial", "12"), "there is no row 12 in RUN: its rows are 0 … 11"),
        (("RUN", "--trial", "-1"), "there is no row -1"),
        (("RUN", "--seed", "5"), "there is no row of seed 5"),
        (("RUN", "--seed", str(1 << 70)), "there is no row of seed"),
        (("RUN", "--all"), "--all only writes the fault sets of all rows: give it --csv FILE"),
        (("RUN", "--all", "--csv", "x.csv", "--wave", "x.fst"), "--all only writes"),
        (("RUN", "--all", "--csv", "/no/such/folder/x.csv"), "/no/such/folder/x.csv cannot be written (No such file"),
        (("/no/such/run", "--trial", "1"), "/no/such/run holds no run: name the folder of one"),
        (("README.md", "--trial", "1"), "README.md holds no run"),
    ],
)
def test_what_cannot_be_explained_is_one_sentence(swept: Path, words: tuple[str, ...], text: str) -> None:
    typed = [str(swept) if word == "RUN" else word for word in words]
    assert (text if "required" in text else text.replace("RUN", str(swept))) in refusal(*typed)


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").write_bytes(b"this is no database, but long enough to be read as one" * 100)
    assert "damaged or no results file" in refusal(tmp_path, "--trial", 0)


@pytest.mark.parametrize("name", ["map_hash", "image_digest", "test_set_digest"])
def test_another_checkout_is_refused_by_name(copy: tuple[Path, sqlite3.Connection], name: str) -> None:
    copy[1].execute("UPDATE campaign SET value = 'another' WHERE name = ?", (name,))
    assert f"is of another checkout, network or list: {name} was another and is " in refusal(copy[0], "--trial", 0)


@pytest.mark.parametrize("column", ["masked", "critical", "correct", "digest", "flips", "threshold"])
def test_a_row_that_does_not_reproduce_is_refused(copy: tuple[Path, sqlite3.Connection], column: str) -> None:
    copy[1].execute(f"UPDATE trials SET {column} = {column} + 1")
    said = refusal(copy[0], "--trial", 3)
    assert f"does not reproduce on the twin: {column} was " in said or f"; {column} was " in said


def test_a_row_of_no_trial_is_refused(copy: tuple[Path, sqlite3.Connection]) -> None:
    copy[1].execute("UPDATE trials SET point = 7")
    assert "has no trial with seed" in refusal(copy[0], "--trial", 3)
    copy[1].execute("DELETE FROM trials")
    assert "there is no row 0 in" in refusal(copy[0], "--trial", 0)
    assert "has no row yet" in refusal(copy[0], "--all", "--csv", copy[0] / "x.csv")


def test_help_has_examples() -> None:
    typed = [sys.executable, "-m", "host.explain", "--help"]
    done = subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "examples:" in done.stdout and "--wave trial.fst" in done.stdout


def test_values_of_tables_and_wiring() -> None:
    network = lut_network()
    image = compile_network(network)
    # padding that is upset is no part of a value
    stores = [words ^ image.layout.padding_mask(store)[:, None] for store, words in enumerate(image.physical)]
    seen = set()
    for store, extent in enumerate(image.extents):
        for word in range(extent):
            for bit in range(32):
                place = image.layout.locate(store, word, bit)
                value = value_at(image.layout, stores, place)
                seen.add(place.tensor)
                layer = next((one for one in network.layers if one.name == place.layer), None)
                if place.padding:
                    assert value is None
                elif layer is not None and place.tensor == "tables":
                    assert value == int(layer.tables[place.index[0]]) >> place.index[1] & 1
                elif layer is not None and place.tensor == "wiring":
                    assert value == int(layer.wiring[place.index])
                elif layer is not None and place.tensor == "n_gates":
                    assert value == layer.gates
    assert {"tables", "wiring", "n_gates", "op", "padding"} <= seen


def test_values_of_the_program() -> None:
    layer = NETWORK.layers[0]
    for name in ("input_zero_point", "activation_min", "activation_max"):
        place = IMAGE.layout.locate(*IMAGE.layout.find(layer.name, name, (), 7))
        assert value_at(IMAGE.layout, IMAGE.physical, place) == getattr(layer, name)
    assert layer.input_zero_point < 0 or layer.activation_min < 0, "a negative one must be among them"


def test_a_waveform_of_the_trial_alone(tmp_path: Path) -> None:
    """A row of the simulated board, recorded: the load before it, which is far longer, is not in the file."""
    out = tmp_path / "run"
    assert run("sim", out, "--ber", "1e-2", "--trials", "2", "--images", "12").returncode == 0
    text = explained(out, "--trial", 1, "--wave", tmp_path / "trial.fst")
    assert f"waveform: {tmp_path / 'trial.fst'}" in text and "the stored row again" in text
    assert not (tmp_path / "trial.fst.new").exists()
    row = ResultsStore.open(out / "results.sqlite").row_at(1)
    assert row is not None and row.cycles is not None
    wave = pywellen.Waveform(str(tmp_path / "trial.fst"))
    (clock,) = (list(var.signal) for var in wave.all_vars() if var.full_name == "TOP.clk")
    recorded, before = len(clock) // 2, clock[0][0] // 2
    # the trial, and the requests that start it and fetch its record
    assert row.cycles < recorded < row.cycles + 40_000 and before > 15 * recorded


def test_a_waveform_that_cannot_be_written_is_one_sentence(swept: Path) -> None:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        assert explain.main([str(swept), "--trial", "0", "--wave", "/no/such/folder/x.fst"]) == 1
    assert "x.fst cannot be written (No such file or directory): give another path" in errors.getvalue()
