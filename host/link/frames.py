# SPDX-License-Identifier: Apache-2.0
"""Frames of the link (docs/link.md): requests to bytes, bytes to responses. COBS, CRC-32, little-endian words."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from cobs import cobs
from numpy.typing import NDArray

Words = NDArray[np.uint32]

#: Ends every frame, and occurs nowhere else.
DELIMITER = b"\x00"

#: Data words of the longest frame, unless a board's FRAME_WORDS says otherwise.
FRAME_WORDS = 256

#: 32-bit words of a trial record.
RECORD_WORDS = 8

_REQUEST = struct.Struct("<BBHI")
_RESPONSE = struct.Struct("<BBH")
_CRC = struct.Struct("<I")


class Operation(IntEnum):
    """What a request asks for."""

    HELLO = 0
    READ = 1
    WRITE = 2
    RECORDS = 3


class Status(IntEnum):
    """What became of a request."""

    OK = 0
    BUS_ERROR = 1
    BAD_REQUEST = 2


class FrameError(Exception):
    """Bytes that are no valid frame: damaged on the way, or sent by something else."""


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes
    ----------
    sequence
        1 … 255; 0 for HELLO.
    operation
        What to do.
    count
        Data words wanted; for WRITE those carried.
    address
        Word address, record number or nonce, 32 bits.
    words
        Data words, uint32, one-dimensional; only WRITE has any.
    """

    sequence: int
    operation: Operation
    count: int
    address: int
    words: Words | None = None


@dataclass(frozen=True)
class Response:
    """One response.

    Attributes
    ----------
    sequence
        That of the request.
    status
        What became of it.
    words
        Data words, uint32, one-dimensional.
    """

    sequence: int
    status: Status
    words: Words


def build_request(request: Request) -> bytes:
    """Bytes of a request's frame, delimiter included.

    Raises
    ------
    ValueError
        If the count is not that of the words.
    """
    data = b"" if request.words is None else request.words.astype("<u4").tobytes()
    if request.operation is Operation.WRITE and len(data) != 4 * request.count:
        raise ValueError(f"a WRITE of {request.count} words carries {len(data) // 4}: count must be that of words")
    head = _REQUEST.pack(request.sequence, request.operation, request.count, request.address)
    return _seal(head + data)


def parse_response(frame: bytes) -> Response:
    """Response of a frame, given without its delimiter.

    Raises
    ------
    FrameError
        If it is no whole, undamaged response.
    """
    content = _open(frame)
    sequence, status, count = _RESPONSE.unpack_from(content)
    words = np.frombuffer(content, dtype="<u4", offset=_RESPONSE.size).astype(np.uint32)
    if len(words) != count:
        raise FrameError(f"a response of {count} words carries {len(words)}")
    try:
        return Response(sequence, Status(status), words)
    except ValueError:
        raise FrameError(f"status {status} is none of {[int(s) for s in Status]}") from None


def longest_response(count: int) -> int:
    """Most bytes on the line of a response with so many data words, delimiter included."""
    content = _RESPONSE.size + 4 * count + _CRC.size
    # COBS adds a byte for each 254 begun (Cheshire & Baker 1999).
    return content + -(-content // 254) + len(DELIMITER)


#: Fewest bytes on the line of any response.
SHORTEST_RESPONSE = longest_response(0)


def _seal(content: bytes) -> bytes:
    return bytes(cobs.encode(content + _CRC.pack(zlib.crc32(content)))) + DELIMITER


def _open(frame: bytes) -> bytes:
    """Content of a response without its CRC, once that is checked."""
    try:
        sealed = bytes(cobs.decode(frame))
    except cobs.DecodeError as error:
        raise FrameError(f"no COBS: {error}") from None
    content, crc = sealed[: -_CRC.size], sealed[-_CRC.size :]
    if len(content) < _RESPONSE.size or (len(content) - _RESPONSE.size) % 4:
        raise FrameError(f"{len(sealed)} bytes are no whole frame")
    if _CRC.unpack(crc)[0] != zlib.crc32(content):
        raise FrameError("wrong CRC")
    return content
