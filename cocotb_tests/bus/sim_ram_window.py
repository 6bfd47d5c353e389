# SPDX-License-Identifier: Apache-2.0
"""A window onto a RAM that the test plays: what reaches the RAM, what the bus sees."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import Memory, get, seeded

WORDS = 32
BEYOND = (WORDS, WORDS + 1, 2 * WORDS, 1 << 23, (1 << 24) - 1)


class Ram:
    """The RAM behind the window; counts what reaches it."""

    def __init__(self, dut: Any, rng: Any) -> None:
        self.dut = dut
        self.words = [rng.getrandbits(32) for _ in range(WORDS)]
        self.port = Memory(
            dut.window_re,
            dut.window_word,
            dut.window_rdata,
            1,
            self.words.__getitem__,
            rng,
            holds=True,
        )
        self.writes = 0
        cocotb.start_soon(self.serve())

    async def serve(self) -> None:
        """Answer reads, take writes."""
        while True:
            self.port.answer()
            await ReadOnly()
            self.port.request()
            if get(self.dut, "window", "we")[0]:
                self.writes += 1
                self.words[get(self.dut, "window", "word")[0]] = get(self.dut, "bus", "dat_w")[0]
            await FallingEdge(self.dut.clk)


@cocotb.test()
async def random_accesses(dut: Any) -> None:
    """Each access reaches the RAM once and in the present word, unless it is refused."""
    rng = seeded(dut, "window")
    bus = await Bus.reset(dut, rng)
    ram = Ram(dut, rng)
    expected = list(ram.words)
    for _ in range(60):
        locked = rng.random() < 0.2
        dut.locked.value = int(locked)
        accesses: list[tuple[int, int | None]] = []
        for _ in range(rng.randrange(1, 8)):
            address = rng.choice(BEYOND) if rng.random() < 0.2 else rng.randrange(WORDS)
            accesses.append((address, rng.choice([None, rng.getrandbits(32)])))
        before = (ram.port.reads, ram.writes)
        replies = await bus.run("window", accesses)
        reads = writes = 0
        for (address, data), reply in zip(accesses, replies, strict=True):
            refused = locked or address >= WORDS
            assert reply.refused == refused, f"address {address:#x}, locked {locked}"
            if not refused and data is None:
                assert reply.data == expected[address]
                assert reply.wait_states == 2
                reads += 1
            elif not refused:
                assert data is not None
                expected[address] = data
                assert reply.wait_states == 1
                writes += 1
        assert (ram.port.reads, ram.writes) == (before[0] + reads, before[1] + writes)
        assert ram.words == expected
