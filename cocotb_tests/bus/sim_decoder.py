# SPDX-License-Identifier: Apache-2.0
"""Regions: who is asked, whose answer counts."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, RisingEdge, Timer

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import get, seeded
from host.regmap import Region

PRESENT = {int(region) for region in Region}


class Slaves:
    """Sixteen slaves: the one asked answers after some cycles, the others say anything."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.refuses = False
        self.asked: list[tuple[int, int]] = []
        self.data = 0
        cocotb.start_soon(self.serve())

    async def serve(self) -> None:
        """Play the slaves; they speak once the address of the cycle stands."""
        wait: int | None = None
        while True:
            await RisingEdge(self.dut.clk)
            await Timer(1, "ns")
            stb, *seen = get(self.dut, "dec", "slave_stb", "slave_adr", "slave_we", "slave_wdata")
            address, we, data = get(self.dut, "dec", "adr", "we", "dat_w")
            region = address >> 24
            assert stb in (0, 1 << region), f"region {region} strobes {stb:#x}"
            if stb:
                assert seen == [address & 0xFF_FFFF, we, data]
            answer = wait == 0
            if stb and wait is None:
                self.asked.append((region, address))
                wait = self.rng.randrange(1, 4)
            if wait is not None:
                wait = wait - 1 if wait else None
            noise = ~(1 << region) if region in PRESENT else -1
            ack, err = (self.rng.getrandbits(16) & noise for _ in range(2))
            data = self.rng.getrandbits(512)
            if answer:
                ack |= int(not self.refuses) << region
                err |= int(self.refuses) << region
                self.data = data >> 32 * region & 0xFFFF_FFFF
            self.dut.dec_slave_ack.value = ack
            self.dut.dec_slave_err.value = err
            self.dut.dec_slave_rdata.value = data


@cocotb.test()
async def every_region(dut: Any) -> None:
    """A region's slave alone is asked and its answer passes; no region, no slave, one error."""
    rng = seeded(dut, "regions")
    bus = await Bus.reset(dut, rng, "dec")
    slaves = Slaves(dut, rng)
    for number in range(160):
        region = number % 16
        address = region << 24 | rng.choice([0, 0xFF_FFFF, rng.getrandbits(24)])
        data = rng.choice([None, rng.getrandbits(32)])
        slaves.refuses = rng.random() < 0.3
        slaves.asked.clear()
        reply = (await bus.run(None, [(address, data)]))[0]
        if region not in PRESENT:
            assert reply.refused and slaves.asked == [], f"region {region} is nowhere"
            continue
        assert slaves.asked == [(region, address)], f"region {region}: {slaves.asked}"
        assert reply.refused == slaves.refuses, f"region {region}"
        if not reply.refused and data is None:
            assert reply.data == slaves.data, f"region {region}"


@cocotb.test()
async def runs_across_regions(dut: Any) -> None:
    """Accesses that follow each other into other regions are answered once each, too."""
    rng = seeded(dut, "runs")
    bus = await Bus.reset(dut, rng, "dec")
    slaves = Slaves(dut, rng)
    for _ in range(40):
        regions = [rng.randrange(16) for _ in range(6)]
        replies = await bus.run(None, [(region << 24, None) for region in regions])
        for region, reply in zip(regions, replies, strict=True):
            assert reply.refused == (region not in PRESENT), f"{regions}"
    assert {region for region, _ in slaves.asked} == PRESENT


@cocotb.test()
async def no_cycle_no_strobe(dut: Any) -> None:
    """A strobe outside a bus cycle asks nobody and is not answered."""
    await Bus.reset(dut, seeded(dut, "strobe"), "dec")
    dut.dec_cyc.value = 0
    for region in range(16):
        dut.dec_adr.value = region << 24
        dut.dec_stb.value = 1
        for _ in range(3):
            await FallingEdge(dut.clk)
            assert get(dut, "dec", "slave_stb", "ack", "err") == [0, 0, 0], f"region {region}"
    dut.dec_stb.value = 0
