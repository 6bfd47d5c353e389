# SPDX-License-Identifier: Apache-2.0
"""code_word, code_word_decode."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cocotb_tests.simulation import read_sources, simulate
from host.codes import CODES
from host.regmap import Protection
from host.toolchain import INCLUDES, find_icarus

HERE = Path(__file__).resolve().parent


def test_codes(simulator: str) -> None:
    """Every test of sim_codes.py."""
    sources = [*read_sources("store/code_word"), HERE / "codes.v"]
    simulate("codes", "cocotb_tests.store.sim_codes", sources, simulator=simulator)


@pytest.mark.parametrize("top", ["code_word", "code_word_decode", "param_store"])
@pytest.mark.parametrize("protection", list(Protection))
@pytest.mark.parametrize("bits", sorted({code.bits for code in CODES.values()}))
def test_width_belongs_to_protection(tmp_path: Path, top: str, protection: Protection, bits: int) -> None:
    """A protection with another's width is refused when the design is elaborated, by name."""
    find_icarus()
    command = ["iverilog", "-g2005", "-Wall", f"-I{INCLUDES}", "-s", top]
    command += [f"-P{top}.PROTECTION={protection.value}", f"-P{top}.CODE_W={bits}"]
    command += ["-o", str(tmp_path / "out.vvp"), *map(str, read_sources("store/"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    right = bits == CODES[protection].bits
    assert (done.returncode == 0) == right, done.stderr
    assert ("PROTECTION_0_1_2_3_has_CODE_W_32_33_39_96" in done.stderr) != right
