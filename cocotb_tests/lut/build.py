# SPDX-License-Identifier: Apache-2.0
"""The one build of bench.v, shared by the tests of the modules of rtl/engine/lut."""

from __future__ import annotations

from pathlib import Path

from cocotb_tests.simulation import read_sources, simulate

HERE = Path(__file__).resolve().parent

MODULES = (
    "select_word",
    "lookup",
    "fixed_wiring",
    "input_loader",
    "wire_memory",
    "gate_pipeline",
    "group_count",
    "judge",
)

SOURCES = [
    *read_sources(*(f"engine/lut/{module}.v" for module in MODULES), "store/ram_1w1r.v", "fault/popcount.v"),
    HERE / "bench.v",
]


def run_bench(test_module: str, simulator: str, **geometry: int) -> None:
    """Run a module of tests on the bench; geometry overrides its parameters (Icarus only)."""
    simulate("bench", test_module, SOURCES, simulator=simulator, parameters=geometry)
