# SPDX-License-Identifier: Apache-2.0
"""From a source of faults to what the board's TRIALS command is told (docs/registers.md). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from host.boards.board import BoardError
from host.faults import Exposures, FaultList, Source, Sweep, Walk, pack_entry
from host.image import PhysicalSpace
from host.regmap import SCRUB_ANY_CYCLE_BIT, SCRUB_GOLDEN_BIT, Inject

_Words = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Batch:
    """Trials with consecutive numbers that one TRIALS command runs.

    Attributes
    ----------
    first, count
        Numbers ``first … first + count - 1`` of the source.
    inject
        Where the board takes the faults from.
    faults
        Word FAULTS of a trial's record, by the trial's number.
    seed, threshold, stores, cursor
        Registers SEED, THRESHOLD and CURSOR, and the ids in STORE_MASK; of no meaning where ``inject`` uses them not.
    entries
        uint32[n] what the flip list must hold. More than the list has room for, if the one fault set does not fit.
    held
        Entries at its start that name bits to hold.
    settings
        Values of further consecutive registers, by the name of the first.
    """

    first: int
    count: int
    inject: Inject
    faults: Callable[[int], int]
    seed: int = 0
    threshold: int = 0
    stores: tuple[int, ...] = ()
    cursor: int = 0
    entries: _Words = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))
    held: int = 0
    settings: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Number after the last trial's."""
        return self.first + self.count

    def registers(self, golden: int) -> list[int]:
        """Registers SEED_LOW … CURSOR; ``golden`` is the digest of the golden stores."""
        mask = sum(1 << store for store in self.stores)
        seed, threshold = (_halves(value) for value in (self.seed, self.threshold))
        return [*seed, *threshold, mask, self.held, self.count, golden, self.inject, self.cursor]


def next_batch(source: Source, first: int, count: int, space: PhysicalSpace, room: int) -> Batch:
    """The first of ``count`` trials of a source, as many as one command can run.

    Parameters
    ----------
    source
        Where the faults come from.
    first, count
        Trials wanted: ``first … first + count - 1``, at least one.
    space
        The physical bits there are.
    room
        Entries that the flip list holds.

    Raises
    ------
    IndexError
        If the source has no such trials, or a fault set names a bit outside the stores.
    BoardError
        If no board injects from such a source.
    """
    if isinstance(source, Sweep):
        return Batch(
            first,
            count,
            Inject.SWEEP,
            lambda seed: seed & 0xFFFFFFFF,
            seed=first,
            threshold=source.threshold,
            stores=source.stores,
            settings={"PATTERN": [source.pattern.register]},
        )
    if isinstance(source, Walk):
        source.place(first + count - 1, space)
        return Batch(
            first,
            count,
            Inject.WALK,
            lambda number: _entry(source, number, space),
            stores=source.stores,
            cursor=_entry(source, first, space),
            settings={"PATTERN": [source.pattern.register]},
        )
    if isinstance(source, FaultList):
        return _list_batch(source, first, count, space, room)
    raise BoardError(f"boards inject sweeps, walks and lists, no {type(source).__name__}: use --board twin")


def _list_batch(source: FaultList, first: int, count: int, space: PhysicalSpace, room: int) -> Batch:
    """As many fault sets as the flip list holds, but at least one."""
    runs: list[_Words] = []
    places = [0]
    for number in range(first, first + count):
        faults = source.fault_set(number, space)
        faults.require_inside(space)
        run = faults.closed_entries()
        if runs and places[-1] + len(run) > room:
            break
        runs.append(run)
        places.append(places[-1] + len(run))
    return Batch(
        first,
        len(runs),
        Inject.LIST,
        lambda number: places[number - first],
        entries=np.concatenate(runs),
        settings={"PATTERN": [source.pattern.register]},
    )


def slices(source: Exposures, first: int, count: int, space: PhysicalSpace) -> Batch:
    """The history of a slice, from its first slice to that one or ``count - 1`` after it, but not beyond its end."""
    start, place = source.place(first)
    beam, scrubbing = source.beam(first), source.scrubbing
    mode = sum(1 << store for store in scrubbing.stores)
    mode |= scrubbing.golden << SCRUB_GOLDEN_BIT | source.any_cycle << SCRUB_ANY_CYCLE_BIT
    # PATTERN … SITE_MASK follow one another.
    settings: dict[str, Sequence[int]] = {
        "PATTERN": [
            source.pattern.register,
            mode,
            *_halves(scrubbing.interval),
            *_halves(source.period),
            beam.site_mask(space),
        ],
        "GAP": beam.thresholds,
    }
    return Batch(
        start,
        min(place + count, source.slices),
        Inject.BEAM,
        lambda number: number - start,
        seed=beam.seed,
        stores=beam.targets,
        entries=source.stuck.entries(),
        held=len(source.stuck),
        settings=settings,
    )


def _entry(walk: Walk, number: int, space: PhysicalSpace) -> int:
    """Flip-list entry of a trial of a walk: of the bit that is hit."""
    return pack_entry(*walk.place(number, space))


def _halves(value: int) -> tuple[int, int]:
    return value & 0xFFFFFFFF, value >> 32
