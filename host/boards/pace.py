# SPDX-License-Identifier: Apache-2.0
"""When to ask a board for trial records. Pure: it is told the time.

Often enough that the board's ring never fills, seldom enough that the link carries records rather than questions.
"""

from __future__ import annotations

# A question and its answer take 32 bytes, a record 32 more (docs/link.md: 14 bytes of request; 18 of
# response around the records). With four records a question that is 40 bytes a trial.
_FEWEST = 4

# Seconds of trials worth gathering, and the longest silence between two questions.
_GATHER_S = 0.2
_SILENCE_S = 1.0

# First guess of a wait when nothing is known yet; it doubles until the first record arrives.
_FIRST_WAIT_S = 0.002

#: 32-bit words in front of the records of a response (docs/link.md).
HEAD_WORDS = 2


class Pace:
    """Waits between questions, from the rate at which records came so far.

    Parameters
    ----------
    capacity
        Records the board's ring holds.
    frame_words
        Data words a response carries at most.
    record_words
        Words of one record.
    """

    def __init__(self, capacity: int, frame_words: int, record_words: int) -> None:
        #: Most records one answer can carry.
        self.most = max(1, (frame_words - HEAD_WORDS) // record_words)
        # Less than an answer carries, so that a full answer means that more are ready. And less than half the ring,
        # because the records of the answer before stay in it until the next question acknowledges them.
        self._target = max(1, min(3 * self.most // 4, 3 * capacity // 8))
        self._capacity = capacity
        self._kept = 0
        self._period_s: float | None = None
        self._guess_s = _FIRST_WAIT_S
        self._since: float | None = None
        self._wanted = 0.0

    def start(self, now: float) -> None:
        """Trials started at time ``now`` (seconds)."""
        self._since = now
        self._wanted = 0.0
        self._kept = 0

    def seen(self, count: int, now: float) -> None:
        """An answer with ``count`` records arrived at time ``now``."""
        if self._since is None:
            self._since = now
        filled = self._kept + count >= self._capacity
        self._kept = count
        if not count:
            self._guess_s = min(2 * self._guess_s, _SILENCE_S)
            return
        period = (now - self._since) / count
        if filled:
            # The board waited for room, so its own period is shorter than what was seen.
            period /= 2
        self._period_s = period if self._period_s is None else 0.7 * self._period_s + 0.3 * period
        self._since = now

    def wait_s(self, remaining: int, last: int) -> float:
        """Seconds to wait before the next question.

        Parameters
        ----------
        remaining
            Records still to come.
        last
            Records the answer before carried. A full answer, or far fewer records than waited for (on a bad line
            frames are short), means that more are ready.
        """
        if last >= self.most or 0 < 2 * last <= self._wanted:
            self._wanted = 0.0
            return 0.0
        if self._period_s is None:
            return self._guess_s
        gather = _GATHER_S / max(self._period_s, 1e-6)
        want = min(max(_FEWEST, gather), self._target, max(1, remaining))
        wait = min(want * self._period_s, _SILENCE_S)
        self._wanted = wait / self._period_s
        return wait
