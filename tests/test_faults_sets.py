# SPDX-License-Identifier: Apache-2.0
"""Fault sets, flip-list entries and the digest."""

from __future__ import annotations

import binascii
import struct

import numpy as np
import pytest

from host.faults import FaultSet
from host.image import PhysicalSpace, digest


def test_sorted_and_compared() -> None:
    faults = FaultSet.of([(2, 0, 5), (0, 9, 31), (0, 9, 0), (0, 1, 7)])
    flips = [tuple(map(int, f)) for f in zip(faults.store, faults.word, faults.bit, strict=True)]
    assert flips == [(0, 1, 7), (0, 9, 0), (0, 9, 31), (2, 0, 5)]
    assert [c.dtype.name for c in (faults.store, faults.word, faults.bit)] == [
        "uint8",
        "uint32",
        "uint8",
    ]
    assert len(faults) == 4
    assert faults == FaultSet.of([(0, 1, 7), (0, 9, 0), (0, 9, 31), (2, 0, 5)])
    assert faults != FaultSet.of([(0, 1, 7)]) and hash(faults) != hash(FaultSet.of([]))
    with pytest.raises(ValueError, match="read-only"):
        faults.word[0] = 1


def test_entries() -> None:
    faults = FaultSet.of([(7, 0xFFFFF, 31), (1, 2, 3)])
    assert [hex(e) for e in faults.entries()] == [
        hex(1 << 28 | 3 << 21 | 2),
        hex(7 << 28 | 31 << 21 | 0xFFFFF),
    ]
    assert FaultSet.from_entries(faults.entries()) == faults


def test_closed_entries() -> None:
    faults = FaultSet.of([(7, 0xFFFFF, 31), (1, 2, 3)])
    closed = faults.closed_entries()
    assert closed.dtype == np.uint32
    assert closed.tolist() == [1 << 28 | 3 << 21 | 2, 1 << 31 | 7 << 28 | 31 << 21 | 0xFFFFF]
    assert FaultSet.from_entries(closed) == faults
    assert FaultSet.of([]).closed_entries().tolist() == [0x801FFFFF]
    assert faults.entries()[-1] >> 31 == 0, "the set itself has changed"


def test_inside() -> None:
    faults = FaultSet.of([(0, 3, 0), (0, 3, 31), (2, 1, 4)])
    faults.require_inside(PhysicalSpace.of([4, 0, 2]))
    FaultSet.of([]).require_inside(PhysicalSpace.of([]))
    for extents, says in (
        ([3, 9, 9], "store 0 word 3 is flipped, but the store has 3 words"),
        ([4, 9, 1], "store 2 word 1 is flipped, but the store has 1 words"),
        ([4, 9], "store 2 is flipped, but stores 0 ... 1 were given"),
    ):
        with pytest.raises(IndexError, match=says):
            faults.require_inside(PhysicalSpace.of(extents))


def test_refused() -> None:
    with pytest.raises(ValueError, match="store 1 word 2 bit 3 is named twice"):
        FaultSet.of([(1, 2, 3), (0, 0, 0), (1, 2, 3)])
    for bad in ((8, 0, 0), (0, 1 << 20, 0), (0, 0, 128), (-1, 0, 0)):
        with pytest.raises(ValueError, match="must lie in"):
            FaultSet.of([bad])
    with pytest.raises(ValueError, match="as many of each"):
        FaultSet(np.zeros(2, np.uint8), np.zeros(1, np.uint32), np.zeros(1, np.uint8))


def test_apply() -> None:
    stores = [
        np.arange(4, dtype=np.uint32),
        np.zeros(0, dtype=np.uint32),
        np.full(3, 0xFFFFFFFF, dtype=np.uint32),
    ]
    faults = FaultSet.of([(0, 3, 0), (0, 3, 31), (2, 1, 4)])
    flipped = faults.apply(stores)
    assert [list(map(int, s)) for s in flipped] == [
        [0, 1, 2, 0x80000002],
        [],
        [0xFFFFFFFF, 0xFFFFFFEF, 0xFFFFFFFF],
    ]
    assert [int(s.sum()) for s in stores] == [6, 0, 3 * 0xFFFFFFFF]
    assert all(np.array_equal(a, b) for a, b in zip(faults.apply(flipped), stores, strict=True))
    for outside, says in (
        ((0, 4, 0), "4 words"),
        ((3, 0, 0), "stores 0 ... 2"),
        ((0, 0, 32), "bit 32"),
        ((1, 0, 0), "0 words"),
    ):
        with pytest.raises(IndexError, match=says):
            FaultSet.of([outside]).apply(stores)


def test_digest() -> None:
    stores = [
        np.array([0x04030201, 0xDEADBEEF], dtype=np.uint32),
        np.zeros(0, dtype=np.uint32),
        np.array([5], dtype=np.uint32),
    ]
    assert digest(stores) == binascii.crc32(struct.pack("<3I", 0x04030201, 0xDEADBEEF, 5))
    assert digest([]) == 0
    assert digest([np.arange(8, dtype=np.uint32)[::2]]) == binascii.crc32(struct.pack("<4I", 0, 2, 4, 6))
