# SPDX-License-Identifier: Apache-2.0
"""The steps of the self-test in their order, and what is left on the board after them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from host.boards import BoardError
from host.link.session import LinkError
from host.selftest.bench import Bench
from host.selftest.identity import check_identity
from host.selftest.inference import check_beam, check_faults, check_golden, check_trials
from host.selftest.injection import check_digest, check_flip_list, check_sweep
from host.selftest.march import march_memories
from host.selftest.soak import soak_link
from host.selftest.verdict import Failed, Figures, Outcome, Skipped, Verdict


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    name, title
        What it is called, and what it does.
    check
        Does it.
    needs
        Steps without whose success it says nothing.
    advice
        What to check when the board or its link gives up on it.
    """

    name: str
    title: str
    check: Callable[[Bench], Figures]
    needs: tuple[str, ...]
    advice: str


_LINK_ADVICE = "check port, cable, power and bitstream; python -m host.boards lists the ports"
_BOARD_ADVICE = "reset the board and run the self-test again; if it fails again, check the timing report of its build"

SEQUENCE: tuple[Step, ...] = (
    Step("identity", "who the board is", check_identity, (), _LINK_ADVICE),
    Step("soak", "the link under load", soak_link, ("identity",), _LINK_ADVICE),
    Step("march", "every memory, March C-", march_memories, ("identity",), _BOARD_ADVICE),
    Step("digest", "the digest on the board against read-back", check_digest, ("march",), _BOARD_ADVICE),
    Step("flips", "flips by list, proven and undone", check_flip_list, ("digest",), _BOARD_ADVICE),
    Step("sweep", "Bernoulli sweeps, proven and undone", check_sweep, ("digest",), _BOARD_ADVICE),
    Step("golden", "a network against the twin", check_golden, ("digest",), _BOARD_ADVICE),
    Step("faults", "the network with faults against the twin", check_faults, ("golden", "flips"), _BOARD_ADVICE),
    Step("trials", "trials on the board against the twin", check_trials, ("golden", "sweep"), _BOARD_ADVICE),
    Step("beam", "upsets and the scrubber against the twin", check_beam, ("trials",), _BOARD_ADVICE),
)


def run_all(bench: Bench, begins: Callable[[Step], None] = lambda step: None) -> Iterator[Verdict]:
    """Run every step that can say something.

    Parameters
    ----------
    bench
        The board, nothing of it known yet.
    begins
        Told of each step before it is run.
    """
    good: set[str] = set()
    for step in SEQUENCE:
        lacking = [name for name in step.needs if name not in good]
        if lacking:
            yield Verdict(step.name, step.title, Outcome.SKIPPED, reason=f"needs {' and '.join(lacking)}")
            continue
        begins(step)
        verdict = _run(step, bench)
        if verdict.outcome is Outcome.PASS:
            good.add(step.name)
        yield verdict


def failure(step: Step, error: Exception, seconds: float = 0.0) -> Verdict:
    """The verdict on a step that something went wrong in."""
    if not isinstance(error, Failed):
        error = Failed("a board that does what it is asked", str(error), step.advice)
    return Verdict(step.name, step.title, Outcome.FAIL, seconds, failure=error.fields())


def _run(step: Step, bench: Bench) -> Verdict:
    begin = time.monotonic()
    try:
        figures = step.check(bench)
    except Skipped as skipped:
        return Verdict(step.name, step.title, Outcome.SKIPPED, reason=str(skipped))
    except (Failed, BoardError, LinkError) as error:
        return failure(step, error, time.monotonic() - begin)
    return Verdict(step.name, step.title, Outcome.PASS, time.monotonic() - begin, figures)


def tidy(bench: Bench) -> str:
    """Leave the stores golden or empty; which, or why it is not known."""
    if not bench.is_known:
        return "not written to"
    try:
        if bench.loaded is not None:
            bench.board.stop()
            if bench.commands.digest() == bench.loaded:
                return "golden"
        bench.empty_stores()
        return "empty"
    except (BoardError, LinkError) as error:
        return f"unknown, reset the board ({error})"
