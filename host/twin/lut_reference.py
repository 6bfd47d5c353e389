# SPDX-License-Identifier: Apache-2.0
"""The ``lut`` engine once more, one gate and one picture at a time, in Python integers: the oracle of the fast twin.

It shares no code with the fast twin or the compiler: every position is taken from docs/lut-engine.md. Slow: some 10^5
gates a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Registers:
    """The engine's registers that a result depends on, and its build: ``k``, and a wiring seed where none is stored."""

    k: int
    inputs: int
    gates: int
    wire_bits: int
    group: int
    score_count: int
    work_limit: int
    wiring_seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """Scores and class of one picture; ``scores`` is None when it hung."""

    scores: list[int] | None
    class_: int
    work: int


def seeded_wire(seed: int, layer: int, operand: int, gate: int, first: int, end: int) -> int:
    """Wire of an operand of a layer's gate, of the wires ``first`` … ``end - 1`` of the layer before."""
    state = (seed ^ (8 * layer + operand + 1) * 0x9E3779B9) % 2**32
    if state == 0:
        state = 0x9E3779B9
    for _ in range(gate + 1):
        state = (state ^ state << 13) % 2**32
        state = state ^ state >> 17
        state = (state ^ state << 5) % 2**32
    return (first + (state // 2**16) * (end - first) // 2**16) % 2**16


class Engine:
    """The stores and registers of one engine."""

    def __init__(self, registers: Registers, stores: Sequence[Sequence[int]]) -> None:
        self.registers = registers
        tables, wiring, program = stores
        self.tables = [int(word) for word in tables]
        self.wiring = [int(word) for word in wiring]
        self.program = [int(word) for word in program]

    def run(self, picture: Sequence[int]) -> Answer:
        """One inference; ``picture`` is a 0 or 1 for each input."""
        registers = self.registers
        scores = [0] * registers.score_count
        outputs: list[int] = []
        # numbers of the next gate, the next counted gate, the next layer; first wire of the layer before
        gate, counted, layer, before = 0, 0, 0, 0
        work, pc = 0, 0
        while True:
            if work + 1 > registers.work_limit:
                return Answer(None, 0, work)
            work += 1
            instruction = self.program[pc] if pc < len(self.program) else 0
            pc += 1
            count, operation = instruction % 2**16, instruction // 2**16 % 2**8
            if operation == 0:
                break
            if operation > 2:
                continue
            if work + count > registers.work_limit:
                return Answer(None, 0, work)
            work += count
            end = registers.inputs + min(registers.gates, gate)
            wires = [int(bit) for bit in picture] + outputs[: end - registers.inputs]
            for number in range(count):
                # A gate that does not exist gives 0; it is kept out of the outputs, where nothing reads it.
                y = 0
                if gate < registers.gates:
                    y = self._output(gate, layer, number, before, wires)
                    outputs.append(y)
                if operation == 2:
                    if counted < registers.group * registers.score_count:
                        scores[counted // registers.group] += y
                    counted += 1
                gate += 1
            before = end
            layer += 1
        best = max(range(len(scores)), key=lambda i: (scores[i], -i))
        return Answer(scores, best, work)

    def _output(self, gate: int, layer: int, number: int, before: int, wires: list[int]) -> int:
        """Output of a gate, the ``number``-th of its layer; ``wires`` are those that exist before the layer."""
        registers = self.registers
        address = 0
        for operand in range(registers.k):
            if registers.wiring_seed is None:
                words = {2: 1, 3: 2, 4: 2, 5: 4, 6: 4}[registers.k]
                field = self.wiring[gate * words + operand // 2] >> 16 * (operand % 2)
                wire = field % (1 << registers.wire_bits)
            else:
                wire = seeded_wire(registers.wiring_seed, layer, operand, number, before, len(wires))
            if wire < len(wires):
                address += wires[wire] << operand
        entry = (gate << registers.k) + address
        return self.tables[entry // 32] >> entry % 32 & 1
