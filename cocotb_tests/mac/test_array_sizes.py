# SPDX-License-Identifier: Apache-2.0
"""The modules that the array's size shapes, at other sizes."""

from __future__ import annotations

import pytest

from cocotb_tests.mac.build import run_bench

MODULES = ("array", "loop_nest", "operands", "drain")


SIZES = [
    (1, 1, 1),
    (16, 16, 4),
    *(pytest.param(*sizes, marks=pytest.mark.slow) for sizes in [(2, 16, 1), (4, 2, 4)]),
]


@pytest.mark.parametrize(("oc_lanes", "ic_lanes", "requant_lanes"), SIZES)
def test_array_sizes(oc_lanes: int, ic_lanes: int, requant_lanes: int) -> None:
    """Every test of these modules (Icarus only: each size would be another Verilated build)."""
    run_bench(
        ",".join(f"cocotb_tests.mac.sim_{module}" for module in MODULES),
        "icarus",
        OC_LANES=oc_lanes,
        IC_LANES=ic_lanes,
        REQUANT_LANES=requant_lanes,
    )
