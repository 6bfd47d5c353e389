# SPDX-License-Identifier: Apache-2.0
"""The one build of bench.v, shared by the tests of rtl/engine/mac, rtl/trial and rtl/bus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cocotb_tests.simulation import read_sources, simulate

HERE = Path(__file__).resolve().parent

#: Modules of `rtl/engine/mac` that the bench has no instance of: they only wire others.
_WHOLE = {"mac.v", "mac_stores.v"}
_SOURCES = read_sources(
    "engine/mac/",
    "trial/",
    "bus/",
    "link/crc32.v",
    "store/epoch_ram.v",
    "store/ram_1w1r.v",
)
SOURCES = [*(path for path in _SOURCES if path.name not in _WHOLE), HERE / "bench.v"]


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
