# SPDX-License-Identifier: Apache-2.0
"""Simulator side: requests against a published bus slave, and the contract of docs/link.md."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from typing import Any

import cocotb
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge

from cocotb_tests.link.driver import Slave, Transfer, load, random_numbers, start
from host.link.frames import RECORD_WORDS
from host.regmap import Region, register, window

HELLO, READ, WRITE, RECORDS = range(4)
OK, BUS_ERROR, BAD_REQUEST = range(3)
MOST = 256


class Requester:
    """The decoder and the encoder in one: hands requests over and reads the responses' memory."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.rng = rng
        self.memory = bytearray(2048)
        self.cycles = 0
        cocotb.start_soon(self._memory())

    async def _memory(self) -> None:
        while True:
            await RisingEdge(self.dut.clk)
            await ReadOnly()
            if int(self.dut.cmd_response_we.value):
                self.memory[int(self.dut.cmd_response_address.value)] = int(self.dut.cmd_response_data.value)

    async def content(self, content: bytes) -> tuple[int, int, list[int]]:
        """Sequence, status and words of the response to a request's content."""
        dut = self.dut
        await load(dut, content + self.rng.randbytes(4))
        dut.cmd_frame_length.value = len(content) + 4
        dut.cmd_frame_valid.value = 1
        self.cycles = 0
        while True:
            await ReadOnly()
            assert not int(dut.cmd_frame_done.value)
            if int(dut.cmd_send_start.value):
                break
            await RisingEdge(dut.clk)
            self.cycles += 1
            assert self.cycles < 20000, "no response"
        length = int(dut.cmd_send_length.value)
        response = bytes(self.memory[:length])
        await ClockCycles(dut.clk, self.rng.randrange(1, 20))
        dut.cmd_send_done.value = 1
        await ReadOnly()
        assert int(dut.cmd_frame_done.value)
        await RisingEdge(dut.clk)
        dut.cmd_send_done.value = 0
        dut.cmd_frame_valid.value = 0
        await RisingEdge(dut.clk)
        assert bytes(self.memory[:length]) == response
        sequence, status, count = struct.unpack_from("<BBH", response)
        assert length == 4 + 4 * count
        return sequence, status, list(struct.unpack_from(f"<{count}I", response, 4))

    async def ask(
        self, sequence: int, operation: int, count: int, address: int, words: Sequence[int] = ()
    ) -> tuple[int, int, list[int]]:
        """The response to a request."""
        head = struct.pack("<BBHI", sequence, operation, count, address)
        return await self.content(head + struct.pack(f"<{len(words)}I", *words))


async def _begin(dut: Any, name: str) -> tuple[random.Random, Requester, Slave]:
    rng = random_numbers(dut, f"command {name}")
    await start(dut)
    slave = Slave(waits=lambda: rng.choice((0, 0, 1, 7)))
    slave.attach(dut, "cmd_wb")
    return rng, Requester(dut, rng), slave


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def reads_and_writes(dut: Any) -> None:
    """Words in order at addresses that count up, also across a region's end, with wait states."""
    rng, board, slave = await _begin(dut, "words")
    expected: dict[int, int] = {}
    sequence = 0
    for count in (1, 2, 0, 5, MOST, 1, 17, MOST):
        address = rng.choice((rng.getrandbits(28) >> 1, 0x1FFFFFF, 0xFFFFF00))
        words = [rng.getrandbits(32) for _ in range(count)]
        sequence += 1
        assert await board.ask(sequence, WRITE, count, address, words) == (sequence, OK, [])
        expected.update(enumerate(words, start=address))
        assert slave.memory == expected
        sequence += 1
        assert await board.ask(sequence, READ, count, address) == (sequence, OK, words)
    assert len(slave.transfers) == 2 * sum((1, 2, 0, 5, MOST, 1, 17, MOST))


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def refused_words(dut: Any) -> None:
    """The index of the refused word, those before it done and none after it; addresses beyond the bus too."""
    rng, board, slave = await _begin(dut, "refused")
    slave.refuses = lambda write, address: address >= 0x5000000
    for sequence, index in enumerate((0, 1, 6, 40), start=1):
        words = [rng.getrandbits(32) for _ in range(index + rng.randrange(1, 9))]
        base = 0x5000000 - index
        slave.transfers.clear()
        assert await board.ask(2 * sequence, WRITE, len(words), base, words) == (2 * sequence, BUS_ERROR, [index])
        assert [slave.memory[base + k] for k in range(index)] == words[:index]
        assert slave.transfers[-1] == Transfer(True, 0x5000000, words[index], False)
        assert len(slave.transfers) == index + 1
        answer = await board.ask(2 * sequence + 1, READ, len(words), base)
        assert answer == (2 * sequence + 1, BUS_ERROR, [index])
    slave.refuses = lambda write, address: False
    slave.transfers.clear()
    assert await board.ask(100, READ, 8, 0xFFFFFFD) == (100, BUS_ERROR, [3])
    assert await board.ask(101, READ, 1, 0x10000000) == (101, BUS_ERROR, [0])
    assert await board.ask(102, WRITE, 1, 0xF0000000, [1]) == (102, BUS_ERROR, [0])
    assert [t.address for t in slave.transfers] == [0xFFFFFFD, 0xFFFFFFE, 0xFFFFFFF]


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def repeats(dut: Any) -> None:
    """A repeated number gets the stored response and touches no bus; HELLO and any other number execute."""
    _, board, slave = await _begin(dut, "repeats")
    assert await board.ask(0, HELLO, 1, 0xDEADBEEF) == (0, OK, [0xDEADBEEF])
    assert await board.ask(1, WRITE, 2, 16, [3, 4]) == (1, OK, [])
    answer = await board.ask(2, READ, 2, 16)
    assert answer == (2, OK, [3, 4])
    slave.memory[16] = 99
    slave.transfers.clear()
    for _ in range(3):
        assert await board.ask(2, READ, 2, 16) == answer
    assert await board.ask(2, WRITE, 1, 16, [5]) == answer
    assert not slave.transfers
    assert await board.ask(3, READ, 1, 16) == (3, OK, [99])
    assert await board.ask(2, READ, 1, 16) == (2, OK, [99])
    assert len(slave.transfers) == 2
    # A refusal and a bad request are answers like any other.
    slave.refuses = lambda write, address: True
    assert await board.ask(3, READ, 1, 16) == (3, BUS_ERROR, [0])
    slave.refuses = lambda write, address: False
    assert await board.ask(3, READ, 1, 16) == (3, BUS_ERROR, [0])
    assert await board.ask(4, 77, 0, 0) == (4, BAD_REQUEST, [])
    assert await board.ask(4, READ, 1, 16) == (4, BAD_REQUEST, [])
    # HELLO forgets.
    assert await board.ask(0, HELLO, 1, 7) == (0, OK, [7])
    assert await board.ask(0, HELLO, 1, 8) == (0, OK, [8])
    assert await board.ask(4, READ, 1, 16) == (4, OK, [99])


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def bad_requests(dut: Any) -> None:
    """Unknown operations, counts too large or not the frame's, sequence numbers out of place: nothing is done."""
    _, board, slave = await _begin(dut, "bad")
    bad: tuple[int, list[int]] = (BAD_REQUEST, [])
    assert (await board.ask(0, READ, 1, 0))[1:] == bad
    assert (await board.ask(0, WRITE, 1, 0, [1]))[1:] == bad
    assert (await board.ask(9, HELLO, 1, 0))[1:] == bad
    assert (await board.ask(0, HELLO, MOST + 1, 0))[1:] == bad
    cases: list[tuple[int, int, list[int]]] = [
        (READ, MOST + 1, []),
        (READ, 0x8001, []),
        (READ, 1, [0]),
        (WRITE, 0, [1]),
        (WRITE, 1, []),
        (WRITE, 2, [1]),
        (WRITE, 1, [1, 2]),
        (WRITE, 0x401, [1]),
        (RECORDS, 0, []),
        (RECORDS, 1, []),
        (RECORDS, MOST + 1, []),
        (RECORDS, 10, [0]),
        (4, 0, []),
        (255, 0, []),
    ]
    for sequence, (operation, count, words) in enumerate(cases, start=10):
        assert await board.ask(sequence, operation, count, 0, words) == (sequence, *bad), (operation, count)
    for extra in (b"\1", b"\1\2", b"\1\2\3"):
        assert (await board.content(struct.pack("<BBHII", 200 + len(extra), WRITE, 1, 0, 5) + extra))[1:] == bad
    assert not slave.transfers
    assert (await board.ask(1, WRITE, 1, 0, [1]))[1:] == (OK, [])


class Ring:
    """A board's record ring behind the slave: records tail … head, nothing else is there."""

    def __init__(self, slave: Slave, tail: int, head: int) -> None:
        self.slave = slave
        self.tail, self.head = tail, head
        slave.memory.clear()
        slave.transfers.clear()
        slave.memory[register("STATUS")] = 0x5A000000 | (head & 0xFFFF)
        slave.memory[register("RECORD_TAIL")] = tail
        slave.memory[register("RECORD_HEAD")] = head
        for n in range(tail, head):
            for k, word in enumerate(self.words(n)):
                slave.memory[window(Region.RECORDS, (RECORD_WORDS * n + k) & 0xFFFFFF)] = word
        slave.refuses = lambda write, address: address not in slave.memory
        slave.on_write = self._write

    @staticmethod
    def words(n: int) -> list[int]:
        """A record."""
        return [(1000 * n + k) & 0xFFFFFFFF for k in range(RECORD_WORDS)]

    def _write(self, address: int, value: int) -> None:
        assert address == register("RECORD_TAIL")
        if (value - self.tail) & 0xFFFFFFFF <= (self.head - self.tail) & 0xFFFFFFFF:
            self.slave.memory[address] = self.tail = value


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def records(dut: Any) -> None:
    """All that are ready and fit, from the number asked for or the oldest; those before it acknowledged."""
    rng, board, slave = await _begin(dut, "records")
    sequence = 0
    for trial in range(25):
        tail = rng.choice((0, 5, 1000, 2**21 - 3))
        head = tail + rng.choice((0, 1, 3, 31, 32, 64))
        first = rng.choice((tail, head, (tail + head) // 2, head + 1, max(0, tail - 1), 0xFFFFFFFF))
        count = rng.choice((2, 3, 9, 10, 17, 18, 100, MOST))
        if trial == 0:
            # Beyond 2^21 records their addresses wrap.
            tail, head, first, count = 2**21 - 3, 2**21 + 9, 2**21 - 2, MOST
        ring = Ring(slave, tail, head)
        sequence = sequence % 255 + 1
        _, status, words = await board.ask(sequence, RECORDS, count, first)
        assert status == OK
        begin = first if tail <= first <= head else tail
        taken = min(head - begin, (count - 2) // RECORD_WORDS)
        assert words[:2] == [slave.memory[register("STATUS")], begin]
        assert words[2:] == [word for n in range(begin, begin + taken) for word in ring.words(n)]
        assert ring.tail == begin
        names = [register(name) for name in ("RECORD_TAIL", "STATUS", "RECORD_TAIL", "RECORD_HEAD")]
        assert [t.address for t in slave.transfers[:4]] == names[: 3 if count == 2 else 4]
        assert [t.write for t in slave.transfers] == [True] + [False] * (len(slave.transfers) - 1)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def records_refused(dut: Any) -> None:
    """A refused word of a RECORDS request is named by its place in the response."""
    _, board, slave = await _begin(dut, "records refused")
    Ring(slave, 0, 4)
    slave.refuses = lambda write, address: address == window(Region.RECORDS, 9)
    assert await board.ask(1, RECORDS, 100, 0) == (1, BUS_ERROR, [11])
    slave.refuses = lambda write, address: write
    assert await board.ask(2, RECORDS, 100, 0) == (2, BUS_ERROR, [0])


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def fast_enough(dut: Any) -> None:
    """At most six cycles a byte with the fastest of these slaves, so that the line is the slower one."""
    _, board, slave = await _begin(dut, "fast")
    slave.waits = lambda: 0
    await board.ask(1, WRITE, MOST, 0, list(range(MOST)))
    write = board.cycles
    await board.ask(2, READ, MOST, 0)
    read = board.cycles
    dut._log.info("cycles for %d words: write %d, read %d", MOST, write, read)
    assert max(write, read) <= 6 * 4 * MOST
