# SPDX-License-Identifier: Apache-2.0
"""The core as a test drives it: a published Wishbone master, and the register map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge, with_timeout
from cocotbext.wishbone.driver import WBOp, WishboneMaster

from cocotb_tests.driver import start_clock
from host.boards.memories import Memories, memories
from host.boards.registers import capabilities
from host.image import MemoryImage
from host.regmap import Command, Region, register, store_data, window
from host.twin import Inference

#: What `WishboneMaster` calls a reply.
ACK, ERR = 1, 2

PERIOD_NS = 10

SIGNALS = {
    "cyc": "cyc",
    "stb": "stb",
    "we": "we",
    "adr": "adr",
    "datwr": "dat_w",
    "datrd": "dat_r",
    "ack": "ack",
    "err": "err",
}


class Refused(Exception):
    """The bus answered with an error; ``args[0]`` is the address."""


class BusBoard:
    """Reads and writes the core over its bus.

    Parameters
    ----------
    dut
        Handle of the module ``core``.
    """

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.master = WishboneMaster(dut, "wb", dut.clk, timeout=200, signals_dict=SIGNALS)

    @classmethod
    async def reset(cls, dut: Any) -> BusBoard:
        """Start the clock, reset the core and return its board."""
        dut.line_step.value = 0
        dut.frames_bad.value = 0
        dut.frames_dropped.value = 0
        dut.rst.value = 1
        start_clock(dut.clk, PERIOD_NS)
        # The master writes its initial values at once; at time 0 Icarus would lose the nets for good.
        for name in ("cyc", "stb", "we", "adr", "dat_w"):
            getattr(dut, f"wb_{name}").value = 0
        await ClockCycles(dut.clk, 4)
        board = cls(dut)
        dut.rst.value = 0
        await RisingEdge(dut.clk)
        return board

    async def _cycle(self, operations: Sequence[tuple[int, int | None]]) -> list[int]:
        results = await self.master.send_cycle([WBOp(adr, dat) for adr, dat in operations])
        values = []
        for (address, data), result in zip(operations, results, strict=True):
            if result.ack != ACK:
                raise Refused(address)
            values.append(0 if data is not None else int(result.datrd))
        return values

    async def write(self, address: int, words: Iterable[int]) -> None:
        """Write words to consecutive addresses."""
        operations = [(address + i, int(word)) for i, word in enumerate(words)]
        if operations:
            await self._cycle(operations)

    async def read(self, address: int, count: int = 1) -> np.ndarray:
        """Read ``count`` words, uint32."""
        values = await self._cycle([(address + i, None) for i in range(count)])
        return np.array(values, dtype=np.uint32)

    async def set(self, **values: int) -> None:
        """Write registers by name."""
        for name, value in values.items():
            await self.write(register(name), [value])

    async def get(self, name: str) -> int:
        """Read one register by name."""
        return int((await self.read(register(name)))[0])

    async def load_stores(self, stores: Sequence[np.ndarray]) -> None:
        """Write all stores and their extents; ``stores`` by store id."""
        for number, words in enumerate(stores):
            await self.write(store_data(number), words)
            await self.write(register("STORE_EXTENT", number), [len(words)])

    async def memories(self, image: MemoryImage) -> Memories:
        """The memories of an image on this core, by what its registers say."""
        names = ("SWEEP_WORDS", "IMAGE_CAPACITY", "RESULT_CAPACITY", "SCORE_CAPACITY", "ACTIVATION_CAPACITY")
        names += ("INPUT_CAPACITY", "GATE_CAPACITY", "RECORD_CAPACITY", "FLIP_CAPACITY", "FRAME_WORDS")
        names += ("GOLDEN_BITS", "IN_FLIGHT", "ARRAY", "ENGINE", "UPSET_CAPACITY", "GOLDEN_COPY")
        return memories(image, capabilities({name: await self.get(name) for name in names}, ()))

    async def load(self, image: MemoryImage, pictures: np.ndarray) -> None:
        """Write a memory image with its registers, and pictures, one a row."""
        await self.load_stores(list(image.stores.values()))
        own = await self.memories(image)
        assert own.shortages() == []
        for first, values in own.configuration(len(pictures)).items():
            await self.write(register(first), values)
        await self.write(window(Region.IMAGES), own.picture_words(pictures))

    async def load_golden(self, image: MemoryImage, golden: Inference, labels: np.ndarray) -> None:
        """Write the golden results and labels of all pictures."""
        await self.write(window(Region.GOLDEN), (await self.memories(image)).golden_words(golden, labels))

    async def command(self, command: Command, limit: int = 200_000) -> int:
        """Start a command, wait for its end (at most ``limit`` cycles), return its result code."""
        await self.set(COMMAND=int(command))
        await self.settled(limit)
        status = await self.get("STATUS")
        assert not status & 1, f"{command.name} stopped short of its end"
        return status >> 8

    async def settled(self, limit: int = 2_000_000) -> None:
        """Wait, at most ``limit`` cycles, until the core says that nothing will change any more."""
        if self.dut.active.value == 1:
            await with_timeout(FallingEdge(self.dut.active), limit * PERIOD_NS, "ns")
        await RisingEdge(self.dut.clk)

    async def scores(self, image: MemoryImage, pictures: int) -> np.ndarray:
        """Scores of the last run, as in the twin."""
        own = await self.memories(image)
        return own.scores(await self.read(window(Region.SCORES), own.score_words(pictures)), pictures)
