# SPDX-License-Identifier: Apache-2.0
"""Protected stores on the core, and that protection costs no clock cycle."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocotb_tests.core.test_core import SMALL
from cocotb_tests.simulation import CORE_SOURCES, simulate
from host.image.protections import packed_protections
from host.regmap import Protection

#: By store id: all alike, and all four kinds at once.
SECDED = "2222"
MIXED = "3201"


def run(simulator: str, codes: str, trials: int, testcase: str | None = None, cycles: Path | None = None) -> None:
    """Tests of sim_protection.py on stores with these protections."""
    protections = [Protection(int(digit)) for digit in codes]
    simulate(
        "core",
        "cocotb_tests.core.sim_protection",
        CORE_SOURCES,
        simulator=simulator,
        parameters=SMALL | {"PROTECTIONS": packed_protections(protections)},
        testcase=testcase,
        extra_env={
            "FAULTLOOP_PROTECTIONS": codes,
            "FAULTLOOP_TRIALS": str(trials),
            **({} if cycles is None else {"FAULTLOOP_CYCLES": str(cycles)}),
        },
    )


@pytest.mark.parametrize("codes", [pytest.param(SECDED, marks=pytest.mark.slow), MIXED])
def test_protection_verilator(codes: str) -> None:
    """Every test of sim_protection.py."""
    run("verilator", codes, 24)


@pytest.mark.slow
@pytest.mark.parametrize("codes", [SECDED, MIXED])
def test_protection_icarus(codes: str) -> None:
    """The same, fewer trials: Icarus is many times slower."""
    run("icarus", codes, 2)


def test_windows_and_reads_icarus() -> None:
    """Of those, what takes little."""
    run("icarus", MIXED, 1, "both_windows|reads_are_counted")


def test_protection_costs_no_cycle(tmp_path: Path) -> None:
    """A run takes the same clock cycles whatever the stores are kept in (Icarus: four builds)."""
    taken = {}
    for protection in Protection:
        told = tmp_path / protection.name
        run("icarus", str(protection.value) * 4, 1, "reads_are_counted", told)
        taken[protection.name] = int(told.read_text(encoding="utf-8"))
    print(taken)
    assert len(set(taken.values())) == 1, taken
