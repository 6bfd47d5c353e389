# SPDX-License-Identifier: Apache-2.0
"""Scores, classes and outcomes of whole runs against plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.driver import Memory, get, pack, put, seeded
from cocotb_tests.lut.driver import sliced, start

ROWS = 128
COUNT_BITS = 5
OUTCOMES = ("answered", "masked", "tolerated", "critical", "correct")


@dataclass(frozen=True)
class Batch:
    """Per lane: scores of each class, golden scores, golden class, label."""

    scores: list[list[int]]
    golden: list[list[int]]
    classes: list[int]
    labels: list[int]

    def golden_rows(self, score_bits: int, class_bits: int) -> list[int]:
        """Rows as docs/lut-engine.md orders them, the most significant bits first."""
        rows = [row for scores in self.golden for row in reversed(sliced(scores, score_bits))]
        rows += reversed(sliced(self.classes, class_bits))
        return [*rows, *reversed(sliced(self.labels, class_bits))]

    def outcomes(self, pictures: int) -> list[int]:
        """Counts in the order of OUTCOMES."""
        counts = dict.fromkeys(OUTCOMES, 0)
        for lane in range(pictures):
            own = [scores[lane] for scores in self.scores]
            best = own.index(max(own))
            if own == [scores[lane] for scores in self.golden]:
                counts["masked"] += 1
            else:
                counts["tolerated" if best == self.classes[lane] else "critical"] += 1
            counts["answered"] += 1
            counts["correct"] += best == self.labels[lane]
        return list(counts.values())


def random_batch(rng: random.Random, lanes: int, classes: int, group: int) -> Batch:
    """Many ties, goldens that are often met, golden classes and labels of any kind, none included."""
    values = rng.choice([[0, group], [group], range(group + 1)])
    scores = [rng.choices(values, k=lanes) for _ in range(classes)]
    change = rng.choice([0.0, 0.1, 0.5])
    golden = [[rng.randrange(group + 1) if rng.random() < change else s for s in row] for row in scores]
    best = [max(range(classes), key=lambda c: (scores[c][lane], -c)) for lane in range(lanes)]
    chosen = [[b if rng.random() < 0.6 else rng.randrange(classes + 1) for b in best] for _ in range(2)]
    return Batch(scores, golden, *chosen)


class Judge:
    """The module under test, the golden results, and the rows it wrote."""

    def __init__(self, dut: Any, rng: random.Random, lanes: int) -> None:
        self.dut, self.rng, self.lanes = dut, rng, lanes
        self.golden = [rng.getrandbits(lanes) for _ in range(ROWS)]
        self.memory = Memory(
            dut.judge_golden_re, dut.judge_golden_row, dut.judge_golden_data, 1, lambda row: self.golden[row], rng
        )
        self.written: list[tuple[int, int]] = []

    async def cycle(self) -> bool:
        """One cycle; whether the batch is judged in it."""
        self.memory.answer()
        await ReadOnly()
        self.memory.request()
        judged, we = get(self.dut, "judge", "judged", "score_we")
        if we:
            self.written.append((*get(self.dut, "judge", "score_row", "score_data"),))
        await FallingEdge(self.dut.clk)
        return bool(judged)

    async def present(self, batch: Batch, score_bits: int) -> None:
        """Classes of a batch, each held until the next, then its end."""
        for number, scores in enumerate(batch.scores):
            put(self.dut, "judge", ready=1, number=number, score=pack(sliced(scores, COUNT_BITS), self.lanes))
            assert not await self.cycle()
            put(self.dut, "judge", ready=0)
            last = number == len(batch.scores) - 1
            for _ in range(0 if last else score_bits + 1 + self.rng.choice([0, 0, 1, 5])):
                assert not await self.cycle()
        for _ in range(self.rng.choice([0, 0, 1, score_bits])):
            assert not await self.cycle()
        put(self.dut, "judge", finished=1)
        assert not await self.cycle()
        put(self.dut, "judge", finished=0)

    async def run(self, batches: list[Batch], group: int, count: int) -> None:
        """Rows, and outcomes after every batch."""
        classes = len(batches[0].scores)
        score_bits, class_bits = group.bit_length(), classes.bit_length()
        golden = [row for batch in batches for row in batch.golden_rows(score_bits, class_bits)]
        score_row, golden_row = self.rng.randrange(30), self.rng.randrange(ROWS - len(golden) + 1)
        self.golden[golden_row : golden_row + len(golden)] = golden
        self.written.clear()
        put(self.dut, "judge", score_bits=score_bits, class_bits=class_bits)
        assert not await self.cycle()
        put(self.dut, "judge", start=1, first_score_row=score_row, first_golden_row=golden_row, count=count)
        assert not await self.cycle()
        put(self.dut, "judge", start=0, first_score_row=0, first_golden_row=0, count=self.rng.getrandbits(16))
        assert get(self.dut, "judge", *OUTCOMES) == [0] * 5, "a run begins with outcomes"
        total, rows = [0] * 5, []
        for number, batch in enumerate(batches):
            await self.present(batch, score_bits)
            # a row a cycle, four outcomes of 32 pictures each a cycle, a few between
            limit = score_bits + 2 * class_bits + 4 * self.lanes // 32 + 10
            assert any([await self.cycle() for _ in range(limit)]), "not judged in time"
            pictures = min(self.lanes, count - number * self.lanes)
            total = [a + b for a, b in zip(total, batch.outcomes(pictures), strict=True)]
            assert get(self.dut, "judge", *OUTCOMES) == total, f"batch {number}, {pictures} pictures"
            rows += [row for scores in batch.scores for row in reversed(sliced(scores, score_bits))]
        assert self.written == [(score_row + place, row) for place, row in enumerate(rows)]


def random_run(rng: random.Random, lanes: int) -> tuple[list[Batch], int, int]:
    """Batches that fit the golden rows, gates of a class, pictures."""
    group, classes = rng.choice([1, 2, 3, 15, 31]), rng.choice([1, 2, 3, 8, 15])
    rows = classes * group.bit_length() + 2 * classes.bit_length()
    batches = [random_batch(rng, lanes, classes, group) for _ in range(min(3, ROWS // rows))]
    last = rng.choice([1, lanes - 1, lanes, rng.randrange(1, lanes + 1)])
    return batches, group, lanes * (len(batches) - 1) + last


@cocotb.test()
async def random_runs(dut: Any) -> None:
    """Runs of several batches, the last often not full."""
    rng = seeded(dut, "judge")
    lanes = (await start(dut)).lanes
    bench = Judge(dut, rng, lanes)
    for _ in range(20):
        await bench.run(*random_run(rng, lanes))


@cocotb.test()
async def flushed(dut: Any) -> None:
    """A reset at any time of a batch leaves no outcome and nothing to the next run."""
    rng = seeded(dut, "flushed")
    lanes = (await start(dut)).lanes
    bench = Judge(dut, rng, lanes)
    for cut in (0, 0, 1, 1, 2, 2, *range(3, 23, 2)):
        # scores long enough for the end to come, and the reset, while the last one is compared
        batch = random_batch(rng, lanes, 3, 31)
        put(dut, "judge", score_bits=5, class_bits=2)
        await bench.cycle()
        put(dut, "judge", start=1, count=lanes)
        await bench.cycle()
        put(dut, "judge", start=0)
        await bench.present(batch, 5)
        for _ in range(cut):
            await bench.cycle()
        put(dut, "judge", rst=1)
        await bench.cycle()
        put(dut, "judge", rst=0)
        for _ in range(20):
            assert not await bench.cycle(), f"cut at {cut}"
        assert get(dut, "judge", *OUTCOMES) == [0] * 5, f"cut at {cut}"
        await bench.run(*random_run(rng, lanes))
