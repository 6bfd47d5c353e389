# SPDX-License-Identifier: Apache-2.0
"""A test that asks for `simulator` runs under both; marked `mostly_verilator`, under Icarus in `make test-all` only."""

from __future__ import annotations

import pytest

from cocotb_tests.simulation import SIMULATORS


@pytest.fixture(params=SIMULATORS)
def simulator(request: pytest.FixtureRequest) -> str:
    """Name of the simulator to run on."""
    return str(request.param)
