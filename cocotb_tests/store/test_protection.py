# SPDX-License-Identifier: Apache-2.0
"""A protection that is not built is refused when the design is elaborated, by name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cocotb_tests.simulation import read_sources
from host.regmap import Protection
from host.toolchain import find_icarus


@pytest.mark.parametrize("top", ["code_word", "code_word_decode", "param_store"])
@pytest.mark.parametrize("protection", list(Protection))
def test_protection(tmp_path: Path, top: str, protection: Protection) -> None:
    """NONE elaborates; every other value says what it must be."""
    find_icarus()
    command = ["iverilog", "-g2005", "-Wall", "-s", top, f"-P{top}.PROTECTION={protection.value}"]
    command += ["-o", str(tmp_path / "out.vvp"), *map(str, read_sources("store/"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (protection is Protection.NONE)
    assert ("PROTECTION_must_be_0_and_CODE_W_32" in done.stderr) == (done.returncode != 0)
