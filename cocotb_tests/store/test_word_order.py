# SPDX-License-Identifier: Apache-2.0
"""word_order and the narrow lanes of the arbiter at every array size that changes them."""

from __future__ import annotations

import pytest

from cocotb_tests.fault.build import run_bench


@pytest.mark.parametrize(("sweep_words", "oc_lanes", "ic_lanes"), [(1, 1, 1), (2, 2, 16), (8, 16, 4)])
def test_word_order(sweep_words: int, oc_lanes: int, ic_lanes: int) -> None:
    """The permutation, and stores written and read through it (Icarus only)."""
    for module in ("leaves", "param_store"):
        run_bench(
            f"cocotb_tests.store.sim_{module}",
            "icarus",
            SWEEP_WORDS=sweep_words,
            OC_LANES=oc_lanes,
            IC_LANES=ic_lanes,
        )
