# SPDX-License-Identifier: Apache-2.0
"""Stores in a beam against a scrubber that walks from word to word, and against the closed forms of host.rates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_pattern import every_bit, hit_cells

from host.codes import CODES, parts_of
from host.faults import FaultSet
from host.faults.beam import NEVER, NO_SITE, Beam, Upsets
from host.faults.exposure import NO_SCRUBBING, ExposedStores, Scrubbed, Scrubbing, Slice, Stuck, expose
from host.faults.exposures import Exposures
from host.faults.pattern import SINGLE_BIT, Pattern
from host.image import Layout, MemoryImage
from host.rates.scrubbing import any_wrong, parity_undetected, secded_uncorrectable, tmr_wrong
from host.regmap import Engine, Protection
from host.statistics import wilson_interval

NONE, PARITY, SECDED, TMR = Protection

Place = tuple[int, int, int]


def image_of(data: Sequence[NDArray[np.uint32]], protections: Sequence[Protection]) -> MemoryImage:
    """Four stores of any contents; nothing here asks what their bits mean."""
    return MemoryImage(
        engine=Engine.MAC,
        stores=dict(zip(("weights", "bias", "requant", "program"), data, strict=True)),
        layout=cast(Layout, None),
        score_count=1,
        work_limit=1,
        protections=tuple(protections),
    )


def random_image(extents: Sequence[int], protections: Sequence[Protection], seed: int = 1) -> MemoryImage:
    rng = np.random.default_rng(seed)
    return image_of([rng.integers(0, 2**32, extent, dtype=np.uint32) for extent in extents], protections)


def entry(store: int, word: int, bit: int) -> int:
    return store << 28 | bit << 21 | word


def place_of(site: int) -> Place:
    return site >> 28, site & 0x1FFFFF, site >> 21 & 127


def upsets_of(hits: Sequence[tuple[int, Place]]) -> Upsets:
    """Upsets at given ticks."""
    ticks, sites = [tick for tick, _ in hits], [entry(*place) for _, place in hits]
    return Upsets(np.array(ticks, dtype=np.uint64), np.array(sites, dtype=np.uint32))


# A slow reading -----------------------------------------------------------------------------------


def whole(words: NDArray[np.uint32]) -> list[int]:
    """Code words as numbers."""
    return [sum(int(part) << 32 * i for i, part in enumerate(word)) for word in words]


@cache
def judge(protection: Protection, word: int) -> tuple[int, bool, bool]:
    """What a scrubber that has only the code would write to a code word, whether it does, and whether it cannot."""
    code = CODES[protection]
    parts = [word >> 32 * i & 0xFFFF_FFFF for i in range(parts_of(code.bits))]
    read = code.decode(np.array([parts], dtype=np.uint32))
    return whole(code.encode(read.data))[0], bool(read.corrected[0]), bool(read.uncorrectable[0])


@dataclass
class Walker:
    """Memory, scrubber and stuck bits, a tick at a time."""

    image: MemoryImage
    scrubbing: Scrubbing
    stuck: Sequence[tuple[Place, bool]]
    pattern: Pattern
    stores: list[list[int]] = field(init=False)
    visited: list[tuple[int, int]] = field(default_factory=list)
    corrected: int = 0
    uncorrectable: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stores = [whole(words) for words in self.image.physical]
        self.golden = [whole(words) for words in self.image.physical]
        self.round = [(s, w) for s in self.scrubbing.stores for w in range(self.image.space.extents[s])]
        self.hold()

    def hold(self) -> None:
        for (store, word, bit), value in self.stuck:
            self.stores[store][word] = self.stores[store][word] & ~(1 << bit) | value << bit

    def upset(self, place: Place) -> int:
        cells = hit_cells(place, self.pattern, self.image.space)
        for store, word, bit in cells:
            self.stores[store][word] ^= 1 << bit
        self.hold()
        return len(cells)

    def scrub(self) -> None:
        """Visit the code word after the one before."""
        store, word = self.round[len(self.visited) % len(self.round)]
        self.visited.append((store, word))
        stored = self.stores[store][word]
        if self.scrubbing.golden:
            right = self.golden[store][word]
            corrected, uncorrectable = stored != right, False
        else:
            right, corrected, uncorrectable = judge(self.image.protections[store], stored)
        if corrected:
            self.corrected += 1
            self.stores[store][word] = right
            self.hold()
        if uncorrectable:
            self.uncorrectable.append((store, word))

    @property
    def scrubbed(self) -> Scrubbed:
        bad = self.uncorrectable
        return Scrubbed(len(self.visited), self.corrected, len(bad), bad[0] if bad else None)

    def slices(self, hits: Sequence[tuple[int, Place]], period: int, slices: int) -> Iterator[int]:
        """Bits flipped in each slice."""
        due, flips = list(hits), 0
        for tick in range(period * slices):
            while due and due[0][0] == tick:
                flips += self.upset(due.pop(0)[1])
            if self.round and self.scrubbing.interval and tick and tick % self.scrubbing.interval == 0:
                self.scrub()
            if (tick + 1) % period == 0:
                yield flips
                flips = 0


@dataclass(frozen=True)
class History:
    """What happens to an image."""

    image: MemoryImage
    hits: Sequence[tuple[int, Place]]
    period: int
    slices: int
    scrubbing: Scrubbing = NO_SCRUBBING
    stuck: Sequence[tuple[Place, bool]] = ()
    pattern: Pattern = SINGLE_BIT

    def held(self) -> Stuck:
        bits = sorted(self.stuck)
        return Stuck(FaultSet.of([place for place, _ in bits]), np.array([value for _, value in bits], dtype=bool))

    def check(self) -> Walker:
        """Compare the model with the walker after every slice; the walker at the end."""
        walker = Walker(self.image, self.scrubbing, self.stuck, self.pattern)
        upsets, begin = upsets_of(self.hits), 0
        states = expose(
            self.image,
            upsets,
            self.period,
            self.slices,
            self.scrubbing,
            self.held() if self.stuck else None,
            self.pattern,
        )
        slow = walker.slices(self.hits, self.period, self.slices)
        for number, (state, flips) in enumerate(zip(states, slow, strict=True)):
            assert state.number == number
            assert state.flips == flips
            assert [whole(words) for words in state.stores] == walker.stores, f"stores after slice {number}"
            assert state.scrubbed == walker.scrubbed, f"scrubber after slice {number}"
            end = begin + len(state.upsets)
            assert np.array_equal(state.upsets.at, upsets.at[begin:end])
            assert np.array_equal(state.upsets.site, upsets.site[begin:end])
            assert all(tick // self.period == number for tick in state.upsets.at.tolist())
            begin = end
        return walker


INTERVALS = [0, 1, 2, 3, 5, 7, 11, 30, 100, 2**40]
PATTERNS = [
    SINGLE_BIT,
    Pattern(1, 2),
    Pattern(1, 2, 2),
    Pattern(2, 1),
    Pattern(2, 2),
    Pattern(1, 4, 4),
    Pattern(2, 3, 2),
]

any_protections = st.tuples(*[st.sampled_from(Protection)] * 4)
scrubbed_stores = st.sets(st.integers(0, 3)).map(lambda stores: tuple(sorted(stores)))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Few bits and many upsets of them, so that they cancel, add up, and make code words of other data."""
    extents = draw(st.tuples(*[st.integers(0, 4)] * 4).filter(any))
    image = random_image(extents, draw(any_protections), draw(st.integers(0, 9)))
    bits = st.sampled_from(every_bit(image.space))
    pool = draw(st.lists(bits, min_size=1, max_size=9, unique=True))
    gaps = draw(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(pool)), max_size=40))
    ticks = np.cumsum([gap for gap, _ in gaps], dtype=np.int64) - 1
    scrubbing = Scrubbing(draw(scrubbed_stores), draw(st.sampled_from(INTERVALS)), draw(st.booleans()))
    stuck = draw(st.dictionaries(st.one_of(st.sampled_from(pool), bits), st.booleans(), max_size=5))
    return History(
        image,
        list(zip(ticks.tolist(), [place for _, place in gaps], strict=True)),
        draw(st.integers(1, 40)),
        draw(st.integers(1, 6)),
        scrubbing,
        sorted(stuck.items()),
        draw(st.sampled_from(PATTERNS)),
    )


class TestAgainstAWalk:
    """Stores, flips and counts after every slice."""

    @settings(max_examples=120, deadline=None)
    @given(histories())
    def test_any_history(self, history: History) -> None:
        history.check()

    @pytest.mark.parametrize("interval", [1, 4, 25, 2**40])
    @pytest.mark.parametrize("golden", [False, True], ids=["code", "golden"])
    @pytest.mark.parametrize("protection", Protection)
    def test_a_beam(self, protection: Protection, golden: bool, interval: int) -> None:
        """Drawn upsets of one code beside another; whatever a scrubber can meet, this one meets."""
        seen: dict[str, int] = dict.fromkeys(("corrected", "uncorrectable", "wrong"), 0)
        for seed in range(3):
            image = random_image((7, 3, 0, 2), (protection, NONE, SECDED, SECDED), seed)
            period, slices = 150, 4
            upsets = Beam(0.1, (0, 1, 3), seed).upsets(image.space, period * slices)
            hits = [(tick, place_of(site)) for tick, site in zip(upsets.at.tolist(), upsets.site.tolist(), strict=True)]
            stuck = [((0, 2, 5), seed > 0), ((0, 2, 6), True), ((3, 1, 38), True)] if seed else []
            walker = History(image, hits, period, slices, Scrubbing((0, 1, 2), interval, golden), stuck).check()
            assert len(hits) > 40
            seen["corrected"] += walker.corrected
            seen["uncorrectable"] += len(walker.uncorrectable)
            seen["wrong"] += sum(a != b for a, b in zip(walker.stores[0], walker.golden[0], strict=True))
        print(f"{protection.name}, interval {interval}: {seen}")
        comes_by = interval < 2**40
        assert (seen["corrected"] > 0) == (comes_by and (golden or protection in (SECDED, TMR)))
        assert (seen["uncorrectable"] > 0) == (comes_by and not golden and protection in (PARITY, SECDED))
        assert seen["wrong"] > 0

    def test_a_slice_is_a_cut_and_no_event(self) -> None:
        """However a time is cut into slices, the end is the same."""
        image = random_image((6, 2, 3, 1), (SECDED, TMR, PARITY, SECDED))
        upsets = Beam(0.08, (0, 1, 2, 3), 4).upsets(image.space, 720)
        stuck = Stuck.at(True, FaultSet.of([(0, 1, 7), (1, 1, 40)]))
        ends = []
        for slices in (1, 2, 9, 720):
            *_, last = expose(image, upsets, 720 // slices, slices, Scrubbing((0, 1, 2), 4), stuck, Pattern(1, 2))
            ends.append(([whole(words) for words in last.stores], last.scrubbed))
        assert all(end == ends[0] for end in ends[1:])
        assert ends[0][1].words == 179 and ends[0][1].corrected and ends[0][1].uncorrectable


IMAGE = random_image((4, 3, 0, 2), (SECDED, NONE, SECDED, TMR))
GOLDEN = [whole(words) for words in IMAGE.physical]


class TestOneWord:
    """What is where, told by hand."""

    def states(
        self,
        hits: Sequence[tuple[int, Place]],
        period: int,
        slices: int,
        scrubbing: Scrubbing,
        stuck: Stuck | None = None,
    ) -> list[tuple[list[list[int]], Scrubbed]]:
        """Stores and counts after each slice."""
        found = expose(IMAGE, upsets_of(hits), period, slices, scrubbing, stuck)
        return [([whole(words) for words in state.stores], state.scrubbed) for state in found]

    @pytest.mark.parametrize("tick", [0, 1, 59, 60, 61, 119, 120, 121])
    def test_an_upset_comes_before_the_scrub_of_its_tick(self, tick: int) -> None:
        """Word 1 of store 3 is the last of a round of six: its visits are at ticks 60, 120, 180 and so on."""
        due = next(n for n in (60, 120, 180) if n >= tick)
        for number, (stores, scrubbed) in enumerate(self.states([(tick, (3, 1, 70))], 10, 20, Scrubbing((0, 3), 10))):
            end = 10 * (number + 1)
            assert (stores != GOLDEN) == (tick < end <= due)
            # a scrub at the first tick of a slice belongs to it
            assert scrubbed == Scrubbed(number, int(due < end))

    def test_the_first_word_is_visited_after_one_interval(self) -> None:
        states = self.states([(0, (0, 0, 3))], 1, 12, Scrubbing((0,), 10))
        assert [stores != GOLDEN for stores, _ in states] == [True] * 10 + [False] * 2
        assert [scrubbed.words for _, scrubbed in states] == [0] * 10 + [1] * 2

    def test_nothing_without_stores_or_interval(self) -> None:
        for scrubbing in (
            Scrubbing(),
            Scrubbing((0, 1, 3)),
            Scrubbing((), 1),
            Scrubbing((2,), 1),
            Scrubbing((), 1, True),
        ):
            for stores, scrubbed in self.states([(1, (0, 0, 3))], 50, 2, scrubbing):
                assert scrubbed == Scrubbed() and stores != GOLDEN

    def test_a_word_is_counted_at_each_visit(self) -> None:
        """Two flips that nobody corrects, for a time that no one could walk through."""
        period = 10**12
        hits = [(7, (0, 2, 0)), (9, (0, 2, 1)), (11, (0, 1, 0)), (3 * period + 5, (0, 1, 30))]
        for interval in (1, 3, 77):
            (_, first), (_, last) = self.states(hits, 2 * period, 2, Scrubbing((0, 3), interval))
            for scrubbed, end in ((first, 2 * period), (last, 4 * period)):
                assert scrubbed.words == (end - 1) // interval
                # word 2 is wrong twice from tick 9 on; visits are those of scrub 3, 9, 15, …
                visits = len(range(3, scrubbed.words + 1, 6)) - len(range(3, (9 - 1) // interval + 1, 6))
                assert scrubbed.uncorrectable == visits
                assert scrubbed.corrected == (1 if scrubbed is first else 2)
                assert scrubbed.first == (0, 2)

    def test_a_stuck_bit_is_corrected_at_each_visit(self) -> None:
        word = GOLDEN[0][3]
        held = Stuck.at(not word & 1, FaultSet.of([(0, 3, 0)]))
        end = 10**12
        for golden in (False, True):
            ((stores, scrubbed),) = self.states([], end, 1, Scrubbing((0, 3), 1, golden), held)
            assert stores[0] == [*GOLDEN[0][:3], word ^ 1]
            assert scrubbed == Scrubbed(end - 1, (end - 1 - 4) // 6 + 1)
        # a second flip beside it stays, too, but is not corrected
        ((stores, scrubbed),) = self.states([(50, (0, 3, 9))], end, 1, Scrubbing((0, 3), 1), held)
        assert stores[0][3] == word ^ 1 ^ 1 << 9
        # scrubs 4, 10, …, 46 correct the stuck bit; that of tick 52 and all after it cannot
        assert scrubbed == Scrubbed(end - 1, 8, (end - 1 - 52) // 6 + 1, (0, 3))

    def test_stuck_bits_hold_from_the_start_and_against_upsets(self) -> None:
        """Also where nobody scrubs; a bit that is stuck as it was is no difference until it is hit."""
        bits = [(0, 1, 5), (1, 2, 31), (3, 0, 95)]
        held = Stuck(FaultSet.of(bits), np.array([True, False, True]))
        expected = [list(words) for words in GOLDEN]
        for (store, word, bit), value in zip(bits, (1, 0, 1), strict=True):
            expected[store][word] = expected[store][word] & ~(1 << bit) | value << bit
        hits = [(3, (0, 1, 5)), (4, (1, 2, 31)), (5, (1, 2, 30)), (6, (3, 0, 95))]
        first, second = self.states(hits, 3, 2, Scrubbing(), held)
        assert first[0] == expected and first[0] != GOLDEN
        expected[1][2] ^= 1 << 30
        assert second[0] == expected, "of four hits, that of the bit that is free"
        assert [stores for stores, _ in self.states(hits, 10, 1, Scrubbing(), held)] == [expected]

    def test_a_site_that_was_not_found_is_no_flip(self) -> None:
        upsets = Upsets(np.array([1, 2], dtype=np.uint64), np.array([NO_SITE, entry(1, 0, 4)], dtype=np.uint32))
        for pattern, flips in ((SINGLE_BIT, 1), (Pattern(2, 2), 4)):
            (state,) = expose(IMAGE, upsets, 10, 1, pattern=pattern)
            assert state.flips == flips and len(state.upsets) == 2

    def test_the_image_is_left_alone(self) -> None:
        before = [words.copy() for words in IMAGE.physical]
        self.states([(1, (0, 0, 0)), (2, (1, 1, 1))], 9, 2, Scrubbing((0,), 1))
        assert all(np.array_equal(a, b) for a, b in zip(before, IMAGE.physical, strict=True))

    def test_an_upset_that_undoes_another_is_no_error(self) -> None:
        hits = [(1, (0, 0, 6)), (2, (0, 0, 7)), (3, (0, 0, 6)), (4, (0, 0, 7))]
        ((stores, scrubbed),) = self.states(hits, 100, 1, Scrubbing((0,), 5))
        assert stores == GOLDEN and scrubbed == Scrubbed(19)

    def test_golden_rights_what_the_code_cannot(self) -> None:
        hits = [(t, place) for t, place in enumerate([(0, 1, 0), (0, 1, 1), (1, 0, 5), (3, 1, 2), (3, 1, 34)])]
        ((stores, scrubbed),) = self.states(hits, 1000, 1, Scrubbing((0, 1, 3), 6, golden=True))
        assert stores == GOLDEN and scrubbed == Scrubbed(166, 3)
        ((stores, scrubbed),) = self.states(hits, 1000, 1, Scrubbing((0, 1, 3), 6))
        data = IMAGE.words
        assert stores[0][1] == GOLDEN[0][1] ^ 3 and stores[1][0] == GOLDEN[1][0] ^ 1 << 5
        assert stores[3][1] == whole(CODES[TMR].encode(data[3][1:2] ^ np.uint32(4)))[0], "two copies outvote the third"
        assert scrubbed == Scrubbed(166, 1, len(range(2, 167, 9)), (0, 1))


class TestStuck:
    """Stuck bits as a list."""

    def test_entries(self) -> None:
        stuck = Stuck(FaultSet.of([(0, 5, 3), (2, 1, 64)]), np.array([False, True]))
        assert stuck.entries().tolist() == [3 << 21 | 5, 1 << 31 | 2 << 28 | 64 << 21 | 1]
        assert stuck.entries().dtype == np.uint32 and len(stuck) == 2 and len(Stuck()) == 0

    def test_one_value_for_each(self) -> None:
        with pytest.raises(ValueError, match="2 stuck bits and 1 values: give one for each"):
            Stuck(FaultSet.of([(0, 5, 3), (2, 1, 64)]), np.array([True]))

    @pytest.mark.parametrize("value", [False, True])
    def test_as_flips(self, value: bool) -> None:
        bits = [(0, 1, 38), (0, 1, 0), (1, 2, 31), (3, 1, 95), (3, 1, 64)]
        stuck = Stuck.at(value, FaultSet.of(bits))
        flips = stuck.as_flips(IMAGE.physical)
        differ = {place for place in bits if GOLDEN[place[0]][place[1]] >> place[2] & 1 != value}
        assert set(zip(flips.store.tolist(), flips.word.tolist(), flips.bit.tolist(), strict=True)) == differ
        held = ExposedStores(IMAGE, stuck=stuck).settle()
        assert all(np.array_equal(a, b) for a, b in zip(flips.apply(IMAGE.physical), held, strict=True))


def test_counts_of_a_board_have_32_bits() -> None:
    counted = Scrubbed(2**40 + 3, 2**32, 2**33 - 1, (1, 2)).counted()
    assert counted == Scrubbed(3, 0, 2**32 - 1, (1, 2))


# Closed forms -------------------------------------------------------------------------------------

CONFIDENCE = 0.999
# At most one upset comes in a tick: few enough that ticks with two, as a Poisson process has them, would be rare.
UPSETS_A_TICK = 0.02


def bit_error(upsets: float) -> float:
    """Probability q that a bit is wrong after so many upsets λT of it, on average."""
    return -math.expm1(-2 * upsets) / 2


def within(name: str, count: int, trials: int, expected: float) -> None:
    """The closed form lies in Wilson's interval."""
    found = wilson_interval(count, trials, CONFIDENCE)
    print(f"  {name}: {count} of {trials}, {found.low:.6f} … {found.high:.6f}, closed form {expected:.6f}")
    assert found.low <= expected <= found.high, name


def beyond(count: int, trials: int, other: float) -> None:
    """The interval is narrow enough to tell another value."""
    found = wilson_interval(count, trials, CONFIDENCE)
    assert not found.low <= other <= found.high


def alone(protection: Protection, words: int, seed: int) -> MemoryImage:
    """One store that is not empty."""
    return random_image((words, 0, 0, 0), (protection, NONE, NONE, NONE), seed)


@dataclass(frozen=True)
class Pass:
    """One interval of many code words, all of it at the beam, and then one pass of the scrubber at once."""

    wrong: NDArray[np.int64]
    still: NDArray[np.bool_]
    data: NDArray[np.bool_]
    scrubbed: Scrubbed


@cache
def one_interval(protection: Protection, words: int, upsets: float, seed: int) -> Pass:
    """Wrong bits of each word before the pass, which words and which data are wrong after it, and what it counted."""
    image = alone(protection, words, seed)
    bits = image.space.bits([0])
    ticks = math.ceil(bits * upsets / UPSETS_A_TICK)
    exposed = ExposedStores(image, Scrubbing((0,), ticks))
    for site in Beam(bits * upsets / ticks, (0,), seed).upsets(image.space, ticks).site.tolist():
        assert exposed.upset(site) == 1
    golden = image.physical[0]
    wrong = np.bitwise_count(exposed.settle()[0] ^ golden).sum(axis=1).astype(np.int64)
    assert exposed.scrubbed == Scrubbed()
    exposed.scrub_until(words)
    after = exposed.settle()[0]
    data = CODES[protection].decode(after).data != image.words[0]
    return Pass(wrong, (after != golden).any(axis=1), data, exposed.scrubbed)


class TestOneInterval:
    """Every word has been in the beam for T when the scrubber comes: λT upsets of each bit."""

    @pytest.mark.parametrize(("upsets", "words", "seed"), [(1e-3, 300_000, 39), (1e-2, 20_000, 40), (1e-1, 2500, 41)])
    def test_secded(self, upsets: float, words: int, seed: int) -> None:
        print(f"\nλT = {upsets:g}, {words} words, seed {seed}")
        found, q = one_interval(SECDED, words, upsets, seed), bit_error(upsets)
        failed = int((found.wrong > 1).sum())
        within("two bits or more", failed, words, secded_uncorrectable(q, 39))
        beyond(failed, words, secded_uncorrectable(bit_error(1.35 * upsets), 39))
        beyond(failed, words, secded_uncorrectable(bit_error(upsets / 1.35), 39))
        within("one bit or more", int((found.wrong > 0).sum()), words, any_wrong(q, 39))
        scrubbed = found.scrubbed
        assert scrubbed.words == words and scrubbed.first is not None
        # a word with one wrong bit is right again; one with two is counted; one with three or more may be mistaken
        assert not found.still[found.wrong < 2].any() and found.still[found.wrong > 1].all()
        assert int((found.wrong == 2).sum()) <= scrubbed.uncorrectable <= failed
        assert scrubbed.uncorrectable <= int((found.wrong % 2 == 0)[found.wrong > 0].sum()) + int(
            (found.wrong > 2).sum()
        )
        assert int((found.wrong == 1).sum()) <= scrubbed.corrected
        assert scrubbed.corrected + scrubbed.uncorrectable <= int((found.wrong > 0).sum())
        mistaken = scrubbed.corrected - int((found.wrong == 1).sum())
        unseen = int((found.wrong > 0).sum()) - scrubbed.corrected - scrubbed.uncorrectable
        print(f"  counted {scrubbed.uncorrectable}, mistaken {mistaken}, unseen {unseen}")
        assert upsets < 0.1 or (mistaken > 0 and scrubbed.uncorrectable < failed)

    @pytest.mark.parametrize("upsets", [1e-3, 3e-2])
    def test_none(self, upsets: float) -> None:
        print(f"\nλT = {upsets:g}, seed 32")
        words = 6000
        found = one_interval(NONE, words, upsets, 32)
        within("wrong", int(found.data.sum()), words, any_wrong(bit_error(upsets), 32))
        beyond(int(found.data.sum()), words, any_wrong(bit_error(1.5 * upsets), 32))
        assert found.scrubbed == Scrubbed(words)

    @pytest.mark.parametrize(("upsets", "words"), [(2e-3, 60_000), (3e-2, 6000)])
    def test_parity(self, upsets: float, words: int) -> None:
        print(f"\nλT = {upsets:g}, seed 33")
        found, q = one_interval(PARITY, words, upsets, 33), bit_error(upsets)
        wrong, seen = int((found.wrong > 0).sum()), found.scrubbed.uncorrectable
        assert int(found.still.sum()) == wrong and found.scrubbed.corrected == 0
        within("wrong, seen or not", wrong, words, any_wrong(q, 33))
        within("wrong and unseen", wrong - seen, words, parity_undetected(q, 33))
        beyond(wrong - seen, words, parity_undetected(bit_error(1.5 * upsets), 33))

    @pytest.mark.parametrize(("upsets", "words"), [(5e-3, 25_000), (5e-2, 1500)])
    def test_tmr(self, upsets: float, words: int) -> None:
        print(f"\nλT = {upsets:g}, seed 96")
        found, q = one_interval(TMR, words, upsets, 96), bit_error(upsets)
        within("outvoted", int(found.data.sum()), words, tmr_wrong(q, 32))
        beyond(int(found.data.sum()), words, tmr_wrong(bit_error(1.5 * upsets), 32))
        within("some bit wrong", found.scrubbed.corrected, words, any_wrong(q, 96) - all_copies_wrong(q))
        assert found.scrubbed.uncorrectable == 0
        # after the pass, copies agree
        assert np.array_equal(found.still, found.data)


def all_copies_wrong(q: float) -> float:
    """Probability that copies agree although bits are wrong: each bit in none of the copies or in all three."""
    return (q**3 + (1 - q) ** 3) ** 32 - (1 - q) ** 96


class TestRounds:
    """Round after round: a word has been in the beam for one round when the scrubber comes to it again."""

    @pytest.mark.parametrize(
        ("protection", "upsets", "seed"),
        [(NONE, 1e-2, 1), (PARITY, 3e-3, 2), (SECDED, 1e-2, 3), (SECDED, 1e-3, 4), (TMR, 3e-3, 5)],
    )
    def test_words_that_a_golden_scrubber_rights(self, protection: Protection, upsets: float, seed: int) -> None:
        words, rounds = 61, 150
        image = alone(protection, words, seed)
        bits, width = image.space.bits([0]), image.space.widths[0]
        interval = math.ceil(bits * upsets / words / UPSETS_A_TICK)
        period = words * interval
        beam = Beam(bits * upsets / period, (0,), seed)
        scrubbing = Scrubbing((0,), interval, golden=True)
        counts = [
            state.scrubbed
            for state in expose(image, beam.upsets(image.space, period * rounds), period, rounds, scrubbing)
        ]
        # the first round is shorter: its n-th word has been in the beam for n intervals
        visits = counts[-1].words - counts[0].words
        righted = counts[-1].corrected - counts[0].corrected
        assert counts[-1].words == words * rounds - 1
        print(f"\n{protection.name}, λT = {upsets:g}, a word every {interval} ticks, seed {seed}")
        within("righted", righted, visits, any_wrong(bit_error(upsets), width))
        beyond(righted, visits, any_wrong(bit_error(upsets / 2), width))
        beyond(righted, visits, any_wrong(bit_error(2 * upsets), width))

    @pytest.mark.parametrize(("upsets", "seed"), [(1e-2, 6), (5e-2, 7)])
    def test_secded_words_as_the_scrubber_finds_them(self, upsets: float, seed: int) -> None:
        """A slice ends just before each visit; the golden copy makes every interval begin anew."""
        words, visits = 13, 2500
        image = alone(SECDED, words, seed)
        bits = image.space.bits([0])
        interval = math.ceil(bits * upsets / words / UPSETS_A_TICK)
        beam = Beam(bits * upsets / (words * interval), (0,), seed)
        drawn = beam.upsets(image.space, interval * (words + visits))
        golden, failed, counted = image.physical[0], 0, 0
        for state in expose(image, drawn, interval, words + visits, Scrubbing((0,), interval, golden=True)):
            word = state.number % words
            found = state.stores[0][word : word + 1]
            if state.number >= words:
                failed += int(np.bitwise_count(found ^ golden[word]).sum()) > 1
                counted += bool(CODES[SECDED].decode(found).uncorrectable[0])
        print(f"\nλT = {upsets:g}, a word every {interval} ticks, seed {seed}")
        # of the round's ticks, that of the visit itself comes after the slice
        q = bit_error(upsets * (1 - 1 / (words * interval)))
        within("two bits or more", failed, visits, secded_uncorrectable(q, 39))
        beyond(failed, visits, secded_uncorrectable(bit_error(upsets / 2), 39))
        beyond(failed, visits, secded_uncorrectable(bit_error(2 * upsets), 39))
        assert 0 < counted <= failed


# Histories as trials ------------------------------------------------------------------------------


EVERY_FOURTH = Scrubbing((0, 1), 4)


class TestExposures:
    """Slices by number."""

    image = random_image((6, 2, 3, 1), (SECDED, TMR, PARITY, NONE))

    def made(
        self, slices: int = 5, period: int = 90, scrubbing: Scrubbing = EVERY_FOURTH, pictures: int = 0
    ) -> Exposures:
        return Exposures(0.05, (0, 1, 2), slices, period, scrubbing, pattern=Pattern(1, 2), pictures=pictures)

    @pytest.mark.parametrize(
        ("number", "place"),
        [
            (0, (0, 0)),
            (4, (0, 4)),
            (5, (5, 0)),
            (7, (5, 2)),
            (2**20 - 2, (2**20 - 6, 4)),
            (2**20 - 1, (2**20 - 1, 0)),
            (2**20, (2**20, 0)),
            (2**20 + 7, (2**20 + 5, 2)),
            ((77 << 20) + 13, ((77 << 20) + 10, 3)),
            (2**64 - 1, (2**64 - 1, 0)),
        ],
    )
    def test_place(self, number: int, place: tuple[int, int]) -> None:
        """Numbers count from a multiple of 2^20, where a history begins whatever came before it."""
        exposures = self.made()
        assert exposures.place(number) == place
        assert exposures.beam(number) == Beam(0.05, (0, 1, 2), place[0])

    def test_one_slice_each(self) -> None:
        exposures = self.made(slices=1)
        assert [exposures.place(n) for n in (0, 1, 2**20 + 9)] == [(0, 0), (1, 0), (2**20 + 9, 0)]

    @pytest.mark.parametrize("number", [0, 3, 12, (3 << 20) + 6])
    def test_history(self, number: int) -> None:
        """Every slice of a history has the same one, which is that of its beam, and others have others."""
        exposures = self.made()
        first = exposures.place(number)[0]
        upsets = Beam(0.05, (0, 1, 2), first).upsets(self.image.space, 450)
        assert np.array_equal(exposures.upsets(number, self.image.space).at, upsets.at)
        assert np.array_equal(exposures.upsets(number, self.image.space).site, upsets.site)
        expected = expose(self.image, upsets, 90, 5, EVERY_FOURTH, pattern=Pattern(1, 2))

        def told(states: Iterator[Slice]) -> list[tuple[int, int, list[list[int]], Scrubbed]]:
            return [(s.number, s.flips, [whole(words) for words in s.stores], s.scrubbed) for s in states]

        mine = told(exposures.history(number, self.image))
        assert mine == told(expected) and len(mine) == 5
        assert mine == told(exposures.history(first, self.image)) == told(exposures.history(first + 4, self.image))
        assert mine != told(exposures.history(first + 5, self.image))

    def test_stuck_bits_are_in_every_slice(self) -> None:
        stuck = Stuck.at(True, FaultSet.of([(3, 0, bit) for bit in range(32)]))
        exposures = Exposures(0.0, (0,), 3, 10, stuck=stuck)
        assert [state.stores[3].tolist() for state in exposures.history(1, self.image)] == [[[0xFFFF_FFFF]]] * 3

    def test_window(self) -> None:
        """Slices take the pictures in turn, each history from the first on; what is left over has no turn."""
        whole_set = self.made()
        assert whole_set.window(3, 360) == slice(0, 360)
        turns = self.made(pictures=3)
        begins = [0, 3, 6, 0, 3]
        assert [turns.window(n, 11) for n in range(10)] == [slice(b, b + 3) for b in begins * 2]
        assert turns.window(2**20 + 1, 11) == slice(3, 6)
        assert [turns.window(n, 3) for n in range(3)] == [slice(0, 3)] * 3

    @pytest.mark.parametrize("slices", [0, -1, 2**20 + 1])
    def test_so_many_slices_are_refused(self, slices: int) -> None:
        with pytest.raises(ValueError, match=f"a history of {slices} slices cannot be run: give 1 to 1048576"):
            self.made(slices=slices, period=1)

    @pytest.mark.parametrize(("slices", "period"), [(1, 0), (3, -1), (1, 2**48), (2, 2**47), (2**20, 2**28)])
    def test_so_many_ticks_are_refused(self, slices: int, period: int) -> None:
        with pytest.raises(ValueError, match=f"{slices} slices of {period} ticks are not 1 to"):
            self.made(slices=slices, period=period)

    @pytest.mark.parametrize("interval", [-1, 2**48])
    def test_such_intervals_are_refused(self, interval: int) -> None:
        with pytest.raises(ValueError, match=f"a scrub every {interval} ticks cannot be"):
            self.made(scrubbing=Scrubbing((0,), interval))

    def test_the_longest(self) -> None:
        assert self.made(slices=2**20, period=2**28 - 1).slices == 2**20
        assert self.made(slices=1, period=NEVER - 1, scrubbing=Scrubbing((0,), NEVER - 1)).period == 2**48 - 2

    @pytest.mark.parametrize("probability", [-0.1, 0.6])
    def test_such_rates_are_refused(self, probability: float) -> None:
        with pytest.raises(ValueError, match="is no rate"):
            Exposures(probability, (0,), 1, 1).beam(0)
