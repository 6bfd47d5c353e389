# SPDX-License-Identifier: Apache-2.0
"""The combinational leaves: word_order, code_word, code_word_decode, crc32_word, popcount."""

from __future__ import annotations

import zlib
from typing import Any

import cocotb
from cocotb.triggers import Timer

from cocotb_tests.fault.driver import Bench, physical, seeded


@cocotb.test()
async def orders(dut: Any) -> None:
    """Canonical to physical and back, against the fields written as digits."""
    bench = Bench(dut)
    await bench.start()
    for word in [*range(192), 0xFFFFF, 0xABCDE, 0x80000]:
        dut.order_index.value = word
        await Timer(1, unit="ns")
        there = physical(word, bench.oc_lanes, bench.ic_lanes)
        assert int(dut.order_physical.value) == there
        assert int(dut.order_identity.value) == word
        dut.order_index.value = there
        await Timer(1, unit="ns")
        assert int(dut.order_canonical.value) == word
    assert len({physical(w, bench.oc_lanes, bench.ic_lanes) for w in range(128)}) == 128


@cocotb.test()
async def words(dut: Any) -> None:
    """An unprotected code word is its data; the CRC is zlib's; ones are counted."""
    rng = seeded(dut, "leaves")
    for _ in range(100):
        data, crc = rng.getrandbits(32) >> rng.randrange(33), rng.getrandbits(32)
        dut.leaf_data.value = data
        dut.leaf_state.value = crc ^ 0xFFFFFFFF
        await Timer(1, unit="ns")
        assert int(dut.leaf_code.value) == data
        assert int(dut.leaf_decoded.value) == data
        assert int(dut.leaf_crc.value) ^ 0xFFFFFFFF == zlib.crc32(data.to_bytes(4, "little"), crc)
        assert int(dut.leaf_ones.value) == data.bit_count()
