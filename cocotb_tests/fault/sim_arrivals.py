# SPDX-License-Identifier: Apache-2.0
"""Simulator side: each upset's tick and site against host.faults, to the ends of both: never, and no site."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, ValueChange

from host.faults import NEVER
from host.faults.beam import NO_SITE, Beam
from host.image import PhysicalSpace

#: Code words of four stores, each in a code of its own.
SPACE = PhysicalSpace((640, 37, 300, 9), (32, 33, 39, 96))
#: Upsets that are drawn in any case.
MOST = 12


class Arrivals:
    """The module, and thresholds that answer in the same cycle."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self._limits = [0] * 64

    async def start(self) -> None:
        """Reset."""
        dut = self.dut
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
        cocotb.start_soon(self._answer())
        for signal in (dut.seed, dut.stores, dut.site_mask, dut.restart, dut.take, dut.digit_threshold):
            signal.value = 0
        dut.extents.value = sum(extent << 20 * store for store, extent in enumerate(SPACE.extents))
        dut.rst.value = 1
        for _ in range(4):
            await FallingEdge(dut.clk)
        dut.rst.value = 0

    async def _answer(self) -> None:
        while True:
            await ValueChange(self.dut.digit)
            if self.dut.digit.value.is_resolvable:
                self.dut.digit_threshold.value = self._limits[int(self.dut.digit.value)]

    async def begin(self, beam: Beam, site_mask: int) -> None:
        """From upset 0 on."""
        dut = self.dut
        # beyond those of the digits nothing is read
        self._limits = [*beam.thresholds, *[0xDEADBEEF] * (64 - len(beam.thresholds))]
        dut.digit_threshold.value = self._limits[int(dut.digit.value) if dut.digit.value.is_resolvable else 0]
        dut.seed.value = beam.seed
        dut.stores.value = sum(1 << store for store in beam.targets)
        dut.site_mask.value = site_mask
        dut.restart.value = 1
        await FallingEdge(dut.clk)
        dut.restart.value = 0

    async def take(self) -> tuple[int, int, int]:
        """Tick and site of the next upset, and the clock cycles that it took."""
        dut, cycles = self.dut, 0
        dut.take.value = 0
        while not dut.valid.value:
            await FallingEdge(dut.clk)
            cycles += 1
            assert cycles < 20_000
        dut.take.value = 1
        found = int(dut.at.value), int(dut.site.value)
        await FallingEdge(dut.clk)
        dut.take.value = 0
        return (*found, cycles)


@cocotb.test()
async def upsets_are_those_of_the_host(dut: Any) -> None:
    """From one every other tick to none before the end of time; restarted in the middle of a draw."""
    bench = Arrivals(dut)
    await bench.start()
    for rate, stores, seed in (
        (0.5, (0, 1, 2, 3), 2**64 - 1),
        (1e-3, (3,), 5),
        (1e-14, (1, 2), 77 << 32),
        (3e-15, (0,), 9),
        (0.0, (0, 2), 1),
    ):
        beam = Beam(rate, stores, seed)
        expected = beam.upsets(SPACE, min(NEVER, int(1000 / rate) if rate else NEVER))
        places = list(zip(expected.at.tolist(), expected.site.tolist(), strict=True))[:MOST]
        await bench.begin(beam, beam.site_mask(SPACE))
        seen = [await bench.take() for _ in range(MOST)]
        assert [(at, site) for at, site, _ in seen[: len(places)]] == places, f"rate {rate}"
        assert all(at == NEVER for at, *_ in seen[len(places) :]), f"rate {rate}"
        dut._log.info("rate %g: %d of %d come, %s cycles", rate, len(places), MOST, sorted(n for *_, n in seen))
        for _ in range(40):
            await FallingEdge(dut.clk)


@cocotb.test()
async def a_mask_without_a_site(dut: Any) -> None:
    """A store whose bits it does not let through is never hit: the upset says so, after 1,024 words."""
    bench = Arrivals(dut)
    await bench.start()
    beam = Beam(0.1, (1,), 3)
    await bench.begin(beam, 0)
    ticks = beam.upsets(SPACE, 1000).at.tolist()[:2]
    for tick in ticks:
        at, site, cycles = await bench.take()
        assert (at, site) == (tick, NO_SITE)
        assert cycles > 256 * 7


@cocotb.test()
async def no_store(dut: Any) -> None:
    """Nothing arrives at once, and ever."""
    bench = Arrivals(dut)
    await bench.start()
    await bench.begin(Beam(0.5, (), 3), 0)
    for _ in range(3):
        assert await bench.take() == (NEVER, NO_SITE, 0)
