# SPDX-License-Identifier: Apache-2.0
"""What a campaign runs: bit error rates, trials, seeds, stores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from host.faults import threshold
from host.regmap import ENGINE_STORES, Engine

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
    """All trials of one bit error rate.

    Attributes
    ----------
    index
        Number of the point, in ascending order of rates.
    ber
        The bit error rate asked for.
    threshold
        The true rate in units of 2^-32 (docs/faults.md).
    first_seed
        Seed of its first trial; the others follow.
    trials
        How many.
    """

    index: int
    ber: float
    threshold: int
    first_seed: int
    trials: int


@dataclass(frozen=True)
class Plan:
    """A sweep over bit error rates.

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
        if not self.stores:
            raise PlanError("no store was chosen: name one or more with --stores, such as --stores weights")
        object.__setattr__(self, "bers", tuple(sorted(set(self.bers))))
        object.__setattr__(self, "stores", tuple(sorted(set(self.stores))))
        if len(self.bers) > _MOST_POINTS:
            raise PlanError(f"{len(self.bers)} bit error rates are too many: give at most {_MOST_POINTS}")

    def points(self) -> tuple[Point, ...]:
        """The points, in ascending order of rates."""
        base = self.seed << _CAMPAIGN_SHIFT
        return tuple(
            Point(b, ber, threshold(ber), base + (b << _POINT_SHIFT), self.trials) for b, ber in enumerate(self.bers)
        )


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
