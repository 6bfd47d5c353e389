# SPDX-License-Identifier: Apache-2.0
"""Protection against scrub interval on one page: what is run, what is told of it, and what is refused before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from report_runs import Page, beam_run, make_slice

from host import campaign, mitigate
from host.boards import BoardError, bitstreams
from host.boards.fpga_boards import find_hardware
from host.boards.hardware import header, parameters
from host.regmap import Engine, Protection
from host.report import mitigation
from host.report.exposure import courses
from host.report.mitigation import Kept, mitigation_page
from host.report.run_data import Run, Value
from host.toolchain import RTL, read_sources


def kept(correct: Sequence[int], protection: str = "secded", wrong: int = 0, **changed: Value | None) -> Kept:
    """A run of one rate and two slices, with a history for each count of right answers."""
    rows = [
        make_slice(0, history, place, count, period_s=0.5, wrong=wrong)
        for history, count in enumerate(correct)
        for place in (0, 1)
    ]
    run = beam_run(rows, protect=json.dumps(protection.split()), **changed)
    return Kept(run, protection, courses(run.rows()))


def page_of(*runs: Kept) -> Page:
    return Page(mitigation_page(runs, "ulx3s", Engine.MAC))


def verdict(*runs: Kept) -> str:
    (found,) = [text for text in page_of(*runs).text if text.startswith("At 1 upsets per bit and second, accuracy")]
    return found


@pytest.fixture(autouse=True)
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without builds; their folder."""
    monkeypatch.setattr(bitstreams, "BITSTREAMS", tmp_path / "bitstream")
    return tmp_path / "bitstream"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was typed for each campaign; none is run, and no page is made."""
    calls: list[list[str]] = []

    def run(argv: Sequence[str]) -> int:
        calls.append(list(argv))
        return 0

    monkeypatch.setattr(campaign, "main", run)
    monkeypatch.setattr(mitigation, "write_mitigation", lambda folders, out, *_: out / mitigation.PAGE)
    return calls


class TestVerdict:
    def test_all_that_cannot_be_told_apart_are_named_and_the_smallest_of_them(self) -> None:
        words = verdict(
            kept([8, 9, 9, 9], "tmr", store_bits=61440),
            kept([9, 9, 8, 8], "secded", store_bits=24960),
            kept([1, 2, 1, 2], "none", store_bits=20480, scrub_interval=None),
        )
        assert "ends highest, at 87.5 % (79.5 … 95.5), with tmr, scrub 100 ms" in words
        assert "cannot be told apart from secded, scrub 100 ms (85.0 % (" in words
        assert "The smallest of those that cannot be told apart is secded, scrub 100 ms, with 24,960 bits." in words
        assert "ends lowest, at 15.0 % (5.8 … 24.2), with none, no scrub" in words

    def test_one_that_is_apart_is_named_alone(self) -> None:
        words = verdict(kept([9, 9, 9, 8], "tmr"), kept([1, 2, 1, 2], "none"))
        assert "with tmr, scrub 100 ms, apart from all others" in words and "smallest" not in words

    def test_one_run(self) -> None:
        assert "one run alone has nothing to be compared with" in verdict(kept([9, 8]))

    def test_one_history(self) -> None:
        assert "one history has no interval: give --trials 2 or more" in verdict(kept([9]), kept([1], "none"))


class TestNumbers:
    def test_measured_beside_expected(self) -> None:
        """Seven words in a history of a second are 25,200 an hour; nothing piles up without a code or a scrubber."""
        runs = (
            kept([9, 8], wrong=7),
            kept([9, 8], "tmr", wrong=7, store_bits=61440),
            kept([9, 8], wrong=7, scrub_interval=None),
            kept([9, 8], "none", wrong=7, scrub_from="golden"),
            kept([9, 8], wrong=7, scrub_interval=1.0),
        )
        head, *lines = page_of(*runs).table("What is left after 1 s")
        measured, expected = head.index("measured/h"), head.index("expected/h")
        assert [line[measured] for line in lines] == ["2.52e+04", "2.52e+04", "–", "–", "–"]
        assert [line[expected] != "–" for line in lines] == [True, True, False, False, True]
        assert [line[head.index("found wrong")] for line in lines] == ["0", "0", "0", "–", "0"]
        assert {line[head.index("wrong words")] for line in lines} == {"7"}

    def test_expected_goes_by_the_stores_in_the_beam(self) -> None:
        runs = (kept([9, 8], "weights=secded"), kept([9, 8], "program=tmr"), kept([9, 8], stuck_at=1))
        head, *lines = page_of(*runs).table("What is left")
        assert [line[head.index("expected/h")] != "–" for line in lines] == [True, False, False]

    def test_words_are_counted_before_the_last_slice_with_any_cycle(self) -> None:
        head, line = page_of(kept([9, 8], wrong=7, any_cycle=1)).table("What is left")
        assert line[head.index("measured/h")] == "5.04e+04"

    def test_cycles_are_those_without_faults(self) -> None:
        """The cycles of a whole slice are not looked at: drawing upsets is no work of the network."""
        one = kept([9, 8])
        timed = {**one.run.invocations[0], "golden_cycles": 468}
        killed = {**timed, "golden_cycles": None}
        board = replace(one, run=replace(one.run, invocations=(timed, killed)))
        note = "Cycles need a board with a clock (--board sim), and are equal for all codes."
        page = page_of(board)
        assert page.table("Physical bits")[1][-1] == "46.8" and note not in page.text
        page = page_of(one, kept([9, 8], "tmr"))
        assert [line[-1] for line in page.table("Physical bits")[1:]] == ["–", "–"] and page.text.count(note) == 1

    def test_slices_of_some_pictures(self) -> None:
        page = page_of(kept([9, 8], slice_pictures=5))
        assert any("Each slice runs 5 of 10 pictures" in text for text in page.text)
        assert not any("without faults 9" in text for text in page.text)
        assert not any(value.startswith("golden ") for name, value in page.attributes if name == "class")

    def test_the_star_is_explained(self) -> None:
        assert any("* all histories of the rate agree" in text for text in page_of(kept([9, 9])).text)
        assert not any("agree" in text for text in page_of(kept([9, 8])).text)


class TestArea:
    FILES = (*read_sources(), RTL / "board" / "ulx3s.v")

    def build(self, folder: Path, name: str, **said: object) -> None:
        resources = {"luts": 30, "flip_flops": 4, "block_rams": 2, "dsps": 1}
        (folder / "ulx3s-mac-secded").mkdir(parents=True, exist_ok=True)
        area = {"used": resources, "available": dict.fromkeys(resources, 100), "fmax_hz": None, **said}
        (folder / "ulx3s-mac-secded" / name).write_text(json.dumps(area), encoding="utf-8")

    def text(self) -> str:
        hardware = find_hardware("ulx3s")
        return header(parameters(hardware, Engine.MAC, protections=[Protection.SECDED] * 4))

    def test_of_these_sources(self, builds: Path) -> None:
        self.build(builds, bitstreams.AREA, sources=bitstreams.sources_hash(self.FILES, self.text()))
        page = page_of(kept([9, 8]))
        assert page.table("Physical bits")[1][2] == "30 (30 %)" and not any("†" in text for text in page.text)

    @pytest.mark.parametrize(("name", "fmax"), [(bitstreams.AREA, None), ("build.json", 5e7), (bitstreams.AREA, 5e7)])
    def test_of_other_sources(self, builds: Path, name: str, fmax: float | None) -> None:
        """Of another checkout, or of before builds said of which; how it was made is how it is renewed."""
        said = {"sources": "0"} if name == bitstreams.AREA else {}
        self.build(builds, name, fmax_hz=fmax, **said)
        page = page_of(kept([9, 8]))
        assert page.table("Physical bits")[1][2] == "30 (30 %) †"
        (note,) = [text for text in page.text if text.startswith("† of a build from other sources")]
        assert 'make bitstream BOARD=ulx3s ENGINE=mac ARGS="--protect secded' in note
        assert ("--check-only" in note) == (fmax is None)

    def test_every_input_changes_the_hash(self, tmp_path: Path) -> None:
        source = tmp_path / "a.v"
        source.write_text("module a; endmodule\n", encoding="utf-8")
        seen = {bitstreams.sources_hash([source], "x"), bitstreams.sources_hash([source], "y")}
        source.write_text("module b; endmodule\n", encoding="utf-8")
        assert len(seen | {bitstreams.sources_hash([source], "x")}) == 3

    def test_what_cannot_be_read_is_told(self, builds: Path) -> None:
        self.build(builds, bitstreams.AREA)
        (builds / "ulx3s-mac-secded" / bitstreams.AREA).write_text("[]", encoding="utf-8")
        with pytest.raises(BoardError, match="make the bitstream again"):
            page_of(kept([9, 8]))


class TestCommand:
    @pytest.mark.parametrize(
        ("words", "text"),
        [
            (("--protect", "none", "hamming"), "there is no protection 'hamming'"),
            (("--protect", "none", "biases=tmr"), "there is no store 'biases' to protect"),
            (("--scrub", "never", "10"), "duration '10' cannot be read"),
            (("--scrub", "never", "1y"), "--scrub-interval"),
            (("--area-of", "twin"), "there is no FPGA board 'twin': choose one of arty"),
            (("--area-of", "ulx4s"), "there is no FPGA board 'ulx4s'"),
            (("--stores", "biases"), "there is no store 'biases'"),
            (("--board", "fpga"), "'fpga'"),
            (("--slices", "0"), "0 slices"),
            (("--network", "digits"), "digits"),
            (("--scrub-interval", "1ms"), "--scrub-interval is settled for each run"),
            (("--resume",), "--resume needs the folder of the runs"),
            (("--resume", "--out", "results/nowhere"), "results/nowhere holds no runs to go on with"),
        ],
    )
    def test_what_cannot_be_is_one_sentence_before_the_first_run(
        self, words: tuple[str, ...], text: str, started: list[list[str]], capsys: pytest.CaptureFixture[str]
    ) -> None:
        board = () if "--board" in words else ("--board", "twin")
        assert mitigate.main([*board, "--images", "20", *words]) == 2
        errors = capsys.readouterr().err.splitlines()
        assert len(errors) == 1 and errors[0].startswith("mitigate: ") and text in errors[0]
        assert started == []

    def test_a_quoted_mix_is_one_candidate(self, started: list[list[str]], tmp_path: Path) -> None:
        words = ["--board", "twin", "--images", "20", "--out", str(tmp_path / "out")]
        mix = "weights=secded program=tmr"
        assert mitigate.main([*words, "--protect", mix, "none", "--scrub", "never", "1 ms", "1000us"]) == 0
        assert [argv[: argv.index(f"--network={'digits-mlp'}")] for argv in started] == [
            ["--inject", "beam", "--protect", *codes, *scrub, f"--out={tmp_path / 'out' / name}"]
            for codes, scrub, name in (
                (mix.split(), [], "weights_secded-program_tmr-never"),
                (mix.split(), ["--scrub-interval", "1 ms", "--scrub-from", "code"], "weights_secded-program_tmr-1ms"),
                (["none"], [], "none-never"),
                (["none"], ["--scrub-interval", "1 ms", "--scrub-from", "golden"], "none-1ms"),
            )
        ]

    @pytest.mark.parametrize(
        ("protect", "stores", "source"),
        [
            ("program=tmr", ("weights",), "golden"),
            ("program=tmr", ("weights", "program"), "code"),
            ("weights=parity program=tmr", ("weights",), "golden"),
            ("weights=SECDED", ("weights", "bias"), "code"),
            ("PARITY", ("all",), "golden"),
        ],
    )
    def test_the_golden_copy_is_written_where_nothing_in_the_beam_corrects(
        self, protect: str, stores: tuple[str, ...], source: str, started: list[list[str]], tmp_path: Path
    ) -> None:
        words = ["--board", "twin", "--images", "20", "--out", str(tmp_path / "out"), "--stores", *stores]
        assert mitigate.main([*words, "--protect", protect, "--scrub", "10ms"]) == 0
        (argv,) = started
        assert argv[argv.index("--scrub-from") + 1] == source

    def test_the_kind_of_interval_reaches_the_page(self, tmp_path: Path) -> None:
        """Bootstrap and Student differ, and each is named."""
        words = ["--board", "twin", "--images", "20", "--export", "none", "--upset-rate", "8", "--duration", "10ms"]
        words += ["--slices", "2", "--trials", "4", "--protect", "none", "--scrub", "never"]
        spans = {}
        for kind in ("student", "bootstrap"):
            out = tmp_path / kind
            assert mitigate.main([*words, "--interval", kind, "--out", str(out)]) == 0
            page = Page((out / "mitigation.html").read_text(encoding="utf-8"))
            assert any(f"95 % interval ({kind})" in text for text in page.text)
            spans[kind] = page.table("What is left after 10 ms")[1][3]
        assert spans["student"] != spans["bootstrap"]


def test_protections_of_a_run_are_those_of_its_stores() -> None:
    run: Run = kept([9, 8], "weights=secded program=tmr").run
    assert run.codes == {Protection.SECDED}
    assert [code.name for code in run.protections].count("NONE") == len(run.protections) - 2
