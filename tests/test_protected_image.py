# SPDX-License-Identifier: Apache-2.0
"""Images in protected stores: their bits, faults in them, and what boards and campaigns make of both."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.boards import Board, BoardError, DeviceBoard, TwinBoard, open_board
from host.codes import CODES
from host.faults import Exposures, FaultList, FaultSet, Scrubbed, Source, Sweep, Walk, flip_masks, sweep, threshold
from host.faults.random_words import next_word, threefry4x32
from host.image import MemoryImage, PhysicalSpace, Place, compile_network, digest
from host.image.protections import parse_protections, protection_words
from host.networks import load_network, load_test_set
from host.rates.scrubbing import secded_uncorrectable
from host.regmap import Command, Engine, Protection
from host.results import ResultsStore
from host.statistics import wilson_interval
from host.toolchain import ROOT
from host.twin import infer

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
NONE, PARITY, SECDED, TMR = Protection
MIXED = {Engine.MAC: (SECDED, TMR, NONE, PARITY), Engine.LUT: (SECDED, TMR, PARITY)}
NETWORKS = ("digits-mlp", "digits-lut4")

any_protections = st.tuples(*[st.sampled_from(Protection)] * 4)


def protected(name: str) -> MemoryImage:
    """A shipped network with another code in each store."""
    image = compile_network(load_network(name))
    return image.protect(MIXED[image.engine])


@given(any_protections)
def test_words_say_what_they_are_read_as(protections: tuple[Protection, ...]) -> None:
    names = ("weights", "bias", "requant", "program")
    words = protection_words(names, protections)
    assert parse_protections(names, words) == protections
    assert len(words) == 1 or all("=" in word for word in words)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["hamming"], "there is no protection 'hamming': choose from none, parity, secded, tmr"),
        (["tables=secded"], "there is no store 'tables' to protect: choose from weights, bias, requant, program"),
        (["weights="], "there is no protection ''"),
    ],
)
def test_other_words_are_one_sentence(words: list[str], text: str) -> None:
    with pytest.raises(ValueError, match=text.replace("(", r"\(")):
        parse_protections(("weights", "bias", "requant", "program"), words)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_physical_bit_has_one_place(name: str) -> None:
    """And every place its bit; data bits as without protection, what a code adds after them, padding as its word."""
    plain, image = compile_network(load_network(name)), protected(name)
    for store, width in enumerate(image.space.widths):
        mask = image.layout.padding_mask(store)
        assert mask.shape == image.physical[store].shape
        places: set[Place] = set()
        for word in range(0, image.extents[store], 5):
            whole = bool(mask[word, 0] == 0xFFFFFFFF)
            for bit in range(width):
                place = image.layout.locate(store, word, bit)
                assert image.layout.find(place.layer, place.tensor, place.index, place.bit) == (store, word, bit)
                assert place.padding == bool(mask[word, bit // 32] >> bit % 32 & 1)
                assert bit >= 32 or place == plain.layout.locate(store, word, bit)
                assert bit < 32 or place.padding == whole
                places.add(place)
        assert len(places) == width * len(range(0, image.extents[store], 5))
        with pytest.raises(IndexError, match=f"has bits 0 ... {width - 1}; there is no {width}"):
            image.layout.locate(store, 0, width)
    assert image.digest != plain.digest and [w.tolist() for w in image.words] == [w.tolist() for w in plain.words]


def test_the_random_words_of_check_bits() -> None:
    """Part k of a code word has the counter (w, s, k, 0), from the definition (docs/faults.md)."""
    space = PhysicalSpace.of([3, 5], [SECDED, TMR])
    seed, limit = 0x0123456789ABCDEF, threshold(0.3)
    for store, word, part, lanes in ((0, 2, 1, 7), (1, 4, 2, 32), (1, 0, 0, 32)):
        counter = np.array([[word], [store], [part], [0]], dtype=np.uint32)
        x = [np.array([int(v[0])], dtype=np.uint32) for v in threefry4x32(counter, (0x89ABCDEF, 0x01234567, 0, 0))]
        while len(x) < 32:
            x.append(next_word((x[-4], x[-3], x[-2], x[-1])))
        uniform = [sum((int(x[j][0]) >> bit & 1) << 31 - j for j in range(32)) for bit in range(lanes)]
        expected = sum((u < limit) << bit for bit, u in enumerate(uniform))
        assert int(flip_masks(seed, limit, store, space)[word, part]) == expected
    # data bits flip as they do without protection
    plain = flip_masks(seed, limit, 1, PhysicalSpace.of([3, 5]))
    np.testing.assert_array_equal(flip_masks(seed, limit, 1, space)[:, 0], plain[:, 0])


def test_every_bit_is_reached_and_no_other() -> None:
    """A sweep at rate 1 and a whole walk cover the same bits: as many as there are."""
    space = PhysicalSpace.of([2, 3, 1, 2], [TMR, SECDED, NONE, PARITY])
    every = sweep(1, 1 << 32, space, range(4))
    walked = [Walk((0, 1, 2, 3)).place(n, space) for n in range(space.bits(range(4)))]
    assert every == FaultSet.of(walked) and len(every) == 2 * 96 + 3 * 39 + 32 + 2 * 33
    every.require_inside(space)
    with pytest.raises(IndexError, match=r"store 1 bit 39 is flipped, but a code word of it has bits 0 \.\.\. 38"):
        FaultSet.of([(1, 0, 39)]).require_inside(space)


@settings(max_examples=30, deadline=None)
@given(any_protections, st.integers(0, 2**31), st.sampled_from([0.001, 0.01, 0.2]))
def test_decoding_what_was_touched_is_decoding_everything(
    protections: tuple[Protection, ...], seed: int, ber: float
) -> None:
    image = compile_network(load_network("digits-mlp")).protect(protections)
    upset = sweep(seed, threshold(ber), image.space, range(4)).apply(image.physical)
    read = image.decode(upset)
    whole = [CODES[p].decode(words) for p, words in zip(protections, upset, strict=True)]
    for got, expected in zip(read.data, whole, strict=True):
        np.testing.assert_array_equal(got, expected.data)
    assert read.corrected == sum(int(one.corrected.sum()) for one in whole)
    assert read.uncorrectable == sum(int(one.uncorrectable.sum()) for one in whole)
    firsts = [(s, int(np.argmax(one.uncorrectable))) for s, one in enumerate(whole) if one.uncorrectable.any()]
    assert read.first == (firsts[0] if firsts else None)


def test_the_digest_pads_to_the_widest_word() -> None:
    """From the definition, word by word."""
    image = protected("digits-mlp")
    value = 0
    for words in image.physical:
        for word in words.tolist():
            whole = sum(part << 32 * place for place, part in enumerate(word))
            value = zlib.crc32(whole.to_bytes(12, "little"), value)
    assert image.digest == digest(image.physical) == value


@pytest.fixture(scope="module", params=NETWORKS)
def boards(request: pytest.FixtureRequest) -> Iterator[tuple[Board, TwinBoard, MemoryImage]]:
    """A simulated board and the twin, loaded with the same image in protected stores."""
    network = load_network(request.param)
    image = protected(request.param)
    tests = load_test_set(network, 40)
    golden = infer(image, image.words, tests.images)
    board, twin = open_board("sim", None, image), TwinBoard(image.engine, image.protections)
    with closing(board), closing(twin):
        for each in (board, twin):
            each.load(image, tests, golden)
        yield board, twin, image


def test_trials_equal_the_twin(boards: tuple[Board, TwinBoard, MemoryImage]) -> None:
    """Sweeps, walks over check bits, and lists in every store: records and all they count."""
    board, twin, image = boards
    stores = tuple(range(len(image.stores)))
    rates = (1e-4, 1e-3, 1e-2)
    sources: list[tuple[Source, int, int]] = [(Sweep(threshold(rate), stores), SEED << 8, 12) for rate in rates]
    sources += [(Walk((store,)), image.space.bits([store]) - 12, 12) for store in stores]
    sets = tuple(sweep(SEED << 16 | n, threshold(5e-4), image.space, stores) for n in range(12))
    sources.append((FaultList(sets), 0, len(sets)))
    events = np.zeros(2, dtype=int)
    for source, first, count in sources:
        seen = list(board.run_trials(source, first, count))
        assert [replace(record, cycles=None) for record in seen] == list(twin.run_trials(source, first, count))
        events += np.sum([(record.corrected, record.uncorrectable) for record in seen], axis=0)
    assert events.min() > 0
    assert board.counters.reloads == 0
    board.prove_golden()


def test_single_flips_of_corrected_stores_change_nothing(boards: tuple[Board, TwinBoard, MemoryImage]) -> None:
    """A seeded sample of their physical bits, check bits and copies among them: not one score changes."""
    board, _, image = boards
    pictures = 40
    for store in (store for store, code in enumerate(image.protections) if code in (SECDED, TMR)):
        walk = Walk((store,))
        for number in np.random.default_rng(SEED).integers(walk.bits(image.space), size=12).tolist():
            (record,) = board.run_trials(walk, number, 1)
            assert record.outcomes.masked == pictures, (store, number)
            assert (record.flips, record.corrected, record.uncorrectable) == (1, 1, 0), (store, number)


@pytest.mark.parametrize(
    ("upsets", "histories"),
    [(1e-1, 1), *(pytest.param(*more, marks=pytest.mark.slow) for more in ((1e-2, 9), (3e-2, 4), (1e-1, 3)))],
)
def test_words_that_secded_cannot_right_are_as_many_as_the_closed_form_says(
    boards: tuple[Board, TwinBoard, MemoryImage], upsets: float, histories: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an interval in the beam one round of scrubbing by code; then the golden copy counts what is still wrong."""
    board, _, image = boards
    assert isinstance(board, DeviceBoard) and image.protections[0] is SECDED
    counted: list[Scrubbed] = []

    def by_code_then_golden(image: MemoryImage) -> None:
        board._registers.write_run("SCRUB", [1])
        board._registers.write_run("COMMAND", [Command.SCRUB])
        board._commands.await_idle()
        counted.append(board._commands.scrubbed())
        board._commands.restore()
        counted.append(board._commands.scrubbed())
        assert board._commands.digest() == image.digest

    monkeypatch.setattr(board, "_restore", by_code_then_golden)
    bits, words = image.space.bits([0]), image.extents[0]
    ticks = math.ceil(bits * upsets / 0.02)
    source = Exposures(bits * upsets / ticks, (0,), 1, ticks)
    for history in range(histories):
        list(board.run_trials(source, SEED << 16 | history, 1))
    by_code, golden = counted[::2], counted[1::2]
    assert {one.words for one in by_code} == {words} and {one.words for one in golden} == {sum(image.extents)}
    failed, looked = sum(one.corrected for one in golden), words * histories
    q = -math.expm1(-2 * upsets) / 2
    found = wilson_interval(failed, looked, 0.999)
    expected = secded_uncorrectable(q, 39)
    print(f"\nλT = {upsets:g}: {failed} of {looked}, {found.low:.5f} … {found.high:.5f}, closed form {expected:.5f}")
    assert found.low <= expected <= found.high
    assert secded_uncorrectable(q / 1.5, 39) < found.low and found.high < secded_uncorrectable(1.5 * q, 39)
    # three wrong bits may look like one
    assert 0 < sum(one.uncorrectable for one in by_code) <= failed


def test_a_board_with_other_codes_is_refused(boards: tuple[Board, TwinBoard, MemoryImage]) -> None:
    """With both, as --protect takes them."""
    board, twin, image = boards
    network = load_network({Engine.MAC: "digits-mlp", Engine.LUT: "digits-lut4"}[image.engine])
    plain = compile_network(network)
    tests = load_test_set(network, 40)
    golden = infer(plain, plain.words, tests.images)
    has = " ".join(protection_words(tuple(image.stores), image.protections))
    for each in (board, twin):
        with pytest.raises(BoardError, match=f"was built with --protect {has}, the campaign is for --protect none"):
            each.load(plain, tests, golden)


def test_a_campaign_says_how_its_stores_were_protected(tmp_path: Path) -> None:
    """In its settings, its report's command, and to whoever goes on with it."""
    folder = tmp_path / "run"
    small = ["--board", "twin", "--ber", "1e-3", "--trials", "3", "--images", "20", "--out", str(folder)]

    def campaign(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "host.campaign", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    done = campaign(*small, "--protect", "weights=secded", "program=tmr", "--stores", "all")
    assert done.returncode == 0, done.stderr
    with closing(ResultsStore.open(folder / "results.sqlite")) as store:
        assert store.settings()["protect"] == '["weights=secded", "program=tmr"]'
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "--protect weights=secded program=tmr" in page
    again = campaign("--out", str(folder), "--resume", "--protect", "secded")
    assert again.returncode == 2
    assert "--protect was weights=secded program=tmr and is secded now" in again.stderr
    assert campaign("--out", str(folder), "--resume", "--protect", "program=tmr", "weights=secded").returncode == 0
    wrong = campaign(*small[:-1], str(tmp_path / "never"), "--protect", "weights=ecc")
    assert wrong.returncode == 2 and "there is no protection 'ecc'" in wrong.stderr


def test_single_flips_under_secded_change_nothing() -> None:
    """A seeded sample of all physical bits, check bits among them, of both networks: every picture stays masked."""
    for name in NETWORKS:
        network = load_network(name)
        image = compile_network(network)
        image = image.protect([SECDED] * len(image.stores))
        tests = load_test_set(network, 60)
        golden = infer(image, image.words, tests.images)
        board = TwinBoard(image.engine, image.protections)
        board.load(image, tests, golden)
        walk = Walk(tuple(range(len(image.stores))))
        rng = np.random.default_rng(SEED)
        for number in rng.choice(walk.bits(image.space), size=60, replace=False).tolist():
            (record,) = board.run_trials(walk, number, 1)
            assert record.outcomes.masked == 60 and (record.corrected, record.uncorrectable) == (1, 0), number


def test_the_self_test_passes_on_protected_stores() -> None:
    """Every step, the march through the raw windows among them."""
    words = protection_words(("weights", "bias", "requant", "program"), MIXED[Engine.MAC])
    command = [sys.executable, "-m", "host.selftest", "--quick", "--protect", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS" in done.stdout and "skip" not in done.stdout
