# SPDX-License-Identifier: Apache-2.0
"""Drives a bench whose ports are prefixed by module: a clock cycle is from falling edge to falling edge.

Inputs change at a falling edge; outputs are read between.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, Timer

#: Nanoseconds of a clock cycle.
PERIOD = 10


def inputs_of(bench: Path) -> tuple[str, ...]:
    """Inputs of a bench but clock and reset, from its text: one port a line, the last an output."""
    ports = re.findall(r"^    input  wire\s+(?:\[.*\]\s+)?(\w+),$", bench.read_text(encoding="utf-8"), re.MULTILINE)
    return tuple(name for name in ports if name not in ("clk", "rst"))


def start_clock(pin: Any, period: int, unit: str = "ns") -> None:
    """Start a clock that the simulator's interface toggles: many times faster than the coroutine cocotb would take."""

    async def start() -> None:
        # An edge before the events of time 0 would leave nets undriven in Icarus.
        await Timer(1, unit="step")
        Clock(pin, period, unit=unit, impl="gpi").start()

    cocotb.start_soon(start())


async def reset(dut: Any, inputs: Iterable[str]) -> None:
    """Start the clock and reset, every input at 0; ends at a falling edge."""
    for name in inputs:
        getattr(dut, name).value = 0
    dut.rst.value = 1
    start_clock(dut.clk, PERIOD)
    for _ in range(3):
        await FallingEdge(dut.clk)
    dut.rst.value = 0
    await FallingEdge(dut.clk)


def seeded(dut: Any, test: str) -> random.Random:
    """A random generator of its own for a test; FAULTLOOP_SEED changes it."""
    seed = f"{test}-{os.environ.get('FAULTLOOP_SEED', '1')}"
    dut._log.info("random seed %s", seed)
    return random.Random(seed)


def signed(value: int, bits: int) -> int:
    """The low bits of a value as a two's complement integer."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def pack(values: Iterable[int], bits: int) -> int:
    """Values side by side, the first lowest."""
    mask = (1 << bits) - 1
    return sum((value & mask) << bits * i for i, value in enumerate(values))


def unpack(value: int, bits: int, count: int) -> list[int]:
    """Signed values that stand side by side."""
    return [signed(value >> bits * i, bits) for i in range(count)]


def put(dut: Any, prefix: str, **values: int) -> None:
    """Set inputs by name; a negative value counts in two's complement."""
    for name, value in values.items():
        handle = getattr(dut, f"{prefix}_{name}")
        handle.value = value & ((1 << len(handle)) - 1)


def get(dut: Any, prefix: str, *names: str) -> list[int]:
    """Outputs by name; an undefined bit raises ValueError."""
    return [int(getattr(dut, f"{prefix}_{name}").value) for name in names]


class Memory:
    """A block RAM that a test plays: it answers the module under test after some cycles.

    Call :meth:`cycle` once a cycle. Data that nobody may use is random.

    Parameters
    ----------
    read
        Handle of the read enable.
    address
        Handle of the address.
    data
        Handle of the data, an input of the bench.
    latency
        Cycles from the read to its data.
    content
        Data of an address.
    rng
        For the data of cycles without an answer.
    holds
        Whether data stays until the next.
    """

    def __init__(
        self,
        read: Any,
        address: Any,
        data: Any,
        latency: int,
        content: Callable[[int], int],
        rng: random.Random,
        holds: bool = False,
    ) -> None:
        self.read, self.address, self.data = read, address, data
        self.content, self.rng, self.holds = content, rng, holds
        self.reads = 0
        self.width = len(data)
        self.pending: list[int | None] = [None] * latency

    def cycle(self) -> None:
        """At a falling edge, for requests that come from registers: answer and take the next."""
        self.answer()
        self.request()

    def answer(self) -> None:
        """At a falling edge: give the answer of an earlier cycle."""
        answer = self.pending.pop(0)
        if answer is not None:
            self.data.value = answer
        elif not self.holds:
            self.data.value = self.rng.getrandbits(self.width)

    def request(self) -> None:
        """Later in the same cycle, when its signals stand: take its request."""
        reading = int(self.read.value)
        self.reads += reading
        self.pending.append(self.content(int(self.address.value)) if reading else None)
