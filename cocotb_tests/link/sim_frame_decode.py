# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the decoder against the packages cobs and zlib, on good frames and on anything else."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import Any

import cocotb
from cobs import cobs
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge

from cocotb_tests.link.driver import awkward_contents, random_numbers, start, with_crc

#: Bytes of the longest content, CRC included.
LONGEST = 12 + 4 * 256

#: Stands for a byte that the receiver lost.
BROKEN = -1


def verdict(frame: Sequence[int]) -> bytes | None:
    """Content of a frame without its delimiter; None if it is bad. Independent of the RTL's way."""
    if BROKEN in frame:
        return None
    try:
        content = cobs.decode(bytes(frame))
    except cobs.DecodeError:
        return None
    if not 12 <= len(content) <= LONGEST:
        return None
    return bytes(content) if zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little") else None


class Decoder:
    """Feeds the decoder and keeps the memory it writes."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut = dut
        self.rng = rng
        self.memory = bytearray(2048)
        cocotb.start_soon(self._memory())

    async def _memory(self) -> None:
        while True:
            await ReadOnly()
            if int(self.dut.dec_ram_we.value):
                assert not int(self.dut.dec_frame_valid.value), "a frame in hand is overwritten"
                self.memory[int(self.dut.dec_ram_address.value)] = int(self.dut.dec_ram_data.value)
            await RisingEdge(self.dut.clk)

    async def send(self, stream: Sequence[int], gaps: bool = False) -> None:
        """Bytes of the line, one a cycle or with gaps, and the two cycles to what comes of the last."""
        dut = self.dut
        for value in stream:
            dut.dec_valid.value = int(value != BROKEN)
            dut.dec_broken.value = int(value == BROKEN)
            dut.dec_data.value = max(value, 0)
            await RisingEdge(dut.clk)
            if gaps and self.rng.random() < 0.5:
                dut.dec_valid.value = 0
                dut.dec_broken.value = 0
                for _ in range(self.rng.randrange(1, 4)):
                    await RisingEdge(dut.clk)
        dut.dec_valid.value = 0
        dut.dec_broken.value = 0
        await ClockCycles(dut.clk, 2)
        assert not int(dut.dec_active.value)

    def held(self) -> bytes | None:
        """Content of the frame in hand; None when there is none."""
        if not int(self.dut.dec_frame_valid.value):
            return None
        return bytes(self.memory[: int(self.dut.dec_frame_length.value)])

    async def release(self) -> None:
        """Be done with the frame."""
        self.dut.dec_frame_done.value = 1
        await RisingEdge(self.dut.clk)
        self.dut.dec_frame_done.value = 0
        await RisingEdge(self.dut.clk)
        assert self.held() is None

    @property
    def counters(self) -> tuple[int, int]:
        """Frames bad and dropped."""
        return int(self.dut.dec_frames_bad.value), int(self.dut.dec_frames_dropped.value)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def good_frames(dut: Any) -> None:
    """Every awkward content arrives whole, with and without gaps between its bytes; empty frames are ignored."""
    rng = random_numbers(dut, "decode good")
    await start(dut)
    decoder = Decoder(dut, rng)
    for content in awkward_contents(rng):
        sealed = with_crc(content)
        await decoder.send([0] * rng.randrange(3))
        await decoder.send(cobs.encode(sealed) + b"\0", gaps=rng.random() < 0.2)
        assert decoder.held() == sealed, f"{len(content)} bytes"
        await decoder.release()
    assert decoder.counters == (0, 0)


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def limits(dut: Any) -> None:
    """11 bytes are too few, 12 are not; one byte beyond the buffer is too many, and harms no memory."""
    rng = random_numbers(dut, "decode limits")
    await start(dut)
    decoder = Decoder(dut, rng)
    bad = 0
    for length, good in ((0, 0), (3, 0), (7, 0), (8, 1), (1032, 1), (1033, 0), (1036, 0), (1600, 0), (3000, 0)):
        sealed = with_crc(rng.randbytes(length))
        await decoder.send(cobs.encode(sealed) + b"\0")
        bad += not good
        assert decoder.held() == (sealed if good else None), length
        if good:
            await decoder.release()
        assert decoder.counters == (bad, 0)


def _damaged(frame: bytes, rng: random.Random) -> list[int]:
    """A frame after something happened to it on the line."""
    stream = list(frame)
    kind = rng.randrange(9)
    place = rng.randrange(len(stream))
    if kind == 0:
        stream[place] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del stream[place:]
    elif kind == 2:
        del stream[place]
    elif kind == 3:
        stream.insert(place, rng.randrange(256))
    elif kind == 4:
        stream[place] = BROKEN
    elif kind == 5:
        stream = [rng.choice((0, 1, 2, 3, 255, rng.randrange(256))) for _ in range(rng.randrange(40))]
    elif kind == 6:
        # The content stays right, but a byte was lost beside it …
        stream.insert(place, BROKEN)
    elif kind == 7:
        # … or the last group is shorter than its code says.
        code = 0
        while code + stream[code] < len(stream) - 1:
            code += stream[code]
        stream[code] += rng.randrange(1, 0x100 - stream[code])
    return stream


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def any_stream(dut: Any) -> None:
    """Bit flips, lost, added and broken bytes, garbage: the verdict on each frame is that of cobs and zlib."""
    rng = random_numbers(dut, "decode any")
    await start(dut)
    decoder = Decoder(dut, rng)
    bad = good = 0
    pending: list[int] = []
    for _ in range(400):
        content = with_crc(rng.randbytes(8 + 4 * rng.randrange(6)))
        stream = _damaged(cobs.encode(content) + b"\0", rng)
        while stream:
            end = stream.index(0) + 1 if 0 in stream else len(stream)
            part, stream = stream[:end], stream[end:]
            await decoder.send(part)
            pending += part
            if pending[-1] != 0:
                continue
            frame, pending = pending[:-1], []
            expected = verdict(frame) if frame else None
            bad += bool(frame) and expected is None
            assert decoder.held() == expected, frame
            assert decoder.counters == (bad, 0), frame
            if expected is not None:
                good += 1
                await decoder.release()
    assert good > 20 and bad > 100


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def without_a_gap(dut: Any) -> None:
    """While one frame is judged, the next one begins: neither takes the other's faults, or its place."""
    rng = random_numbers(dut, "decode gap")
    await start(dut)
    decoder = Decoder(dut, rng)
    bad = dropped = 0
    for _ in range(200):
        content = with_crc(rng.randbytes(8 + 4 * rng.randrange(3)))
        good = [*cobs.encode(content), 0]
        before = [_damaged(bytes(good), rng) for _ in range(rng.randrange(4))]
        before = [stream for stream in before if stream[-1:] == [0] and verdict(stream[:-1]) is None]
        before = [stream for stream in before if stream.index(0) == len(stream) - 1]
        before += rng.choice(([], [[5, 0], [BROKEN, *good]]))
        after = rng.choice(([], [[5, 0]], [[BROKEN, 0]], [good], [[0], good, [5, 0]]))
        await decoder.send([value for stream in (*before, good, *after) for value in stream])
        bad += sum(len(stream) > 1 for stream in before)
        dropped += sum(len(stream) > 1 for stream in after)
        assert decoder.held() == content, (before, good, after)
        assert decoder.counters == (bad, dropped), (before, good, after)
        await decoder.release()
    assert min(bad, dropped) > 50


@cocotb.test(timeout_time=80, timeout_unit="ms")
async def busy(dut: Any) -> None:
    """While a frame is held, frames of any kind are dropped and counted, also those that only begin or end then."""
    rng = random_numbers(dut, "decode busy")
    await start(dut)
    decoder = Decoder(dut, rng)
    first, other = (with_crc(rng.randbytes(20)) for _ in range(2))
    frame = cobs.encode(other) + b"\0"
    await decoder.send(cobs.encode(first) + b"\0")
    await decoder.send(frame)
    await decoder.send([5, 5, 0, 0, 0])
    await decoder.send([BROKEN, 0])
    assert decoder.held() == first
    assert decoder.counters == (0, 3)
    await decoder.send(frame[:9])
    await decoder.release()
    await decoder.send(frame[9:])
    assert decoder.held() is None
    assert decoder.counters == (0, 4)
    await decoder.send(frame)
    assert decoder.held() == other
    # The very cycle in which the frame is let go.
    dut.dec_frame_done.value = 1
    dut.dec_valid.value = 1
    dut.dec_data.value = frame[0]
    await RisingEdge(dut.clk)
    dut.dec_frame_done.value = 0
    await decoder.send(frame[1:])
    assert decoder.held() is None
    assert decoder.counters == (0, 5)
    await decoder.send(frame)
    assert decoder.held() == other
    assert decoder.counters == (0, 5)
