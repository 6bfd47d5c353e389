# SPDX-License-Identifier: Apache-2.0
"""The engine: batches, epochs, limits and scores, against the slow interpreter."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.fault.driver import physical
from cocotb_tests.mac.driver import Memory, get, put, seeded, start, unpack
from host.twin.reference import Engine, Registers

#: Rows of the image store and the score store.
ROWS = 64
IN_FLIGHT = 2
BUFFER_BITS = 4

#: Batches between two clears of the activations: epochs of 8 bits, of which 0 is no one's.
EPOCHS = 255

#: Code words of a maintenance access, by store.
WIDTHS = (4, 2, 4, 1)

PROGRAMS = int(os.environ.get("FAULTLOOP_PROGRAMS", "8"))
MANY_BATCHES = os.environ.get("FAULTLOOP_MANY_BATCHES") == "1"

END = [0] * 8
NEVER = 2**32 - 1


def dense(
    rng: random.Random,
    src: int,
    dst: int,
    n_in: int,
    n_out: int,
    src_row: int = 0,
    dst_row: int = 0,
) -> list[int]:
    """A FULLY_CONNECTED instruction with random zero points, limits and padding."""
    return [
        1 | rng.randrange(2) << 8 | src << 16 | dst << 18 | rng.getrandbits(12) << 20,
        n_in | n_out << 16,
        src_row | dst_row << 16,
        rng.randrange(4) | rng.randrange(3) << 16,
        rng.getrandbits(16) | rng.randrange(0x80, 0x100) << 16 | rng.randrange(0x80) << 24,
        *(rng.getrandbits(32) for _ in range(3)),
    ]


def requant(rng: random.Random, channels: int) -> list[int]:
    """Multipliers and shifts that keep most sums within reach of int8."""
    words = []
    for _ in range(channels):
        shift = -rng.randrange(4, 10) & 63
        words += [rng.randrange(2**30, 2**31), rng.getrandbits(26) << 6 | shift]
    return words


@dataclass(frozen=True)
class Run:
    """Registers of a run."""

    first: int
    count: int
    image_rows: int
    score_rows: int
    row_bits: int = 2
    work_limit: int = NEVER
    cycle_limit: int = NEVER


@dataclass(frozen=True)
class Ended:
    """How a run ended, and the score rows it wrote, by address."""

    hung: bool
    overrun: bool
    answered: int
    rows: dict[int, int]
    cycles: int


class Mac:
    """The engine, its pictures, and a copy of its stores."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.images = [rng.getrandbits(128) for _ in range(ROWS)]
        row, data = dut.mac_image_row, dut.mac_image_data
        self.port = Memory(dut.mac_image_re, row, data, 1, self.images.__getitem__, rng)
        self.stores: list[list[int]] = [[], [], [], []]
        self.oc, self.ic = get(dut, "oc", "lanes")[0], get(dut, "ic", "lanes")[0]

    async def load(self, *stores: list[int]) -> None:
        """Write stores and their extents through the maintenance port."""
        self.stores = [list(words) for words in stores]
        put(self.dut, "mac_store", valid=1, we=1)
        for store, (words, width) in enumerate(zip(stores, WIDTHS, strict=True)):
            for word, data in enumerate(words):
                index = physical(word, self.oc, self.ic) if store == 0 else word
                lane = index % width
                put(self.dut, "mac_store", store=store, index=index - lane)
                put(self.dut, "mac_store", mask=1 << lane, wdata=data << 32 * lane)
                await FallingEdge(self.dut.clk)
                assert get(self.dut, "mac_store", "ready") == [1]
        put(self.dut, "mac_store", valid=0, we=0)
        put(self.dut, "mac", extents=sum(len(words) << 20 * s for s, words in enumerate(stores)))

    async def cycle(self) -> None:
        """One cycle."""
        self.port.cycle()
        await FallingEdge(self.dut.clk)

    async def run(self, run: Run) -> Ended:
        """Prepare, start, and wait for the end."""
        put(self.dut, "mac", prepare=1, **vars(run))
        await self.cycle()
        put(self.dut, "mac", prepare=0)
        # the memories clear, one row a cycle
        for _ in range(4 << BUFFER_BITS):
            await self.cycle()
            if get(self.dut, "mac", "ready")[0]:
                break
        for _ in range(2):
            await self.cycle()
        assert get(self.dut, "mac", "ready") == [1]
        base = get(self.dut, "mac", "score_base")[0]
        assert base == run.first * run.score_rows % 2**16
        put(self.dut, "mac", start=1)
        rows: dict[int, int] = {}
        answered = cycles = 0
        done = 0
        while not done:
            await self.cycle()
            put(self.dut, "mac", start=0)
            cycles += 1
            done, count, write = get(self.dut, "mac", "done", "answered", "score_we")
            assert count >= answered
            if write:
                row, data = get(self.dut, "mac", "score_row", "score_data")
                rows[row] = data
            answered = count
            assert cycles < 60_000
        hung, overrun = get(self.dut, "mac", "hung", "overrun")
        for late in range(40):
            await self.cycle()
            assert get(self.dut, "mac", "done", "score_we", "ready") == [0] * 3, "no end"
            # steps under way still read, for as long as `operands` is deep
            assert late < 4 or not get(self.dut, "mac", "image_re")[0], "it reads on"
        return Ended(bool(hung), bool(overrun), answered, rows, cycles)

    def expected(self, run: Run) -> tuple[dict[int, int], int]:
        """Score rows of the run's pictures by address, zero rows left out, and the work of one."""
        rows_of = (run.image_rows, run.score_rows)
        registers = Registers(*rows_of, 16 * run.score_rows, run.row_bits, NEVER)
        engine = Engine(registers, self.stores)
        rows = {}
        work = 0
        for picture in range(run.first, run.first + run.count):
            image: list[int] = []
            for row in range(run.image_rows):
                image += unpack(self.images[(picture * run.image_rows + row) % ROWS], 8, 16)
            answer = engine.run(image)
            assert answer.scores is not None
            work = answer.work
            for row in range(run.score_rows):
                scores = answer.scores[16 * row : 16 * row + 16]
                data = sum((x & 0xFF) << 8 * i for i, x in enumerate(scores))
                rows[(picture * run.score_rows + row) % ROWS] = data
        return {row: data for row, data in rows.items() if data}, work

    async def check(self, run: Run) -> int:
        """A run that must end well: its scores, and the work of a picture."""
        rows, work = self.expected(run)
        ended = await self.run(run)
        assert (ended.hung, ended.overrun, ended.answered) == (False, False, run.count)
        got = {row: data for row, data in ended.rows.items() if data}
        assert got == rows, f"{run}: scores"
        return work


async def engine(dut: Any, test: str) -> Mac:
    """The bench reset."""
    rng = seeded(dut, test)
    await start(dut)
    return Mac(dut, rng)


async def random_program(mac: Mac) -> None:
    """Two layers through a buffer and one that reads rows nobody wrote, random parameters."""
    rng = mac.rng
    hidden = rng.randrange(1, 33)
    program = [
        *dense(rng, 0, 1, rng.randrange(1, 33), hidden, 0, rng.randrange(2)),
        *dense(rng, 1, 2, rng.randrange(0, 40), rng.randrange(1, 20), rng.randrange(3), 0),
        *[rng.randrange(2, 256), *(rng.getrandbits(32) for _ in range(7))],
        # from the picture to the scores: no buffer is read and written
        *dense(rng, rng.choice([0, 2]), 0, rng.randrange(1, 33), rng.randrange(1, 33)),
        *END,
    ]
    weights = [rng.getrandbits(32) for _ in range(64 * rng.randrange(6, 17))]
    bias = [rng.randrange(-2000, 2000) % 2**32 for _ in range(16 * rng.randrange(3, 7))]
    await mac.load(weights, bias, requant(rng, 16 * rng.randrange(3, 7)), program)


@cocotb.test()
async def random_programs(dut: Any) -> None:
    """Scores of batches that are full and not, from any first picture on."""
    mac = await engine(dut, "programs")
    nonzero = 0
    for _ in range(PROGRAMS):
        await random_program(mac)
        run = Run(mac.rng.choice([0, 5, 1001]), mac.rng.randrange(1, 6), 2, 2, mac.rng.randrange(6))
        await mac.check(run)
        nonzero += len(mac.expected(run)[0])
    assert nonzero > 2 * PROGRAMS


@cocotb.test()
async def limits(dut: Any) -> None:
    """The golden work is enough and one less is not; the cycle limit ends a run, too."""
    mac = await engine(dut, "limits")
    for _ in range(1 + PROGRAMS // 10):
        await random_program(mac)
        run = Run(0, 3, 2, 2)
        work = await mac.check(run)
        exact = await mac.run(Run(0, 3, 2, 2, work_limit=work))
        assert (exact.hung, exact.answered) == (False, 3)
        for limit in (work - 1, 1, 0):
            ended = await mac.run(Run(0, 3, 2, 2, work_limit=limit))
            assert (ended.hung, ended.overrun, ended.answered) == (True, False, 0), f"{limit}"
        ended = await mac.run(Run(0, 3, 2, 2, cycle_limit=exact.cycles // 4))
        assert (ended.hung, ended.overrun, ended.answered) == (False, True, 0)
        # neither leaves anything behind
        await mac.check(run)


@cocotb.test()
async def a_program_without_end(dut: Any) -> None:
    """Instructions that only repeat hang when their work is used up, and no earlier."""
    mac = await engine(dut, "endless")
    await mac.load([], [], [], [2, *END[1:]])
    for limit in (1, 2, 20):
        ended = await mac.run(Run(0, 1, 1, 1, work_limit=limit))
        assert ended.hung
        # an instruction takes 13 cycles
        assert limit * 12 < ended.cycles < (limit + 3) * 14


@cocotb.test()
async def no_pictures(dut: Any) -> None:
    """A run of none ends at once."""
    mac = await engine(dut, "none")
    await random_program(mac)
    ended = await mac.run(Run(3, 0, 2, 2))
    assert ended.cycles <= 2 and ended.answered == 0 and ended.rows == {}


@cocotb.test(skip=not MANY_BATCHES)
async def more_batches_than_epochs(dut: Any) -> None:
    """Batches after the last epoch of the activations are as good as the first."""
    mac = await engine(dut, "epochs")
    rng = mac.rng
    # shows a row before it is written, writes it, shows it
    program = [
        *dense(rng, 1, 0, 8, 8),
        *dense(rng, 0, 1, 8, 8),
        *dense(rng, 1, 0, 8, 8, 0, 1),
        *END,
    ]
    weights = [rng.getrandbits(32) for _ in range(64 * 5)]
    await mac.load(weights, [1000] * 64, requant(rng, 64), program)
    run = Run(0, IN_FLIGHT * EPOCHS + 7, 1, 2)
    ended = await mac.run(run)
    assert ended.answered == run.count
    # the score rows hold the last 32 pictures, the epochs ran out 7 pictures before the end
    last = ROWS // run.score_rows
    rows, _ = mac.expected(Run(run.count - last, last, 1, 2))
    assert {row: data for row, data in ended.rows.items() if data} == rows
