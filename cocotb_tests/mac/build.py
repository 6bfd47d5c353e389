# SPDX-License-Identifier: Apache-2.0
"""The one build of bench.v, shared by the tests of rtl/engine/mac, rtl/trial and rtl/bus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cocotb_tests.simulation import read_sources, simulate

HERE = Path(__file__).resolve().parent

SOURCES = [
    *(path for path in read_sources("engine/mac/", "trial/", "bus/", "link/crc32.v") if path.name != "trials.v"),
    *read_sources("store/code_word", "store/epoch_ram.v", "store/param_store.v", "store/ram_", "store/zeroed_ram.v"),
    *read_sources("store/read_events.v", "store/store_", "fault/flip_entry.v", "fault/popcount.v", "fault/walk.v"),
    HERE / "bench.v",
]


def run_bench(
    test_module: str,
    simulator: str,
    extra_env: Mapping[str, str] | None = None,
    **parameters: int,
) -> None:
    """Run a module of tests on the bench; ``parameters`` override the bench's (Icarus only)."""
    if simulator == "icarus":
        parameters = {"WITH_MAC": 0, **parameters}
    simulate(
        "bench",
        test_module,
        SOURCES,
        simulator=simulator,
        parameters=parameters,
        extra_env=extra_env,
    )
