# SPDX-License-Identifier: Apache-2.0
"""The arbiter: every master at once, every read-modify-write whole."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import ReadOnly

from cocotb_tests.fault.driver import CAPACITY, Bench, Stores, assert_equal, random_stores, seeded
from host.faults import FaultSet, sweep, threshold
from host.image import PhysicalSpace

DIGEST = 2


async def xor_words(bench: Bench, port: str, rng: random.Random, count: int, expected: Stores) -> None:
    """Read-modify-writes under lock at random places, with pauses in the middle and after."""
    lock = getattr(bench.dut, f"{port}_lock")
    for _ in range(count):
        store = rng.randrange(5)
        word, mask = rng.randrange(CAPACITY[store]), rng.getrandbits(32)
        lock.value = 1
        value = await bench.read(store, word, port)
        for _ in range(rng.choice([0, 0, 1, 3])):
            await bench.cycle()
        await bench.write(store, word, value ^ mask, port)
        lock.value = 0
        expected[store][word] ^= mask
        for _ in range(rng.choice([1, 1, 2, 9])):
            await bench.cycle()


async def engine_traffic(bench: Bench, rng: random.Random) -> None:
    """The engine reads every store at random, so that writes are refused now and then."""
    while True:
        bench.dut.e_re.value = rng.getrandbits(5)
        rows = [rng.randrange(min(4, CAPACITY[s] // bench.banks[s])) for s in range(5)]
        bench.dut.e_row.value = sum(row << 8 * s for s, row in enumerate(rows))
        await bench.cycle()


class Watch:
    """Watches that one master at a time gets in, and none between a read and a write of another."""

    def __init__(self) -> None:
        self.owner: int | None = None
        self.waiting: int | None = None
        self.accesses = [0] * 5
        self.refused = 0

    async def run(self, bench: Bench) -> None:
        dut = bench.dut
        while True:
            await ReadOnly()
            granted = int(dut.granted.value)
            taken = int(dut.s_valid.value) and int(dut.s_ready.value)
            self.refused += int(dut.s_valid.value) and not int(dut.s_ready.value)
            assert granted.bit_count() <= 1
            if taken:
                # of the master whose request was accepted last
                assert self.waiting is not None
                master, self.waiting = self.waiting, None
                assert self.owner in (None, master), f"master {master} broke into {self.owner}"
                self.accesses[master] += 1
                if master != DIGEST:
                    self.owner = None if int(dut.s_we.value) else master
            if granted:
                assert self.waiting is None
                self.waiting = granted.bit_length() - 1
            await bench.cycle()


@cocotb.test()
async def all_masters_at_once(dut: Any) -> None:
    """Xors commute: after two hosts, flip list and sweep at once, words have had them all."""
    rng = seeded(dut, "contention")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover(range(5), CAPACITY)
    expected = [words.copy() for words in stores]
    watch = Watch()
    for _ in range(4):
        await bench.cycle()
    background = [
        cocotb.start_soon(engine_traffic(bench, rng)),
        cocotb.start_soon(watch.run(bench)),
    ]
    for round_ in range(3):
        ber = (0.01, 0.3, 1.0)[round_]
        seed = rng.getrandbits(64)
        places = {(s, rng.randrange(CAPACITY[s]), rng.randrange(32)) for s in rng.choices(range(5), k=80)}
        faults = FaultSet.of(places)
        tasks: list[Any] = [
            cocotb.start_soon(bench.sweep(seed, threshold(ber))),
            cocotb.start_soon(bench.flip([int(e) for e in faults.entries()])),
            cocotb.start_soon(bench.digest()),
            cocotb.start_soon(xor_words(bench, "host", rng, 60, expected)),
            cocotb.start_soon(xor_words(bench, "other", rng, 60, expected)),
        ]
        results = [await task for task in tasks]
        swept = sweep(seed, threshold(ber), PhysicalSpace.of(CAPACITY), range(5))
        assert results[0][0] == len(swept)
        assert results[1][:2] == (len(faults), 0)
        expected = swept.apply(faults.apply(expected))
    for task in background:
        task.cancel()
    dut.e_re.value = 0
    dut._log.info("accesses by master %s, refused %d", watch.accesses, watch.refused)
    # 60 reads and 60 writes a round
    assert watch.accesses[0] == watch.accesses[3] == 3 * 120
    assert min(watch.accesses) > 0
    assert watch.refused > 0
    assert_equal(await bench.dump(), expected)


@cocotb.test()
async def priority_and_lock(dut: Any) -> None:
    """Port 0 goes first; a lock keeps even port 0 out until it is let go."""
    stores = random_stores(seeded(dut, "lock"))
    bench = Bench(dut)
    await bench.start(stores)
    bench.request("host", 1, 3)
    bench.request("other", 1, 4)
    await ReadOnly()
    assert int(dut.granted.value) == 0b00001
    await bench.cycle()
    dut.host_valid.value = 0
    dut.other_lock.value = 1
    await ReadOnly()
    assert int(dut.granted.value) == 0b01000
    await bench.cycle()
    # `other` holds the lock without asking for anything: nobody gets in
    dut.other_valid.value = 0
    bench.request("host", 2, 5)
    for _ in range(4):
        await ReadOnly()
        assert int(dut.granted.value) == 0
        await bench.cycle()
    bench.request("other", 1, 4, 99)
    await ReadOnly()
    assert int(dut.granted.value) == 0b01000
    await bench.cycle()
    dut.other_valid.value = 0
    dut.other_lock.value = 0
    await ReadOnly()
    assert int(dut.granted.value) == 0b00001
    await bench.cycle()
    dut.host_valid.value = 0
    assert await bench.answer("host") == stores[2][5]
    await bench.cycle()
    assert await bench.read(1, 4) == 99
    # a lock that was let go counts for nothing when it is raised again
    dut.other_lock.value = 1
    await bench.read(1, 4, "other")
    dut.other_lock.value = 0
    await bench.cycle()
    dut.other_lock.value = 1
    bench.request("other", 1, 4)
    bench.request("host", 1, 3)
    await ReadOnly()
    assert int(dut.granted.value) == 0b00001
