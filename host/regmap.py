# SPDX-License-Identifier: Apache-2.0
"""Registers and memory map of the board: the single source.

``python -m host.regmap`` writes the Verilog header (``rtl/generated/registers.vh``) and the reference page
(``docs/registers.md``) from the tables below; ``python -m host.regmap --check`` fails when they are stale.
Register 0 holds :data:`MAP_HASH`, so that a host refuses a board built from another map.

Addresses count 32-bit words. An address is a region in bits 27:24 and an offset in bits 23:0.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = ROOT / "rtl" / "generated" / "registers.vh"
PAGE = ROOT / "docs" / "registers.md"

#: Parameter stores a board may have; the place of a store's capability and extent registers.
MAX_STORES = 8


class Region(IntEnum):
    """Bits 27:24 of a word address."""

    REGISTERS = 0
    IMAGES = 1
    GOLDEN = 2
    SCORES = 3
    RECORDS = 4
    FLIPS = 5
    UPSETS = 6
    STORE_DATA = 8
    STORE_RAW = 9


REGION_DOC = {
    Region.REGISTERS: "the registers below",
    Region.IMAGES: "image store: word `4·row + k` holds bits `32k … 32k+31` of a row (mac: element `i` is bits"
    " `8i … 8i+7`)",
    Region.GOLDEN: "golden results. mac: word `2·i` is the golden score digest of picture `i`, word `2·i + 1` its"
    " golden class (bits 15:0) and its label (bits 31:16). lut: rows of one bit a lane, lowest word first"
    " (docs/lut-engine.md)",
    Region.SCORES: "scores of the last run, read-only: rows of 128 bits (mac) or of one bit a lane (lut), lowest word"
    " first",
    Region.RECORDS: "record ring, read-only: record `n` starts at word `8·(n mod RECORD_CAPACITY)`",
    Region.FLIPS: "flip list, one entry a word (docs/faults.md)",
    Region.UPSETS: "upset log, read-only: entry `n` starts at word `4·(n mod UPSET_CAPACITY)` (below)",
    Region.STORE_DATA: "data windows: bits 23:21 store, bits 20:0 code word; written through the encoder, read through"
    " the decoder",
    Region.STORE_RAW: "raw windows: bits 23:21 store, bits 20:2 code word, bits 1:0 which 32 physical bits of it;"
    " those that it has not read as zeros",
}

#: Bits of the register SCRUB above those of the stores.
SCRUB_GOLDEN_BIT, SCRUB_ANY_CYCLE_BIT = 8, 9

#: Position of the store number in the offset of either store window.
STORE_SHIFT = 21


class Engine(IntEnum):
    """Engine kinds, as ENGINE reports them."""

    MAC = 1
    LUT = 2


#: Names of the stores of each engine, in order of store id.
ENGINE_STORES: dict[Engine, tuple[str, ...]] = {
    Engine.MAC: ("weights", "bias", "requant", "program"),
    Engine.LUT: ("tables", "wiring", "program"),
}


class Protection(IntEnum):
    """Protection of a store, as STORE_CAPACITY reports it."""

    NONE = 0
    PARITY = 1
    SECDED = 2
    TMR = 3


class Command(IntEnum):
    """Values of the COMMAND register."""

    SWEEP = 1
    FLIP = 2
    DIGEST = 3
    RUN = 4
    TRIALS = 5
    STOP = 6
    SCRUB = 7


COMMAND_DOC = {
    Command.SWEEP: "one Bernoulli sweep over STORE_MASK with SEED and THRESHOLD; counts FLIPS",
    Command.FLIP: "apply the first FLIP_COUNT entries of the flip list, whatever their bit 31",
    Command.DIGEST: "digest of the stores in STORE_MASK into DIGEST",
    Command.RUN: "run the pictures IMAGE_FIRST … IMAGE_FIRST + IMAGE_COUNT − 1 and count their outcomes",
    Command.TRIALS: "run TRIALS trials with faults as INJECT says; restarts the record ring at record 0",
    Command.STOP: "end TRIALS after the trial in flight; a slice of a BEAM ends at once and has no record",
    Command.SCRUB: "one pass of the scrubber over the stores in SCRUB",
}


class Inject(IntEnum):
    """Values of the INJECT register: where the faults of a trial come from."""

    SWEEP = 0
    WALK = 1
    LIST = 2
    BEAM = 3


INJECT_DOC = {
    Inject.SWEEP: "a Bernoulli sweep over STORE_MASK with THRESHOLD; the seeds are SEED, SEED + 1, …; so does any value"
    " that is not in this table",
    Inject.WALK: "one flip a trial: the physical bits of the stores in STORE_MASK in order of store, code word and bit,"
    " from the one that CURSOR names on; after the last one, no flip and the entry 0x801fffff",
    Inject.LIST: "the flip list, which holds the fault sets of the trials one after the other, each ended by an entry"
    " with bit 31 set or by the end of the list; CURSOR is the place of the first entry",
    Inject.BEAM: "upsets drawn from SEED arrive as GAP says in the stores in STORE_MASK, while the scrubber goes"
    " through those in SCRUB; each trial is a slice of PERIOD ticks, and nothing is undone (docs/faults.md)",
}


class TrialStatus(IntEnum):
    """How a trial ended (bits 7:0 of record word 4) or, for STATUS, how the last command ended."""

    OK = 0
    HANG = 1
    CYCLE_LIMIT = 2
    NOT_GOLDEN = 3
    NOT_RESTORED = 4


TRIAL_STATUS_DOC = {
    TrialStatus.OK: "every picture answered, stores golden again but for a BEAM",
    TrialStatus.HANG: "the work limit ended the run; the stores are golden again but for a BEAM",
    TrialStatus.CYCLE_LIMIT: "the clock-cycle limit ended the run: a defect of the design; the stores as with HANG",
    TrialStatus.NOT_GOLDEN: "the digest before the first injection was not GOLDEN_DIGEST; nothing was run",
    TrialStatus.NOT_RESTORED: "the digest after undoing was not GOLDEN_DIGEST; the trials stopped here",
}

#: 32-bit words that a code word takes in a raw window, whatever its width; those beyond it read as zeros.
RAW_PARTS = 4

#: (name, what it holds) of each 32-bit word of a trial record.
RECORD_WORDS: tuple[tuple[str, str], ...] = (
    (
        "FAULTS",
        "sweep: low 32 bits of the seed; walk: the flip, as an entry of the flip list; list: place of the first entry;"
        " beam: number of the slice",
    ),
    ("FLIPS", "physical bits flipped"),
    ("DIGEST", "digest of all stores after the injection"),
    ("CYCLES", "clock cycles of the whole trial, waiting for room in the ring left out"),
    ("STATUS", "bits 7:0 trial status; bits 31:16 pictures answered"),
    ("UNCHANGED", "bits 15:0 masked; bits 31:16 tolerated"),
    ("CHANGED", "bits 15:0 critical; bits 31:16 correct (class equal to label)"),
    (
        "EVENTS",
        "code words that the injected stores hold: bits 15:0 corrected, bits 31:16 detected uncorrectable (saturating)",
    ),
)

#: (name, what it holds) of each 32-bit word of an entry of the upset log.
UPSET_WORDS: tuple[tuple[str, str], ...] = (
    ("TIME_LOW", "tick of the upset since TRIALS started, bits 31:0"),
    ("TIME_HIGH", "bits 47:32 of it"),
    ("SITE", "the bit, as an entry of the flip list; with a pattern, its first bit"),
    ("CYCLE", "clock cycles since the slice began, where upsets come in any cycle; otherwise 0"),
)

#: Binary digits of the time between two upsets, in ticks; one more threshold is for a time that has more.
GAP_DIGITS = 48


@dataclass(frozen=True)
class Register:
    """One 32-bit register, or an array of them.

    Attributes
    ----------
    name, offset
        Name and word offset in the register region.
    access
        ``"ro"``, ``"rw"`` or ``"wo"``.
    doc
        What it holds.
    count
        Number of consecutive registers of this name.
    """

    name: str
    offset: int
    access: str
    doc: str
    count: int = 1


REGISTERS: tuple[Register, ...] = (
    Register("MAP_HASH", 0x00, "ro", "CRC-32 of this table; a host refuses another"),
    Register("BUILD_ID", 0x01, "ro", "identity of the build: CRC-32 of its sources and parameters, 0 when unknown"),
    Register("ENGINE", 0x02, "ro", "bits 7:0 engine kind (1 mac, 2 lut); bits 15:8 number of stores"),
    Register(
        "ARRAY",
        0x03,
        "ro",
        "mac: bits 7:0 output-channel lanes, 15:8 input lanes, 23:16 requantise lanes;"
        " lut: bits 7:0 inputs of a gate, 15:8 image lanes, bit 16 set when the wiring is fixed, bits 23:20 and"
        " 31:24 the most bits of a class and of a score",
    ),
    Register("SWEEP_WORDS", 0x04, "ro", "code words a sweep step covers (32 sweep lanes each); 0: there is no SWEEP"),
    Register("CLOCK_HZ", 0x05, "ro", "clock frequency in Hz"),
    Register("BAUD", 0x06, "ro", "bit rate in bit/s that the link wakes up with"),
    Register("IMAGE_CAPACITY", 0x07, "ro", "rows (128 bits) of the image store"),
    Register(
        "RESULT_CAPACITY", 0x08, "ro", "rows of golden results: a picture each (mac), as in docs/lut-engine.md (lut)"
    ),
    Register("SCORE_CAPACITY", 0x09, "ro", "rows of the score store: 128 bits (mac), one bit a lane (lut)"),
    Register(
        "ACTIVATION_CAPACITY",
        0x0A,
        "ro",
        "mac: rows of the activation memory, all buffers and pictures in flight",
    ),
    Register("RECORD_CAPACITY", 0x0B, "ro", "records the ring holds, a power of two; 0: there is no TRIALS"),
    Register("FLIP_CAPACITY", 0x0C, "ro", "entries the flip list holds"),
    Register("FRAME_WORDS", 0x0D, "ro", "data words the longest frame carries"),
    Register("GOLDEN_BITS", 0x0E, "ro", "bits of the golden comparison: 32 = digest, 0 = exact"),
    Register("IN_FLIGHT", 0x0F, "ro", "the most pictures in flight at once"),
    Register("STORE_CAPACITY", 0x10, "ro", "bits 23:0 code words of the store; bits 27:24 protection", MAX_STORES),
    Register(
        "STORE_EXTENT",
        0x18,
        "rw",
        "code words in use, in whole blocks (docs/mac-engine.md, docs/lut-engine.md); more than the capacity has bits"
        " for reads back as all ones",
        MAX_STORES,
    ),
    Register("IMAGE_ROWS", 0x20, "rw", "rows of one picture (mac) or batch (lut)"),
    Register("SCORE_ROWS", 0x21, "rw", "rows of the scores of one picture (mac) or batch (lut)"),
    Register("SCORE_COUNT", 0x22, "rw", "scores of one picture, at least 1"),
    Register("ROW_BITS", 0x23, "rw", "mac: log2 of the rows one picture has in each activation buffer"),
    Register("WORK_LIMIT", 0x24, "rw", "work beyond which an inference hangs"),
    Register("CYCLE_LIMIT", 0x25, "rw", "clock cycles a batch of pictures may take"),
    Register("IMAGE_FIRST", 0x26, "rw", "first picture of a run"),
    Register("IMAGE_COUNT", 0x27, "rw", "pictures of a run"),
    Register("SEED_LOW", 0x28, "rw", "seed, bits 31:0"),
    Register("SEED_HIGH", 0x29, "rw", "seed, bits 63:32"),
    Register("THRESHOLD_LOW", 0x2A, "rw", "flip threshold, bits 31:0"),
    Register("THRESHOLD_HIGH", 0x2B, "rw", "flip threshold, bit 32"),
    Register("STORE_MASK", 0x2C, "rw", "one bit for each store that a sweep, a trial or a digest command covers"),
    Register(
        "FLIP_COUNT", 0x2D, "rw", "entries of the flip list to apply, of a BEAM those to hold, at most FLIP_CAPACITY"
    ),
    Register("TRIALS", 0x2E, "rw", "trials to run"),
    Register("GOLDEN_DIGEST", 0x2F, "rw", "digest of all stores that a trial must find before and after"),
    Register("INJECT", 0x30, "rw", "where the faults of TRIALS come from (below)"),
    Register("CURSOR", 0x31, "rw", "walk: entry of the first flip (docs/faults.md); list: place of the first entry"),
    Register("COMMAND", 0x32, "wo", "starts a command; refused while one runs, except STOP"),
    Register(
        "STATUS",
        0x33,
        "ro",
        "bit 0 busy; bit 1 trials running; bit 2 stopped early; bits 15:8 how the last command ended",
    ),
    Register("DIGEST", 0x34, "ro", "result of the last DIGEST command, or the last digest of a trial"),
    Register("FLIPS", 0x35, "ro", "physical bits flipped by the last SWEEP or FLIP command or trial"),
    Register(
        "FLIP_REFUSED",
        0x36,
        "ro",
        "entries that named no physical bit, in the last FLIP command or the last undo of flips",
    ),
    Register("CYCLES", 0x37, "ro", "clock cycles of the last command or trial"),
    Register("ANSWERED", 0x38, "ro", "pictures answered in the last run"),
    Register("MASKED", 0x39, "ro", "pictures with golden scores"),
    Register("TOLERATED", 0x3A, "ro", "pictures with other scores but the golden class"),
    Register("CRITICAL", 0x3B, "ro", "pictures with another class than golden"),
    Register("CORRECT", 0x3C, "ro", "pictures whose class is their label"),
    Register("RECORD_HEAD", 0x3D, "ro", "records produced since TRIALS started"),
    Register("RECORD_TAIL", 0x3E, "rw", "records acknowledged; a value outside RECORD_TAIL … RECORD_HEAD is ignored"),
    Register("FRAMES_BAD", 0x3F, "ro", "frames dropped: CRC, COBS, length or UART framing (modulo 2^16)"),
    Register("FRAMES_DROPPED", 0x40, "ro", "frames dropped because a request was still in hand (modulo 2^16)"),
    Register("CYCLES_SWEEP", 0x41, "ro", "of the last trial: clock cycles of the injection"),
    Register("CYCLES_DIGEST", 0x42, "ro", "of the last trial: clock cycles of its digests"),
    Register("CYCLES_RUN", 0x43, "ro", "of the last trial: clock cycles of the run"),
    Register("CYCLES_UNDO", 0x44, "ro", "of the last trial: clock cycles of the undo"),
    Register(
        "CYCLES_WAITED",
        0x45,
        "ro",
        "since TRIALS started: clock cycles spent waiting for room in the ring or the upset log",
    ),
    Register("INPUT_CAPACITY", 0x46, "ro", "lut: inputs that fit"),
    Register("GATE_CAPACITY", 0x47, "ro", "lut: gates that fit"),
    Register("INPUTS", 0x48, "rw", "lut: wires that are inputs of the network"),
    Register("GATES", 0x49, "rw", "lut: gates of the network"),
    Register("WIRE_BITS", 0x4A, "rw", "lut: bits of a wire number"),
    Register("GROUP", 0x4B, "rw", "lut: gates of a class"),
    Register("SCORE_BITS", 0x4C, "rw", "lut: bits of a score"),
    Register("CLASS_BITS", 0x4D, "rw", "lut: bits of a class or label"),
    Register("WIRING_SEED", 0x4E, "rw", "lut: seed of the wiring, in a build that stores none"),
    Register(
        "LINE_STEP",
        0x4F,
        "rw",
        "bit rate of the link in 2^-24 of the clock, 1 … 2^22; another value is refused; changes over when the response"
        " to the write has been sent, and back at a break (docs/link.md)",
    ),
    Register(
        "READ_CORRECTED",
        0x50,
        "ro",
        "code words of the store that the engine read and its decoder corrected since the last run began (saturating)",
        MAX_STORES,
    ),
    Register("READ_UNCORRECTABLE", 0x58, "ro", "likewise that came uncorrectable", MAX_STORES),
    Register(
        "WORDS_CORRECTED",
        0x60,
        "ro",
        "code words that the last digest found wrong and the code can correct (saturating at 2^16 - 1)",
    ),
    Register("WORDS_UNCORRECTABLE", 0x61, "ro", "likewise and it cannot correct"),
    Register(
        "FIRST_UNCORRECTABLE",
        0x62,
        "ro",
        "the first of those: bits 19:0 code word, bits 30:28 store; all ones when there is none",
    ),
    Register("UPSET_CAPACITY", 0x63, "ro", "entries the upset log holds, a power of two; 0: there is no BEAM or SCRUB"),
    Register("GOLDEN_COPY", 0x64, "ro", "1: the board keeps a copy of what the data windows wrote, for the scrubber"),
    Register(
        "PATTERN",
        0x65,
        "rw",
        "bits that an upset flips: bits 1:0 columns − 1, bit 4 rows − 1, bits 9:8 log2 of the interleaving distance",
    ),
    Register(
        "SCRUB",
        0x66,
        "rw",
        f"scrubber: bits 7:0 one for each store; bit {SCRUB_GOLDEN_BIT}: write the golden copy instead of what the code"
        f" corrects; bit {SCRUB_ANY_CYCLE_BIT}: upsets and scrubs in any cycle, instead of between the slices",
    ),
    Register("SCRUB_INTERVAL_LOW", 0x67, "rw", "ticks from one scrubbed code word to the next, bits 31:0; 0: never"),
    Register("SCRUB_INTERVAL_HIGH", 0x68, "rw", "bits 47:32 of it"),
    Register("PERIOD_LOW", 0x69, "rw", "ticks of a slice, bits 31:0"),
    Register("PERIOD_HIGH", 0x6A, "rw", "bits 47:32 of it"),
    Register("SITE_MASK", 0x6B, "rw", "bits that are set in some site of an upset, as an entry of the flip list"),
    Register(
        "WINDOW",
        0x6C,
        "rw",
        "BEAM: pictures that the slices take in turn, IMAGE_COUNT each, from IMAGE_FIRST on; 0: all take the same",
    ),
    Register("UPSET_HEAD", 0x6D, "ro", "entries of the upset log since TRIALS started"),
    Register("UPSET_TAIL", 0x6E, "rw", "entries acknowledged; a value outside UPSET_TAIL … UPSET_HEAD is ignored"),
    Register("UPSETS_LOST", 0x6F, "ro", "upsets since TRIALS started that the log had no room for"),
    Register("SCRUB_WORDS", 0x70, "ro", "code words scrubbed since the first slice or SCRUB started, modulo 2^32"),
    Register("SCRUB_CORRECTED", 0x71, "ro", "of these, corrected"),
    Register("SCRUB_UNCORRECTABLE", 0x72, "ro", "of these, found uncorrectable"),
    Register("SCRUB_FIRST", 0x73, "ro", "the first of those, as FIRST_UNCORRECTABLE"),
    Register(
        "GAP",
        0x80,
        "rw",
        "BEAM: threshold of each digit of the time between two upsets, and of its having more; not cleared by a reset",
        GAP_DIGITS + 1,
    ),
)


def _table_text() -> str:
    """The whole map as text: what :data:`MAP_HASH` covers."""
    lines = [f"{r.name} {r.offset} {r.access} {r.count}" for r in REGISTERS]
    kinds = (Region, Command, Inject, TrialStatus, Engine, Protection)
    lines += [f"{kind.__name__} {m.name} {m.value}" for kind in kinds for m in kind]
    lines += [f"{e.name} {' '.join(stores)}" for e, stores in ENGINE_STORES.items()]
    lines += [f"record {name}" for name, _ in RECORD_WORDS]
    lines += [f"upset {name}" for name, _ in UPSET_WORDS]
    lines += [f"store_shift {STORE_SHIFT}"]
    return "\n".join(lines)


#: CRC-32 of the map; register 0 of every board built from it.
MAP_HASH = zlib.crc32(_table_text().encode())

_BY_NAME = {r.name: r for r in REGISTERS}


def register(name: str, index: int = 0) -> int:
    """Word address of a register.

    Parameters
    ----------
    name
        Name in :data:`REGISTERS`.
    index
        Which one, for a register array.

    Raises
    ------
    KeyError
        If there is no register of this name.
    IndexError
        If ``index`` is outside the array.
    """
    entry = _BY_NAME[name]
    if not 0 <= index < entry.count:
        raise IndexError(f"{name}[{index}]: {name} has {entry.count} registers")
    return window(Region.REGISTERS, entry.offset + index)


def window(region: Region, offset: int = 0) -> int:
    """Word address of an offset in a region."""
    if not 0 <= offset < 1 << 24:
        raise IndexError(f"offset {offset} is outside the region {region.name}")
    return (region << 24) | offset


def store_data(store: int, word: int = 0) -> int:
    """Word address of a code word in the data window of a store."""
    return window(Region.STORE_DATA, (store << STORE_SHIFT) | word)


def store_raw(store: int, word: int = 0, part: int = 0) -> int:
    """Word address of 32 physical bits of a code word in the raw window of a store."""
    return window(Region.STORE_RAW, (store << STORE_SHIFT) | (word * RAW_PARTS) | part)


def verilog_header() -> str:
    """Text of ``rtl/generated/registers.vh``."""
    out = ["// SPDX-License-Identifier: Apache-2.0", "// Generated by `python -m host.regmap`; never edited.", ""]
    out += [
        f"`define MAP_HASH 32'h{MAP_HASH:08x}",
        f"`define MAX_STORES {MAX_STORES}",
        f"`define STORE_SHIFT {STORE_SHIFT}",
        f"`define SCRUB_GOLDEN_BIT {SCRUB_GOLDEN_BIT}",
        f"`define SCRUB_ANY_CYCLE_BIT {SCRUB_ANY_CYCLE_BIT}",
    ]
    out += [f"`define RECORD_WORDS {len(RECORD_WORDS)}", ""]
    out += [f"`define REGION_{m.name} 4'd{m.value}" for m in Region] + [""]
    out += [f"`define ENGINE_{m.name} 8'd{m.value}" for m in Engine] + [""]
    for engine, stores in ENGINE_STORES.items():
        out += [f"`define {engine.name}_STORES {len(stores)}"]
        out += [f"`define {engine.name}_STORE_{name.upper()} {i}" for i, name in enumerate(stores)]
    out += [""]
    out += [f"`define PROTECTION_{m.name} 4'd{m.value}" for m in Protection] + [""]
    out += [f"`define COMMAND_{m.name} 32'd{m.value}" for m in Command] + [""]
    out += [f"`define INJECT_{m.name} 32'd{m.value}" for m in Inject] + [""]
    out += [f"`define TRIAL_{m.name} 8'd{m.value}" for m in TrialStatus] + [""]
    out += [f"`define REG_{r.name} 8'h{r.offset:02x}" for r in REGISTERS]
    return "\n".join(out) + "\n"


def reference_page() -> str:
    """Text of ``docs/registers.md``."""
    out = [
        "# Registers and memory map",
        "",
        "Generated by `python -m host.regmap` from `host/regmap.py`; never edited.",
        "",
    ]
    out += [
        f"Map hash: `0x{MAP_HASH:08x}`. Addresses count 32-bit words: bits 27:24 are the region, bits 23:0 the offset.",
        "",
    ]
    out += [
        "What a build lacks is there, reads as 0 and stays 0 when written: registers of the other engine, extents of"
        " absent stores, and without on-board trials (RECORD_CAPACITY 0) SEED, THRESHOLD, TRIALS, GOLDEN_DIGEST,"
        " INJECT, CURSOR and RECORD_TAIL. The commands SWEEP and TRIALS do nothing then, and the records are refused."
        " So it is with PATTERN, SCRUB and what follows it, and the upset log, where UPSET_CAPACITY is 0.",
        "",
    ]
    out += ["## Regions", "", "| region | name | holds |", "|---|---|---|"]
    out += [f"| {m.value} | {m.name} | {REGION_DOC[m]} |" for m in Region]
    out += ["", "## Registers", "", "| offset | name | access | holds |", "|---|---|---|---|"]
    for r in REGISTERS:
        span = f"0x{r.offset:02x}" + (f" … 0x{r.offset + r.count - 1:02x}" if r.count > 1 else "")
        out += [f"| {span} | {r.name} | {r.access} | {r.doc} |"]
    out += ["", "## Commands", "", "| value | name | does |", "|---|---|---|"]
    out += [f"| {m.value} | {m.name} | {COMMAND_DOC[m]} |" for m in Command]
    out += ["", "## Injection", "", "| value | name | faults of a trial |", "|---|---|---|"]
    out += [f"| {m.value} | {m.name} | {INJECT_DOC[m]} |" for m in Inject]
    out += ["", "## Trial status", "", "| value | name | means |", "|---|---|---|"]
    out += [f"| {m.value} | {m.name} | {TRIAL_STATUS_DOC[m]} |" for m in TrialStatus]
    out += ["", "## Trial record", "", "| word | name | holds |", "|---|---|---|"]
    out += [f"| {i} | {name} | {doc} |" for i, (name, doc) in enumerate(RECORD_WORDS)]
    out += ["", "## Entry of the upset log", "", "| word | name | holds |", "|---|---|---|"]
    out += [f"| {i} | {name} | {doc} |" for i, (name, doc) in enumerate(UPSET_WORDS)]
    out += ["", "## Stores", "", "| engine | id | store |", "|---|---|---|"]
    out += [f"| {e.name.lower()} | {i} | {s} |" for e, stores in ENGINE_STORES.items() for i, s in enumerate(stores)]
    return "\n".join(out) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write the generated files, or check them."""
    parser = argparse.ArgumentParser(prog="python -m host.regmap", description="Write the register header and page.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    args = parser.parse_args(argv)
    stale = []
    for path, text in ((HEADER, verilog_header()), (PAGE, reference_page())):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not args.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if args.check and stale:
        names = ", ".join(str(p.relative_to(ROOT)) for p in stale)
        print(f"stale: {names}. Run: python -m host.regmap", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
