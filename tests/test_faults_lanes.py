# SPDX-License-Identifier: Apache-2.0
"""Which lanes of a code word are independent: ranks over GF(2), for every set of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from host.faults.random_words import next_word

Words = NDArray[np.uint32]
State = tuple[Words, Words, Words, Words]


def lane_forms(step: Callable[[State], Words]) -> list[list[int]]:
    """``forms[i][j]``: bit i of random word j as a linear form of the state, 128 bits.

    A linear run maps the 128 unit states to the columns of its matrix.
    """
    units = np.zeros((4, 128), dtype=np.uint32)
    for b in range(128):
        units[b // 32, b] = 1 << (b % 32)
    state: State = (units[0], units[1], units[2], units[3])
    words = []
    for _ in range(32):
        words.append(state[0])
        state = (state[1], state[2], state[3], step(state))
    return [[sum(int(column >> i & 1) << b for b, column in enumerate(map(int, x))) for x in words] for i in range(32)]


def extend(basis: dict[int, int], forms: Iterable[int]) -> dict[int, int]:
    """The basis of a space and more forms; its size is the rank."""
    basis = dict(basis)
    for form in forms:
        rest = form
        while rest and (pivot := rest.bit_length()) in basis:
            rest ^= basis[pivot]
        if rest:
            basis[rest.bit_length()] = rest
    return basis


def independent_words(forms: Sequence[Sequence[int]], lanes: Sequence[int]) -> int:
    """Random words up to which these lanes are jointly uniform."""
    most = min(32, 128 // len(lanes))
    basis: dict[int, int] = {}
    for j in range(most):
        basis = extend(basis, (forms[lane][j] for lane in lanes))
        if len(basis) != (j + 1) * len(lanes):
            return j
    return most


FORMS = lane_forms(next_word)


def test_single_lanes_are_uniform() -> None:
    assert {len(extend({}, forms)) for forms in FORMS} == {32}


def test_pairs_and_triples_are_independent() -> None:
    pairs = {(a, b): extend(extend({}, FORMS[a]), FORMS[b]) for a, b in combinations(range(32), 2)}
    assert Counter(map(len, pairs.values())) == {64: 496}
    triples = Counter(len(extend(pairs[a, b], FORMS[c])) for a, b, c in combinations(range(32), 3))
    print(f"ranks of triples: {dict(triples)}")
    assert triples == {96: 4960}


def test_sets_of_four_are_independent_for_28_words() -> None:
    # The run commutes with rotating all lanes: sets with lane 0 stand for all (checked first).
    def turned(form: int) -> int:
        parts = [form >> 32 * k & 0xFFFFFFFF for k in range(4)]
        return sum((p << 1 & 0xFFFFFFFF | p >> 31) << 32 * k for k, p in enumerate(parts))

    assert all(FORMS[(i + 1) % 32][j] == turned(FORMS[i][j]) for i in range(32) for j in range(32))
    words = Counter(independent_words(FORMS, (0, *rest)) for rest in combinations(range(1, 32), 3))
    print(f"independent words of sets of four: {dict(sorted(words.items()))}")
    assert min(words) == 28


def test_sets_of_five() -> None:
    words = Counter(independent_words(FORMS, (0, *rest)) for rest in combinations(range(1, 32), 4))
    print(f"independent words of sets of five: {dict(sorted(words.items()))}")
    # Every set of five has five rotations with lane 0, out of 32: docs/faults.md counts all sets.
    assert min(words) == 4 and words[4] * 32 // 5 == 32
    assert 0.85 < words[25] / words.total() < 0.86


def test_zero_filled_shifts_are_not_independent() -> None:
    """The reason for rotations: xorshift128 (Marsaglia 2003; 11, 8, 19) ties lanes together."""

    def xorshift(state: State) -> Words:
        t = state[0] ^ state[0] << np.uint32(11)
        return state[3] ^ state[3] >> np.uint32(19) ^ t ^ t >> np.uint32(8)

    forms = lane_forms(xorshift)
    tied = {(a, b) for a, b in combinations(range(32), 2) if len(extend(extend({}, forms[a]), forms[b])) < 64}
    assert tied == {(i - 11, i) for i in range(24, 32)}
    assert all(independent_words(forms, pair) == 4 for pair in tied)
