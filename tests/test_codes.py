# SPDX-License-Identifier: Apache-2.0
"""The codes against what defines them, not against their own tables."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from host.codes import CODES
from host.codes.__main__ import main
from host.codes.hsiao import CHECK_BITS, COLUMNS, DATA_BITS, ROWS
from host.regmap import Protection

BITS = {Protection.NONE: 32, Protection.PARITY: 33, Protection.SECDED: 39, Protection.TMR: 96}

words_of_data = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20)


def flipped(words: NDArray[np.uint32], *bits: int) -> NDArray[np.uint32]:
    """Physical words with these bits inverted in each."""
    out = words.copy()
    for bit in bits:
        out[:, bit // 32] ^= np.uint32(1 << bit % 32)
    return out


@pytest.mark.parametrize("protection", list(Protection))
def test_shape(protection: Protection) -> None:
    """Width, number of parts, dtype, and nothing above the last bit."""
    code = CODES[protection]
    data = np.arange(50, dtype=np.uint32) * np.uint32(0x9E3779B1)
    words = code.encode(data)
    assert code.bits == BITS[protection]
    assert words.dtype == np.uint32 and words.shape == (50, -(-code.bits // 32))
    np.testing.assert_array_equal(words[:, 0], data)
    if code.bits % 32:
        assert not np.any(words[:, -1] >> np.uint32(code.bits % 32))


@given(words_of_data, words_of_data)
@pytest.mark.parametrize("protection", list(Protection))
def test_linear(protection: Protection, left: list[int], right: list[int]) -> None:
    """The code of a sum is the sum of the codes, and zeros are a code word."""
    code = CODES[protection]
    size = min(len(left), len(right))
    a, b = np.array(left[:size], dtype=np.uint32), np.array(right[:size], dtype=np.uint32)
    np.testing.assert_array_equal(code.encode(a ^ b), code.encode(a) ^ code.encode(b))
    assert not np.any(code.encode(a ^ a))


@given(words_of_data)
@pytest.mark.parametrize("protection", list(Protection))
def test_untouched_words(protection: Protection, values: list[int]) -> None:
    """Nothing is found in a word that nobody touched."""
    code = CODES[protection]
    data = np.array(values, dtype=np.uint32)
    got = code.decode(code.encode(data))
    np.testing.assert_array_equal(got.data, data)
    assert not got.corrected.any() and not got.uncorrectable.any()


def test_hsiao() -> None:
    """What makes a matrix Hsiao's: odd columns, none twice, as few ones as there can be, rows as equal as can be."""
    columns = [*COLUMNS, *(1 << row for row in range(CHECK_BITS))]
    assert len(set(columns)) == DATA_BITS + CHECK_BITS
    assert all(column.bit_count() % 2 == 1 for column in columns)
    assert all(column.bit_count() == 3 for column in COLUMNS)
    ones = [int(row).bit_count() for row in ROWS]
    assert sum(ones) == 3 * DATA_BITS and max(ones) - min(ones) == 1


def test_distance_of_secded() -> None:
    """The smallest number of flips between two code words is 4: by the definition, over sums of up to three columns."""
    columns = [*COLUMNS, *(1 << row for row in range(CHECK_BITS))]
    for count in (1, 2, 3):
        for chosen in combinations(columns, count):
            assert np.bitwise_xor.reduce(chosen) != 0
    assert any(np.bitwise_xor.reduce(chosen) == 0 for chosen in combinations(columns, 4))


@pytest.mark.parametrize("data", [0, 0xFFFFFFFF, 0x12345678])
def test_secded_corrects_one_detects_two(data: int) -> None:
    """Every flip and every pair, check bits among them."""
    code = CODES[Protection.SECDED]
    word = code.encode(np.array([data], dtype=np.uint32))
    for bit in range(39):
        got = code.decode(flipped(word, bit))
        assert (int(got.data[0]), bool(got.corrected[0]), bool(got.uncorrectable[0])) == (data, True, False)
    for pair in combinations(range(39), 2):
        got = code.decode(flipped(word, *pair))
        assert (bool(got.corrected[0]), bool(got.uncorrectable[0])) == (False, True)
        stored = flipped(word, *pair)[0, 0]
        assert got.data[0] == stored


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 38), min_size=3, max_size=39))
def test_secded_beyond_its_limits(data: int, bits: set[int]) -> None:
    """Each pattern has one meaning: an odd number looks like one flip or is found, an even one is found or unseen."""
    code = CODES[Protection.SECDED]
    word = flipped(code.encode(np.array([data], dtype=np.uint32)), *bits)
    got = code.decode(word)
    distance = [bin(int(code.encode(got.data)[0, part] ^ word[0, part])).count("1") for part in (0, 1)]
    if got.corrected[0]:
        assert len(bits) % 2 == 1 and sum(distance) == 1
    elif got.uncorrectable[0]:
        assert sum(distance) > 1
    else:
        assert len(bits) % 2 == 0 and sum(distance) == 0


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 95)))
def test_tmr_votes(data: int, bits: set[int]) -> None:
    """Each bit is what at least two copies say; a difference is reported, whoever is right."""
    code = CODES[Protection.TMR]
    got = code.decode(flipped(code.encode(np.array([data], dtype=np.uint32)), *bits))
    hits = [sum(bit + 32 * copy in bits for copy in range(3)) for bit in range(32)]
    assert int(got.data[0]) == data ^ sum(1 << bit for bit, hit in enumerate(hits) if hit >= 2)
    assert bool(got.corrected[0]) == any(hit in (1, 2) for hit in hits)
    assert not got.uncorrectable[0]


@given(st.integers(0, 2**32 - 1), st.sets(st.integers(0, 32)))
def test_parity_counts(data: int, bits: set[int]) -> None:
    """An odd number of flips is found, an even one is not; nothing is corrected."""
    code = CODES[Protection.PARITY]
    got = code.decode(flipped(code.encode(np.array([data], dtype=np.uint32)), *bits))
    assert bool(got.uncorrectable[0]) == (len(bits) % 2 == 1)
    assert not got.corrected[0]
    assert int(got.data[0]) == data ^ sum(1 << bit for bit in bits if bit < 32)


def test_header_is_fresh() -> None:
    """What the RTL reads is this matrix."""
    assert main(["--check"]) == 0
