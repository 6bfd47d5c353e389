# SPDX-License-Identifier: Apache-2.0
"""Class scores against sums, and when they are ready."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge

from cocotb_tests.driver import get, pack, put, seeded
from cocotb_tests.lut.driver import sliced, start

COUNT_BITS = 5


def scores(ones: list[int], group: int, classes: int, lanes: int) -> list[int]:
    """Packed scores of the classes."""
    result = []
    for c in range(classes):
        gates = ones[c * group : (c + 1) * group]
        result.append(pack(sliced([sum(g >> lane & 1 for g in gates) for lane in range(lanes)], COUNT_BITS), lanes))
    return result


class Counter:
    """The module under test, what it holds, and when it was ready last."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.classes: list[tuple[int, int]] = []
        self.since: int | None = None
        self.finished = False

    async def cycle(self, score_bits: int) -> None:
        """One cycle, after which a new class may be there and the last one still is."""
        await FallingEdge(self.dut.clk)
        ready, finished = get(self.dut, "count", "ready", "finished")
        assert not self.finished, "a cycle after the end"
        self.finished = bool(finished)
        if self.since is not None:
            self.since += 1
        if ready:
            assert self.since is None or self.since >= score_bits + 2, f"ready {self.since} cycles after the last"
            assert not finished, "the end before the last class"
            self.since = 0
            self.classes.append((*get(self.dut, "count", "number", "score"),))
        elif self.classes and self.since is not None:
            assert tuple(get(self.dut, "count", "number", "score")) == self.classes[-1], "a class did not last"


async def batch(dut: Any, rng: random.Random, group: int, classes: int, gates: int, lanes: int) -> None:
    """One batch: every class once, in order, then the end."""
    bits = group.bit_length()
    if get(dut, "count", "group", "classes") != [group, classes]:
        put(dut, "count", group=group, score_bits=bits, classes=classes, rst=1)
        await FallingEdge(dut.clk)
        put(dut, "count", rst=0)
    ones = [rng.choice([rng.getrandbits(lanes), (1 << lanes) - 1]) for _ in range(gates)]
    counter = Counter(dut)
    pauses = rng.choice([0, 0.3])
    for word in ones:
        while rng.random() < pauses:
            put(dut, "count", valid=0, ones=rng.getrandbits(lanes))
            await counter.cycle(bits)
        put(dut, "count", valid=1, ones=word)
        await counter.cycle(bits)
        for _ in range(2 if group <= 4 else 0):
            put(dut, "count", valid=0, ones=rng.getrandbits(lanes))
            await counter.cycle(bits)
    assert not counter.finished
    put(dut, "count", valid=0, ones=rng.getrandbits(lanes), finish=1)
    await counter.cycle(bits)
    put(dut, "count", finish=0)
    for _ in range((classes + 1) * (bits + 4)):
        if counter.finished:
            break
        await counter.cycle(bits)
    assert counter.finished, "no end"
    assert counter.classes == list(enumerate(scores(ones, group, classes, lanes))), f"{group} {classes} {gates}"


@cocotb.test()
async def batches(dut: Any) -> None:
    """Groups of one, two and many; an end with nothing counted, within a group, after all, after more."""
    rng = seeded(dut, "count")
    lanes = (await start(dut)).lanes
    for group in (1, 2, 3, 4, 7, 16, 31):
        for classes in (1, 2, 5):
            total = group * classes
            for gates in {0, 1, total - 1, total, total + group + 1, rng.randrange(total)}:
                await batch(dut, rng, group, classes, gates, lanes)


@cocotb.test()
async def flushed(dut: Any) -> None:
    """A reset within a batch or its end leaves nothing behind."""
    rng = seeded(dut, "flushed")
    lanes = (await start(dut)).lanes
    put(dut, "count", group=3, score_bits=2, classes=4)
    for cut in range(1, 15):
        put(dut, "count", valid=1, ones=rng.getrandbits(lanes))
        for cycle in range(cut):
            put(dut, "count", valid=int(cycle < 9 and cycle % 3 == 0), finish=int(cycle == 9))
            await FallingEdge(dut.clk)
        put(dut, "count", rst=1, valid=0, finish=0)
        await FallingEdge(dut.clk)
        put(dut, "count", rst=0)
        for _ in range(4):
            assert get(dut, "count", "ready", "finished") == [0, 0], f"cut at {cut}"
            await FallingEdge(dut.clk)
        await batch(dut, rng, 3, 4, 7, lanes)
        put(dut, "count", group=3, score_bits=2, classes=4)
