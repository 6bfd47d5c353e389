# SPDX-License-Identifier: Apache-2.0
"""Drives bench.v: a clock cycle is from falling edge to falling edge, outputs are read between."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from cocotb.triggers import FallingEdge, ReadOnly, RisingEdge
from cocotb.utils import get_sim_time
from numpy.typing import NDArray

from cocotb_tests.driver import start_clock

Stores = list[NDArray[np.uint32]]

#: Code words of the stores of the bench, by store id.
CAPACITY = (256, 48, 64, 64, 20)

#: Bits of `granted`.
MASTERS = {"flip": 1, "digest": 2, "sweep": 4}

#: Inputs of the bench but clock and reset.
INPUTS = (
    "host_valid",
    "host_lock",
    "host_we",
    "host_store",
    "host_word",
    "host_wdata",
    "other_valid",
    "other_lock",
    "other_we",
    "other_store",
    "other_word",
    "other_wdata",
    "stores",
    "extents",
    "sweep_start",
    "sweep_seed",
    "sweep_threshold",
    "digest_start",
    "flip_start",
    "flip_one",
    "flip_set",
    "flip_hold",
    "pattern",
    "flip_count",
    "flip_from",
    "list_we",
    "list_waddr",
    "list_wdata",
    "e_re",
    "e_row",
    "hash_start",
    "hash_take",
    "hash_counter",
    "hash_key",
    "order_index",
    "walk_entry",
    "leaf_data",
    "leaf_state",
)

#: Nanoseconds of a clock cycle.
PERIOD = 10


def seeded(dut: Any, test: str) -> random.Random:
    """A random generator of its own for a test; FAULTLOOP_SEED changes it."""
    seed = f"{test}-{os.environ.get('FAULTLOOP_SEED', '1')}"
    dut._log.info("random seed %s", seed)
    return random.Random(seed)


def random_stores(rng: random.Random) -> Stores:
    """Random contents of every store."""
    return [np.array([rng.getrandbits(32) for _ in range(n)], dtype=np.uint32) for n in CAPACITY]


def physical(word: int, oc_lanes: int, ic_lanes: int) -> int:
    """Physical index of a code word of the weights, in digits where the RTL has bits."""
    words = max(ic_lanes, 4) // 4
    block, inside = divmod(word, 64)
    channel, part = divmod(inside, 4)
    row = (channel // oc_lanes) * (4 // words) + part // words
    return block * 64 + (row * oc_lanes + channel % oc_lanes) * words + part % words


class Bench:
    """The bench, its ports in the hands of a test."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut

    async def start(self, stores: Stores | None = None) -> None:
        """Start the clock, reset, and fill the stores (they have no contents before)."""
        dut = self.dut
        for name in INPUTS:
            getattr(dut, name).value = 0
        dut.rst.value = 1
        start_clock(dut.clk, PERIOD)
        for _ in range(3):
            await self.cycle()
        dut.rst.value = 0
        await self.cycle()
        self.sweep_words = int(dut.sweep_words.value)
        self.oc_lanes = int(dut.oc_lanes.value)
        self.ic_lanes = int(dut.ic_lanes.value)
        self.banks = (self.oc_lanes * max(self.ic_lanes, 4) // 4, 2, 4, 8, 1)
        for store, words in enumerate(stores or []):
            await self.load(store, words)

    async def cycle(self) -> None:
        """To the next falling edge."""
        await FallingEdge(self.dut.clk)

    def index(self, store: int, word: int) -> int:
        """Physical index of a code word."""
        return physical(word, self.oc_lanes, self.ic_lanes) if store == 0 else word

    async def accepted(self, port: str) -> None:
        """Wait out the cycles until the request of a narrow port has been taken."""
        ready = getattr(self.dut, f"{port}_ready")
        taken = False
        while not taken:
            await ReadOnly()
            taken = bool(int(ready.value))
            await self.cycle()

    def request(self, port: str, store: int, word: int, data: int | None = None) -> None:
        """Put a read, or a write of `data`, on a narrow port."""
        values = {"valid": 1, "we": int(data is not None), "store": store, "word": word}
        for name, value in (values | {"wdata": data or 0}).items():
            getattr(self.dut, f"{port}_{name}").value = value

    async def write(self, store: int, word: int, data: int, port: str = "host") -> None:
        """One write."""
        self.request(port, store, word, data)
        await self.accepted(port)
        getattr(self.dut, f"{port}_valid").value = 0

    async def read(self, store: int, word: int, port: str = "host") -> int:
        """One read."""
        self.request(port, store, word)
        await self.accepted(port)
        getattr(self.dut, f"{port}_valid").value = 0
        return await self.answer(port)

    async def answer(self, port: str) -> int:
        """Wait for what was read; its value."""
        valid = getattr(self.dut, f"{port}_rvalid")
        while not int(valid.value):
            await self.cycle()
        return int(self.dut.n_rdata.value)

    async def load(self, store: int, words: Sequence[int] | NDArray[np.uint32]) -> None:
        """Write a store from word 0 on."""
        for word, data in enumerate(words):
            self.request("host", store, word, int(data))
            await self.accepted("host")
        self.dut.host_valid.value = 0

    async def dump(self) -> Stores:
        """Read every store whole."""
        stores = []
        for store, size in enumerate(CAPACITY):
            words = np.zeros(size, dtype=np.uint32)
            for word in range(size):
                words[word] = await self.read(store, word)
            stores.append(words)
        return stores

    def cover(self, stores: Iterable[int], extents: Sequence[int]) -> None:
        """Set the stores and extents of the commands."""
        self.dut.stores.value = sum(1 << s for s in set(stores))
        self.dut.extents.value = sum(e << 20 * s for s, e in enumerate(extents))

    async def command(self, name: str) -> int:
        """Start the sweep, flip or digest and wait for its end; its clock cycles."""
        start, done = getattr(self.dut, f"{name}_start"), getattr(self.dut, f"{name}_done")
        busy = getattr(self.dut, f"{name}_busy")
        start.value = 1
        await RisingEdge(self.dut.clk)
        began = get_sim_time("ns")
        await self.cycle()
        start.value = 0
        assert int(busy.value) == 1 and int(done.value) == 0
        await RisingEdge(done)
        cycles = round((get_sim_time("ns") - began) / PERIOD)
        await self.cycle()
        assert int(busy.value) == 0
        master = MASTERS[name]
        assert not int(self.dut.granted.value) >> master & 1, f"{name} is done but still at work"
        await self.cycle()
        assert int(done.value) == 0
        assert not int(self.dut.granted.value) >> master & 1, f"{name} is done but still at work"
        return cycles

    async def sweep(self, seed: int, threshold: int) -> tuple[int, int]:
        """One sweep: its flips and its clock cycles."""
        self.dut.sweep_seed.value = seed
        self.dut.sweep_threshold.value = threshold
        cycles = await self.command("sweep")
        return int(self.dut.sweep_flips.value), cycles

    async def digest(self) -> tuple[int, int]:
        """One digest: its value and its clock cycles."""
        cycles = await self.command("digest")
        return int(self.dut.digest_value.value), cycles

    async def write_list(self, entries: Sequence[int]) -> None:
        """Write the flip list from its first place on."""
        for address, entry in enumerate(entries):
            self.dut.list_we.value = 1
            self.dut.list_waddr.value = address
            self.dut.list_wdata.value = int(entry)
            await self.cycle()
        self.dut.list_we.value = 0

    async def flip(self, entries: Sequence[int]) -> tuple[int, int, int]:
        """Apply a flip list: flips, refused entries, clock cycles."""
        await self.write_list(entries)
        return await self.flip_first(len(entries))

    async def flip_first(self, count: int) -> tuple[int, int, int]:
        """Apply the first entries of the list: flips, refused entries, clock cycles."""
        self.dut.flip_count.value = count
        return await self._flip()

    async def flip_one(self, entry: int) -> tuple[int, int, int]:
        """Apply an entry that is in no list: flips, refused entries, clock cycles."""
        self.dut.flip_one.value = 1
        self.dut.flip_from.value = entry
        seen = await self._flip()
        self.dut.flip_one.value = 0
        return seen

    async def hold(self, entries: Sequence[int]) -> tuple[int, int, int]:
        """Set the bits that entries name to their bits 31: bits set, refused entries, clock cycles."""
        await self.write_list(entries)
        self.dut.flip_hold.value = 1
        seen = await self.flip_first(len(entries))
        self.dut.flip_hold.value = 0
        return seen

    async def flip_set(self, place: int) -> tuple[int, int, int, int]:
        """Apply the fault set at a place of the list: flips, refused entries, clock cycles, place after it."""
        self.dut.flip_set.value = 1
        self.dut.flip_from.value = place
        seen = await self._flip()
        self.dut.flip_set.value = 0
        return *seen, int(self.dut.flip_next.value)

    async def _flip(self) -> tuple[int, int, int]:
        cycles = await self.command("flip")
        return int(self.dut.flip_flips.value), int(self.dut.flip_refused.value), cycles


def assert_equal(got: Stores, expected: Stores) -> None:
    """Every word of every store."""
    for store, (a, b) in enumerate(zip(got, expected, strict=True)):
        wrong = np.flatnonzero(a != b)
        assert not len(wrong), f"store {store} word {wrong[0]}: {a[wrong[0]]:08x}, not {b[wrong[0]]:08x}"
