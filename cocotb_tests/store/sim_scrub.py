# SPDX-License-Identifier: Apache-2.0
"""The scrubber while others write: every write of it is the corrected form of what the store holds at that moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import start_clock
from cocotb_tests.fault.driver import seeded
from host.codes import CODES
from host.regmap import Protection

EXTENTS = (32, 8, 12)
CODE = tuple(CODES[p] for p in (Protection.SECDED, Protection.TMR, Protection.PARITY))
WIDTHS = (2, 1, 2)
INPUTS = ("host_valid", "host_lock", "host_we", "other_valid", "other_lock", "other_we", "e_re", "e_row")
INPUTS += ("copy_we", "golden", "stores", "clear", "step")

#: Masters by their bit in `accepted`.
HOST, SCRUB, OTHER = range(3)

Place = tuple[int, int]


def encode(store: int, data: int) -> int:
    """Physical bits of a code word."""
    parts = CODE[store].encode(np.array([data], dtype=np.uint32))[0]
    return sum(int(part) << 32 * place for place, part in enumerate(parts))


def decode(store: int, word: int) -> tuple[int, bool, bool]:
    """Data, corrected, uncorrectable."""
    count = -(-CODE[store].bits // 32)
    parts = np.array([[word >> 32 * part & 0xFFFF_FFFF for part in range(count)]], dtype=np.uint32)
    read = CODE[store].decode(parts)
    return int(read.data[0]), bool(read.corrected[0]), bool(read.uncorrectable[0])


@dataclass
class Bench:
    """The bench, what its stores hold, and what the scrubber wrote."""

    dut: Any
    rng: Random
    held: dict[Place, int] = field(default_factory=dict)
    copy: dict[Place, int] = field(default_factory=dict)
    owners: deque[int] = field(default_factory=deque)
    written: int = 0
    golden: bool = False

    async def start(self) -> None:
        """Reset, fill stores and copy, and watch from then on."""
        dut = self.dut
        for name in INPUTS:
            getattr(dut, name).value = 0
        dut.rst.value = 1
        start_clock(dut.clk, 10)
        for _ in range(3):
            await FallingEdge(dut.clk)
        dut.rst.value = 0
        cocotb.start_soon(self._watch())
        for store, extent in enumerate(EXTENTS):
            for word in range(extent):
                data = self.rng.getrandbits(32)
                self.copy[store, word] = data
                dut.copy_we.value = 1
                dut.copy_store.value, dut.copy_word.value, dut.copy_data.value = store, word, data
                await self.access("host", store, word, encode(store, data))
        dut.copy_we.value = 0

    async def _watch(self) -> None:
        """What stores take, in order, and whose it is."""
        dut = self.dut
        while True:
            await ReadOnly()
            if int(dut.s_takes.value):
                owner = self.owners.popleft()
                if int(dut.s_we.value):
                    self._take(owner)
            accepted = int(dut.accepted.value)
            assert accepted.bit_count() <= 1
            if accepted:
                self.owners.append(accepted.bit_length() - 1)
            await FallingEdge(dut.clk)

    def _take(self, owner: int) -> None:
        dut = self.dut
        store, mask = int(dut.s_store.value), int(dut.s_mask.value)
        word = int(dut.s_index.value) + (mask.bit_length() - 1 if WIDTHS[store] > 1 else 0)
        value = int(dut.s_wdata.value) & (1 << CODE[store].bits) - 1
        if owner == SCRUB:
            self.written += 1
            before = self.held[store, word]
            data, corrected, _ = decode(store, before)
            if self.golden:
                data, corrected = self.copy[store, word], before != encode(store, self.copy[store, word])
            assert corrected, f"store {store} word {word}: written although nothing was wrong"
            assert value == encode(store, data), f"store {store} word {word}: {value:x} over {before:x}"
        self.held[store, word] = value

    async def access(self, port: str, store: int, word: int, value: int | None = None, lock: int = 0) -> None:
        """An access of a master, until it is accepted."""
        dut = self.dut
        values = {"valid": 1, "we": int(value is not None), "lock": lock, "store": store, "word": word}
        for name, number in (values | {"wdata": value or 0}).items():
            getattr(dut, f"{port}_{name}").value = number
        ready = getattr(dut, f"{port}_ready")
        while True:
            await ReadOnly()
            taken = int(ready.value)
            await FallingEdge(dut.clk)
            if taken:
                break
        getattr(dut, f"{port}_valid").value = 0

    async def flip(self, port: str, store: int, word: int, mask: int) -> None:
        """Invert bits under the lock."""
        dut = self.dut
        await self.access(port, store, word, lock=1)
        while not int(getattr(dut, f"{port}_rvalid").value):
            await FallingEdge(dut.clk)
        value = int(dut.n_rdata.value) & (1 << CODE[store].bits) - 1
        await self.access(port, store, word, value ^ mask, lock=1)
        getattr(dut, f"{port}_lock").value = 0
        await FallingEdge(dut.clk)

    async def clear(self, stores: int, golden: bool) -> None:
        """A new round."""
        dut = self.dut
        self.golden = golden
        dut.golden.value, dut.stores.value = int(golden), stores
        for _ in range(3):
            await FallingEdge(dut.clk)
        dut.clear.value = 1
        await FallingEdge(dut.clk)
        dut.clear.value = 0

    async def rounds(self, count: int) -> int:
        """Scrub so many rounds without a pause; clock cycles."""
        dut = self.dut
        cycles, ended = 0, 0
        dut.step.value = 1
        while ended < count:
            await ReadOnly()
            # what the walk says in the cycle after it moved means nothing
            ended += int(dut.taken.value) and int(dut.ends.value)
            await FallingEdge(dut.clk)
            cycles += 1
        dut.step.value = 0
        await FallingEdge(dut.clk)
        while not int(dut.idle.value):
            await FallingEdge(dut.clk)
            cycles += 1
        # its last write may still be on the way to the store, before anything that comes after it
        for _ in range(3):
            await FallingEdge(dut.clk)
        return cycles

    def someone(self) -> tuple[int, int, int]:
        """A code word, and one of its bits as a mask."""
        store = self.rng.randrange(3)
        return store, self.rng.randrange(EXTENTS[store]), 1 << self.rng.randrange(CODE[store].bits)


@cocotb.test()
async def quiet_stores(dut: Any) -> None:
    """Nothing wrong: two cycles a word, nothing written; one wrong word in each store: those alone."""
    bench = Bench(dut, seeded(dut, "quiet"))
    await bench.start()
    for stores in (0b111, 0b010, 0b101):
        await bench.clear(stores, False)
        words = sum(extent for store, extent in enumerate(EXTENTS) if stores >> store & 1)
        cycles = await bench.rounds(2)
        dut._log.info("%d words in %d cycles", 2 * words, cycles)
        assert cycles <= 4 * words + 8 and bench.written == 0
        assert [int(getattr(dut, name).value) for name in ("words", "corrected", "uncorrectable")] == [2 * words, 0, 0]
    assert int(dut.first.value) == 0xFFFF_FFFF
    for store in range(3):
        await bench.flip("host", store, 3 + store, 1 << 5)
    await bench.clear(0b111, False)
    await bench.rounds(2)
    # parity has nothing to correct by
    assert [int(getattr(dut, name).value) for name in ("corrected", "uncorrectable")] == [2, 2]
    assert int(dut.first.value) == 2 << 28 | 5
    await bench.clear(0b111, True)
    await bench.rounds(1)
    assert int(dut.corrected.value) == 1 and bench.written == 3
    assert bench.held == {place: encode(place[0], data) for place, data in bench.copy.items()}


@cocotb.test()
async def while_others_write(dut: Any) -> None:
    """Flips and whole words from both sides, engine reads in between, pauses anywhere; then a quiet round cleans up."""
    bench = Bench(dut, seeded(dut, "busy"))
    await bench.start()
    rng = bench.rng
    busy = [True]

    async def disturb(port: str, mine: int) -> None:
        """Write for a while; `host` goes before the scrubber, `other` behind it; words are shared."""
        for _ in range(mine):
            store, word, mask = bench.someone()
            if rng.random() < 0.7:
                await bench.flip(port, store, word, mask)
            else:
                await bench.access(port, store, word, encode(store, rng.getrandbits(32)))
            for _ in range(rng.choice([0, 0, 1, 7])):
                await FallingEdge(dut.clk)
        busy[0] = False

    async def read() -> None:
        """The engine, which never waits."""
        while True:
            dut.e_re.value, dut.e_row.value = rng.getrandbits(3) & rng.getrandbits(3), rng.randrange(6)
            await FallingEdge(dut.clk)

    async def pace() -> None:
        """Steps are due now and then."""
        while True:
            dut.step.value = rng.randrange(4) > 0
            await FallingEdge(dut.clk)

    for golden in (False, True):
        await bench.clear(0b111, golden)
        busy[0] = True
        tasks = [cocotb.start_soon(read()), cocotb.start_soon(pace())]
        await cocotb.start_soon(disturb("other", 40))
        second = cocotb.start_soon(disturb("host", 60))
        await cocotb.start_soon(disturb("other", 60))
        await second
        for task in tasks:
            task.cancel()
        dut.e_re.value, dut.step.value = 0, 0
        await FallingEdge(dut.clk)
        while not int(dut.idle.value):
            await FallingEdge(dut.clk)
        # the last write may still be on the way to the store
        for _ in range(3):
            await FallingEdge(dut.clk)
        dut._log.info("%d words scrubbed, %d written", int(dut.words.value), bench.written)
        assert bench.written >= int(dut.corrected.value) > 10
        await bench.clear(0b111, golden)
        await bench.rounds(1)
        dut._log.info("then %d words, %d corrected", int(dut.words.value), int(dut.corrected.value))
        for (store, word), value in bench.held.items():
            _, corrected, _ = decode(store, value)
            assert not corrected, f"store {store} word {word} stayed wrong"
            assert not golden or value == encode(store, bench.copy[store, word]), f"store {store} word {word}"
