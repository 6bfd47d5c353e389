# SPDX-License-Identifier: Apache-2.0
"""Every test that asks for `simulator` runs under both simulators, those marked `mostly_icarus` in `make test-all`."""

from __future__ import annotations

import pytest

from cocotb_tests.simulation import SIMULATORS


@pytest.fixture(params=SIMULATORS)
def simulator(request: pytest.FixtureRequest) -> str:
    """Name of the simulator to run on."""
    return str(request.param)
