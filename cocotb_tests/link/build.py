# SPDX-License-Identifier: Apache-2.0
"""The one build of bench.v, shared by the tests of rtl/link."""

from __future__ import annotations

from pathlib import Path

from cocotb_tests.simulation import simulate
from host.toolchain import read_sources

HERE = Path(__file__).resolve().parent
SOURCES = [*read_sources("link/", "store/ram_1w1r.v"), HERE / "bench.v"]


# How much of it: Icarus is slower.
_EXTENT = {"icarus": {"FAULTLOOP_FRAMES": "6"}, "verilator": {"FAULTLOOP_FRAMES": "16"}}


def run_bench(test_module: str, simulator: str) -> None:
    """Run a module of tests on the bench."""
    simulate("bench", test_module, SOURCES, simulator=simulator, extra_env=_EXTENT[simulator])
