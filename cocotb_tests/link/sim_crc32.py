# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the byte-serial CRC against zlib."""

from __future__ import annotations

import zlib
from typing import Any

import cocotb
from cocotb.triggers import Timer

from cocotb_tests.link.driver import random_numbers


@cocotb.test()
async def equals_zlib(dut: Any) -> None:
    """Every prefix of random strings, and of the standard's check string."""
    rng = random_numbers(dut, "crc32")
    for text in (b"123456789", bytes(40), b"\xff" * 40, rng.randbytes(600)):
        state = 0xFFFFFFFF
        for end, byte in enumerate(text, start=1):
            dut.crc_state.value = state
            dut.crc_data.value = byte
            await Timer(1, unit="ns")
            state = int(dut.crc_next.value)
            assert state ^ 0xFFFFFFFF == zlib.crc32(text[:end])
