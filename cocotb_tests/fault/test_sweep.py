# SPDX-License-Identifier: Apache-2.0
"""The sweep against the host's, in the build of the board and in other geometries."""

from __future__ import annotations

import pytest

from cocotb_tests.fault.build import run_bench
from cocotb_tests.simulation import mostly_verilator


@mostly_verilator
def test_sweep(simulator: str) -> None:
    """Every test of sim_sweep.py."""
    run_bench("cocotb_tests.fault.sim_sweep", simulator)


@pytest.mark.parametrize(
    ("sweep_words", "oc_lanes", "ic_lanes"),
    [
        (2, 2, 16),
        *(pytest.param(*sizes, marks=pytest.mark.slow) for sizes in [(8, 16, 4), (1, 1, 1), (4, 1, 8), (4, 16, 16)]),
    ],
)
def test_geometry_changes_no_flip(sweep_words: int, oc_lanes: int, ic_lanes: int) -> None:
    """The same seeds flip the same bits at every width of sweep and array (Icarus only)."""
    run_bench(
        "cocotb_tests.fault.sim_sweep",
        "icarus",
        extra_env={"FAULTLOOP_SWEEPS": "2"},
        SWEEP_WORDS=sweep_words,
        OC_LANES=oc_lanes,
        IC_LANES=ic_lanes,
    )
