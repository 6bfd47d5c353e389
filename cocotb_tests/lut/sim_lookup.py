# SPDX-License-Identifier: Apache-2.0
"""One table for all lanes, a table a cycle."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, pack, put, seeded
from cocotb_tests.lut.driver import evaluate, start

LATENCY = 2


async def stream(dut: Any, lanes: int, jobs: list[tuple[int, list[int]]]) -> list[int]:
    """Put tables with their operands in, one a cycle; the results, two cycles later."""
    results = []
    for cycle in range(len(jobs) + LATENCY):
        if cycle >= LATENCY:
            results += get(dut, "lookup", "result")
        table, operands = jobs[min(cycle, len(jobs) - 1)]
        put(dut, "lookup", entries=table, operands=pack(operands, lanes))
        await FallingEdge(dut.clk)
    return results


@cocotb.test()
async def one_entry_and_one_operand(dut: Any) -> None:
    """A table with a single 1 finds its address; one that repeats an operand gives that operand."""
    rng = seeded(dut, "one")
    geometry = await start(dut)
    k, lanes = geometry.k, geometry.lanes
    # every address in some lane
    operands = [sum(((lane + 7) >> place & 1) << lane for lane in range(lanes)) for place in range(k)]
    one_hot = [(1 << address, operands) for address in range(1 << k)]
    results = await stream(dut, lanes, one_hot)
    for address, result in enumerate(results):
        at = sum(((lane + 7) % (1 << k) == address) << lane for lane in range(lanes))
        assert result == at, f"entry {address}: {result:#x}"
    random = [[rng.getrandbits(lanes) for _ in range(k)] for _ in range(k)]
    projections = [sum((a >> place & 1) << a for a in range(1 << k)) for place in range(k)]
    results = await stream(dut, lanes, list(zip(projections, random, strict=True)))
    assert results == [random[place][place] for place in range(k)]


@cocotb.test()
async def random_tables(dut: Any) -> None:
    """Another table and other operands in every cycle."""
    rng = seeded(dut, "tables")
    geometry = await start(dut)
    k, lanes = geometry.k, geometry.lanes
    jobs = [(rng.getrandbits(1 << k), [rng.getrandbits(lanes) for _ in range(k)]) for _ in range(60)]
    results = await stream(dut, lanes, jobs)
    assert results == [evaluate(table, operands, lanes) for table, operands in jobs]
