# SPDX-License-Identifier: Apache-2.0
"""Every code with no flip, every single flip, every pair, and random patterns of more, against host.codes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from random import Random
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer
from numpy.typing import NDArray

from cocotb_tests.fault.driver import seeded
from host.codes import CODES
from host.regmap import Protection

_WIDEST = max(code.bits for code in CODES.values())


async def seen(dut: Any, data: int, flips: int) -> list[tuple[int, int, int, int]]:
    """Code, decoded data, corrected and uncorrectable of each protection."""
    dut.data.value = data
    dut.flips.value = flips
    await Timer(1, unit="ns")
    code, decoded = int(dut.code.value), int(dut.decoded.value)
    corrected, uncorrectable = int(dut.corrected.value), int(dut.uncorrectable.value)
    return [
        (
            code >> 96 * p & (1 << 96) - 1,
            decoded >> 32 * p & 0xFFFFFFFF,
            corrected >> p & 1,
            uncorrectable >> p & 1,
        )
        for p in Protection
    ]


def parts(number: int, count: int) -> NDArray[np.uint32]:
    """A physical word as uint32[1, count]."""
    return np.array([[number >> 32 * part & 0xFFFFFFFF for part in range(count)]], dtype=np.uint32)


def expected(data: int, flips: int) -> list[tuple[int, int, int, int]]:
    """The same of the host's codes."""
    out = []
    for protection in Protection:
        code = CODES[protection]
        word = code.encode(np.array([data], dtype=np.uint32))
        number = sum(int(part) << 32 * place for place, part in enumerate(word[0]))
        got = code.decode(word ^ parts(flips & (1 << code.bits) - 1, word.shape[1]))
        out.append((number, int(got.data[0]), int(got.corrected[0]), int(got.uncorrectable[0])))
    return out


async def compare(dut: Any, data: int, patterns: Iterable[Iterable[int]]) -> None:
    """Patterns of flipped bits in one code word."""
    for pattern in patterns:
        flips = sum(1 << bit for bit in pattern)
        assert await seen(dut, data, flips) == expected(data, flips), f"data {data:08x}, flips {flips:x}"


@cocotb.test()
async def up_to_two_flips(dut: Any) -> None:
    """No bit, every bit and every pair: the answers are the host's, and what the codes are made for comes true."""
    data = seeded(dut, "codes").getrandbits(32)
    for pattern in [(), *combinations(range(_WIDEST), 1), *combinations(range(_WIDEST), 2)]:
        flips = sum(1 << bit for bit in pattern)
        answers = await seen(dut, data, flips)
        assert answers == expected(data, flips), f"data {data:08x}, flips {flips:x}"
        inside = [sum(bit < CODES[p].bits for bit in pattern) for p in Protection]
        for protection, (_, decoded, corrected, uncorrectable) in zip(Protection, answers, strict=True):
            hit = inside[protection]
            if hit == 0:
                assert (decoded, corrected, uncorrectable) == (data, 0, 0)
            elif protection is Protection.PARITY:
                assert (corrected, uncorrectable) == (0, hit % 2)
            elif protection is Protection.SECDED:
                assert (corrected, uncorrectable) == (hit == 1, hit == 2)
                assert hit == 2 or decoded == data
            elif protection is Protection.TMR:
                same_bit = hit == 2 and pattern[0] % 32 == pattern[1] % 32
                assert (corrected, uncorrectable, decoded == data) == (1, 0, not same_bit)


@cocotb.test()
async def more_flips(dut: Any) -> None:
    """Any number of flips in other data: nothing is promised of them but that RTL and host agree."""
    rng: Random = seeded(dut, "codes, many")
    for _ in range(400):
        count = rng.randrange(_WIDEST + 1)
        await compare(dut, rng.getrandbits(32), [rng.sample(range(_WIDEST), count)])
    narrow = CODES[Protection.SECDED].bits
    for _ in range(400):
        count = rng.randrange(1, 8)
        await compare(dut, rng.getrandbits(32), [rng.sample(range(narrow), count)])
