# SPDX-License-Identifier: Apache-2.0
"""Stores in a beam: what upsets, scrubber and stuck bits make of them, slice by slice (docs/faults.md, "The beam")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from host.codes import CODES
from host.faults.beam import NO_SITE, Upsets
from host.faults.fault_set import FaultSet, unpack_entry
from host.faults.pattern import SINGLE_BIT, Pattern
from host.image import MemoryImage, PhysicalWords


@dataclass(frozen=True)
class Scrubbing:
    """What the scrubber does.

    Attributes
    ----------
    stores
        Ids of the stores that it goes round.
    interval
        Ticks from one code word to the next; 0: it does nothing.
    golden
        It writes the golden copy instead of what the code corrects.
    """

    stores: tuple[int, ...] = ()
    interval: int = 0
    golden: bool = False


#: No scrubber.
NO_SCRUBBING = Scrubbing()


@dataclass(frozen=True, eq=False)
class Stuck:
    """Bits that hold a value until they are released.

    Attributes
    ----------
    bits
        Which.
    values
        bool[n] what they hold, in the order of ``bits``.
    """

    bits: FaultSet = field(default_factory=lambda: FaultSet.of([]))
    values: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        if len(self.bits) != len(self.values):
            raise ValueError(f"{len(self.bits)} stuck bits and {len(self.values)} values: give one for each")

    @classmethod
    def at(cls, value: bool, bits: FaultSet) -> Stuck:
        """Bits that all hold the same value."""
        return cls(bits, np.full(len(bits), value))

    def __len__(self) -> int:
        return len(self.bits)

    def entries(self) -> NDArray[np.uint32]:
        """The flip list that holds them: bit 31 is the value."""
        return self.bits.entries() | self.values.astype(np.uint32) << np.uint32(31)

    def as_flips(self, stores: Sequence[PhysicalWords]) -> FaultSet:
        """Of these bits, those that are not as they are in the given stores."""
        bits = self.bits
        places = zip(*(column.tolist() for column in (bits.store, bits.word, bits.bit)), strict=True)
        here = [int(stores[store][word, bit >> 5]) >> (bit & 31) & 1 for store, word, bit in places]
        differ = np.array(here, dtype=bool) != self.values
        return FaultSet(bits.store[differ], bits.word[differ], bits.bit[differ])


@dataclass(frozen=True)
class Scrubbed:
    """What the scrubber has seen so far.

    Attributes
    ----------
    words
        Code words that it has come by.
    corrected, uncorrectable
        Of these, corrected, and found uncorrectable.
    first
        Store id and code word of the first uncorrectable one; None when there was none.
    """

    words: int = 0
    corrected: int = 0
    uncorrectable: int = 0
    first: tuple[int, int] | None = None

    def counted(self) -> Scrubbed:
        """The same as a board's registers of 32 bits count it."""
        words, corrected, uncorrectable = (n % (1 << 32) for n in (self.words, self.corrected, self.uncorrectable))
        return Scrubbed(words, corrected, uncorrectable, self.first)


@dataclass(frozen=True, eq=False)
class Slice:
    """The end of a slice.

    Attributes
    ----------
    number
        From 0.
    upsets
        Those in it.
    flips
        Bits that they flipped, one that two flipped counted twice.
    stores
        uint32[extent, parts] physical words by store id; the next slice changes them.
    scrubbed
        What the scrubber has seen since the first slice began.
    """

    number: int
    upsets: Upsets
    flips: int
    stores: list[PhysicalWords]
    scrubbed: Scrubbed


class ExposedStores:
    """The stores of an image while upsets and scrubs come.

    Every code word remembers up to which scrub it is accounted for, and is brought up to date when it is upset or
    looked at. So the cost is that of the upsets, however often the scrubber comes by.

    Parameters
    ----------
    image
        What they hold at first.
    scrubbing, stuck, pattern
        What happens to them.
    """

    def __init__(
        self,
        image: MemoryImage,
        scrubbing: Scrubbing = NO_SCRUBBING,
        stuck: Stuck | None = None,
        pattern: Pattern = SINGLE_BIT,
    ) -> None:
        self._image = image
        self._space = image.space
        self._golden = image.physical
        self._scrubbing = scrubbing
        self._pattern = pattern
        self.stores = [words.copy() for words in image.physical]
        # Place of each store's first word in the scrubber's round, and the round's length.
        self._place: dict[int, int] = {}
        self._round = 0
        for store in scrubbing.stores:
            if self._space.extents[store]:
                self._place[store] = self._round
                self._round += self._space.extents[store]
        self._since = [np.zeros(extent, dtype=np.int64) for extent in self._space.extents]
        self._dirty: list[set[int]] = [set() for _ in self._space.extents]
        self._now = 0  # scrubs so far
        self._corrected = self._uncorrectable = 0
        self._first: tuple[int, tuple[int, int]] | None = None
        # Stuck bits of a code word, as masks: to set, and to clear.
        self._held: dict[tuple[int, int], tuple[PhysicalWords, PhysicalWords]] = {}
        if stuck is not None:
            self._hold_bits(stuck)
        for store, word in self._held:
            self._hold(store, word)
            self._note(store, word)

    def _hold_bits(self, stuck: Stuck) -> None:
        bits = stuck.bits
        for store, word, bit, value in zip(bits.store, bits.word, bits.bit, stuck.values, strict=True):
            none = np.zeros_like(self.stores[store][word])
            masks = self._held.setdefault((int(store), int(word)), (none, none.copy()))
            masks[0 if value else 1][bit >> 5] |= np.uint32(1 << int(bit & 31))

    @property
    def scrubbed(self) -> Scrubbed:
        """What the scrubber has seen, for :meth:`settle`."""
        first = None if self._first is None else self._first[1]
        return Scrubbed(self._now, self._corrected, self._uncorrectable, first)

    def scrubs_before(self, tick: int) -> int:
        """Scrubs whose ticks lie before this one: the n-th is at tick n times the interval, from 1."""
        interval = self._scrubbing.interval
        return (tick - 1) // interval if interval and self._round and tick else 0

    def scrub_until(self, scrubs: int) -> None:
        """Let the scrubber come so far: so many words since the start."""
        self._now = scrubs

    def upset(self, site: int) -> int:
        """Flip the pattern of one upset, an entry of the flip list; the number of bits flipped."""
        if site == NO_SITE:
            return 0
        store, word, bit = unpack_entry(site)
        if self._pattern.bits == 1:
            self._flip(store, word, bit)
            return 1
        flips, faults = self._pattern.spread(FaultSet.of([(store, word, bit)]), self._space)
        for store, word, bit in zip(faults.store.tolist(), faults.word.tolist(), faults.bit.tolist(), strict=True):
            self._flip(store, word, bit)
        return flips

    def settle(self) -> list[PhysicalWords]:
        """Bring every code word up to date; the stores."""
        for store, words in enumerate(self._dirty):
            if words and store in self._place:
                self._catch_up(store, np.fromiter(words, dtype=np.int64, count=len(words)))
        return self.stores

    def _flip(self, store: int, word: int, bit: int) -> None:
        if store in self._place:
            if word in self._dirty[store]:
                self._catch_up(store, np.array([word]))
            self._since[store][word] = self._now
        self.stores[store][word, bit >> 5] ^= np.uint32(1 << (bit & 31))
        if (store, word) in self._held:
            self._hold(store, word)
        self._note(store, word)

    def _hold(self, store: int, word: int) -> None:
        ones, zeros = self._held[store, word]
        self.stores[store][word] = self.stores[store][word] & ~zeros | ones

    def _note(self, store: int, word: int) -> None:
        """Remember whether a code word differs from the golden one."""
        if (self.stores[store][word] != self._golden[store][word]).any():
            self._dirty[store].add(word)
        else:
            self._dirty[store].discard(word)

    def _catch_up(self, store: int, words: NDArray[np.int64]) -> None:
        """Let the scrubs that are not accounted for happen to some code words that are not golden."""
        place = self._place[store] + words
        since = self._since[store][words]
        self._since[store][words] = self._now
        # of the scrubs 0 … n − 1, those of a place: (n − 1 − place) // round + 1
        times = (self._now - 1 - place) // self._round - (since - 1 - place) // self._round
        due = np.flatnonzero(times > 0)
        if not len(due):
            return
        words, place, since, times = words[due], place[due], since[due], times[due]
        if self._held:
            free = np.array([(store, word) not in self._held for word in words.tolist()])
            for i in np.flatnonzero(~free).tolist():
                self._scrub_held(store, int(words[i]), int(place[i]), int(since[i]), int(times[i]))
            words, place, since, times = words[free], place[free], since[free], times[free]
        right, corrected, uncorrectable = self._judge(store, words)
        self._corrected += int(np.count_nonzero(corrected))
        self._uncorrectable += int(times[uncorrectable].sum())
        for i in np.flatnonzero(uncorrectable).tolist():
            self._see(int(since[i]), int(place[i]), store, int(words[i]))
        self.stores[store][words[corrected]] = right[corrected]
        for word in words[corrected].tolist():
            self._note(store, word)

    def _judge(
        self, store: int, words: NDArray[np.int64]
    ) -> tuple[PhysicalWords, NDArray[np.bool_], NDArray[np.bool_]]:
        """What the scrubber would write to code words, which of them it writes, and which it cannot correct."""
        stored = self.stores[store][words]
        if self._scrubbing.golden:
            right = self._golden[store][words]
            return right, (stored != right).any(axis=1), np.zeros(len(words), dtype=bool)
        code = CODES[self._image.protections[store]]
        read = code.decode(stored)
        return code.encode(read.data), read.corrected, read.uncorrectable

    def _scrub_held(self, store: int, word: int, place: int, since: int, times: int) -> None:
        """Scrubs of a code word with stuck bits, which may be wrong again after each."""
        one = np.array([word])
        while times:
            before = self.stores[store][word].copy()
            right, corrected, uncorrectable = self._judge(store, one)
            if corrected[0]:
                self.stores[store][word] = right[0]
                self._hold(store, word)
            # nothing changes any more: the rest is the same again
            count = times if (self.stores[store][word] == before).all() else 1
            self._corrected += count * bool(corrected[0])
            self._uncorrectable += count * bool(uncorrectable[0])
            if uncorrectable[0]:
                self._see(since, place, store, word)
            times -= count
        self._note(store, word)

    def _see(self, since: int, place: int, store: int, word: int) -> None:
        """An uncorrectable code word, by the first scrub from ``since`` on that comes to its place."""
        when = since + (place - since) % self._round
        if self._first is None or when < self._first[0]:
            self._first = when, (store, word)


def expose(
    image: MemoryImage,
    upsets: Upsets,
    period: int,
    slices: int,
    scrubbing: Scrubbing = NO_SCRUBBING,
    stuck: Stuck | None = None,
    pattern: Pattern = SINGLE_BIT,
) -> Iterator[Slice]:
    """The stores of an image at the end of each slice.

    Parameters
    ----------
    image
        What they hold at first.
    upsets
        All that happen, drawn (:meth:`host.faults.beam.Beam.upsets`) or logged.
    period, slices
        Ticks of a slice, and how many of them.
    scrubbing, stuck, pattern
        What happens besides.

    Yields
    ------
    Slice
    """
    exposed = ExposedStores(image, scrubbing, stuck, pattern)
    at, site = upsets.at.tolist(), upsets.site.tolist()
    begin = 0
    for number in range(slices):
        tick = (number + 1) * period
        end = int(np.searchsorted(upsets.at, np.uint64(tick), side="left"))
        flips = 0
        for i in range(begin, end):
            exposed.scrub_until(exposed.scrubs_before(at[i]))
            flips += exposed.upset(site[i])
        exposed.scrub_until(exposed.scrubs_before(tick))
        stores = exposed.settle()
        own = Upsets(upsets.at[begin:end], upsets.site[begin:end])
        yield Slice(number, own, flips, stores, exposed.scrubbed)
        begin = end
