# SPDX-License-Identifier: Apache-2.0
"""Parameter stores: the engine's port under maintenance traffic, slices, neighbours."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ReadOnly

from cocotb_tests.fault.driver import CAPACITY, Bench, Stores, assert_equal, random_stores, seeded

#: Bits of a row's number that are compared.
NEAR = 1


def rows_of(bench: Bench, stores: Stores) -> list[list[int]]:
    """What the engine reads from each row of each store: its banks, bank 0 in the lowest bits."""
    rows = []
    for store, words in enumerate(stores):
        banks = bench.banks[store]
        values = [0] * (len(words) // banks)
        for word, data in enumerate(words):
            row, bank = divmod(bench.index(store, word), banks)
            values[row] |= int(data) << 32 * bank
        rows.append(values)
    return rows


@cocotb.test()
async def every_row(dut: Any) -> None:
    """Each row arrives two cycles after its address, one row a cycle, banks in order."""
    rng = seeded(dut, "rows")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    for store, rows in enumerate(rows_of(bench, stores)):
        data = getattr(dut, f"e_data_{store}")
        dut.e_re.value = 1 << store
        for n in range(len(rows) + 3):
            dut.e_row.value = min(n, len(rows) - 1) << 8 * store
            await ReadOnly()
            if n >= 3:
                assert int(data.value) == rows[n - 3], f"store {store} row {n - 3}"
            await bench.cycle()
        # without a new read, the last row stays
        dut.e_re.value = 0
        for _ in range(3):
            await bench.cycle()
        assert int(data.value) == rows[-1]


@cocotb.test()
async def collisions(dut: Any) -> None:
    """A write waits exactly while the engine reads its row, or one near it, and the engine sees whole rows."""
    rng = seeded(dut, "collisions")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    refused = written = 0
    reading: list[int | None] = [None] * 5
    decoding: list[int | None] = [None] * 5
    arriving: list[int | None] = [None] * 5
    await bench.cycle()
    # a request waits a cycle at least between its master and the store
    waiting: tuple[int, int, int | None] | None = None
    for _ in range(1500):
        request = rng.randrange(5), rng.getrandbits(16), rng.choice([None, rng.getrandbits(32), rng.getrandbits(32)])
        request = request[0], request[1] % CAPACITY[request[0]], request[2]
        bench.request("host", *request)
        # the engine reads any stores, every other time in the row that is written
        rows = [rng.randrange(CAPACITY[s] // bench.banks[s]) for s in range(5)]
        if waiting is not None and rng.random() < 0.5:
            rows[waiting[0]] = bench.index(waiting[0], waiting[1]) // bench.banks[waiting[0]]
        re = rng.getrandbits(5)
        dut.e_re.value = re
        dut.e_row.value = sum(row << 8 * s for s, row in enumerate(rows))
        await ReadOnly()
        waits = False
        contents = rows_of(bench, stores)
        arriving = decoding
        decoding = list(reading)
        reading = [contents[s][rows[s]] if re >> s & 1 else reading[s] for s in range(5)]
        assert int(dut.s_valid.value) == (waiting is not None)
        if waiting is not None:
            store, word, data = waiting
            near = (bench.index(store, word) // bench.banks[store] ^ rows[store]) & NEAR == 0
            waits = bool(data is not None and re >> store & 1 and near)
            assert int(dut.s_ready.value) == (not waits)
            if data is not None and not waits:
                stores[store][word] = data
                written += 1
        assert int(dut.host_ready.value) == (not waits)
        waiting = waiting if waits else request
        refused += waits
        await bench.cycle()
        for s, expected in enumerate(arriving):
            if expected is not None:
                assert int(getattr(dut, f"e_data_{s}").value) == expected, f"store {s}"
    dut.host_valid.value = 0
    dut.e_re.value = 0
    if waiting is not None and waiting[2] is not None:
        stores[waiting[0]][waiting[1]] = waiting[2]
    for _ in range(4):
        await bench.cycle()
    dut._log.info("%d writes, %d waited", written, refused)
    assert refused > 100
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def outside(dut: Any) -> None:
    """Beyond the last row, writes are dropped and reads give zero; no other word changes."""
    rng = seeded(dut, "outside")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    for store, size in enumerate(CAPACITY):
        for word in (size, size + 1, 2 * size, 0xFFFFF):
            await bench.write(store, word, 0xFFFFFFFF)
            assert await bench.read(store, word) == 0
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def single_words(dut: Any) -> None:
    """A write changes its code word and no neighbour."""
    rng = seeded(dut, "single")
    stores = [np.zeros(n, dtype=np.uint32) for n in CAPACITY]
    bench = Bench(dut)
    await bench.start(stores)
    for _ in range(30):
        store = rng.randrange(5)
        word, data = rng.randrange(CAPACITY[store]), rng.getrandbits(32)
        await bench.write(store, word, data)
        stores[store][word] = data
        for beside in (word - 1, word, word + 1):
            if 0 <= beside < CAPACITY[store]:
                assert await bench.read(store, beside) == stores[store][beside]
    assert_equal(await bench.dump(), stores)
