# SPDX-License-Identifier: Apache-2.0
"""Frames against `cobs`, `struct` and `zlib`, and every kind of damage."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st
from link_board import seal

from host import regmap
from host.link import frames
from host.link.frames import FrameError, Operation, Request, Status, build_request, longest_response, parse_response

WORDS = st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 0x01010101, 0xFFFFFFFF]), max_size=256)


@given(
    st.integers(0, 255),
    st.sampled_from([Operation.READ, Operation.RECORDS]),
    st.integers(0, 256),
    st.integers(0, 2**32 - 1),
)
def test_request_without_words(sequence: int, operation: Operation, count: int, address: int) -> None:
    frame = build_request(Request(sequence, operation, count, address))
    assert frame == seal(struct.pack("<BBHI", sequence, operation, count, address))


@given(WORDS)
def test_write_request(words: list[int]) -> None:
    frame = build_request(Request(9, Operation.WRITE, len(words), 0x1234567, np.array(words, dtype=np.uint32)))
    assert frame == seal(struct.pack(f"<BBHI{len(words)}I", 9, 2, len(words), 0x1234567, *words))
    assert frame.count(0) == 1 and frame[-1] == 0


def test_request_of_another_count() -> None:
    with pytest.raises(ValueError, match="WRITE of 3 words carries 2"):
        build_request(Request(1, Operation.WRITE, 3, 0, np.zeros(2, dtype=np.uint32)))


@given(st.integers(0, 255), st.sampled_from(list(Status)), WORDS)
def test_response(sequence: int, status: Status, words: list[int]) -> None:
    frame = seal(struct.pack(f"<BBH{len(words)}I", sequence, status, len(words), *words))
    assert len(frame) <= longest_response(len(words))
    response = parse_response(frame[:-1])
    assert (response.sequence, response.status, response.words.tolist()) == (sequence, status, words)
    assert response.words.dtype == np.uint32


def test_longest_response_is_reached() -> None:
    for words in (0, 1, 61, 62, 63, 124, 256):
        content = struct.pack(f"<BBH{words}I", 1, 1, 0x101, *[0x01010101] * words)
        assert longest_response(words) == len(cobs.encode(content + b"\1\1\1\1")) + 1


@given(st.data())
def test_every_flipped_bit_is_noticed(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.integers(0, 2**32 - 1), max_size=20))
    frame = bytearray(seal(struct.pack(f"<BBH{len(words)}I", 1, 0, len(words), *words))[:-1])
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    original = seal(struct.pack(f"<BBH{len(words)}I", 1, 0, len(words), *words))[:-1]
    if bytes(frame) != original:
        with pytest.raises(FrameError):
            parse_response(bytes(frame))


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (b"", "no whole frame"),
        (b"\x05ab", "no COBS"),
        (seal(b"")[:-1], "no whole frame"),
        (seal(b"\1\0\0")[:-1], "no whole frame"),
        (seal(b"\1\0\0\0\0")[:-1], "no whole frame"),
        (seal(struct.pack("<BBH", 1, 0, 1))[:-1], "of 1 words carries 0"),
        (seal(struct.pack("<BBHI", 1, 0, 0, 5))[:-1], "of 0 words carries 1"),
        (seal(struct.pack("<BBH", 1, 3, 0))[:-1], "status 3"),
        (cobs.encode(b"\1\0\0\0\0\0\0\0"), "wrong CRC"),
    ],
)
def test_no_response(frame: bytes, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        parse_response(frame)


def test_records_are_those_of_the_map() -> None:
    assert len(regmap.RECORD_WORDS) == frames.RECORD_WORDS
