# SPDX-License-Identifier: Apache-2.0
"""The Wishbone ports of the bench: a published master, and a watch over every answer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge
from cocotbext.wishbone.driver import WBOp, WishboneMaster

from cocotb_tests.mac.driver import get, start

#: What `WishboneMaster` calls a reply.
ACK, ERR = 1, 2

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

#: Clock cycles after which an access without an answer fails its test.
PATIENCE = 200

#: Slaves, by number in `bus_select`.
SLAVES = ("registers", "quad", "mono", "scores", "ring", "window", "store_data", "store_raw")


@dataclass(frozen=True)
class Reply:
    """How one access went; ``data`` is None for a write or a refusal."""

    refused: bool
    data: int | None
    wait_states: int


class Bus:
    """One Wishbone port.

    Every cycle is watched: an answer comes only to a strobe, is either an acknowledgement or an
    error, and lasts one cycle, so that each access has exactly one.
    """

    def __init__(self, dut: Any, rng: random.Random, prefix: str) -> None:
        self.dut, self.rng, self.prefix = dut, rng, prefix
        self.master = WishboneMaster(dut, prefix, dut.clk, timeout=PATIENCE, signals_dict=SIGNALS)
        self.answers = 0
        self.accesses = 0
        self.waits: list[int] = []
        self.selected = -1
        cocotb.start_soon(self._watch())

    @classmethod
    async def reset(cls, dut: Any, rng: random.Random, prefix: str = "bus") -> Bus:
        """Reset the bench; what a master writes at time 0 Icarus loses, so it begins later."""
        await start(dut)
        return cls(dut, rng, prefix)

    async def _watch(self) -> None:
        waited = 0
        while True:
            await FallingEdge(self.dut.clk)
            strobe, ack, err = get(self.dut, self.prefix, "stb", "ack", "err")
            assert ack + err <= strobe, f"stb {strobe}, ack {ack}, err {err}"
            if self.prefix == "bus":
                others = get(self.dut, "bus", "answers")[0] & ~(1 << max(self.selected, 0))
                assert others == 0, f"answers {others:#x} of slaves that were not asked"
            if ack + err:
                self.answers += 1
                self.waits.append(waited)
            waited = waited + 1 if strobe and not ack + err else 0

    async def run(self, slave: str | None, accesses: list[tuple[int, int | None]]) -> list[Reply]:
        """Accesses (address, and data of a write) in one bus cycle, with pauses between some."""
        if slave is not None:
            self.selected = SLAVES.index(slave)
            self.dut.bus_select.value = self.selected
        pauses = self.rng.random() < 0.5
        idle = [self.rng.choice([0, 0, 1, 3]) if pauses else 0 for _ in accesses]
        operations = []
        for (address, data), pause in zip(accesses, idle, strict=True):
            operations.append(WBOp(address, data, idle=pause, acktimeout=PATIENCE))
        self.waits.clear()
        results = await self.master.send_cycle(operations)
        for _ in range(self.rng.randrange(1, 4)):
            await FallingEdge(self.dut.clk)
        self.accesses += len(accesses)
        assert self.answers == self.accesses, f"{self.answers} answers to {self.accesses} accesses"
        replies = []
        for (_, data), result, waited in zip(accesses, results, self.waits, strict=True):
            refused = result.ack == ERR
            value = None if refused or data is not None else int(result.datrd)
            replies.append(Reply(refused, value, waited))
        return replies

    async def write(self, slave: str | None, address: int, data: int) -> bool:
        """Write a word; False when it was refused."""
        return not (await self.run(slave, [(address, data)]))[0].refused

    async def read(self, slave: str | None, address: int) -> int | None:
        """Read a word; None when it was refused."""
        return (await self.run(slave, [(address, None)]))[0].data
