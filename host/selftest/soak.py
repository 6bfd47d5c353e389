# SPDX-License-Identifier: Apache-2.0
"""Step: the link under load, in random bursts both ways."""

from __future__ import annotations

import time

import numpy as np

from host.selftest.bench import Bench
from host.selftest.verdict import Failed, Figures

# A request may be repeated because a busy machine missed its deadline; a sound line loses none.
_FREE_RETRIES, _REQUESTS_A_RETRY = 2, 1000
_MOST_WORDS = 700
_ADVICE = "check the cable and the ground of the board, try another USB port, or a lower bit rate"


def soak_link(bench: Bench) -> Figures:
    """Write random bursts and read them back for a while; errors and throughput."""
    rng = np.random.default_rng(1)
    memories = bench.other_memories()
    before, bad = bench.link.counters, _dropped(bench)
    begin = now = time.monotonic()
    bursts = 0
    while now - begin < bench.extent.soak_s or bursts < bench.extent.soak_bursts:
        memory = memories[int(rng.integers(len(memories)))]
        count = int(rng.integers(1, min(_MOST_WORDS, memory.words) + 1))
        start = memory.address + int(rng.integers(memory.words - count + 1))
        words = memory.stored(rng.integers(0, 1 << 32, count, dtype=np.uint32))
        bench.link.write(start, words)
        seen = bench.link.read(start, count)
        if not np.array_equal(seen, words):
            at = int(np.flatnonzero(seen != words)[0])
            raise Failed(
                f"{words[at]:08x} at word address {start + at:#x} ({memory.name})",
                f"{seen[at]:08x}",
                "no frame had a wrong CRC, so the memory or the bus is at fault: check the timing of the build",
            )
        bursts += 1
        now = time.monotonic()
    after = bench.link.counters
    requests, retries = after.requests - before.requests, after.retries - before.retries
    count = after.bytes_sent + after.bytes_received - before.bytes_sent - before.bytes_received
    allowed = _FREE_RETRIES + requests // _REQUESTS_A_RETRY
    if retries > allowed:
        raise Failed(f"at most {allowed} repeats of {requests} requests", f"{retries} repeats", _ADVICE)
    return {
        "requests": requests,
        "repeats": retries,
        "frames the board dropped": _dropped(bench) - bad,
        "kB/s both ways": round(count / 1000 / max(now - begin, 1e-9), 1),
    }


def _dropped(bench: Bench) -> int:
    was = bench.registers.read_run("FRAMES_BAD", "FRAMES_DROPPED")
    return sum(was.values())
