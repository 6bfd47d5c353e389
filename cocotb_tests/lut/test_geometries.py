# SPDX-License-Identifier: Apache-2.0
"""Every module at other numbers of operands and lanes, and with the wiring from a seed."""

from __future__ import annotations

import pytest

from cocotb_tests.lut.build import MODULES, run_bench

GEOMETRIES = [
    (3, 128, 0),
    (6, 32, 1),
    *(pytest.param(*sizes, marks=pytest.mark.slow) for sizes in [(2, 32, 1), (5, 128, 1), (4, 32, 0)]),
]


@pytest.mark.parametrize(("k", "lanes", "stored"), GEOMETRIES)
def test_geometries(k: int, lanes: int, stored: int) -> None:
    """Every test of every module (Icarus only: each geometry would be another Verilated build)."""
    run_bench(
        ",".join(f"cocotb_tests.lut.sim_{module}" for module in MODULES),
        "icarus",
        K=k,
        LANES=lanes,
        STORED_WIRING=stored,
    )
