# SPDX-License-Identifier: Apache-2.0
"""Parameter stores in memories with fewer ports."""

from __future__ import annotations

import pytest

from cocotb_tests.simulation import read_sources, simulate


@pytest.mark.parametrize(("ports", "huge", "latency"), [(1, 0, 3), (1, 1, 1)])
def test_param_store_ports(ports: int, huge: int, latency: int) -> None:
    """Every test of sim_param_store_ports.py (Icarus only: each is a build of its own)."""
    simulate(
        "param_store",
        "cocotb_tests.store.sim_param_store_ports",
        read_sources("store/param_store.v", "store/ram_", "store/code_word_decode.v"),
        simulator="icarus",
        parameters={"BANKS": 2, "ROWS": 8, "ROW_W": 3, "WIDTH": 1, "PORTS": ports, "HUGE": huge, "LATENCY": latency},
        extra_env={"FAULTLOOP_HUGE": str(huge), "FAULTLOOP_LATENCY": str(latency)},
    )
