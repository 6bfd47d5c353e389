# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the encoder against the packages cobs and zlib."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cobs import cobs
from cocotb.triggers import ReadOnly, RisingEdge

from cocotb_tests.link.driver import awkward_contents, load, random_numbers, start, with_crc


async def _encode(dut: Any, length: int, rng: random.Random, readiness: float) -> tuple[bytes, int]:
    """The frame, and the cycles it took; the receiver is ready at random."""
    dut.enc_start.value = 1
    dut.enc_length.value = length
    await RisingEdge(dut.clk)
    dut.enc_start.value = 0
    frame = bytearray()
    cycles = done = 0
    while not done:
        dut.enc_ready.value = int(rng.random() < readiness)
        await ReadOnly()
        if int(dut.enc_valid.value) and int(dut.enc_ready.value):
            frame.append(int(dut.enc_data.value))
        done = int(dut.enc_done.value)
        cycles += 1
        await RisingEdge(dut.clk)
    dut.enc_ready.value = 0
    return bytes(frame), cycles


def _groups(frame: bytes) -> int:
    """COBS groups of a frame."""
    groups = place = 0
    while frame[place]:
        place += frame[place]
        groups += 1
    return groups


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def equals_cobs(dut: Any) -> None:
    """The frame of every awkward content is that of the packages, byte for byte, whatever the line's pace."""
    rng = random_numbers(dut, "encode")
    await start(dut)
    for content in awkward_contents(rng):
        await load(dut, content)
        expected = cobs.encode(with_crc(content)) + b"\0"
        frame, cycles = await _encode(dut, len(content), rng, 1.0)
        assert frame == expected, f"{len(content)} bytes"
        assert cycles <= 3 * len(expected) + _groups(expected) + 2, "more than 3 cycles a byte and one a group"
        if len(content) < 300:
            frame, _ = await _encode(dut, len(content), rng, 0.3)
            assert frame == expected, f"{len(content)} bytes, sent again"


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def zero_in_the_crc(dut: Any) -> None:
    """Contents whose CRC has zeros at every place, and short ones."""
    rng = random_numbers(dut, "encode crc")
    await start(dut)
    places: set[int] = set()
    while len(places) < 4:
        content = rng.randbytes(rng.randrange(1, 9))
        crc = with_crc(content)[-4:]
        fresh = {k for k in range(4) if crc[k] == 0} - places
        if fresh:
            places |= fresh
            await load(dut, content)
            frame, _ = await _encode(dut, len(content), rng, 0.7)
            assert frame == cobs.encode(with_crc(content)) + b"\0", content.hex()
