# SPDX-License-Identifier: Apache-2.0
"""Beam, scrubber, stuck bits and patterns on the core against the host's model of them."""

from __future__ import annotations

import pytest

from cocotb_tests.core.test_core import SMALL
from cocotb_tests.core.test_protection import MIXED
from cocotb_tests.simulation import CORE_SOURCES, simulate
from host.image.protections import packed_protections
from host.regmap import Protection


def run(simulator: str, trials: int, testcase: str | None = None) -> None:
    """Tests of sim_exposure.py, on the build of test_protection.py with all four codes."""
    simulate(
        "core",
        "cocotb_tests.core.sim_exposure",
        CORE_SOURCES,
        simulator=simulator,
        parameters=SMALL | {"PROTECTIONS": packed_protections([Protection(int(digit)) for digit in MIXED])},
        testcase=testcase,
        extra_env={"FAULTLOOP_PROTECTIONS": MIXED, "FAULTLOOP_TRIALS": str(trials)},
    )


def test_exposure_verilator() -> None:
    """Every test of sim_exposure.py."""
    run("verilator", 24)


def test_scrubber_icarus() -> None:
    """Of those, what takes little."""
    run("icarus", 2, "the_copy_is_what_the_host_wrote")


@pytest.mark.slow
def test_exposure_icarus() -> None:
    """The same, fewer slices: Icarus is many times slower."""
    run("icarus", 2)
