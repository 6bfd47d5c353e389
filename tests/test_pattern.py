# SPDX-License-Identifier: Apache-2.0
"""Patterns against a grid of cells that is laid out one by one, and what neighbouring flips do to a SECDED word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from host.codes import CODES
from host.faults import FaultSet
from host.faults.pattern import SINGLE_BIT, Pattern
from host.image import PhysicalSpace
from host.regmap import Protection

Place = tuple[int, int, int]

INTERLEAVES = (1, 2, 4, 8)
PATTERNS = [Pattern(*size) for size in product((1, 2), (1, 2, 3, 4), INTERLEAVES)]

any_pattern = st.sampled_from(PATTERNS)


@lru_cache(maxsize=64)
def grid(space: PhysicalSpace, store: int, interleave: int) -> dict[tuple[int, int], Place]:
    """Bit of a store in each row and column: a row holds ``interleave`` code words, bit by bit in turn."""
    cells: dict[tuple[int, int], Place] = {}
    words = list(range(space.extents[store]))
    for row in range(-(-len(words) // interleave)):
        inside = words[row * interleave : (row + 1) * interleave]
        for bit in range(space.widths[store]):
            for turn, word in enumerate(inside):
                cells[row, bit * interleave + turn] = (store, word, bit)
    return cells


def hit_cells(anchor: Place, pattern: Pattern, space: PhysicalSpace) -> list[Place]:
    """Bits that exist under a pattern whose first cell lies on a bit."""
    cells = grid(space, anchor[0], pattern.interleave)
    (top, left) = next(where for where, place in cells.items() if place == anchor)
    block = product(range(top, top + pattern.rows), range(left, left + pattern.columns))
    return [cells[where] for where in block if where in cells]


def brute_force(anchors: Iterable[Place], pattern: Pattern, space: PhysicalSpace) -> tuple[int, set[Place]]:
    """Flips, one that two patterns flip counted twice, and the bits that are flipped an odd number of times."""
    times = Counter(place for anchor in anchors for place in hit_cells(anchor, pattern, space))
    return times.total(), {place for place, count in times.items() if count % 2}


def places(faults: FaultSet) -> set[Place]:
    return set(zip(faults.store.tolist(), faults.word.tolist(), faults.bit.tolist(), strict=True))


def every_bit(space: PhysicalSpace) -> list[Place]:
    stores = range(len(space.extents))
    return [(s, w, b) for s in stores for w in range(space.extents[s]) for b in range(space.widths[s])]


@st.composite
def spaces(draw: st.DrawFn) -> PhysicalSpace:
    """Small stores, some of them of no whole row, some empty."""
    stores = draw(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 9)), min_size=1, max_size=3))
    return PhysicalSpace(tuple(extent for extent, _ in stores), tuple(width for _, width in stores))


@st.composite
def upset_spaces(draw: st.DrawFn) -> tuple[PhysicalSpace, list[Place]]:
    """A space and some of its bits."""
    space = draw(spaces())
    bits = every_bit(space)
    return space, draw(st.lists(st.sampled_from(bits), unique=True)) if bits else []


class TestAgainstTheGrid:
    """Every bit by brute force."""

    @pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: f"{p}-{p.interleave}")
    def test_every_anchor_alone(self, pattern: Pattern) -> None:
        space = PhysicalSpace((5, 9), (7, 3))
        for anchor in every_bit(space):
            flips, faults = pattern.spread(FaultSet.of([anchor]), space)
            expected = brute_force([anchor], pattern, space)
            assert (flips, places(faults)) == expected
            # cells of one pattern are different bits
            assert flips == len(faults)

    @pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: f"{p}-{p.interleave}")
    def test_every_anchor_at_once(self, pattern: Pattern) -> None:
        """Each bit under as many patterns as reach it: even numbers leave it as it was."""
        space = PhysicalSpace((5, 0, 9), (7, 4, 3))
        flips, faults = pattern.spread(FaultSet.of(every_bit(space)), space)
        assert (flips, places(faults)) == brute_force(every_bit(space), pattern, space)
        assert pattern.bits == 1 or flips > len(faults)

    @settings(max_examples=150, deadline=None)
    @given(any_pattern, upset_spaces())
    def test_some_anchors(self, pattern: Pattern, upset: tuple[PhysicalSpace, list[Place]]) -> None:
        space, anchors = upset
        flips, faults = pattern.spread(FaultSet.of(anchors), space)
        assert (flips, places(faults)) == brute_force(anchors, pattern, space)

    @pytest.mark.parametrize("protection", Protection)
    def test_code_words(self, protection: Protection) -> None:
        """Widths as codes have them, with anchors around the ends of parts and of code words."""
        space = PhysicalSpace.of((7, 3), (Protection.NONE, protection))
        width = space.widths[1]
        bits = [bit for bit in (0, 1, 30, 31, 32, 38, 62, 63, 64, width - 3, width - 2, width - 1) if bit < width]
        anchors = [(1, word, bit) for word in range(3) for bit in sorted(set(bits))]
        for pattern in PATTERNS:
            flips, faults = pattern.spread(FaultSet.of(anchors), space)
            assert (flips, places(faults)) == brute_force(anchors, pattern, space)

    def test_the_largest_store(self) -> None:
        """Nothing lies behind the last code word, and the first one of the next store is not it."""
        space = PhysicalSpace((1 << 20,) * 8, (96,) * 8)
        last = (1 << 20) - 1
        for store in (0, 6, 7):
            _, faults = Pattern(2, 4).spread(FaultSet.of([(store, last, 93)]), space)
            assert places(faults) == {(store, last, bit) for bit in (93, 94, 95)}
            _, faults = Pattern(2, 2, 8).spread(FaultSet.of([(store, last - 8, 40)]), space)
            assert places(faults) == {(store, w, b) for w, b in [(last - 8, 40), (last - 15, 41)]} | {
                (store, w, b) for w, b in [(last, 40), (last - 7, 41)]
            }


class TestLinearity:
    """Upsets add up bit by bit, whatever their patterns share."""

    @settings(max_examples=100, deadline=None)
    @given(any_pattern, upset_spaces(), st.integers(0, 2**32 - 1))
    def test_spreading_twice_cancels(
        self, pattern: Pattern, upset: tuple[PhysicalSpace, list[Place]], seed: int
    ) -> None:
        space, anchors = upset
        rng = np.random.default_rng(seed)
        stores = [rng.integers(0, 2**32, (extent, 1), dtype=np.uint32) for extent in space.extents]
        _, faults = pattern.spread(FaultSet.of(anchors), space)
        once = faults.apply(stores)
        twice = pattern.spread(FaultSet.of(anchors), space)[1].apply(once)
        assert all(np.array_equal(a, b) for a, b in zip(twice, stores, strict=True))
        changed = any(not np.array_equal(a, b) for a, b in zip(once, stores, strict=True))
        assert changed == bool(len(faults))

    @settings(max_examples=100, deadline=None)
    @given(any_pattern, upset_spaces(), st.data())
    def test_sum(self, pattern: Pattern, upset: tuple[PhysicalSpace, list[Place]], data: st.DataObject) -> None:
        space, anchors = upset
        if not anchors:
            return
        some = data.draw(st.sets(st.sampled_from(anchors)))
        others = set(anchors) - some
        one, two, both = (pattern.spread(FaultSet.of(sorted(part)), space) for part in (some, others, anchors))
        assert both[0] == one[0] + two[0]
        assert places(both[1]) == places(one[1]) ^ places(two[1])


def test_a_single_bit_is_itself() -> None:
    anchors = FaultSet.of([(0, 1, 2), (1, 0, 31)])
    flips, faults = SINGLE_BIT.spread(anchors, PhysicalSpace.of((2, 1)))
    assert (flips, faults) == (2, anchors)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: f"{p}-{p.interleave}")
def test_no_upsets_flip_nothing(pattern: Pattern) -> None:
    assert pattern.spread(FaultSet.of([]), PhysicalSpace.of((3, 3))) == (0, FaultSet.of([]))


class TestWords:
    """How a pattern is written, and what a board is told of it."""

    @pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: f"{p}-{p.interleave}")
    def test_there_and_back(self, pattern: Pattern) -> None:
        assert Pattern.parse(str(pattern), pattern.interleave) == pattern
        assert pattern.bits == pattern.rows * pattern.columns

    def test_rows_come_first(self) -> None:
        pattern = Pattern.parse("2x3", 4)
        assert (pattern.rows, pattern.columns, pattern.interleave) == (2, 3, 4)
        assert Pattern.parse("1x1") == SINGLE_BIT == Pattern()

    @pytest.mark.parametrize("text", ["", "2", "x", "1x", "x2", "axb", "1x2x3", "1X2", " 1x2", "1x2\n", "-1x2", "1*2"])
    def test_what_is_no_pattern_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="is no pattern: write rows and columns, such as 1x2"):
            Pattern.parse(text)

    @pytest.mark.parametrize("text", ["0x1", "1x0", "3x1", "1x5", "4x2", "00x1", "1x64"])
    def test_what_no_board_has_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="1 or 2 rows and 1 to 4 columns"):
            Pattern.parse(text)

    @pytest.mark.parametrize("interleave", [-1, 0, 3, 16])
    def test_other_interleaving_is_refused(self, interleave: int) -> None:
        with pytest.raises(ValueError, match=f"1, 2, 4 or 8 code words, not {interleave}"):
            Pattern(1, 2, interleave)

    @pytest.mark.parametrize(
        ("rows", "columns", "interleave", "register"),
        [(1, 1, 1, 0x000), (1, 2, 1, 0x001), (1, 4, 2, 0x103), (2, 1, 4, 0x210), (2, 3, 8, 0x312), (2, 4, 1, 0x013)],
    )
    def test_register(self, rows: int, columns: int, interleave: int, register: int) -> None:
        assert Pattern(rows, columns, interleave).register == register

    def test_registers_differ(self) -> None:
        assert len({pattern.register for pattern in PATTERNS}) == len(PATTERNS) == 32


WORDS = 8
SECDED = CODES[Protection.SECDED]
SPACE = PhysicalSpace.of((WORDS,), (Protection.SECDED,))
DATA = np.random.default_rng(39).integers(0, 2**32, WORDS, dtype=np.uint32)

Flags = NDArray[np.bool_]


def read_back(pattern: Pattern, anchor: Place) -> tuple[NDArray[np.int64], Flags, Flags, Flags]:
    """Flips of each word; which are corrected, found uncorrectable, and read with the right data."""
    golden = SECDED.encode(DATA)
    _, faults = pattern.spread(FaultSet.of([anchor]), SPACE)
    read = SECDED.decode(faults.apply([golden])[0])
    return np.bincount(faults.word, minlength=WORDS), read.corrected, read.uncorrectable, read.data == DATA


class TestInterleavingAndSecded:
    """The reason to interleave: neighbours of a row are then bits of different words."""

    def test_two_neighbours_are_uncorrectable_without(self) -> None:
        """Wherever the pattern lies whole within a word; half of it beyond the last bit leaves one flip."""
        for word, bit in product(range(WORDS), range(SECDED.bits)):
            flips, corrected, uncorrectable, _ = read_back(Pattern(1, 2), (0, word, bit))
            whole = bit < SECDED.bits - 1
            assert (flips.sum(), flips[word]) == ((2, 2) if whole else (1, 1))
            assert (corrected.sum(), uncorrectable.sum()) == ((0, 1) if whole else (1, 0))
            assert uncorrectable[word] == whole

    @pytest.mark.parametrize(
        ("size", "interleave"),
        [("1x2", 2), ("1x3", 4), ("1x4", 4), ("2x2", 2), ("2x4", 4), ("2x1", 1)],
    )
    def test_no_more_columns_than_words_of_a_row_are_corrected(self, size: str, interleave: int) -> None:
        pattern = Pattern.parse(size, interleave)
        whole = 0
        for anchor in product([0], range(WORDS), range(SECDED.bits)):
            flips, corrected, uncorrectable, right = read_back(pattern, anchor)
            assert flips.max() == 1, "one error in each word that is hit"
            assert np.array_equal(corrected, flips == 1)
            assert not uncorrectable.any() and right.all()
            whole += int(flips.sum()) == pattern.bits
        # all but those over the end of a row and those in the last row
        down = WORDS // interleave - (pattern.rows - 1)
        assert whole == down * (SECDED.bits * interleave - (pattern.columns - 1))

    def test_three_neighbours_are_mistaken_for_one_without(self) -> None:
        """An odd number of flips is never seen as two, so some words become another."""
        mistaken = found = 0
        for bit in range(SECDED.bits - 2):
            _, corrected, uncorrectable, right = read_back(Pattern(1, 3), (0, 5, bit))
            assert corrected[5] != uncorrectable[5]
            mistaken += bool(corrected[5] and not right[5])
            found += bool(uncorrectable[5])
        assert mistaken > 0 and found > 0

    def test_three_neighbours_with_two_words_in_turn(self) -> None:
        """Words of a row take turns: the first and the third cell are the same word's."""
        for word, bit in product(range(WORDS), range(SECDED.bits - 2)):
            flips, _, uncorrectable, _ = read_back(Pattern(1, 3, 2), (0, word, bit))
            assert (flips[word], flips[word ^ 1]) == (2, 1)
            assert uncorrectable[word] and uncorrectable.sum() == 1
