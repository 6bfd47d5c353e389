# SPDX-License-Identifier: Apache-2.0
"""The core with the lut engine against the twin: every k, number of lanes and kind of wiring."""

from __future__ import annotations

import pytest

from cocotb_tests.simulation import CORE_SOURCES, mostly_verilator, simulate

# Memories just large enough for the networks here: Icarus clears and digests them word by word.
SMALL = {"ENGINE": 2, "RECORD_BITS": 2, "INPUT_BITS": 7, "GATE_BITS": 8, "IMAGE_BITS": 9, "PROGRAM_BITS": 4}

# How much of it: Icarus is many times slower.
EXTENT = {"icarus": {"FAULTLOOP_NETWORKS": "2"}, "verilator": {"FAULTLOOP_NETWORKS": "24"}}

# Simulator, operands of a gate, pictures computed at once, whether the wiring is stored, code words of a sweep step.
BUILDS = (
    ("icarus", 2, 32, 1, 1),
    pytest.param("verilator", 3, 128, 1, 4, marks=pytest.mark.slow),
    pytest.param("icarus", 4, 64, 0, 4, marks=pytest.mark.slow),
    pytest.param("icarus", 5, 32, 1, 2, marks=pytest.mark.slow),
    pytest.param("icarus", 6, 64, 1, 4, marks=pytest.mark.slow),
    pytest.param("verilator", 6, 128, 0, 8, marks=pytest.mark.slow),
)


def run_core(simulator: str, test_module: str, testcase: str | None = None, **parameters: int) -> None:
    """Run a module of tests on a core with the lut engine."""
    simulate(
        "core",
        test_module,
        CORE_SOURCES,
        simulator=simulator,
        parameters=SMALL | parameters,
        testcase=testcase,
        extra_env=EXTENT[simulator],
    )


@mostly_verilator
def test_lut(simulator: str) -> None:
    """All tests with four operands and 64 lanes."""
    run_core(simulator, "cocotb_tests.lut.sim_lut")


@pytest.mark.parametrize(("on", "k", "lanes", "stored", "sweep_words"), BUILDS)
def test_geometry_changes_nothing(on: str, k: int, lanes: int, stored: int, sweep_words: int) -> None:
    """Random networks, faults and trials give the twin's bits in every build, at a gate a cycle.

    Each on one simulator, the widest on the faster one.
    """
    run_core(
        on,
        "cocotb_tests.lut.sim_lut",
        testcase="random_networks_equal_the_twin|trials_by_the_sequencer|a_gate_a_cycle|flipping_every_table_bit",
        GATE_INPUTS=k,
        IMAGE_LANES=lanes,
        STORED_WIRING=stored,
        SWEEP_WORDS=sweep_words,
    )


@pytest.mark.parametrize(("k", "lanes", "stored"), [(4, 16, 1), (6, 32, 0)])
def test_small_engine_changes_nothing(k: int, lanes: int, stored: int) -> None:
    """A gate at a time, in memories with one read port, without on-board trials (Icarus only)."""
    simulate(
        "core",
        "cocotb_tests.lut.sim_lut",
        CORE_SOURCES,
        simulator="icarus",
        parameters=SMALL
        | {"SEQUENCER": 0, "SERIAL": 1, "STORE_PORTS": 1, "HUGE_RAM": 1, "SWEEP_WORDS": 1}
        | {"GATE_INPUTS": k, "IMAGE_LANES": lanes, "STORED_WIRING": stored},
        testcase="random_networks_equal_the_twin|the_work_limit_is_exact",
        extra_env={"FAULTLOOP_NETWORKS": "1"},
    )
