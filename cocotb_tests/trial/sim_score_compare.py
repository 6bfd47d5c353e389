# SPDX-License-Identifier: Apache-2.0
"""Judged pictures against numpy and zlib."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.mac.driver import Memory, get, pack, put, seeded, start

ROWS = 64
RESULTS = 32
OUTCOMES = ("masked", "tolerated", "critical", "correct")


@dataclass(frozen=True)
class Run:
    """A run: its registers, and what the memories hold for it."""

    first: int
    score_base: int
    score_rows: int
    score_count: int
    scores: np.ndarray  # int8[pictures, score_count]
    digests: list[int]
    classes: list[int]
    labels: list[int]

    def outcomes(self, judged: int) -> list[int]:
        """Counts of the first pictures, in the order of OUTCOMES."""
        counts = [0] * len(OUTCOMES)
        for picture in range(judged):
            row = self.scores[picture]
            class_ = int(np.argmax(row))  # the lowest index on a tie
            if zlib.crc32(row.tobytes()) == self.digests[picture]:
                counts[0] += 1
            elif class_ == self.classes[picture]:
                counts[1] += 1
            else:
                counts[2] += 1
            counts[3] += class_ == self.labels[picture]
        return counts


def random_run(rng: random.Random, score_count: int, pictures: int) -> Run:
    """Scores with many ties; golden results of the same scores, other scores, or other classes."""
    score_rows = -(-score_count // 16) + rng.choice([0, 0, 1])
    pictures = min(pictures, ROWS // score_rows)
    spread = rng.choice([1, 2, 10, 256])
    low = rng.choice([-128, 128 - spread, rng.randrange(-128, 129 - spread)])
    flat = [low + rng.randrange(spread) for _ in range(pictures * score_count)]
    scores = np.array(flat).astype(np.int8).reshape(pictures, score_count)
    digests, classes, labels = [], [], []
    for row in scores:
        same = rng.random() < 0.4
        digest = zlib.crc32(row.tobytes())
        digests.append(digest if same else digest ^ 1 << rng.randrange(32))
        best = int(np.argmax(row))
        classes.append(best if rng.random() < 0.5 else (best ^ 1 << rng.randrange(16)))
        labels.append(best if rng.random() < 0.5 else rng.randrange(score_count + 1))
    return Run(
        first=rng.choice([0, 1, rng.randrange(RESULTS), 65535]),
        score_base=rng.choice([0, rng.randrange(2**16)]),
        score_rows=score_rows,
        score_count=score_count,
        scores=scores,
        digests=digests,
        classes=classes,
        labels=labels,
    )


class Comparison:
    """The module under test, the score store and the golden results."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.run_: Run | None = None
        self.answered = 0
        golden = (
            (dut.compare_golden_digest, lambda run: run.digests, 32),
            (dut.compare_golden_class, lambda run: run.classes, 16),
            (dut.compare_golden_label, lambda run: run.labels, 16),
        )
        self.memories = [
            Memory(
                dut.compare_score_re,
                dut.compare_score_row,
                dut.compare_score_data,
                1,
                self.row,
                rng,
            )
        ]
        self.memories += [
            Memory(
                dut.compare_golden_re,
                dut.compare_golden_index,
                handle,
                1,
                lambda index, column=column, bits=bits: self.golden(column, bits, index),
                rng,
                holds=True,
            )
            for handle, column, bits in golden
        ]

    def row(self, row: int) -> int:
        """A row of scores; anything for those that are not answered."""
        run = self.run_
        assert run is not None
        number = (row - run.score_base) % ROWS
        picture, part = divmod(number, run.score_rows)
        if picture >= self.answered:
            return self.rng.getrandbits(128)
        scores = run.scores[picture, 16 * part : 16 * part + 16].tolist()
        rest = [self.rng.randrange(-128, 128) for _ in range(16 - len(scores))]
        return pack(scores + rest, 8)

    def golden(self, column: Any, bits: int, index: int) -> int:
        """A golden result; anything where the run has no picture."""
        run = self.run_
        assert run is not None
        picture = (index - run.first) % RESULTS
        return column(run)[picture] if picture < len(run.scores) else self.rng.getrandbits(bits)

    async def cycle(self) -> None:
        """One cycle."""
        for memory in self.memories:
            memory.answer()
        await ReadOnly()
        for memory in self.memories:
            memory.request()
        await FallingEdge(self.dut.clk)

    async def start(self, run: Run) -> None:
        """Start a run, nothing answered."""
        self.run_, self.answered = run, 0
        put(
            self.dut,
            "compare",
            start=1,
            first=run.first,
            score_base=run.score_base,
            score_rows=run.score_rows,
            score_count=run.score_count,
            answered=0,
        )
        await self.cycle()
        put(self.dut, "compare", start=0)

    async def judge(self, run: Run, pace: float, until: int | None = None) -> None:
        """A run, answered at some pace; whenever the module rests, the counts must be right."""
        await self.start(run)
        limit = 20 + len(run.scores) * (20 + run.score_count + run.score_count // 8 + int(4 / pace))
        for cycle in range(limit):
            idle = get(self.dut, "compare", "idle")[0]
            if idle:
                counts = get(self.dut, "compare", *OUTCOMES)
                assert counts == run.outcomes(self.answered), f"{run}: {counts}"
                if self.answered == len(run.scores):
                    return
            if until is not None and cycle == until:
                return
            if self.rng.random() < pace:
                step = self.rng.choice([1, 1, 2, 16])
                self.answered = min(self.answered + step, len(run.scores))
                put(self.dut, "compare", answered=self.answered)
            await self.cycle()
        raise AssertionError(f"{run}: not judged after {limit} cycles")


@cocotb.test()
async def runs(dut: Any) -> None:
    """One score to three rows of them, pictures that arrive at once or slowly."""
    rng = seeded(dut, "runs")
    await start(dut)
    bench = Comparison(dut, rng)
    totals = np.zeros(len(OUTCOMES), dtype=np.int64)
    for count in (1, 2, 10, 15, 16, 17, 31, 32, 33, 48, rng.randrange(1, 60)):
        for pace in (1.0, 0.05):
            run = random_run(rng, count, rng.randrange(4, 12))
            await bench.judge(run, pace)
            totals += get(dut, "compare", *OUTCOMES)
    dut._log.info("%s", dict(zip(OUTCOMES, totals.tolist(), strict=True)))
    assert (totals > 10).all()


@cocotb.test()
async def no_pictures(dut: Any) -> None:
    """A run that answers nothing rests at once, with nothing counted."""
    rng = seeded(dut, "none")
    await start(dut)
    bench = Comparison(dut, rng)
    await bench.judge(random_run(rng, 10, 6), 1.0)
    await bench.start(random_run(rng, 10, 6))
    for _ in range(20):
        assert get(dut, "compare", "idle", *OUTCOMES) == [1, 0, 0, 0, 0]
        await bench.cycle()


@cocotb.test()
async def restarted(dut: Any) -> None:
    """A start in the middle of a picture leaves nothing of the run before."""
    rng = seeded(dut, "restarted")
    await start(dut)
    bench = Comparison(dut, rng)
    for cut in range(1, 40, 3):
        await bench.judge(random_run(rng, 17, 4), 1.0, until=cut)
        await bench.judge(random_run(rng, rng.choice([1, 10, 20]), 3), 0.3)


@cocotb.test()
async def a_score_a_cycle(dut: Any) -> None:
    """A picture costs a cycle a score, two more a row, one to wait and one to judge; the last is counted after."""
    rng = seeded(dut, "pace")
    await start(dut)
    bench = Comparison(dut, rng)
    for count in (1, 10, 16, 17, 40):
        run = random_run(rng, count, 4)
        await bench.start(run)
        bench.answered = len(run.scores)
        put(dut, "compare", answered=bench.answered)
        for _ in range(len(run.scores) * (count + 2 * -(-count // 16) + 2)):
            await bench.cycle()
            assert get(dut, "compare", "idle") == [0], f"{count} scores: too early"
        await bench.cycle()
        assert get(dut, "compare", "idle") == [1], f"{count} scores: too late"
        assert get(dut, "compare", *OUTCOMES) == run.outcomes(len(run.scores))
