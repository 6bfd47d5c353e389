# SPDX-License-Identifier: Apache-2.0
"""Walks and fault lists on the core against the twin, on both simulators."""

from __future__ import annotations

from cocotb_tests.core.test_core import SMALL
from cocotb_tests.simulation import CORE_SOURCES, mostly_verilator, simulate

#: How much of it: Icarus is many times slower.
EXTENT = {"icarus": {"FAULTLOOP_TRIALS": "2"}, "verilator": {"FAULTLOOP_TRIALS": "24"}}


@mostly_verilator
def test_injection(simulator: str) -> None:
    """Every test of sim_injection.py, on the build of test_core.py."""
    simulate(
        "core",
        "cocotb_tests.core.sim_injection",
        CORE_SOURCES,
        simulator=simulator,
        parameters=SMALL,
        extra_env=EXTENT[simulator],
    )
