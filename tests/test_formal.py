# SPDX-License-Identifier: Apache-2.0
"""The formal proofs hold, and do not when what they are about is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from host.toolchain import RTL
from tools.prove import PROOFS, ProofFailed, prove

BY_NAME = {proof.name: proof for proof in PROOFS}


@pytest.mark.parametrize("name", BY_NAME)
def test_proofs(tmp_path: Path, name: str) -> None:
    prove(BY_NAME[name], build=tmp_path)


def slow(*words: str) -> ParameterSet:
    """A case that has its turn with `make test-all`."""
    return pytest.param(*words, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("name", "source", "right", "wrong"),
    [
        slow("codes", "store/code_word_decode.v", "|syndrome && !corrected", "&syndrome && !corrected"),
        ("flip_twice", "fault/flip.v", "!hold_q ? n_rdata ^ bits", "!hold_q ? n_rdata | bits"),
        slow("arbiter", "store/store_arbiter.v", "accepts = !s_valid || s_prompt", "accepts = 1'b1"),
        ("arbiter", "store/store_arbiter.v", "grant = held ? owner_q : first", "grant = first"),
        slow("ring", "fault/exposure.v", "!writing && full_q;", "!writing;"),
        ("ring", "bus/registers.v", "upsets_taken_q <= upsets_held_q", "upsets_taken_q >= upsets_held_q"),
        slow("scrub_queue", "store/scrub.v", "wrong_3_q ? S_WRITE : S_WALK", "wrong_3_q ? S_WALK : S_WRITE"),
    ],
)
def test_a_broken_module_is_not_proven(tmp_path: Path, name: str, source: str, right: str, wrong: str) -> None:
    text = (RTL / source).read_text(encoding="utf-8")
    assert text.count(right) == 1
    broken = tmp_path / Path(source).name
    broken.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(ProofFailed, match=f"{name}: does not hold"):
        prove(BY_NAME[name], [broken], tmp_path)
