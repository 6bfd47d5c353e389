# SPDX-License-Identifier: Apache-2.0
"""A device behind a link, modelled from docs/registers.md alone: what DeviceBoard is tested against without RTL.

It can be told to misbehave, which the RTL cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from link_board import ModelBoard
from numpy.typing import ArrayLike, NDArray

from host.faults import sweep
from host.image import MemoryImage, PhysicalSpace, digest
from host.link.session import Counters, Records
from host.regmap import MAP_HASH, REGISTERS, Command, Engine, Inject, Region, TrialStatus, register
from host.twin import infer

Words = NDArray[np.uint32]

_ACCESS = {register(r.name, i): r.access for r in REGISTERS for i in range(r.count)}


@dataclass
class Mischief:
    """What the device does wrong.

    Attributes
    ----------
    not_restored
        Trials that leave a flipped bit behind, named by seed, or in walk and list by word FAULTS; each strikes once.
    always_broken
        The stores never come back golden.
    wrong
        (trial named as above, record word, mask): xored into a record.
    wrong_flips
        FLIP commands, counted from 0 since the device was made, that flip a bit more; each strikes once.
    lost_picture
        One picture's bit is lost while loading.
    """

    not_restored: set[int] = field(default_factory=set)
    always_broken: bool = False
    wrong: tuple[int, int, int] | None = None
    wrong_flips: set[int] = field(default_factory=set)
    lost_picture: bool = False


class ModelDevice:
    """A link with a device behind it.

    Parameters
    ----------
    image
        The network that will be loaded, for the engine's arithmetic; its contents come over the link.
    per_poll
        Trials that get done between two RECORDS requests.
    overrides
        Registers that are to have another value.
    """

    def __init__(self, image: MemoryImage, *, per_poll: int = 5, overrides: dict[int, int] | None = None) -> None:
        self.image = image
        self.mischief = Mischief()
        self.log: list[str] = []
        self.closed = False
        self._per_poll = per_poll
        self._stores = [np.zeros(1 << 13, dtype=np.uint32) for _ in image.words]
        self._memory = {Region.IMAGES: 4 << 11, Region.GOLDEN: 2 << 9, Region.SCORES: 4 << 9, Region.FLIPS: 1 << 9}
        self._words = {region: np.zeros(size, dtype=np.uint32) for region, size in self._memory.items()}
        self._registers = dict.fromkeys(_ACCESS, 0)
        built = {"MAP_HASH": MAP_HASH, "BUILD_ID": 0x1234, "ENGINE": 0x0400 | Engine.MAC, "ARRAY": 0x020808}
        built |= {"SWEEP_WORDS": 4, "CLOCK_HZ": 10**8, "BAUD": 3 * 10**6, "IMAGE_CAPACITY": 1 << 11}
        built |= {"RESULT_CAPACITY": 1 << 9, "SCORE_CAPACITY": 1 << 9, "ACTIVATION_CAPACITY": 1 << 9}
        built |= {
            "RECORD_CAPACITY": 64,
            "FLIP_CAPACITY": 1 << 9,
            "FRAME_WORDS": 256,
            "GOLDEN_BITS": 32,
            "IN_FLIGHT": 16,
        }
        self._registers.update((register(name), value) for name, value in built.items())
        self._registers.update((register("STORE_CAPACITY", i), len(s)) for i, s in enumerate(self._stores))
        self._registers.update(overrides or {})
        self._records: list[Words] = []
        self._place = 0
        self.to_do = 0
        self.flip_commands = 0
        self._requests = self._sent = self._received = 0

    @property
    def counters(self) -> Counters:
        """Requests and bytes, as docs/link.md counts them without COBS overhead beyond a byte a frame."""
        return Counters(self._requests, 0, self._sent, self._received)

    def close(self) -> None:
        """Let the line go."""
        self.closed = True

    def read(self, address: int, count: int) -> Words:
        """READ."""
        self._count(0, count)
        return np.array([self._read(address + i) for i in range(count)], dtype=np.uint32)

    def write(self, address: int, words: ArrayLike) -> None:
        """WRITE."""
        data = np.asarray(words, dtype=np.uint32)
        self._count(len(data), 0)
        for i, word in enumerate(data):
            self._write(address + i, int(word))

    def records(self, first: int, max_words: int) -> Records:
        """RECORDS."""
        assert 2 <= max_words <= self.get("FRAME_WORDS"), "more words wanted than a frame carries"
        tail = self.get("RECORD_TAIL")
        if tail <= first <= len(self._records):
            self._registers[register("RECORD_TAIL")] = first
        status = self._status()
        room = (max_words - 2) // 8
        ready = self._records[first : first + room]
        self._advance()
        self._count(0, 2 + 8 * len(ready))
        return Records(status, first, np.array(ready, dtype=np.uint32).reshape(-1, 8))

    def upset(self, store: int, word: int) -> None:
        """Flip a bit behind everybody's back."""
        self._stores[store][word] ^= 1

    def get(self, name: str) -> int:
        """Value of a register."""
        return self._registers[register(name)]

    def set(self, name: str, value: int) -> None:
        """Give a register a value, whoever may write it."""
        self._registers[register(name)] = value

    def _count(self, words_out: int, words_in: int) -> None:
        self._requests += 1
        self._sent += 14 + 4 * words_out
        self._received += 10 + 4 * words_in

    def _status(self) -> int:
        return self.get("STATUS") & ~7 | (3 if self.to_do else 0)

    def _read(self, address: int) -> int:
        region, offset = Region(address >> 24), address & 0xFFFFFF
        if region is Region.REGISTERS:
            assert _ACCESS[offset] != "wo", f"register {offset:#x} cannot be read"
            return self._status() if offset == register("STATUS") else self._registers[offset]
        assert not self.to_do, "the memories belong to the trials"
        if region in (Region.STORE_DATA, Region.STORE_RAW):
            place = self._place_of(region, offset)
            return 0 if place is None else int(self._stores[offset >> 21][place])
        return int(self._words[region][offset])

    def _write(self, address: int, word: int) -> None:
        region, offset = Region(address >> 24), address & 0xFFFFFF
        self.log.append(region.name if region is not Region.REGISTERS else f"register {offset:#x}")
        if region is Region.REGISTERS:
            assert _ACCESS[offset] != "ro", f"register {offset:#x} cannot be written"
            stop = offset == register("COMMAND") and word == Command.STOP
            anytime = stop or offset == register("LINE_STEP")
            assert anytime or not self.to_do, f"register {offset:#x} is written while trials run"
            self._registers[offset] = word
            if offset == register("COMMAND"):
                self.log.append(Command(word).name)
                getattr(self, f"_{Command(word).name.lower()}")()
            return
        assert not self.to_do, "the memories belong to the trials"
        if region in (Region.STORE_DATA, Region.STORE_RAW):
            place = self._place_of(region, offset)
            if place is not None:
                self._stores[offset >> 21][place] = word
            return
        assert region is not Region.SCORES, "scores are read-only"
        if region is Region.IMAGES and offset == 5 and self.mischief.lost_picture:
            word ^= 1
        self._words[region][offset] = word

    @staticmethod
    def _place_of(region: Region, offset: int) -> int | None:
        """Code word that an address in a window names; None for a part that it does not have."""
        if region is Region.STORE_DATA:
            return offset & 0x1FFFFF
        return None if offset & 3 else (offset & 0x1FFFFF) >> 2

    def contents(self) -> list[Words]:
        """What is in the stores, all words of each."""
        return [store.copy() for store in self._stores]

    def _space(self) -> PhysicalSpace:
        return PhysicalSpace.of(self._extents())

    def _extents(self) -> list[int]:
        return [self._registers[register("STORE_EXTENT", i)] for i in range(len(self._stores))]

    def _now(self) -> list[Words]:
        return [store[:extent] for store, extent in zip(self._stores, self._extents(), strict=True)]

    def _digest(self) -> None:
        chosen = [s for i, s in enumerate(self._now()) if self.get("STORE_MASK") >> i & 1]
        self._registers[register("DIGEST")] = digest(chosen)

    def _sweep(self) -> None:
        threshold = self.get("THRESHOLD_HIGH") << 32 | self.get("THRESHOLD_LOW")
        chosen = [i for i in range(len(self._stores)) if self.get("STORE_MASK") >> i & 1]
        faults = sweep(self.get("SEED_HIGH") << 32 | self.get("SEED_LOW"), threshold, self._space(), chosen)
        self._registers[register("FLIPS")], _ = self._invert(faults.entries())

    def _flip(self) -> None:
        assert self.get("FLIP_COUNT") <= self.get("FLIP_CAPACITY")
        flips, refused = self._invert(self._words[Region.FLIPS][: self.get("FLIP_COUNT")])
        self._registers[register("FLIPS")] = flips
        self._registers[register("FLIP_REFUSED")] = refused
        if self.flip_commands in self.mischief.wrong_flips:
            self._stores[0][0] ^= 1
        self.flip_commands += 1

    def _invert(self, entries: Iterable[int]) -> tuple[int, int]:
        """Flip each bit that an entry names; bits flipped, and entries that name none."""
        flips = refused = 0
        for entry in map(int, entries):
            store, bit, word = entry >> 28 & 7, entry >> 21 & 127, entry & 0x1FFFFF
            if store < len(self._stores) and word < self._extents()[store] and bit < 32:
                self._stores[store][word] ^= np.uint32(1 << bit)
                flips += 1
            else:
                refused += 1
        return flips, refused

    def _run(self) -> None:
        image = self.image
        for name in ("image_rows", "score_rows", "score_count", "row_bits", "work_limit"):
            assert self.get(name.upper()) == getattr(image, name), f"{name} was not configured"
        count, rows = self.get("IMAGE_COUNT"), image.image_rows
        stored = self._words[Region.IMAGES][: 4 * rows * count].astype("<u4").view(np.int8).reshape(count, 16 * rows)
        seen = infer(image, self._now(), stored)
        golden = self._words[Region.GOLDEN][: 2 * count].reshape(count, 2)
        classes, labels = golden[:, 1] & 0xFFFF, golden[:, 1] >> 16
        n = 0 if seen.hung else count
        same = seen.digests == golden[:n, 0]
        kept = seen.classes == classes[:n]
        values = {"ANSWERED": n, "MASKED": same.sum(), "TOLERATED": (kept & ~same).sum()}
        values |= {"CRITICAL": (~kept & ~same).sum(), "CORRECT": (seen.classes == labels[:n]).sum(), "CYCLES": 7}
        self._registers.update((register(name), int(value)) for name, value in values.items())
        self._registers[register("STATUS")] = (TrialStatus.HANG if seen.hung else TrialStatus.OK) << 8
        padded = np.zeros((n, 16 * image.score_rows), dtype=np.int8)
        padded[:, : image.score_count] = seen.scores
        words = padded.view("<u4").ravel()
        self._words[Region.SCORES][: len(words)] = words

    def _trials(self) -> None:
        self._records, self.to_do = [], self.get("TRIALS")
        self._place = self.get("CURSOR")
        self._registers[register("RECORD_TAIL")] = 0
        self._registers[register("STATUS")] = 0
        if digest(self._now()) != self.get("GOLDEN_DIGEST"):
            self.to_do = 0
            self._registers[register("STATUS")] = TrialStatus.NOT_GOLDEN << 8

    def _stop(self) -> None:
        self.to_do = 0

    def _advance(self) -> None:
        for _ in range(self._per_poll):
            if self.to_do and len(self._records) - self.get("RECORD_TAIL") < self.get("RECORD_CAPACITY"):
                self._trial()

    def _next_faults(self) -> tuple[int, list[int]]:
        """Name of the next trial's faults (seed, or word FAULTS), and entries that apply them."""
        chosen = [i for i in range(len(self._stores)) if self.get("STORE_MASK") >> i & 1]
        if self.get("INJECT") == Inject.SWEEP:
            seed = (self.get("SEED_HIGH") << 32 | self.get("SEED_LOW")) + len(self._records)
            threshold = self.get("THRESHOLD_HIGH") << 32 | self.get("THRESHOLD_LOW")
            return seed, sweep(seed, threshold, self._space(), chosen).entries().tolist()
        if self.get("INJECT") == Inject.WALK:
            bits = [s << 28 | b << 21 | w for s in chosen for w in range(self._extents()[s]) for b in range(32)]
            bits.append(0x801FFFFF)
            here = bits.index(self._place) if self._place in bits else len(bits) - 1
            self._place = bits[min(here + 1, len(bits) - 1)]
            return bits[here], bits[here : here + 1]
        start, run = self._place, list[int]()
        while self._place < self.get("FLIP_CAPACITY") and not (run and run[-1] >> 31):
            run.append(int(self._words[Region.FLIPS][self._place]))
            self._place += 1
        return start, run

    def _trial(self) -> None:
        faults, entries = self._next_faults()
        flips, _ = self._invert(entries)
        injected = digest(self._now())
        self._run()
        self._invert(entries)
        status = self.get("STATUS") >> 8
        if self.mischief.always_broken or faults in self.mischief.not_restored:
            self.mischief.not_restored.discard(faults)
            self._stores[0][0] ^= 1
            status = TrialStatus.NOT_RESTORED
        record = [faults & 0xFFFFFFFF, flips, injected, 1000, self.get("ANSWERED") << 16 | status]
        record += [
            self.get("TOLERATED") << 16 | self.get("MASKED"),
            self.get("CORRECT") << 16 | self.get("CRITICAL"),
            0,
        ]
        if self.mischief.wrong and self.mischief.wrong[0] == faults:
            record[self.mischief.wrong[1]] ^= self.mischief.wrong[2]
        self._records.append(np.array(record, dtype=np.uint32))
        self.to_do = 0 if status == TrialStatus.NOT_RESTORED else self.to_do - 1
        self._registers[register("STATUS")] = (status if status == TrialStatus.NOT_RESTORED else 0) << 8


class Framed(ModelBoard):
    """Frames with a device behind them. Memories that belong to trials are refused, as by the RTL."""

    def __init__(self, device: ModelDevice) -> None:
        super().__init__()
        self.device = device

    def _execute(self, operation: int, count: int, address: int, words: list[int]) -> tuple[int, list[int]]:
        if operation == 3:
            got = self.device.records(address, count)
            return 0, [got.status, got.first, *got.words.ravel().tolist()]
        if self.device.to_do and address >> 24 != Region.REGISTERS:
            return 1, [0]
        if operation == 1:
            return 0, self.device.read(address, count).tolist()
        self.device.write(address, words)
        return 0, []
