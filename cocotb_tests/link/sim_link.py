# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the whole link between a published UART and a published bus slave."""

from __future__ import annotations

import os
import random
import struct
from typing import Any

import cocotb
import numpy as np
from cobs import cobs
from cocotb.triggers import ClockCycles, First, RisingEdge, Timer, ValueChange
from cocotb.utils import get_sim_time

from cocotb_tests.link.driver import (
    ARTY,
    BREAK,
    FASTEST,
    ULX,
    Line,
    Slave,
    quiet_sink,
    quiet_source,
    random_numbers,
    retune,
    start,
    with_crc,
)
from host.link.frames import Operation, Request, Response, Status, build_request, parse_response

#: Disturbances of the test of noise.
FRAMES = int(os.environ.get("FAULTLOOP_FRAMES", "24"))


class Wire:
    """The host's end of the line."""

    def __init__(self, dut: Any, line: Line, slave: Slave, error: float = 0.0) -> None:
        self.dut = dut
        self.line = line
        self.slave = slave
        self.source = quiet_source(dut.link_rxd, line.baud * (1 + error))
        self.sink = quiet_sink(dut.link_txd, line.baud * (1 + error))
        self.received = bytearray()

    def byte_times(self, count: float) -> Timer:
        """So many bytes' time on the line."""
        return Timer(round(count * 10 * 10**9 / self.line.baud), unit="ns")

    async def send(self, data: bytes) -> None:
        """Send, and wait until the last stop bit is over."""
        if data:
            self.source.write_nowait(data)
            await self.source.wait()

    async def frame(self, patience: float) -> bytes | None:
        """The next frame, without its delimiter; None after so many byte times without a byte."""
        while 0 not in self.received:
            if self.sink.empty():
                self.sink.sync.clear()
                timeout = self.byte_times(patience)
                if await First(self.sink.sync.wait(), timeout) is timeout and self.sink.empty():
                    return None
            self.received += self.sink.read_nowait()
        frame, _, rest = bytes(self.received).partition(b"\0")
        self.received = bytearray(rest)
        return frame

    async def ask(self, request: Request, patience: float = 400) -> Response:
        """The response to a request that nothing disturbs."""
        await self.send(build_request(request))
        frame = await self.frame(patience)
        assert frame is not None, f"no response to {request}"
        return parse_response(frame)

    async def quiet(self) -> None:
        """Take frames until no more come; every one is whole."""
        while (frame := await self.frame(20)) is not None:
            parse_response(frame)

    async def alive(self, rng: random.Random) -> None:
        """Prove that the link answers, after a delimiter and what that completes."""
        nonce = rng.getrandbits(32)
        await self.send(b"\0")
        await self.quiet()
        response = await self.ask(Request(0, Operation.HELLO, 1, nonce))
        assert response.status is Status.OK and response.words.tolist() == [nonce]


async def _begin(dut: Any, name: str, line: Line = FASTEST, error: float = 0.0) -> tuple[random.Random, Wire]:
    rng = random_numbers(dut, f"link {name}")
    await start(dut, line)
    slave = Slave()
    slave.attach(dut, "link_wb")
    cocotb.start_soon(_watch_sleep(dut, line))
    return rng, Wire(dut, line, slave, error)


async def _watch_sleep(dut: Any, line: Line) -> None:
    """Once inactive, nothing wakes it but the line; it neither speaks nor uses the bus in its sleep."""
    last_low = -1e9

    async def line_rises() -> None:
        nonlocal last_low
        while True:
            await RisingEdge(dut.link_rxd)
            last_low = get_sim_time("ps")

    async def bus_starts() -> None:
        while True:
            await RisingEdge(dut.link_wb_stb)
            assert int(dut.link_active.value), "uses the bus in its sleep"

    async def speaks() -> None:
        while True:
            await ValueChange(dut.link_txd)
            assert int(dut.link_active.value), "speaks in its sleep"

    for watch in (line_rises, bus_starts, speaks):
        cocotb.start_soon(watch())
    while True:
        await RisingEdge(dut.link_active)
        low = not int(dut.link_rxd.value)
        assert low or get_sim_time("ps") - last_low < 4 * line.period_ps, "woke by itself"


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize(line=[ARTY, ULX, FASTEST], error=[-0.015, 0.015])
async def every_rate(dut: Any, line: Line, error: float) -> None:
    """Write, read and repeat at every fast board's clock with the host's rate off by 1.5 %."""
    rng, wire = await _begin(dut, f"rate {line} {error}", line, error)
    await wire.alive(rng)
    words = np.array([rng.getrandbits(32) for _ in range(6)], dtype=np.uint32)
    assert (await wire.ask(Request(1, Operation.WRITE, 6, 64, words))).status is Status.OK
    for _ in range(2):
        response = await wire.ask(Request(2, Operation.READ, 6, 64))
        assert response.sequence == 2 and response.words.tolist() == words.tolist()
    assert len(wire.slave.transfers) == 12


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def longest_frames(dut: Any) -> None:
    """256 words each way at 4 clocks a bit: the board is as fast as its line."""
    rng, wire = await _begin(dut, "long", FASTEST)
    words = np.array([rng.getrandbits(32) | 0x01010101 for _ in range(256)], dtype=np.uint32)
    assert (await wire.ask(Request(1, Operation.WRITE, 256, 0, words))).status is Status.OK
    await wire.send(build_request(Request(2, Operation.READ, 256, 0)))
    begin = get_sim_time("ns")
    frame = await wire.frame(100)
    assert frame is not None
    assert parse_response(frame).words.tolist() == words.tolist()
    byte_times = (get_sim_time("ns") - begin) * wire.line.baud / 10**10
    dut._log.info("1032 bytes of content in %.1f byte times", byte_times)
    assert byte_times < 1.15 * 1042


def _noise(rng: random.Random, kind: int) -> bytes:
    """Something that no host sends."""
    words = np.array(rng.choices(range(1 << 32), k=rng.randrange(9)), dtype=np.uint32)
    operation = rng.choice(list(Operation))
    writes = operation is Operation.WRITE
    frame = build_request(
        Request(rng.randrange(256), operation, len(words), rng.getrandbits(24), words if writes else None)
    )
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 60))
    if kind == 1:
        return frame[: rng.randrange(len(frame))]
    if kind == 2:
        flipped = bytearray(frame)
        for _ in range(rng.choice((1, 1, 3))):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        return bytes(flipped)
    if kind == 3:
        return frame * rng.randrange(2, 5)
    if kind == 4:
        return bytes(rng.randrange(1, 256) for _ in range(1100)) + b"\0"
    return bytes(rng.choice((0, 1, 2, 255)) for _ in range(rng.randrange(30)))


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def noise(dut: Any) -> None:
    """Garbage, cut and flipped frames, bursts while busy, frames too long: only good ones are answered.

    It sleeps when the line rests, and goes on.
    """
    rng, wire = await _begin(dut, "noise")
    for step in range(FRAMES):
        kind = 4 if step % 12 == 5 else rng.choice((0, 1, 2, 3, 5))
        await wire.send(_noise(rng, kind))
        await wire.quiet()
        assert not int(dut.link_active.value), "a frame without end keeps it awake"
        await wire.alive(rng)
    counted = int(dut.link_frames_bad.value), int(dut.link_frames_dropped.value)
    dut._log.info("frames bad %d, dropped %d", *counted)
    assert min(counted) > 0


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def levels(dut: Any) -> None:
    """Glitches, breaks and random levels of the line do not lock it up either."""
    rng, wire = await _begin(dut, "levels")
    for _ in range(12):
        for _ in range(rng.randrange(1, 80)):
            dut.link_rxd.value = rng.getrandbits(1)
            await ClockCycles(dut.clk, rng.choice((1, 2, 8, rng.randrange(1, 100))))
        dut.link_rxd.value = 1
        await wire.byte_times(2)
        await wire.quiet()
        assert not int(dut.link_active.value)
        await wire.alive(rng)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def repeats_do_nothing_twice(dut: Any) -> None:
    """However often a request is sent, while it is carried out or after, the bus sees it once."""
    rng, wire = await _begin(dut, "repeats")
    await wire.alive(rng)
    for sequence in range(1, 10):
        words = np.array([rng.getrandbits(32) for _ in range(rng.randrange(1, 9))], dtype=np.uint32)
        frame = build_request(Request(sequence, Operation.WRITE, len(words), 0x100 * sequence, words))
        damaged = bytearray(frame)
        damaged[rng.randrange(len(frame) - 1)] ^= 1 << rng.randrange(8)
        await wire.send(bytes(damaged) + frame * rng.randrange(1, 4))
        answers = 0
        while (answer := await wire.frame(30)) is not None:
            content = bytes(cobs.decode(answer))
            assert content == with_crc(struct.pack("<BBH", sequence, Status.OK, 0))
            answers += 1
        assert answers >= 1
        addresses = [t.address for t in wire.slave.transfers if t.address >> 8 == sequence]
        assert addresses == list(range(0x100 * sequence, 0x100 * sequence + len(words)))


#: A register that the bench makes of the slave: writing it changes the rate of the line.
RATE = 0x4F

#: What the line wakes up with in the tests of rates.
BASE = Line(FASTEST.clock_hz, 1_000_000)


async def _rates(dut: Any, wire: Wire) -> None:
    """Let writes of RATE reach the link, as the registers do."""

    async def pulse(data: int) -> None:
        await RisingEdge(dut.clk)
        dut.link_set_step.value = data
        dut.link_set_valid.value = 1
        await RisingEdge(dut.clk)
        dut.link_set_valid.value = 0

    def write(address: int, data: int) -> None:
        if address == RATE:
            cocotb.start_soon(pulse(data))
        wire.slave.memory[address] = data

    wire.slave.on_write = write


def _at(wire: Wire, line: Line) -> Wire:
    """The same host at another rate."""
    retune(wire.source, line.baud)
    retune(wire.sink, line.baud)
    wire.line = line
    return wire


async def _raise(wire: Wire, line: Line, sequence: int) -> None:
    """Ask for a rate: the response still comes at the old one."""
    words = np.array([line.step], dtype=np.uint32)
    assert (await wire.ask(Request(sequence, Operation.WRITE, 1, RATE, words))).status is Status.OK
    _at(wire, line)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def the_rate_is_raised(dut: Any) -> None:
    """Up, down and up: the response comes at the rate of before. Frames full of zeros are no break at any of them."""
    rng, wire = await _begin(dut, "raise", BASE)
    await _rates(dut, wire)
    await wire.alive(rng)
    lines = [Line(BASE.clock_hz, baud) for baud in (3_000_000, 400_000)]
    for sequence, line in enumerate(lines, start=1):
        await _raise(wire, line, sequence)
        await wire.byte_times(1)
        assert int(dut.link_step.value) == line.step
        words = np.array([0, 0xFFFFFFFF, rng.getrandbits(32), 0], dtype=np.uint32)
        assert (await wire.ask(Request(101, Operation.WRITE, 4, 64, words))).status is Status.OK
        assert (await wire.ask(Request(102, Operation.READ, 4, 64))).words.tolist() == words.tolist()
        await wire.send(bytes(12))
        assert int(dut.link_step.value) == line.step


@cocotb.test(timeout_time=80, timeout_unit="ms")
@cocotb.parametrize((("step", "slow_byte"), [(1, True), (FASTEST.step, False)]))
async def any_rate_is_given_back(dut: Any, step: int, slow_byte: bool) -> None:
    """Whatever the rate is: a break, or a zero byte at 9600 baud, and a host finds the board where it woke up."""
    rng, wire = await _begin(dut, f"break {step}", BASE)
    await _rates(dut, wire)
    await wire.alive(rng)
    words = np.array([step], dtype=np.uint32)
    assert (await wire.ask(Request(1, Operation.WRITE, 1, RATE, words))).status is Status.OK
    await wire.byte_times(1)
    assert int(dut.link_step.value) == step
    if slow_byte:
        slow = quiet_source(dut.link_rxd, 9600)
        slow.write_nowait(bytes(1))
        await slow.wait()
    else:
        dut.link_rxd.value = 0
        await ClockCycles(dut.clk, BREAK + 10)
        dut.link_rxd.value = 1
    await wire.byte_times(2)
    assert int(dut.link_step.value) == BASE.step
    await wire.alive(rng)
