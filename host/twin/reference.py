# SPDX-License-Identifier: Apache-2.0
"""The ``mac`` engine once more, one element at a time, in Python integers and fractions: the oracle of the fast twin.

It shares no code with the fast twin or the compiler: every position is taken from docs/mac-engine.md, and roundings
are stated on exact rationals where that page gives bit formulas. Slow: about 10^6 multiplications a second.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Memory = dict[tuple[int, int], list[int]]


@dataclass(frozen=True)
class Registers:
    """The engine's registers that a result depends on."""

    image_rows: int
    score_rows: int
    score_count: int
    row_bits: int
    work_limit: int


@dataclass(frozen=True)
class Answer:
    """Scores, class and digest of one picture; ``scores`` is None when it hung."""

    scores: list[int] | None
    class_: int
    digest: int
    work: int


def wrap(value: int, bits: int = 32) -> int:
    """The low bits of a value, as a two's complement integer."""
    low = value % (1 << bits)
    return low - (1 << bits) if low >> (bits - 1) else low


def round_half_up(value: Fraction) -> int:
    """To the nearest integer; halves towards plus infinity."""
    return floor(value + Fraction(1, 2))


def round_half_away(value: Fraction) -> int:
    """To the nearest integer; halves away from zero."""
    return round_half_up(value) if value >= 0 else -round_half_up(-value)


def rescale(accumulator: int, multiplier: int, shift: int, single: bool) -> int:
    """``accumulator · multiplier · 2^(shift − 31)``, rounded once or twice, as an int32."""
    shift = min(max(shift, -31), 30)
    if single:
        return wrap(round_half_up(Fraction(accumulator * multiplier, 1 << (31 - shift))))
    left, right = max(shift, 0), max(-shift, 0)
    high = round_half_up(Fraction(wrap(accumulator << left) * multiplier, 1 << 31))
    return round_half_away(Fraction(min(high, (1 << 31) - 1), 1 << right))


def requantise(
    accumulator: int,
    multiplier: int,
    shift: int,
    single: bool,
    zero_point: int,
    low: int,
    high: int,
) -> int:
    """One output element; where ``low`` is above ``high``, ``high`` wins."""
    shifted = wrap(rescale(accumulator, multiplier, shift, single) + zero_point)
    return min(max(shifted, low), high)


class Engine:
    """The stores and registers of one engine."""

    def __init__(self, registers: Registers, stores: Sequence[Sequence[int]]) -> None:
        self.registers = registers
        self.weights, self.bias, self.requant, self.program = ([int(w) for w in words] for words in stores)

    def run(self, picture: Sequence[int]) -> Answer:
        """One inference; ``picture`` is at most 16 · image_rows elements."""
        registers = self.registers
        rows: Memory = {}
        for row in range(registers.image_rows):
            elements = [int(x) for x in picture[16 * row : 16 * row + 16]]
            rows[0, row] = elements + [0] * (16 - len(elements))
        scores: dict[int, list[int]] = {}
        work, pc = 0, 0
        while True:
            if work + 1 > registers.work_limit:
                return Answer(None, 0, 0, work)
            work += 1
            words = [_word(self.program, 8 * pc + i) for i in range(8)]
            pc = 0 if 8 * (pc + 1) >= len(self.program) else pc + 1
            operation = words[0] & 0xFF
            if operation == 0:
                break
            if operation == 1:
                n_in, n_out = words[1] & 0xFFFF, words[1] >> 16
                if n_out > 0:
                    cost = max(1, (n_in + 15) // 16) * ((n_out + 15) // 16)
                    if work + cost > registers.work_limit:
                        return Answer(None, 0, 0, work)
                    work += cost
                    self._fully_connected(words, rows, scores)
        flat = [x for row in range(registers.score_rows) for x in scores.get(row, [0] * 16)]
        flat = flat[: registers.score_count]
        best = max(range(len(flat)), key=lambda i: (flat[i], -i))
        return Answer(flat, best, zlib.crc32(bytes(x & 0xFF for x in flat)), work)

    def _fully_connected(self, words: list[int], rows: Memory, scores: dict[int, list[int]]) -> None:
        single, src, dst = words[0] >> 8 & 1, words[0] >> 16 & 3, words[0] >> 18 & 3
        n_in, n_out = words[1] & 0xFFFF, words[1] >> 16
        src_row, dst_row = words[2] & 0xFFFF, words[2] >> 16
        weight_block, channel_block = words[3] & 0xFFFF, words[3] >> 16
        input_zero_point, output_zero_point, low, high = (wrap(words[4] >> k, 8) for k in (0, 8, 16, 24))
        depth = max(1, (n_in + 15) // 16)
        limit = self.registers.score_rows if dst == 0 else 1 << self.registers.row_bits
        results: dict[int, list[int]] = {}
        for row in range((n_out + 15) // 16):
            if dst_row + row >= limit:
                break
            results[dst_row + row] = [0] * 16
            for lane in range(min(16, n_out - 16 * row)):
                number = 16 * channel_block + 16 * row + lane
                total = wrap(_word(self.bias, number))
                for i in range(n_in):
                    x = 0
                    if src == 0 or src != dst:
                        x = rows.get((src, src_row + i // 16), [0] * 16)[i % 16]
                    block = weight_block + row * depth + i // 16
                    packed = _word(self.weights, 64 * block + 4 * lane + i % 16 // 4)
                    total += (x - input_zero_point) * wrap(packed >> 8 * (i % 4), 8)
                multiplier = wrap(_word(self.requant, 2 * number))
                shift = wrap(_word(self.requant, 2 * number + 1), 6)
                results[dst_row + row][lane] = requantise(
                    wrap(total), multiplier, shift, bool(single), output_zero_point, low, high
                )
        for row, elements in results.items():
            if dst == 0:
                scores[row] = elements
            else:
                rows[dst, row] = elements


def _word(store: list[int], place: int) -> int:
    return store[place] if place < len(store) else 0
