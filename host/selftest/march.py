# SPDX-License-Identifier: Apache-2.0
"""Step: a march test of every memory that the host can write.

March C- (van de Goor, "Using March Tests to Test SRAMs", 1993) is ⇕(w0) ⇑(r0,w1) ⇑(r1,w0) ⇓(r0,w1) ⇓(r1,w0) ⇕(r0).
For words, 0 is a data background and 1 its complement, and the test is repeated for log2(32) striped backgrounds beside
the solid one, so that every two bits of a word differ in one of them. For a link, an element reads and writes a frame's
worth of words at a time: within a frame all reads come before all writes, and both ascend. What that leaves out, an
address fault between words of one frame, is found by a last pass in which each word of all memories holds a value of
its own, and then its complement.

A store without check bits is marched through its data window, which takes a quarter of the time; one with them through
its raw window, since a code would hide a bit that fails. That both windows agree is tested too, on some words of each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from host.codes import CODES
from host.regmap import RAW_PARTS, store_data, store_raw
from host.selftest.bench import Bench, Memory, Words
from host.selftest.verdict import Failed, Figures

_ADVICE = (
    "run it again: if the same bit fails, the block RAM or the timing of this build is at fault, so check the timing"
    " report; if others do, check supply and clock"
)

# Words of each store that are also read and written through the raw window, which takes one request a word.
_RAW_WORDS = 16
# An odd constant near 2^32 divided by the golden ratio: multiples of it differ in all bits (Knuth, TAOCP 3, 6.4).
_SPREAD = 0x9E3779B1


def march_memories(bench: Bench) -> Figures:
    """March C- in every data background, addresses, and that both windows onto a store show the same words."""
    parts = [part for m in _memories(bench) for part in m.parts(bench.extent.edge_words)]
    for background in bench.extent.backgrounds:
        for part in parts:
            _march(bench, part, np.uint32(background))
    _addresses(bench, parts)
    for store in range(len(bench.stores())):
        _raw_window(bench, store)
    return {
        "memories": len(_memories(bench)),
        "words": sum(part.words for part in parts),
        "of": sum(memory.words for memory in _memories(bench)),
        "backgrounds": len(bench.extent.backgrounds),
    }


def _memories(bench: Bench) -> list[Memory]:
    return [m for m in [*bench.marched(), *bench.other_memories()] if m.words]


def _march(bench: Bench, part: Memory, zero: np.uint32) -> None:
    """The six elements over one memory."""
    one = ~zero
    up = list(_blocks(part, bench.capabilities.frame_words))
    for address, count in up:
        bench.link.write(address, np.full(count, zero))
    for blocks, old, new in ((up, zero, one), (up, one, zero), (up[::-1], zero, one), (up[::-1], one, zero)):
        for address, count in blocks:
            _expect(bench, part, address, np.full(count, old))
            bench.link.write(address, np.full(count, new))
    for address, count in up:
        _expect(bench, part, address, np.full(count, zero))


def _addresses(bench: Bench, parts: list[Memory]) -> None:
    """A value of its own in every word of all memories at once."""
    for invert in (np.uint32(0), np.uint32(0xFFFFFFFF)):
        contents = []
        for part in parts:
            place = np.arange(part.address, part.address + part.words, dtype=np.uint64) * np.uint64(_SPREAD)
            contents.append(place.astype(np.uint32) ^ invert)
            bench.link.write(part.address, contents[-1])
        for part, words in zip(parts, contents, strict=True):
            _expect(bench, part, part.address, words)


def _raw_window(bench: Bench, store: int) -> None:
    """What one window is given the other shows in the store's code (docs/registers.md)."""
    memory, code = bench.stores()[store], CODES[bench.protections[store]]
    step = max(1, memory.words // _RAW_WORDS)
    for word in range(0, memory.words, step):
        data = Memory(memory.name, store_data(store, word), 1)
        raw = Memory(memory.name, store_raw(store, word), RAW_PARTS)
        value = np.array([word * _SPREAD & 0xFFFFFFFF], dtype=np.uint32)
        before, after = (np.resize(np.append(code.encode(v)[0], [0] * RAW_PARTS), RAW_PARTS) for v in (value, ~value))
        bench.link.write(data.address, value)
        _expect(bench, raw, raw.address, before.astype(np.uint32))
        bench.link.write(raw.address, after.astype(np.uint32))
        _expect(bench, data, data.address, ~value)


def _blocks(part: Memory, size: int) -> Iterator[tuple[int, int]]:
    for start in range(0, part.words, size):
        yield part.address + start, min(size, part.words - start)


def _expect(bench: Bench, part: Memory, address: int, expected: Words) -> None:
    seen = bench.link.read(address, len(expected))
    expected = part.stored(expected)
    wrong = np.flatnonzero(seen != expected)
    if len(wrong):
        at = int(wrong[0])
        raise Failed(
            f"{expected[at]:08x} in word {address + at & 0x1FFFFF} of {part.name}",
            f"{seen[at]:08x}, which differs in bits {int(seen[at] ^ expected[at]):08x} ({len(wrong)} words do)",
            _ADVICE,
        )
