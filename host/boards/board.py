# SPDX-License-Identifier: Apache-2.0
"""What a board is: one interface that every board keeps, and the values that cross it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from host.faults import Exposures, FaultSet, Scrubbed, Source
from host.image import MemoryImage
from host.networks import TestSet
from host.regmap import Engine, Protection, TrialStatus
from host.twin import Inference

#: Receives one sentence about something that went wrong and was put right.
Notify = Callable[[str], None]


class BoardError(Exception):
    """A board cannot do what was asked, or did something it must not. The text is one sentence for the user."""


@dataclass(frozen=True)
class StoreCapacity:
    """Size of one parameter store: code words it holds, and their protection."""

    words: int
    protection: Protection


@dataclass(frozen=True)
class Capabilities:
    """What was built, as the capability registers tell it (docs/registers.md).

    Attributes
    ----------
    array
        mac: output-channel lanes, input lanes, requantise lanes; lut: inputs of a gate, image lanes, 1 when the wiring
        is fixed; zeros for a board without such limits.
    sweep_words
        Code words a sweep step covers, 0 on a board that cannot sweep.
    image_rows, score_rows, activation_rows
        Rows of the image store, the score store and (mac) the activation memory (docs/registers.md).
    results
        Rows of golden results that fit (mac: a picture each).
    inputs, gates
        lut: inputs and gates of a network that fit.
    score_bits, class_bits
        lut: most bits of a score, and of a class.
    records, flips
        Entries of the record ring (0 on a board that runs no trials by itself) and of the flip list.
    upsets
        Entries of the upset log, 0 on a board without beam, scrubber and patterns.
    golden_copy
        It keeps a copy of the stores for the scrubber.
    frame_words
        Data words the longest frame carries.
    golden_bits
        Bits of the golden comparison: 32 = digest, 0 = exact.
    in_flight
        The most pictures in flight at once.
    stores
        Capacity by store id.
    """

    array: tuple[int, int, int]
    sweep_words: int
    image_rows: int
    results: int
    score_rows: int
    activation_rows: int
    inputs: int
    gates: int
    score_bits: int
    class_bits: int
    records: int
    flips: int
    upsets: int
    golden_copy: bool
    frame_words: int
    golden_bits: int
    in_flight: int
    stores: tuple[StoreCapacity, ...]


@dataclass(frozen=True)
class Identity:
    """Which board this is: its name, what it was built from, and what it can do.

    Attributes
    ----------
    name
        Name in the catalogue.
    map_hash
        Hash of the register map it was built from.
    build_id
        Identity of the build, 0 when unknown.
    engine
        Engine kind.
    clock_hz, baud
        Clock frequency and bit rate of the link, 0 where there is none.
    capabilities
        What was built.
    """

    name: str
    map_hash: int
    build_id: int
    engine: Engine
    clock_hz: int
    baud: int
    capabilities: Capabilities


@dataclass(frozen=True)
class Counters:
    """What a board has cost so far.

    Attributes
    ----------
    requests, retries
        Requests on the link, and how many of them were repeats.
    bytes_sent, bytes_received
        Bytes on the link.
    reloads
        Times the stores had to be loaded again because they were not golden.
    """

    requests: int = 0
    retries: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    reloads: int = 0


@dataclass(frozen=True)
class Outcomes:
    """How the pictures of one run compare with the golden run (a picture is masked, tolerated or critical).

    Attributes
    ----------
    answered
        Pictures that got an answer.
    masked, tolerated, critical
        Scores identical; scores differ but class golden; class differs.
    correct
        Pictures whose class is their label.
    """

    answered: int
    masked: int
    tolerated: int
    critical: int
    correct: int


@dataclass(frozen=True)
class LoggedUpset:
    """An upset as the board logged it.

    Attributes
    ----------
    tick
        When, since the history began.
    site
        The bit that it hit, as an entry of the flip list; with a pattern, the first bit of it.
    cycle
        Clock cycles since its slice began, where upsets come in any cycle; otherwise 0.
    """

    tick: int
    site: int
    cycle: int


@dataclass(frozen=True)
class Exposed:
    """What happened in a slice of a history.

    Attributes
    ----------
    upsets
        Those in it, in order.
    scrubbed
        What the scrubber has seen from the first slice to the end of this one; None where nobody has looked.
    left
        Digest of the stores that it left, where they were looked at: with ``any_cycle``, the record has that of the
        stores before it.
    """

    upsets: tuple[LoggedUpset, ...]
    scrubbed: Scrubbed | None
    left: int | None = None


@dataclass(frozen=True)
class TrialRecord:
    """What a board reports of one trial.

    Attributes
    ----------
    seed
        Number of the trial in its source: of a sweep its seed (64 bits), of a walk the number of the physical bit, of a
        list the place of the fault set.
    flips
        Physical bits flipped.
    digest
        Digest of all stores after the injection.
    proven
        Flips and digest were compared with the fault model's own.
    status
        How the trial ended.
    outcomes
        What happened to the pictures.
    cycles
        Clock cycles of the trial; None on a board without a clock.
    corrected, uncorrectable
        Code words corrected, and found uncorrectable.
    exposed
        What happened in the slice, where the trial is one.
    wrong
        Code words that are read with other data than the golden ones, whether their code says so or not: from the
        fault model, which proves the stores. None before that.
    """

    seed: int
    flips: int
    digest: int
    proven: bool
    status: TrialStatus
    outcomes: Outcomes
    cycles: int | None
    corrected: int
    uncorrectable: int
    exposed: Exposed | None = None
    wrong: int | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """Result of running the pictures once.

    Attributes
    ----------
    status
        OK, HANG or CYCLE_LIMIT.
    outcomes
        What happened to the pictures.
    cycles
        Clock cycles of the run; None on a board without a clock.
    classes
        uint16[n] class of each picture; empty after a hang; None unless asked for.
    scores
        Scores as in :class:`host.twin.Inference`; empty after a hang; None unless asked for.
    """

    status: TrialStatus
    outcomes: Outcomes
    cycles: int | None
    classes: NDArray[np.uint16] | None = None
    scores: NDArray[Any] | None = None


class Board(Protocol):
    """What a campaign may ask of any board."""

    @property
    def identity(self) -> Identity:
        """Which board this is."""

    @property
    def counters(self) -> Counters:
        """What it has cost so far."""

    @property
    def golden_cycles(self) -> int | None:
        """Clock cycles of the pictures without faults, as last proven; None on a board without a clock."""

    def load(self, image: MemoryImage, test_set: TestSet, golden: Inference) -> None:
        """Stop whatever runs, load everything a trial needs, verify it and prove golden.

        Parameters
        ----------
        image
            Contents of the stores.
        test_set
            Pictures and labels of every trial.
        golden
            The fault-free answers that outcomes are judged by.

        Raises
        ------
        BoardError
            If the network does not fit (nothing has been written then), or the loading cannot be verified.
        """

    def prove_golden(self) -> None:
        """Prove that the stores hold the image and that the pictures get their golden answers.

        Raises
        ------
        BoardError
            If they do not.
        """

    def run_trials(self, source: Source | Exposures, first: int, count: int) -> Generator[TrialRecord, None, None]:
        """Run trials with consecutive numbers and yield each as it arrives, proven and in order.

        Closing the generator early stops the board.

        Parameters
        ----------
        source
            Where the faults come from.
        first, count
            Trials ``first … first + count - 1`` of the source; of a sweep, the seeds.

        Raises
        ------
        BoardError
            If a record contradicts the fault model, naming the trial, or the stores cannot be restored.
        """

    def infer(self, faults: FaultSet | None = None, *, details: bool = False) -> Answer:
        """Run the pictures once, with the given flips in the stores while they run.

        Parameters
        ----------
        faults
            Flips to inject and undo; none by default.
        details
            Return classes and scores of each picture too.
        """

    def stop(self) -> None:
        """End what runs after the trial in flight; return when the board is idle."""

    def close(self) -> None:
        """Stop the board and let it go."""
