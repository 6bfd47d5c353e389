# SPDX-License-Identifier: Apache-2.0
"""Threefry in RTL: published vectors, the host's hash at random, and a hash every seven cycles."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from cocotb_tests.fault.driver import Bench, seeded
from host.faults.random_words import threefry4x32

PI_COUNTER = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
PI_KEY = (0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89)

# Known answers of the Random123 library: rounds, counter, key, hash.
PUBLISHED = (
    (13, (0,) * 4, (0,) * 4, (0x531C7E4F, 0x39491EE5, 0x2C855A92, 0x3D6ABF9A)),
    (13, (0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 4, (0xC4189358, 0x1C9CC83A, 0xD5881C67, 0x6A0A89E0)),
    (13, PI_COUNTER, PI_KEY, (0x4AA71D8F, 0x734738C2, 0x431FC6A8, 0xAE6DEBF1)),
    (20, (0,) * 4, (0,) * 4, (0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8)),
)


def join(words: Any) -> int:
    """Four words as one 128-bit number."""
    return sum(int(w) << 32 * i for i, w in enumerate(words))


async def hash_once(bench: Bench, rounds: int, counter: Any, key: Any) -> tuple[int, int]:
    """A hash and the cycles from its start to its result."""
    dut = bench.dut
    dut.hash_counter.value, dut.hash_key.value = join(counter), join(key)
    dut.hash_start.value = 1
    await bench.cycle()
    dut.hash_start.value = 0
    dut.hash_counter.value = 0
    valid, cycles = getattr(dut, f"hash{rounds}_valid"), 1
    while not int(valid.value):
        await bench.cycle()
        cycles += 1
    # held until it is taken, however long that takes (and until the slower one is done, too)
    for _ in range(12):
        await bench.cycle()
    assert int(valid.value) == 1
    result = int(getattr(dut, f"hash{rounds}_hash").value)
    dut.hash_take.value = 1
    await bench.cycle()
    dut.hash_take.value = 0
    assert int(valid.value) == 0
    return result, cycles


@cocotb.test()
async def published(dut: Any) -> None:
    """The known answers of docs/faults.md, and one of 20 rounds."""
    bench = Bench(dut)
    await bench.start()
    for rounds, counter, key, expected in PUBLISHED:
        result, cycles = await hash_once(bench, rounds, counter, key)
        assert result == join(expected), f"{result:032x}"
        assert cycles == rounds + 1


@cocotb.test()
async def random_hashes(dut: Any) -> None:
    """Random counters and keys, 13 and 20 rounds."""
    rng = seeded(dut, "hashes")
    bench = Bench(dut)
    await bench.start()
    for _ in range(40):
        counter = [rng.getrandbits(32) for _ in range(4)]
        k0, k1, k2, k3 = (rng.getrandbits(32) for _ in range(4))
        rounds = rng.choice([13, 20])
        expected = threefry4x32(np.array(counter, dtype=np.uint32).reshape(4, 1), (k0, k1, k2, k3), rounds)
        result, _ = await hash_once(bench, rounds, counter, (k0, k1, k2, k3))
        assert result == join(expected[:, 0])


@cocotb.test()
async def back_to_back(dut: Any) -> None:
    """With start and take held, a hash of 13 rounds comes every seventh cycle, each 14 cycles after its start."""
    bench = Bench(dut)
    await bench.start()
    dut.hash_key.value = join((5, 6, 7, 8))
    dut.hash_start.value = 1
    dut.hash_take.value = 1
    taken: list[int] = []
    results: list[tuple[int, int]] = []
    for cycle in range(7 * 22 + 1):
        dut.hash_counter.value = join((cycle, 0, 0, 0))
        if int(dut.hash13_valid.value):
            results.append((cycle, int(dut.hash13_hash.value)))
        if cycle % 7 == 0:
            taken.append(cycle)
        await bench.cycle()
    counter = np.zeros((4, len(results)), dtype=np.uint32)
    counter[0] = taken[: len(results)]
    expected = threefry4x32(counter, (5, 6, 7, 8), 13)
    assert [r for _, r in results] == [join(expected[:, i]) for i in range(len(results))]
    assert [c for c, _ in results] == [7 * (i + 2) for i in range(21)]


@cocotb.test()
async def busy_taker(dut: Any) -> None:
    """Results that wait for random times stay in order, and a taker slower than the hash is never kept waiting."""
    rng = seeded(dut, "taker")
    bench = Bench(dut)
    await bench.start()
    dut.hash_key.value = join((5, 6, 7, 8))
    dut.hash_start.value = 1
    taken: list[int] = []
    results: list[int] = []
    waits = [rng.choice([0, 1, 3, 7, 8, 9, 20]) for _ in range(60)]
    left, waited = 0, 0
    for cycle in range(2000):
        dut.hash_counter.value = join((cycle, 0, 0, 0))
        await Timer(1, "ns")
        valid = int(dut.hash13_valid.value) == 1
        if not left and not valid and results:
            waited += 1
            assert waits[len(results) - 1] < 7, f"no result after a wait of {waits[len(results) - 1]} cycles"
        take = valid and not left
        dut.hash_take.value = int(take)
        await Timer(1, "ns")
        if int(dut.hash13_ready.value):
            taken.append(cycle)
        if take:
            results.append(int(dut.hash13_hash.value))
            left = waits[len(results) - 1]
            if len(results) == len(waits):
                break
        elif left:
            left -= 1
        await bench.cycle()
    assert len(results) == len(waits) and waited > 0
    counter = np.zeros((4, len(results)), dtype=np.uint32)
    counter[0] = taken[: len(results)]
    expected = threefry4x32(counter, (5, 6, 7, 8), 13)
    assert results == [join(expected[:, i]) for i in range(len(results))]
