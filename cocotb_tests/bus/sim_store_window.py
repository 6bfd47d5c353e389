# SPDX-License-Identifier: Apache-2.0
"""The windows onto the parameter stores, behind an arbiter that takes its time."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.bus.driver import Bus
from cocotb_tests.mac.driver import get, seeded
from host.regmap import store_data, store_raw

#: Code words of each store of the bench.
CAPACITY = (40, 16, 1, 1 << 19, 0, 0, 0, 0)

OFFSET = (1 << 24) - 1


class Arbiter:
    """Accepts a request after some cycles and answers it after some more; the answer stands for one cycle only."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.words: dict[tuple[int, int], int] = {}
        self.taken: list[tuple[int, int, int | None]] = []
        cocotb.start_soon(self.serve())

    def word(self, store: int, number: int) -> int:
        """Content of a code word."""
        return self.words.setdefault((store, number), self.rng.getrandbits(32))

    async def serve(self) -> None:
        """Play the arbiter."""
        answer: int | None = None
        wait = 0
        while True:
            answers = answer is not None and wait == 0
            self.dut.store_rvalid.value = int(answers)
            self.dut.store_rdata.value = answer if answers else self.rng.getrandbits(32)
            ready = self.rng.random() < 0.4
            self.dut.store_ready.value = int(ready)
            answer, wait = (None, 0) if answers else (answer, wait - 1)
            await ReadOnly()
            names = ("valid", "we", "store", "word", "wdata", "lock")
            valid, we, store, number, data, lock = get(self.dut, "store", *names)
            assert not lock
            if valid and ready:
                assert answer is None, "a question before the answer to the last one"
                self.taken.append((store, number, data if we else None))
                if we:
                    self.words[store, number] = data
                else:
                    answer, wait = self.word(store, number), self.rng.randrange(4)
            await FallingEdge(self.dut.clk)


def place(rng: random.Random) -> tuple[int, int]:
    """A store and a code word, some just outside."""
    store = rng.choice([0, 0, 1, 1, 2, 3, 3, rng.randrange(4, 8)])
    size = CAPACITY[store]
    return store, max(0, rng.choice([0, size - 1, size, size + 1, rng.randrange(size + 1)]))


@cocotb.test()
async def random_accesses(dut: Any) -> None:
    """Either window names the same code words; what is not there is refused, or reads as zeros, and asks nobody."""
    rng = seeded(dut, "windows")
    bus = await Bus.reset(dut, rng)
    arbiter = Arbiter(dut, rng)
    for _ in range(120):
        locked = rng.random() < 0.15
        dut.locked.value = int(locked)
        slave = rng.choice(["store_data", "store_raw"])
        accesses: list[tuple[int, int | None]] = []
        # None for a part that no code word has
        expected: list[tuple[int, int, int | None] | None] = []
        refusals = []
        for _ in range(rng.randrange(1, 6)):
            store, number = place(rng)
            part = 0
            if slave == "store_raw":
                # a number of the raw window has 19 bits
                number %= 1 << 19
                part = rng.choice([0, 0, 0, 1, 2, 3])
                address = store_raw(store, number, part) & OFFSET
            else:
                address = store_data(store, number) & OFFSET
            data = rng.choice([None, rng.getrandbits(32)])
            accesses.append((address, data))
            refusals.append(locked or number >= CAPACITY[store])
            if not refusals[-1]:
                expected.append((store, number, data) if part == 0 else None)
        contents = dict(arbiter.words)
        arbiter.taken.clear()
        replies = await bus.run(slave, accesses)
        assert [reply.refused for reply in replies] == refusals, f"{slave} {accesses}"
        assert arbiter.taken == [access for access in expected if access], f"{slave} {accesses}"
        answers = [reply for reply in replies if not reply.refused]
        for access, (_, written), reply in zip(
            expected, (one for one, no in zip(accesses, refusals, strict=True) if not no), answers, strict=True
        ):
            if access is None:
                assert written is not None or reply.data == 0
                continue
            store, number, data = access
            if data is None:
                assert reply.data == contents.get((store, number), arbiter.word(store, number))
            else:
                contents[store, number] = data
