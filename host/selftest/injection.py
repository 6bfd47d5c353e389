# SPDX-License-Identifier: Apache-2.0
"""Steps: the digest of the stores, and both ways to flip their bits, against the host's own computation."""

from __future__ import annotations

import numpy as np

from host.boards.commands import Commands
from host.codes import CODES
from host.faults import FaultSet, sweep, threshold
from host.image import PhysicalWords, digest
from host.regmap import Command, Region, window
from host.selftest.bench import Bench
from host.selftest.verdict import Failed, Figures, Skipped

_DIGEST_ADVICE = "what the link reads and what the digest reads differ: check the timing of the build"
_FLIP_ADVICE = "the fault controller and host.faults disagree: build the bitstream from this checkout"

# An entry of the flip list that names no physical bit (docs/faults.md).
_NO_BIT = 0x801FFFFF
# Sweeps: the rate and the seeds. The last seed has ones in both halves.
_RATE = 0.01
_SEEDS = (1, 0xFEDCBA9876543210)


def check_digest(bench: Bench) -> Figures:
    """The digest of each store and of all of them, against a CRC over what the link reads."""
    bench.fill(np.random.default_rng(2))
    seen = bench.read_back()
    names = [[name] for name in bench.store_names]
    masks = [1 << store for store in range(len(seen))]
    coded = bench.coded(seen)
    for mask, what in zip([*masks, (1 << len(seen)) - 1], [*names, ["all stores"]], strict=True):
        chosen = [words if mask >> store & 1 else words[:0] for store, words in enumerate(coded)]
        _expect_digest(_digest(bench, mask), digest(chosen), " ".join(what), _DIGEST_ADVICE)
    return {"digests": len(masks) + 1, "code words": sum(map(len, seen))}


def check_flip_list(bench: Bench) -> Figures:
    """Flip every n-th bit by list: number, read-back and digest; then undo it."""
    golden, space = bench.coded(bench.fill(np.random.default_rng(3))), bench.space
    bits = np.cumsum([0, *(space.bits([store]) for store in range(len(golden)))])
    # An odd step: not always the same bit of a word.
    step = max(1, int(bits[-1]) // bench.extent.flips) | 1
    places = np.arange(0, bits[-1], step)
    store = np.searchsorted(bits, places, side="right") - 1
    inside = places - bits[store]
    width = np.array(space.widths)[store]
    faults = FaultSet(store.astype(np.uint8), (inside // width).astype(np.uint32), (inside % width).astype(np.uint8))
    for expected, when in ((faults.apply(golden), "after the flips"), (golden, "after undoing them")):
        flips = bench.commands.flip(faults.entries())
        if flips != len(faults):
            raise Failed(f"{len(faults)} flips", f"{flips}", _FLIP_ADVICE)
        _expect_stores(bench, expected, when)
    bench.link.write(window(Region.FLIPS), np.array([_NO_BIT], dtype=np.uint32))
    bench.registers.write_run("FLIP_COUNT", [1])
    _command(bench, Command.FLIP)
    refused = bench.registers.read("FLIP_REFUSED")
    if refused != 1:
        raise Failed("1 refused entry for a bit that is not there", f"{refused}", _FLIP_ADVICE)
    return {"flips": len(faults), "every n-th bit": step, "list entries": bench.capabilities.flips}


def check_sweep(bench: Bench) -> Figures:
    """Bernoulli sweeps: number, read-back and digest against the fault model; then undo them."""
    if not bench.capabilities.sweep_words:
        raise Skipped("the board has no sweep")
    golden, space = bench.coded(bench.fill(np.random.default_rng(4))), bench.space
    chosen = list(range(len(golden)))
    limit, total, cycles = threshold(_RATE), 0, 0
    for seed in _SEEDS:
        faults = sweep(seed, limit, space, chosen)
        for expected, when in ((faults.apply(golden), "after a sweep"), (golden, "after undoing it")):
            halves = [value & 0xFFFFFFFF for value in (seed, seed >> 32, limit, limit >> 32)]
            bench.registers.write_run("SEED_LOW", [*halves, (1 << len(golden)) - 1])
            _command(bench, Command.SWEEP)
            flips = bench.registers.read("FLIPS")
            if flips != len(faults):
                raise Failed(f"{len(faults)} flips for seed {seed}", f"{flips}", _FLIP_ADVICE)
            _expect_stores(bench, expected, f"{when} of seed {seed}")
            cycles += bench.registers.read("CYCLES")
        total += len(faults)
    return {"sweeps": 2 * len(_SEEDS), "flips": total, "clock cycles": cycles}


def _command(bench: Bench, command: Command) -> None:
    bench.registers.write_run("COMMAND", [command])
    Commands(bench.link, bench.identity).await_idle()


def _digest(bench: Bench, mask: int) -> int:
    bench.registers.write_run("STORE_MASK", [mask])
    _command(bench, Command.DIGEST)
    return bench.registers.read("DIGEST")


def _expect_stores(bench: Bench, expected: list[PhysicalWords], when: str) -> None:
    """Data as the decoders of the window give them, and the digest of every physical bit."""
    decoded = [CODES[p].decode(words).data for p, words in zip(bench.protections, expected, strict=True)]
    for name, words, seen in zip(bench.store_names, decoded, bench.read_back(), strict=True):
        wrong = np.flatnonzero(seen != words)
        if len(wrong):
            at = int(wrong[0])
            raise Failed(
                f"{words[at]:08x} in word {at} of store {name} {when}",
                f"{seen[at]:08x} ({len(wrong)} words differ)",
                _FLIP_ADVICE,
            )
    _expect_digest(bench.commands.digest(), digest(expected), f"all stores {when}", _DIGEST_ADVICE)


def _expect_digest(found: int, expected: int, what: str, advice: str) -> None:
    if found != expected:
        raise Failed(f"digest {expected:08x} of {what}", f"{found:08x}", advice)
