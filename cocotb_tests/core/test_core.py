# SPDX-License-Identifier: Apache-2.0
"""The core (everything behind the bus) against the twin, on both simulators and several array sizes."""

from __future__ import annotations

import pytest

from cocotb_tests.simulation import CORE_SOURCES, mostly_verilator, simulate

# A small ring and a small list, so that they fill in a test.
SMALL = {"RECORD_BITS": 2, "FLIP_BITS": 5}


# How much of it: Icarus is many times slower.
EXTENT = {
    "icarus": {
        "FAULTLOOP_NETWORKS": "1",
        "FAULTLOOP_PICTURES": "2",
        "FAULTLOOP_CASES": "1",
        "FAULTLOOP_TRIALS": "1",
    },
    "verilator": {
        "FAULTLOOP_NETWORKS": "14",
        "FAULTLOOP_PICTURES": "16",
        "FAULTLOOP_CASES": "5",
        "FAULTLOOP_TRIALS": "4",
    },
}


@mostly_verilator
def test_core(simulator: str) -> None:
    """All tests on the 8x8 array."""
    simulate(
        "core",
        "cocotb_tests.core.sim_core",
        CORE_SOURCES,
        simulator=simulator,
        parameters=SMALL,
        extra_env=EXTENT[simulator],
    )


@pytest.mark.parametrize(
    ("oc_lanes", "ic_lanes", "requant_lanes", "sweep_words"),
    [(2, 16, 1, 2), pytest.param(16, 16, 4, 4, marks=pytest.mark.slow)],
)
def test_array_size_changes_nothing(oc_lanes: int, ic_lanes: int, requant_lanes: int, sweep_words: int) -> None:
    """The same networks, faults and trials give the same bits at every array size.

    Icarus only: each size would be another Verilated build.
    """
    simulate(
        "core",
        "cocotb_tests.core.sim_core",
        CORE_SOURCES,
        simulator="icarus",
        parameters=SMALL
        | {
            "OC_LANES": oc_lanes,
            "IC_LANES": ic_lanes,
            "REQUANT_LANES": requant_lanes,
            "SWEEP_WORDS": sweep_words,
        },
        testcase="random_networks_equal_the_twin|trials_of_the_shipped_network",
        extra_env=EXTENT["icarus"] | {"FAULTLOOP_CASES": "1"},
    )


def test_small_engine_changes_nothing() -> None:
    """The engine that takes one step at a time, in memories with one read port, without on-board trials.

    Icarus only: it would be another Verilated build.
    """
    simulate(
        "core",
        "cocotb_tests.core.sim_core",
        CORE_SOURCES,
        simulator="icarus",
        parameters=SMALL
        | {"SEQUENCER": 0, "SERIAL": 1, "STORE_PORTS": 1, "HUGE_RAM": 1, "SWEEP_WORDS": 1, "ACTIVATION_BITS": 5}
        | {"IMAGE_BITS": 7, "SCORE_BITS": 6, "WEIGHT_BITS": 10},
        testcase="identity_and_access|windows_hold_what_was_written|random_networks_equal_the_twin",
        extra_env=EXTENT["icarus"] | {"FAULTLOOP_NETWORKS": "1"},
    )
