# SPDX-License-Identifier: Apache-2.0
"""The self-test: it passes on the simulated board of both engines, and names the step that a sabotaged device fails."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from device_model import Framed, ModelDevice
from link_board import FakePort, bad_line

from host.boards import find_entry
from host.boards.commands import Commands
from host.boards.opening import Line
from host.boards.registers import Link, Registers, identify
from host.boards.simulated import SimulatedBoard, parameters_for
from host.image import compile_network
from host.link.session import Session
from host.networks import load_network
from host.regmap import MAP_HASH, Region, register
from host.selftest import SEQUENCE, Bench, Extent, Outcome, Verdict, run_all
from host.selftest.__main__ import main
from host.selftest.report import Report
from host.selftest.sequence import tidy

NETWORK = load_network("digits-mlp")
IMAGE = compile_network(NETWORK)
STEPS = [step.name for step in SEQUENCE]
# The model of a device has no beam.
PASSED = {**dict.fromkeys(STEPS, "PASS"), "beam": "SKIPPED"}
# As many bursts on any machine: a longer soak finds what is for the march.
SMALL = replace(Extent.quick(), soak_s=0, soak_bursts=2, pictures=10)


@pytest.fixture(autouse=True)
def instant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models need no waiting."""
    if "engine" not in request.fixturenames:
        monkeypatch.setattr("host.boards.commands.time.sleep", lambda seconds: None)


def verdicts(link: Link, extent: Extent = SMALL) -> tuple[list[Verdict], str]:
    """All verdicts on a device, and what was left in its stores."""
    bench = Bench(link, "arty", lambda engine: [NETWORK], extent)
    found = list(run_all(bench))
    for verdict in found:
        print(verdict)
    return found, tidy(bench)


def outcomes(found: list[Verdict]) -> dict[str, str]:
    """Outcome by step."""
    return {verdict.step: verdict.outcome.name for verdict in found}


def test_a_sound_device_passes() -> None:
    device = ModelDevice(IMAGE)
    found, left = verdicts(device)
    assert outcomes(found) == PASSED
    assert left == "golden"
    for words, store in zip(IMAGE.words, device.contents(), strict=True):
        np.testing.assert_array_equal(store[: len(words)], words)


class StuckBit(ModelDevice):
    """A bit of a store is always set."""

    def _read(self, address: int) -> int:
        value = super()._read(address)
        return value | 0x400 if address == Region.STORE_DATA << 24 | 2 << 21 | 3 else value


class DeadRawWindow(ModelDevice):
    """Writes through the raw window are lost."""

    def _write(self, address: int, word: int) -> None:
        if address >> 24 != Region.STORE_RAW:
            super()._write(address, word)


class LostAddressLine(ModelDevice):
    """Two words of the flip list are one."""

    def _write(self, address: int, word: int) -> None:
        super()._write(address, word)
        if address >> 24 == Region.FLIPS and address & 0xFFFFFF < 32:
            super()._write(address ^ 0x10, word)


class WrongDigest(ModelDevice):
    """The digest is that of something else."""

    def _digest(self) -> None:
        super()._digest()
        self.set("DIGEST", self.get("DIGEST") ^ 1)


class LazySweep(ModelDevice):
    """A sweep counts a flip that it does not make."""

    def _sweep(self) -> None:
        super()._sweep()
        self.upset(0, 5)


class WrongScores(ModelDevice):
    """A score of the first picture is off by one."""

    def _run(self) -> None:
        super()._run()
        self._words[Region.SCORES][0] ^= 1


class WrongUnderFaults(ModelDevice):
    """Right without faults, wrong with them."""

    def _run(self) -> None:
        super()._run()
        if not np.array_equal(self.contents()[0][: IMAGE.extents[0]], IMAGE.words[0]):
            self._words[Region.SCORES][0] ^= 1


class MiscountsOutcomes(ModelDevice):
    """Golden answers are not recognised."""

    def _run(self) -> None:
        super()._run()
        self.set("MASKED", self.get("MASKED") - 1)


def _wrong_record() -> ModelDevice:
    device = ModelDevice(IMAGE)
    device.mischief.wrong = (3, 2, 1)
    return device


def _wrong_flips() -> ModelDevice:
    device = ModelDevice(IMAGE)
    device.mischief.wrong_flips = {0}
    return device


@pytest.mark.parametrize(
    ("make", "step", "text"),
    [
        (lambda: ModelDevice(IMAGE, overrides={register("MAP_HASH"): 5}), "identity", f"{MAP_HASH:08x} .*00000005"),
        (lambda: ModelDevice(IMAGE, overrides={register("ENGINE"): 0x0409}), "identity", "unknown kind 9"),
        (lambda: ModelDevice(IMAGE, overrides={register("FLIP_CAPACITY"): 0}), "identity", "none for flips"),
        (lambda: StuckBit(IMAGE), "march", "00000000 in word 3 of store requant .*bits 00000400"),
        (lambda: DeadRawWindow(IMAGE), "march", "of store weights"),
        (lambda: LostAddressLine(IMAGE), "march", "of flip list"),
        (lambda: WrongDigest(IMAGE), "digest", "digest [0-9a-f]{8} of weights"),
        (_wrong_flips, "flips", "in word 0 of store weights after the flips"),
        (lambda: LazySweep(IMAGE), "sweep", "in word 5 of store weights after a sweep of seed 1"),
        (lambda: MiscountsOutcomes(IMAGE), "golden", "9 of 10 pictures without any fault"),
        (lambda: WrongScores(IMAGE), "golden", "of picture 0 without faults"),
        (lambda: WrongUnderFaults(IMAGE), "faults", "of picture 0 with .* flips .seed 1"),
        (_wrong_record, "trials", "seed 3: the injected stores have digest"),
    ],
)
def test_a_sabotaged_device_fails_at_the_right_step(make: Callable[[], ModelDevice], step: str, text: str) -> None:
    device = make()
    found, left = verdicts(device)
    failed = [v for v in found if v.outcome is Outcome.FAIL]
    assert failed[0].step == step
    said = failed[0].failure
    assert set(said) == {"expected", "found", "check next"} and all(said.values())
    assert re.search(text, f"{said['expected']} {said['found']}"), said
    if step == "identity":
        assert device.log == [] and left == "not written to"
    elif left == "empty":
        assert not any(words[64:].any() for words in device.contents())
    else:
        assert left == "golden"


def test_what_builds_on_a_failed_step_is_skipped() -> None:
    found, _ = verdicts(WrongDigest(IMAGE))
    assert outcomes(found) == dict(zip(STEPS, ["PASS"] * 3 + ["FAIL"] + ["SKIPPED"] * 6, strict=True))
    assert [verdict.reason for verdict in found[-2:]] == ["needs golden and sweep", "needs trials"]


def test_what_a_board_does_not_have_is_skipped() -> None:
    """No sequencer, no sweep, and memories too small for the network: the rest is tested, and the stores end empty."""
    small = {register("RECORD_CAPACITY"): 0, register("SWEEP_WORDS"): 0, register("STORE_CAPACITY", 0): 128}
    device = ModelDevice(IMAGE, overrides=small)
    found, left = verdicts(device)
    assert outcomes(found) == dict(zip(STEPS, ["PASS"] * 5 + ["SKIPPED"] * 5, strict=True))
    assert {v.step: v.reason for v in found}["sweep"] == "the board has no sweep"
    assert "store weights needs 640 code words and has 128" in found[6].reason
    assert left == "empty" and not any(words.any() for words in device.contents())
    report = Report("arty", "P", found, left)
    assert report.conclusion == f"PASS (not tested: {', '.join(STEPS[5:])})"
    assert report.document()["skipped"] == list(STEPS[5:])
    slow = ModelDevice(IMAGE, overrides={register("RECORD_CAPACITY"): 0})
    found, _ = verdicts(slow)
    assert outcomes(found) == {**PASSED, "trials": "SKIPPED"}


def test_every_word_is_marched_unless_it_is_quick() -> None:
    device = StuckBit(IMAGE)
    touched: set[int] = set()
    read = device._read
    device._read = lambda address: touched.add(address) or read(address)  # type: ignore[method-assign,func-returns-value]
    verdicts(device, replace(SMALL, edge_words=None, backgrounds=(0,)))
    assert {a & 0x1FFFFF for a in touched if a >> 21 == Region.STORE_DATA << 3} == set(range(1 << 13))


def test_a_lossy_line_fails_the_soak_and_nothing_else() -> None:
    rng = random.Random(4)
    print("seed 4")
    line = FakePort(Framed(ModelDevice(IMAGE)), bad_line(rng, 3e-4), bad_line(rng, 3e-4), 0.0, rng)
    found, left = verdicts(Session(line, 3_000_000), replace(SMALL, soak_s=0, soak_bursts=30))
    assert outcomes(found) == {**PASSED, "soak": "FAIL"}
    assert "repeats" in found[1].failure["found"] and left == "golden"


def test_a_line_that_goes_dead_is_a_failure_of_the_step_it_dies_in() -> None:
    line = FakePort(Framed(ModelDevice(IMAGE)))
    session = Session(line, 3_000_000)
    bench = Bench(session, "arty", lambda engine: [NETWORK], SMALL)
    found = []
    for verdict in run_all(bench):
        found.append(verdict)
        if verdict.step == "digest":
            line.there = lambda data: b""
    assert outcomes(found)["flips"] == "FAIL" and "no answer" in found[4].failure["found"]
    assert tidy(bench).startswith("unknown, reset the board")


def run_main(*words: str) -> tuple[int, str, str]:
    """The command: status, output, errors."""
    with redirect_stdout(io.StringIO()) as text, redirect_stderr(io.StringIO()) as errors:
        status = main(words)
    return status, text.getvalue(), errors.getvalue()


@pytest.mark.parametrize(("engine", "network"), [("mac", "digits-mlp"), ("lut", "digits-lut4")])
def test_the_simulated_board_passes(engine: str, network: str, tmp_path: Path) -> None:
    """Of both engines, which the self-test asks the board for; its stores hold the network afterwards."""
    image = compile_network(load_network(network))
    program = SimulatedBoard.start(parameters=parameters_for(image))
    out = tmp_path / "report.json"
    try:
        status, text, errors = run_main(
            "--board", "sim", "--port", program.port, "--quick", "--seconds", "0.2", "--json", str(out)
        )
        assert (status, errors) == (0, ""), text + errors
        assert text.splitlines()[-1] == "PASS" and "stores: golden" in text
        report = json.loads(out.read_text(encoding="utf-8"))
        with Session.open(program.port, program.baud) as session:
            identity = identify(Registers(session), "sim")
            assert Commands(session, identity).digest() == image.digest
    finally:
        program.close()
    assert {step["step"]: step["outcome"] for step in report["steps"]} == dict.fromkeys(STEPS, "pass")
    assert (report["verdict"], report["board"], report["port"]) == ("PASS", "sim", program.port)
    assert report["steps"][0]["figures"]["engine"] == engine
    assert {"faultloop", "python", "system", "pyserial"} <= set(report["versions"])


@pytest.mark.parametrize("signalled", [False, True])
def test_an_interruption_leaves_the_stores_empty(signalled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By Ctrl-C, or by a termination, while flips are in the stores."""

    class Interrupted(ModelDevice):
        """The user has seen enough."""

        def _sweep(self) -> None:
            super()._sweep()
            assert any(words.any() for words in self.contents())
            if not signalled:
                raise KeyboardInterrupt
            os.kill(os.getpid(), signal.SIGTERM)

    device = Interrupted(IMAGE)
    session = Session(FakePort(Framed(device)), 3_000_000)
    monkeypatch.setattr(
        "host.selftest.__main__.open_line", lambda name, port, image: Line(session, find_entry("sim"), "P")
    )
    before = signal.getsignal(signal.SIGTERM)
    assert run_main("--board", "sim", "--quick", "--seconds", "0.02")[0] == 130
    assert not any(words.any() for words in device.contents())
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_board_that_is_not_there_fails_the_first_step(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    status, text, _ = run_main("--board", "sim", "--port", "/dev/no-such-port", "--json", str(out))
    assert status == 1 and text.splitlines()[-1] == "FAIL: identity"
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["failed"] == ["identity"] and "/dev/no-such-port" in report["steps"][0]["failure"]["found"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--network", "digits-mlp", "--engine", "lut"), "network digits-mlp is not for engine lut"),
        (("--network", "nothing"), "there is no network 'nothing'"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: tuple[str, ...], text: str) -> None:
    status, output, errors = run_main("--board", "sim", *words)
    assert status == 2 and errors.startswith(f"selftest: {text}") and len(errors.splitlines()) == 1 and not output
