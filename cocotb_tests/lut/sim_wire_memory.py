# SPDX-License-Identifier: Apache-2.0
"""Copies and halves against plain lists."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, pack, put, seeded
from cocotb_tests.lut.driver import start

INPUTS = 16
GATES = 32


@cocotb.test()
async def reads_and_writes(dut: Any) -> None:
    """Random traffic on all ports; no write reaches a neighbour, the other half or the other room."""
    rng = seeded(dut, "memory")
    geometry = await start(dut)
    k, lanes = geometry.k, geometry.lanes
    inputs: dict[tuple[int, int], int] = {}
    gates: dict[int, int] = {}
    for cycle in range(GATES):
        half, wire = divmod(cycle, INPUTS)
        inputs[half, wire], gates[cycle] = rng.getrandbits(lanes), rng.getrandbits(lanes)
        put(dut, "memory", input_we=1, input_half=half, input_wire=wire, input_data=inputs[half, wire])
        put(dut, "memory", gate_we=1, gate=cycle, gate_data=gates[cycle])
        await FallingEdge(dut.clk)
    due: int | None = None
    for _ in range(300):
        half, is_input, index, expected = rng.randrange(2), [], [], []
        for _ in range(k):
            is_input.append(rng.randrange(2))
            index.append(rng.randrange(INPUTS if is_input[-1] else GATES))
            expected.append(inputs[half, index[-1]] if is_input[-1] else gates[index[-1]])
        put(dut, "memory", re=1, half=half, is_input=pack(is_input, 1), index=pack(index, 16))
        # never what is read in this cycle
        at, wire, data = rng.randrange(2), rng.randrange(INPUTS), rng.getrandbits(lanes)
        reads = list(zip(is_input, index, strict=True))
        we = int(rng.random() < 0.7 and not (half == at and (1, wire) in reads))
        put(dut, "memory", input_we=we, input_half=at, input_wire=wire, input_data=data)
        if we:
            inputs[at, wire] = data
        gate, data = rng.randrange(GATES), rng.getrandbits(lanes)
        we = int(rng.random() < 0.7 and (0, gate) not in reads)
        put(dut, "memory", gate_we=we, gate=gate, gate_data=data)
        if we:
            gates[gate] = data
        await FallingEdge(dut.clk)
        assert due is None or get(dut, "memory", "data") == [due], "two cycles after a read"
        due = pack(expected, lanes)
