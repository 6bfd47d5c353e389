# SPDX-License-Identifier: Apache-2.0
"""The one build of bench.v, shared by the tests of rtl/store and rtl/fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cocotb_tests.simulation import ASSERTIONS, read_sources, simulate

HERE = Path(__file__).resolve().parent
SOURCES = [ASSERTIONS, *read_sources("store/", "fault/", "link/crc32"), HERE / "bench.v"]


def run_bench(
    test_module: str,
    simulator: str,
    extra_env: Mapping[str, str] | None = None,
    **geometry: int,
) -> None:
    """Run a module of tests on the bench; geometry overrides its parameters (Icarus only)."""
    simulate(
        "bench",
        test_module,
        SOURCES,
        simulator=simulator,
        parameters=geometry,
        extra_env=extra_env,
    )
