# SPDX-License-Identifier: Apache-2.0
"""What a campaign runs: a sweep over bit error rates, a walk over physical bits, or a list of fault sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from host.faults import FaultList, Source, Sweep, Walk, threshold
from host.image import PhysicalSpace
from host.image.protections import parse_protections
from host.regmap import ENGINE_STORES, Engine, Protection

# Seed of trial t of point b: campaign seed · 2^32 + b · 2^20 + t. With 31 bits for the campaign seed every seed
# is a signed 64-bit number, as databases and data frames keep them.
_CAMPAIGN_SHIFT = 32
_POINT_SHIFT = 20
_MOST_TRIALS = 1 << _POINT_SHIFT
_MOST_POINTS = 1 << (_CAMPAIGN_SHIFT - _POINT_SHIFT)
_MOST_SEEDS = 1 << 31


class PlanError(ValueError):
    """A plan that cannot be run. The text is one sentence for the user."""


@dataclass(frozen=True)
class Point:
    """Trials of one source with consecutive numbers.

    Attributes
    ----------
    index
        Number of the point: of a sweep, in ascending order of rates.
    ber
        The bit error rate asked for; None for a walk or a list.
    source
        Where its faults come from.
    first
        Number of its first trial in the source: of a sweep, a seed.
    trials
        How many.
    """

    index: int
    ber: float | None
    source: Source
    first: int
    trials: int

    @property
    def threshold(self) -> int | None:
        """The true rate in units of 2^-32 (docs/faults.md); None for a walk or a list."""
        return self.source.threshold if isinstance(self.source, Sweep) else None


@dataclass(frozen=True)
class SweepPlan:
    """A sweep over bit error rates: a point for each.

    Attributes
    ----------
    bers
        Bit error rates; they are sorted, and each is run once.
    trials
        Trials for each rate.
    seed
        Seed of the campaign, 0 … 2^31 - 1.
    stores
        Ids of the stores to upset.

    Raises
    ------
    PlanError
        If one of them is outside its range.
    """

    inject: ClassVar[str] = "sweep"

    bers: tuple[float, ...]
    trials: int
    seed: int
    stores: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.bers:
            raise PlanError("no bit error rate was given: give one or more from 0 to 1, such as --ber 1e-3 1e-2")
        for ber in self.bers:
            try:
                nothing = threshold(ber) == 0 and ber > 0
            except ValueError as error:
                raise PlanError(str(error)) from None
            if nothing:
                raise PlanError(f"bit error rate {ber:g} is below the resolution of 2^-32: give 0 or at least 2.4e-10")
        if not 1 <= self.trials <= _MOST_TRIALS:
            raise PlanError(f"{self.trials} trials cannot be run: give --trials a number from 1 to {_MOST_TRIALS}")
        if not 0 <= self.seed < _MOST_SEEDS:
            raise PlanError(f"seed {self.seed} is out of range: give --seed a number from 0 to {_MOST_SEEDS - 1}")
        _require_store(self.stores)
        object.__setattr__(self, "bers", tuple(sorted(set(self.bers))))
        object.__setattr__(self, "stores", tuple(sorted(set(self.stores))))
        if len(self.bers) > _MOST_POINTS:
            raise PlanError(f"{len(self.bers)} bit error rates are too many: give at most {_MOST_POINTS}")

    def points(self) -> tuple[Point, ...]:
        """The points, in ascending order of rates."""
        base = self.seed << _CAMPAIGN_SHIFT
        return tuple(
            Point(b, ber, Sweep(threshold(ber), self.stores), base + (b << _POINT_SHIFT), self.trials)
            for b, ber in enumerate(self.bers)
        )


@dataclass(frozen=True)
class WalkPlan:
    """A walk: trial ``t`` flips the ``t``-th physical bit of the chosen stores alone. Make one with :meth:`of`.

    Attributes
    ----------
    stores
        Ids of the stores, ascending.
    trials
        How many bits, from the first on.
    """

    inject: ClassVar[str] = "walk"

    stores: tuple[int, ...]
    trials: int

    @classmethod
    def of(cls, stores: Iterable[int], space: PhysicalSpace, trials: int | None = None) -> Self:
        """The walk over stores.

        Parameters
        ----------
        stores
            Their ids.
        space
            The physical bits there are.
        trials
            How many bits; None for all.

        Raises
        ------
        PlanError
            If there are not so many.
        """
        chosen = tuple(sorted(set(stores)))
        _require_store(chosen)
        bits = Walk(chosen).bits(space)
        if not bits:
            raise PlanError("the chosen stores hold no bit: choose others with --stores")
        return cls(chosen, _require_trials(trials, bits, f"the chosen stores have {bits} physical bits"))

    def points(self) -> tuple[Point, ...]:
        """The one point there is."""
        return (Point(0, None, Walk(self.stores), 0, self.trials),)


@dataclass(frozen=True)
class ListPlan:
    """A list of fault sets: trial ``t`` has the ``t``-th. Make one with :meth:`of`.

    Attributes
    ----------
    faults
        The fault sets.
    trials
        How many of them, from the first on.
    """

    inject: ClassVar[str] = "list"

    faults: FaultList
    trials: int

    @classmethod
    def of(cls, faults: FaultList, trials: int | None = None) -> Self:
        """The plan of a list.

        Parameters
        ----------
        faults
            Fault sets, at least one.
        trials
            How many of them; None for all.

        Raises
        ------
        PlanError
            If there are not so many.
        """
        sets = len(faults.sets)
        if not sets:
            raise PlanError("the fault list is empty: name one that has fault sets with --faults")
        return cls(faults, _require_trials(trials, sets, f"the fault list has {sets} fault sets"))

    @property
    def stores(self) -> tuple[int, ...]:
        """Ids of the stores that the list upsets."""
        return tuple(sorted({int(store) for faults in self.faults.sets for store in set(faults.store.tolist())}))

    def points(self) -> tuple[Point, ...]:
        """The one point there is."""
        return (Point(0, None, self.faults, 0, self.trials),)


#: What a campaign runs.
Plan = SweepPlan | WalkPlan | ListPlan

#: Ways to inject, by their name.
INJECT: tuple[str, ...] = tuple(kind.inject for kind in (SweepPlan, WalkPlan, ListPlan))


def _require_store(stores: Sequence[int]) -> None:
    if not stores:
        raise PlanError("no store was chosen: name one or more with --stores, or leave it out")


def _require_trials(trials: int | None, most: int, has: str) -> int:
    if trials is None:
        return most
    if not 1 <= trials <= most:
        raise PlanError(
            f"{trials} trials cannot be run, {has}: give --trials a number from 1 to {most}, or no --trials"
        )
    return trials


def choose_protections(engine: Engine, words: Iterable[str]) -> tuple[Protection, ...]:
    """Protection of each store, from words such as ``secded`` or ``weights=secded``.

    Raises
    ------
    PlanError
        If there is no such store or protection.
    """
    try:
        return parse_protections(ENGINE_STORES[engine], words)
    except ValueError as error:
        raise PlanError(str(error)) from None


def choose_stores(engine: Engine, names: Iterable[str]) -> tuple[int, ...]:
    """Ids of stores by name.

    Parameters
    ----------
    engine
        Whose stores.
    names
        Names in :data:`host.regmap.ENGINE_STORES`, or ``all``.

    Raises
    ------
    PlanError
        If there is no store of a name.
    """
    known = ENGINE_STORES[engine]
    chosen: set[int] = set()
    for name in names:
        if name == "all":
            chosen.update(range(len(known)))
        elif name in known:
            chosen.add(known.index(name))
        else:
            raise PlanError(f"there is no store {name!r}: choose from {', '.join(known)} or all")
    return tuple(sorted(chosen))
