# SPDX-License-Identifier: Apache-2.0
"""What a campaign runs: a sweep over rates, a walk over physical bits, a list of fault sets, or histories in a beam."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from host.faults import (
    NEVER,
    SINGLE_BIT,
    Exposures,
    FaultList,
    Pattern,
    Scrubbing,
    Source,
    Stuck,
    Sweep,
    Walk,
    threshold,
)
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

# Part by which a scrub interval may differ from what was asked for, since a word takes whole ticks.
_SCRUB_OFF = 0.01

#: Ticks of a second, where upsets come between slices: what a tick is belongs to the experiment, not to the board.
TICK_HZ = 100_000_000


class PlanError(ValueError):
    """A plan that cannot be run. The text is one sentence for the user."""


@dataclass(frozen=True)
class Point:
    """Trials of one source with consecutive numbers.

    Attributes
    ----------
    index
        Number of the point: of a sweep or a beam, in ascending order of rates.
    ber
        The bit error rate asked for, of a sweep; otherwise None.
    source
        Where its faults come from.
    first
        Number of its first trial in the source: of a sweep, a seed.
    trials
        How many; of a beam, slices of all its histories.
    upset_rate
        Upsets per bit and second asked for, of a beam; otherwise None.
    tick_hz
        Ticks of a second, of a beam.
    """

    index: int
    ber: float | None
    source: Source | Exposures
    first: int
    trials: int
    upset_rate: float | None = None
    tick_hz: int = TICK_HZ

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
    pattern
        What flips where a bit is hit.

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
    pattern: Pattern = SINGLE_BIT

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
        _require_seed(self.seed)
        _require_store(self.stores)
        object.__setattr__(self, "bers", tuple(sorted(set(self.bers))))
        object.__setattr__(self, "stores", tuple(sorted(set(self.stores))))
        if len(self.bers) > _MOST_POINTS:
            raise PlanError(f"{len(self.bers)} bit error rates are too many: give at most {_MOST_POINTS}")

    def points(self) -> tuple[Point, ...]:
        """The points, in ascending order of rates."""
        base = self.seed << _CAMPAIGN_SHIFT
        return tuple(
            Point(b, ber, Sweep(threshold(ber), self.stores, self.pattern), base + (b << _POINT_SHIFT), self.trials)
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
    pattern
        What flips where a bit is hit.
    """

    inject: ClassVar[str] = "walk"

    stores: tuple[int, ...]
    trials: int
    pattern: Pattern = SINGLE_BIT

    @classmethod
    def of(
        cls, stores: Iterable[int], space: PhysicalSpace, trials: int | None = None, pattern: Pattern = SINGLE_BIT
    ) -> Self:
        """The walk over stores.

        Parameters
        ----------
        stores
            Their ids.
        space
            The physical bits there are.
        trials
            How many bits; None for all.
        pattern
            What flips where a bit is hit.

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
        return cls(chosen, _require_trials(trials, bits, f"the chosen stores have {bits} physical bits"), pattern)

    def points(self) -> tuple[Point, ...]:
        """The one point there is."""
        return (Point(0, None, Walk(self.stores, self.pattern), 0, self.trials),)


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


@dataclass(frozen=True)
class BeamPlan:
    """Histories of stores in a beam: a point for each upset rate.

    Attributes
    ----------
    rates
        Upsets per bit and second; they are sorted, and each is run once.
    trials
        Histories for each rate.
    seed
        Seed of the campaign, 0 … 2^31 - 1.
    stores
        Ids of the stores that are hit.
    space
        The physical bits there are.
    duration_s
        Seconds of a history.
    slices
        Slices of a history: the pictures are run once in each.
    scrub_interval_s
        Seconds in which the scrubber goes round the chosen stores; 0: it does nothing.
    golden
        It writes the golden copy instead of what the codes correct.
    stuck, pattern
        What happens besides.
    any_cycle
        Upsets and scrubs come while the pictures run.
    pictures
        Pictures of a slice; 0: all.
    tick_hz
        Ticks of a second.

    Raises
    ------
    PlanError
        If one of them is outside its range.
    """

    inject: ClassVar[str] = "beam"

    rates: tuple[float, ...]
    trials: int
    seed: int
    stores: tuple[int, ...]
    space: PhysicalSpace
    duration_s: float
    slices: int
    scrub_interval_s: float = 0.0
    golden: bool = False
    stuck: Stuck = field(default_factory=Stuck)
    pattern: Pattern = SINGLE_BIT
    any_cycle: bool = False
    pictures: int = 0
    tick_hz: int = TICK_HZ

    def __post_init__(self) -> None:
        if not self.rates:
            raise PlanError("no upset rate was given: give one or more, such as --upset-rate 1e-3 1e-2")
        _require_seed(self.seed)
        _require_store(self.stores)
        object.__setattr__(self, "rates", tuple(sorted(set(self.rates))))
        object.__setattr__(self, "stores", tuple(sorted(set(self.stores))))
        self._require_times()
        most = _MOST_TRIALS // self.slices
        if not 1 <= self.trials <= most:
            raise PlanError(
                f"{self.trials} histories of {self.slices} slices are not 1 to {_MOST_TRIALS} slices: give --trials a"
                f" number from 1 to {most}"
            )
        if len(self.rates) > _MOST_POINTS:
            raise PlanError(f"{len(self.rates)} upset rates are too many: give at most {_MOST_POINTS}")
        fastest = self.tick_hz / 2 / max(1, self.space.bits(self.stores))
        for rate in self.rates:
            if not 0 <= rate <= fastest:
                raise PlanError(
                    f"{rate:g} upsets per bit and second cannot come: give --upset-rate numbers from 0 to {fastest:.3g}"
                )
        try:
            self.points()
        except ValueError as error:
            raise PlanError(f"{error}: change --duration, --slices or --slice-pictures") from None

    def _require_times(self) -> None:
        """Refuse times that a board cannot count, or that would become others as ticks."""
        if not 1 <= self.slices <= _MOST_TRIALS:
            raise PlanError(f"{self.slices} slices cannot be run: give --slices a number from 1 to {_MOST_TRIALS}")
        tick, longest = 1 / self.tick_hz, NEVER / self.tick_hz
        most = f"{longest / 86400:.1f} days (2^48 ticks of {1e9 * tick:.3g} ns)"
        if not self.slices * tick <= self.duration_s < longest:
            raise PlanError(
                f"a history of {self.duration_s:g} s cannot be run: give --duration a time from"
                f" {self.slices * tick:.3g} s to {most}; with a higher --upset-rate a shorter one has as many upsets"
            )
        words = sum(self.space.extents[store] for store in self.stores)
        if not self.scrub_interval_s or not words:
            return
        round_s = words * tick
        if not round_s <= self.scrub_interval_s < longest:
            raise PlanError(
                f"a scrub every {self.scrub_interval_s:g} s cannot be: a round of {words} code words takes a tick"
                f" a word, so give --scrub-interval a time from {1e6 * round_s:.4g}us to {most}"
            )
        taken = self.scrubbing.interval * round_s
        if abs(taken - self.scrub_interval_s) > _SCRUB_OFF * self.scrub_interval_s:
            raise PlanError(
                f"a scrub every {self.scrub_interval_s:g} s is no whole number of ticks for each of {words} code"
                f" words: give --scrub-interval {1e6 * taken:.6g}us or another multiple of {1e6 * round_s:.6g}us"
            )

    @property
    def period(self) -> int:
        """Ticks of a slice."""
        return round(self.duration_s * self.tick_hz / self.slices)

    @property
    def scrubbing(self) -> Scrubbing:
        """What the scrubber does: a word at a time, so that it has been round in the interval."""
        words = sum(self.space.extents[store] for store in self.stores)
        if not self.scrub_interval_s or not words:
            return Scrubbing()
        return Scrubbing(self.stores, round(self.scrub_interval_s * self.tick_hz / words), self.golden)

    def points(self) -> tuple[Point, ...]:
        """The points, in ascending order of rates."""
        bits, base = self.space.bits(self.stores), self.seed << _CAMPAIGN_SHIFT
        points = []
        for index, rate in enumerate(self.rates):
            source = Exposures(
                rate * bits / self.tick_hz,
                self.stores,
                self.slices,
                self.period,
                self.scrubbing,
                self.stuck,
                self.pattern,
                self.any_cycle,
                self.pictures,
            )
            first = base + (index << _POINT_SHIFT)
            points.append(Point(index, None, source, first, self.trials * self.slices, rate, self.tick_hz))
        return tuple(points)


#: What a campaign runs.
Plan = SweepPlan | WalkPlan | ListPlan | BeamPlan

#: Ways to inject, by their name.
INJECT: tuple[str, ...] = tuple(kind.inject for kind in (SweepPlan, WalkPlan, ListPlan, BeamPlan))


def _require_seed(seed: int) -> None:
    if not 0 <= seed < _MOST_SEEDS:
        raise PlanError(f"seed {seed} is out of range: give --seed a number from 0 to {_MOST_SEEDS - 1}")


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
