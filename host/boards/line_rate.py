# SPDX-License-Identifier: Apache-2.0
"""The bit rate of a line: raised from the one that boards wake up with, kept where it is proven clean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from host.boards.board import Identity, Notify
from host.link.session import LinkError, RateRefused, Refused, Session
from host.regmap import Region, register, window

# Parts of the clock in which bit rates are told (docs/link.md), and the greatest, a quarter (rtl/link/uart_rx.v).
_ONE = 1 << 24
_MOST = _ONE // 4

# The most that the rate of a line may be off (docs/link.md): with as much at the other end, half a bit in ten.
_TOLERANCE = 0.015

# Full frames each way that must pass without a repeat: 330,000 bits in all, 0.11 s at 3 Mbaud.
_FRAMES = 16


def step_of(baud: int, clock_hz: int) -> int | None:
    """Register LINE_STEP for a bit rate; None where the clock cannot make it."""
    if not clock_hz:
        return None
    step = round(baud * _ONE / clock_hz)
    if not 0 < step <= _MOST or abs(step * clock_hz / _ONE / baud - 1) > _TOLERANCE:
        return None
    return step


def raise_rate(session: Session, identity: Identity, rates: Sequence[int], notify: Notify) -> int:
    """Change to the first of these bit rates that both ends can make and that proves clean.

    Parameters
    ----------
    session
        A session at the rate that the board wakes up with.
    identity
        The board, whose register map is this host's.
    rates
        Bit rates in bit/s, best first.
    notify
        Told in one sentence when one could not be had.

    Returns
    -------
    int
        The bit rate now.

    Raises
    ------
    LinkError
        If the board does not even answer at the rate it wakes up with any more.
    """
    base = session.baud
    reasons = []
    for baud in rates:
        reason = _try(session, identity, base, baud)
        if reason is None:
            break
        reasons.append(reason)
    if reasons:
        notify(f"the line runs at {session.baud} baud, as {' and '.join(reasons)}")
    return session.baud


def _try(session: Session, identity: Identity, base: int, baud: int) -> str | None:
    """Change to a bit rate; why the line is at the old one again, if it is."""
    step = step_of(baud, identity.clock_hz)
    if step is None:
        return f"the board's clock of {identity.clock_hz} Hz cannot make {baud}"
    try:
        # Before the board changes over: what this machine cannot do costs nothing then.
        session.set_baud(baud)
        session.set_baud(base)
    except RateRefused:
        session.set_baud(base)
        return f"the serial driver of this machine cannot make {baud}"
    try:
        session.write(register("LINE_STEP"), [step])
        session.set_baud(baud)
        session.greet(attempts=2)
        repeats = _prove(session, identity)
    except LinkError:
        repeats = None
    if repeats == 0:
        return None
    session.break_line(base)
    session.greet()
    what = "nothing came through" if repeats is None else f"{repeats} requests had to be repeated"
    return f"{what} at {baud}"


def _prove(session: Session, identity: Identity) -> int:
    """Move full frames both ways; the requests that had to be repeated."""
    has = identity.capabilities
    before = session.counters.retries
    count = min(has.flips, has.frame_words)
    # The longest runs of one level, the fastest changes, and noise.
    patterns = np.random.default_rng(5).integers(0, 1 << 32, (_FRAMES, count), dtype=np.uint32)
    patterns[0] = np.resize(np.array([0, 0xFFFFFFFF, 0x55555555], dtype=np.uint32), count)
    for words in patterns:
        try:
            session.write(window(Region.FLIPS), words)
            same = np.array_equal(session.read(window(Region.FLIPS), count), words)
        except Refused:
            # Trials that another host started hold the memories; registers can be read.
            first = register("MAP_HASH")
            same = int(session.read(first, register("IN_FLIGHT") - first + 1)[0]) == identity.map_hash
        if not same:
            raise LinkError("words changed on the way")
    return session.counters.retries - before
