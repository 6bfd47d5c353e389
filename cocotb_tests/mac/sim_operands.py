# SPDX-License-Identifier: Apache-2.0
"""Operands of random steps against the stores' contents, element by element."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.fault.driver import physical
from cocotb_tests.mac.driver import Memory, get, pack, put, seeded, signed, start, unpack

LATENCY = 6
IMAGE_ROWS = 64
BUFFER_BITS = 7
BLOCKS = 32


@dataclass(frozen=True)
class Layer:
    """Layer constants, as the module's ports name them."""

    src: int
    src_blank: int
    n_in: int
    src_row: int
    input_zero_point: int
    image_rows: int
    row_bits: int
    weight_extent: int


@dataclass(frozen=True)
class Step:
    """A step, as the module's ports name it."""

    step_slot: int
    step_image_base: int
    step_input: int
    step_output: int
    step_block: int


class Operands:
    """The module under test and the memories it reads."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.oc, self.ic = get(dut, "oc", "lanes")[0], get(dut, "ic", "lanes")[0]
        self.banks = self.oc * max(self.ic, 4) // 4
        self.image = [rng.getrandbits(128) for _ in range(IMAGE_ROWS)]
        self.buffers = [rng.getrandbits(129) for _ in range(4 << BUFFER_BITS)]
        self.weights = [rng.getrandbits(32) for _ in range(64 * BLOCKS)]
        rows: dict[int, int] = {}
        for word, data in enumerate(self.weights):
            row, bank = divmod(physical(word, self.oc, self.ic), self.banks)
            rows[row] = rows.get(row, 0) | data << 32 * bank
        memory_re = dut.operands_memory_re
        self.memories = [
            Memory(enable, address, data, latency, content, rng)
            for enable, address, data, latency, content in (
                (memory_re, dut.operands_image_row, dut.operands_image_data, 1, self.image.__getitem__),
                (
                    memory_re,
                    dut.operands_activation_row,
                    dut.operands_activation_data,
                    1,
                    self.buffers.__getitem__,
                ),
                (dut.operands_weight_re, dut.operands_weight_row, dut.operands_weight_data, 3, rows.__getitem__),
            )
        ]

    def expected(self, layer: Layer, step: Step) -> tuple[list[int], list[int]]:
        """Inputs less their zero point, and weights (none when they do not exist) of a step."""
        zero_point = signed(layer.input_zero_point, 8)
        row = layer.src_row + step.step_input // 16
        source = 0
        if not layer.src_blank and layer.src == 0 and row < layer.image_rows:
            source = self.image[(step.step_image_base + row) % IMAGE_ROWS]
        elif not layer.src_blank and layer.src != 0 and row < 1 << layer.row_bits:
            place = (step.step_slot << layer.row_bits) + row
            kept = self.buffers[(layer.src << BUFFER_BITS) + place]
            source = kept % (1 << 128) if kept >> 128 else 0
        inputs = []
        for i in range(step.step_input, step.step_input + self.ic):
            x = signed(source >> 8 * (i % 16), 8) - zero_point
            inputs.append(x if i < layer.n_in else 0)
        if step.step_block >= layer.weight_extent // 64:
            return inputs, []
        weights = []
        for channel in range(step.step_output, step.step_output + self.oc):
            for i in range(step.step_input % 16, step.step_input % 16 + self.ic):
                word = self.weights[64 * step.step_block + 4 * channel + i // 4]
                weights.append(signed(word >> 8 * (i % 4), 8))
        return inputs, weights

    async def run(self, layer: Layer, steps: list[Step | None]) -> None:
        """Put steps in, one a cycle, and compare what comes out 6 cycles later."""
        put(self.dut, "operands", **vars(layer))
        reads = [memory.reads for memory in self.memories]
        for cycle in range(len(steps) + LATENCY + 1):
            step = steps[cycle] if cycle < len(steps) else None
            values = vars(step) if step else vars(self.random_step(layer))
            put(self.dut, "operands", step_valid=int(step is not None), **values)
            for memory in self.memories:
                memory.cycle()
            await ReadOnly()
            late = steps[cycle - LATENCY] if LATENCY <= cycle < len(steps) + LATENCY else None
            if late:
                self.compare(layer, late)
            await FallingEdge(self.dut.clk)
        wanted = sum(step is not None for step in steps)
        assert all(m.reads - r == wanted for m, r in zip(self.memories, reads, strict=True))

    def compare(self, layer: Layer, step: Step) -> None:
        """The operands as they stand are those of this step."""
        inputs, weights = self.expected(layer, step)
        got = unpack(get(self.dut, "operands", "inputs")[0], 9, self.ic)
        assert got == inputs, f"{layer} {step}: inputs {got}, not {inputs}"
        ok = get(self.dut, "operands", "weights_ok")[0]
        assert ok == bool(weights), f"{layer} {step}: weights_ok {ok}"
        if weights:
            packed = get(self.dut, "operands", "weights")[0]
            assert packed == pack(weights, 8), f"{layer} {step}: weights"

    def random_layer(self) -> Layer:
        """A layer whose rows and weights end within reach of its steps."""
        rng = self.rng
        src = rng.randrange(4)
        return Layer(
            src=src,
            src_blank=int(src != 0 and rng.random() < 0.15),
            n_in=rng.choice([0, 1, 15, 16, 17, 65535, rng.randrange(100)]),
            src_row=rng.choice([0, 0, 1, rng.randrange(8), 65535]),
            input_zero_point=rng.choice([-128, 127, 0, rng.randrange(-128, 128)]),
            image_rows=rng.randrange(12),
            row_bits=rng.randrange(BUFFER_BITS + 1),
            weight_extent=64 * rng.choice([0, BLOCKS, rng.randrange(BLOCKS)]),
        )

    def random_step(self, layer: Layer) -> Step:
        """A step of the loop nest, which tiles by the size of the array."""
        rng = self.rng
        slots = min(16, 1 << BUFFER_BITS - layer.row_bits)
        block = rng.choice([rng.randrange(BLOCKS), layer.weight_extent // 64, (1 << 26) - 1])
        return Step(
            step_slot=rng.randrange(slots),
            step_image_base=rng.randrange(2**16),
            step_input=rng.randrange(0, rng.choice([16, 128, 65536]), self.ic),
            step_output=rng.randrange(0, 16, self.oc),
            step_block=block,
        )


@cocotb.test()
async def random_steps(dut: Any) -> None:
    """Random layers and steps, back to back and with pauses, near every end of every memory."""
    rng = seeded(dut, "operands")
    await start(dut)
    bench = Operands(dut, rng)
    for _ in range(50):
        layer = bench.random_layer()
        pauses = rng.choice([0, 0.3])
        steps = [None if rng.random() < pauses else bench.random_step(layer) for _ in range(30)]
        await bench.run(layer, steps)
