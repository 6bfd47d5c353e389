# SPDX-License-Identifier: Apache-2.0
"""Gates of random inferences, one a cycle, against docs/lut-engine.md."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import Memory, get, pack, put, seeded
from cocotb_tests.lut.driver import Geometry, evaluate, start

LATENCY = 10
#: Cycles from the issue of a layer's last gate to the first of the next.
TURN = 6
INPUTS = 16
GATES = 32
ROWS = 32
#: Code words of a gate's wiring.
WIRING_WORDS = {2: 1, 3: 2, 4: 2, 5: 4, 6: 4}


@dataclass
class Cycle:
    """Inputs of the module in a cycle, and what is due of it ten cycles later."""

    inputs: dict[str, int] = field(default_factory=dict)
    wires: int | None = None
    due: tuple[int, int] = (0, 0)
    result: int | None = None


class Pipeline:
    """The schedule of several inferences, made by the contract alone."""

    def __init__(self, rng: random.Random, geometry: Geometry) -> None:
        self.rng, self.geometry = rng, geometry
        self.tables = [rng.getrandbits(128) for _ in range(ROWS)]
        self.wiring = [rng.getrandbits(128) for _ in range(ROWS)]
        self.halves = [[0] * INPUTS, [0] * INPUTS]
        self.cycles: list[Cycle] = []
        for half in (0, 1):
            for wire in range(INPUTS):
                self.idle()
                self.fill(half, wire)

    def idle(self) -> Cycle:
        """A cycle without a gate, in which the number of one means nothing."""
        cycle = Cycle({"issue": 0, "mark": 0, "input_we": 0, "gate": self.rng.getrandbits(16)})
        cycle.inputs |= {"exists": self.rng.randrange(2), "scored": self.rng.randrange(2)}
        self.cycles.append(cycle)
        return cycle

    def fill(self, half: int, wire: int) -> None:
        """Write an input in the cycle that was added last."""
        self.halves[half][wire] = data = self.rng.getrandbits(self.geometry.lanes)
        values = {"input_we": 1, "input_half": half, "input_wire": wire, "input_data": data}
        self.cycles[-1].inputs |= values

    def operands_of(self, gate: int, wire_bits: int) -> list[int]:
        """Wire numbers of a gate: stored, or of a generator that the test plays."""
        k, rng = self.geometry.k, self.rng
        if not self.geometry.stored:
            return [rng.choice([rng.randrange(INPUTS + GATES), rng.getrandbits(16)]) for _ in range(k)]
        whole = pack(self.wiring, 128) >> 32 * gate * WIRING_WORDS[k]
        return [whole >> 16 * place & ((1 << wire_bits) - 1) for place in range(k)]

    def inference(self, half: int) -> None:
        """Layers of some gates each, the next batch's inputs being filled meanwhile; ends with a mark."""
        rng, k, lanes = self.rng, self.geometry.k, self.geometry.lanes
        inputs, gates = rng.randrange(1, INPUTS + 1), rng.choice([1, 20, GATES])
        wire_bits = rng.choice([6, 6, 5, 3, 1, 16])
        outputs: list[int] = []
        number = 0
        for _ in range(rng.randrange(1, 6)):
            written = inputs + min(gates, number)
            known = self.halves[half][:inputs] + outputs[: min(gates, number)]
            constants = {"inputs": inputs, "wire_bits": wire_bits, "written": written, "half": half}
            scored = rng.randrange(2)
            pauses = rng.choice([0, 0.2])
            for _ in range(rng.choice([1, 2, 3, 9, 17])):
                while rng.random() < pauses:
                    self.idle().inputs |= constants
                cycle = self.idle()
                exists = number < gates
                issued = {"issue": 1, "gate": number, "exists": int(exists), "scored": scored}
                cycle.inputs |= constants | issued
                numbers = self.operands_of(number, wire_bits) if exists else [rng.getrandbits(16) for _ in range(k)]
                cycle.wires = pack(numbers, 16)
                cycle.result = 0
                if exists:
                    table = pack(self.tables, 128) >> (number << k) & ((1 << (1 << k)) - 1)
                    operands = [known[x] if x < written else 0 for x in numbers]
                    cycle.result = evaluate(table, operands, lanes)
                    outputs.append(cycle.result)
                cycle.due = (scored, 0)
                number += 1
                self.fill(1 - half, rng.randrange(INPUTS))
            for _ in range(TURN - 1):
                self.idle().inputs |= constants
            # then nothing is constant
            for _ in range(rng.choice([0, 0, 3])):
                self.idle().inputs |= {"inputs": rng.getrandbits(16), "written": rng.getrandbits(17)}
        marked = rng.choice([self.cycles[-1], self.cycles[-TURN + 1], self.idle()])
        marked.inputs["mark"] = 1
        marked.due = (0, 1)


@cocotb.test()
async def random_inferences(dut: Any) -> None:
    """Operands from inputs, earlier layers and nowhere; gates that do not exist; marks in their turn."""
    rng = seeded(dut, "pipeline")
    geometry = await start(dut)
    pipeline = Pipeline(rng, geometry)
    for number in range(12):
        pipeline.inference(number % 2)
    await run(dut, rng, pipeline)


async def run(dut: Any, rng: random.Random, pipeline: Pipeline) -> None:
    """Put the schedule in and compare what comes out ten cycles later."""
    memories = [
        Memory(dut.pipe_store_re, row, data, 3, content.__getitem__, rng)
        for row, data, content in (
            (dut.pipe_table_row, dut.pipe_table_data, pipeline.tables),
            (dut.pipe_wiring_row, dut.pipe_wiring_data, pipeline.wiring),
        )
    ]
    cycles = pipeline.cycles
    last = cycles[-1].inputs | {"issue": 0, "mark": 0, "input_we": 0}
    for place in range(len(cycles) + LATENCY):
        put(dut, "pipe", **(cycles[place].inputs if place < len(cycles) else last))
        for memory in memories:
            memory.answer()
        # wiring from a seed comes a cycle before stored wiring would
        wires = cycles[place - 2].wires if 2 <= place < len(cycles) + 2 else None
        put(dut, "pipe", fixed_wires=rng.getrandbits(16 * pipeline.geometry.k) if wires is None else wires)
        await ReadOnly()
        for memory in memories:
            memory.request()
        due = cycles[place - LATENCY] if place >= LATENCY else Cycle()
        assert tuple(get(dut, "pipe", "result_scored", "result_mark")) == due.due, f"cycle {place}"
        if due.result is not None:
            assert get(dut, "pipe", "result") == [due.result], f"cycle {place}, gate {due.inputs['gate']}"
        await FallingEdge(dut.clk)


@cocotb.test()
async def flushed(dut: Any) -> None:
    """After a reset no gate and no mark comes out."""
    rng = seeded(dut, "flushed")
    await start(dut)
    for cut in range(1, LATENCY + 2):
        put(dut, "pipe", issue=1, exists=1, scored=1, mark=1, gate=rng.randrange(GATES))
        for _ in range(cut):
            await FallingEdge(dut.clk)
        put(dut, "pipe", issue=0, mark=0, rst=1)
        await FallingEdge(dut.clk)
        put(dut, "pipe", rst=0)
        for _ in range(LATENCY + 1):
            assert get(dut, "pipe", "result_scored", "result_mark") == [0, 0], f"cut at {cut}"
            await FallingEdge(dut.clk)
