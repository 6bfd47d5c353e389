# SPDX-License-Identifier: Apache-2.0
"""The sweep against host.faults, bit for bit, and its speed."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

import cocotb

from cocotb_tests.fault.driver import CAPACITY, Bench, assert_equal, random_stores, seeded
from host.faults import sweep, threshold
from host.faults.pattern import Pattern
from host.image import PhysicalSpace

#: Random sweeps of a run.
SWEEPS = int(os.environ.get("FAULTLOOP_SWEEPS", "10"))

#: Bits a cycle that the sweep must reach, by SWEEP_WORDS (measured: see the log).
LEAST_RATE = {1: 3.8, 4: 12.0}


def some_threshold(rng: random.Random) -> int:
    """Thresholds of every size, the edges among them."""
    edges = [0, 1, 1 << 31, (1 << 32) - 1, 1 << 32, 3 << 30]
    return rng.choice([*edges, rng.getrandbits(32), threshold(10 ** rng.uniform(-3, 0))])


def some_extents(rng: random.Random) -> list[int]:
    """Extents of every size: none, whole, and broken off anywhere."""
    return [rng.choice([0, size, rng.randrange(size + 1)]) for size in CAPACITY]


def some_stores(rng: random.Random) -> list[int]:
    """One to seven stores, those that do not exist among them."""
    return rng.sample(range(8), rng.randrange(1, 8))


def some_pattern(rng: random.Random) -> Pattern:
    """Any pattern that there is."""
    return Pattern(rng.randrange(1, 3), rng.randrange(1, 5), rng.choice([1, 2, 4, 8]))


@cocotb.test()
async def sweeps_as_the_host(dut: Any) -> None:
    """Random seeds, thresholds, stores, extents, patterns; repeating undoes it; nothing else changes."""
    rng = seeded(dut, "sweep")
    stores = random_stores(rng)
    bench = Bench(dut)
    await bench.start(stores)
    cases: list[tuple[int, int, Sequence[int], Sequence[int]]]
    cases = [(0, 1 << 32, range(5), CAPACITY), (1, 0, range(5), CAPACITY)]
    # the last bits of the threshold that are set, and a last slice that is written
    cases += [(n, limit, [1, 4], CAPACITY) for n, limit in enumerate((1 << 31, 3 << 30, 5 << 29))]
    for _ in range(SWEEPS):
        cases.append((rng.getrandbits(64), some_threshold(rng), some_stores(rng), some_extents(rng)))
    for number, (seed, limit, chosen, extents) in enumerate(cases):
        pattern = Pattern() if number < 5 or number % 2 else some_pattern(rng)
        bench.cover(chosen, extents)
        bench.dut.pattern.value = pattern.register
        space = PhysicalSpace.of((*extents, 0, 0, 0))
        expected, faults = pattern.spread(sweep(seed, limit, space, chosen), space)
        flips, cycles = await bench.sweep(seed, limit)
        assert flips == expected, f"seed {seed:#x} threshold {limit:#x} pattern {pattern}, {pattern.interleave}"
        assert_equal(await bench.dump(), faults.apply(stores))
        assert await bench.sweep(seed, limit) == (expected, cycles)
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def fixed_seeds_in_every_geometry(dut: Any) -> None:
    """These seeds give the host's flips whatever the geometry of the build, so all builds agree."""
    stores = random_stores(random.Random(8))
    bench = Bench(dut)
    await bench.start(stores)
    bench.cover(range(5), CAPACITY)
    for seed in (0, 1, 2, 0xFEDCBA9876543210):
        faults = sweep(seed, threshold(0.02), PhysicalSpace.of(CAPACITY), range(5))
        flips, _ = await bench.sweep(seed, threshold(0.02))
        assert flips == len(faults)
        stores = faults.apply(stores)
    assert_equal(await bench.dump(), stores)


@cocotb.test()
async def speed(dut: Any) -> None:
    """Physical bits a clock cycle over the weights."""
    bench = Bench(dut)
    await bench.start(random_stores(random.Random(9)))
    words = CAPACITY[0]
    bench.cover([0], CAPACITY)
    width = min(bench.sweep_words, bench.banks[0])
    for ber in (1e-3, 0.1):
        cycles = sum([(await bench.sweep(seed, threshold(ber)))[1] for seed in range(4)])
        rate = 4 * words * 32 / cycles
        per_slice = cycles / (4 * words / width)
        dut._log.info(
            "%d words a step, BER %g: %.2f bits a cycle, %.2f cycles a step",
            width,
            ber,
            rate,
            per_slice,
        )
        assert rate >= LEAST_RATE.get(width, 0.0)
