# SPDX-License-Identifier: Apache-2.0
"""What a campaign is about, from its options: network, pictures, golden run, plan, and the settings that name them."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from host.boards import Identity, find_entry
from host.boards.catalogue import Kind
from host.faults import FaultList, Stuck, format_fault_list
from host.image import MemoryImage, compile_network
from host.image.protections import protection_words
from host.networks import TestSet, load_network, load_test_set
from host.options import SCRUB_FROM, Options, UsageError
from host.regmap import ENGINE_STORES, Protection
from host.results import read_faults
from host.trials import (
    TICK_HZ,
    BeamPlan,
    GoldenRun,
    ListPlan,
    Plan,
    SweepPlan,
    WalkPlan,
    choose_protections,
    choose_stores,
    golden_run,
)


@dataclass(frozen=True, eq=False)
class Work:
    """Everything a campaign is about, before a board is opened.

    Attributes
    ----------
    image
        The compiled network.
    test_set
        Pictures of every trial.
    golden
        The fault-free run.
    plan
        What to run.
    listed
        The fault list as it was given; None without one.
    """

    image: MemoryImage
    test_set: TestSet
    golden: GoldenRun
    plan: Plan
    listed: FaultList | None = None

    @property
    def stores(self) -> list[str]:
        """Names of the stores that are upset."""
        return [ENGINE_STORES[self.image.engine][store] for store in self.plan.stores]

    @property
    def store_bits(self) -> int:
        """Physical bits of these stores."""
        return self.image.space.bits(self.plan.stores)

    @property
    def trials(self) -> int:
        """Trials of the whole plan."""
        return sum(point.trials for point in self.plan.points())

    def fault_list(self) -> str | None:
        """Text of ``faults.csv``: all fault sets of a list; None without one."""
        if self.listed is None:
            return None
        return "".join(format_fault_list(self.listed.sets, self.image))


def prepare(options: Options, faults: Path) -> Work:
    """Network, pictures, golden run and plan: all that can be wrong without a board.

    Parameters
    ----------
    options
        What the campaign was told.
    faults
        The fault list, read where faults come from a list.

    Raises
    ------
    UsageError, PlanError, NetworkError, FaultListError
        If something cannot be.
    """
    if options.images is not None and options.images < 1:
        raise UsageError(f"{options.images} pictures cannot be run: give --images a number from 1 on, or leave it out")
    network = load_network(options.network)
    image = compile_network(network, fixed_wiring=options.wiring == "fixed")
    image = image.protect(choose_protections(image.engine, options.protect))
    listed = None
    if options.inject == ListPlan.inject or options.stuck_at is not None:
        listed = read_faults(faults, image)
    plan = _plan(options, image, listed)
    test_set = load_test_set(network)
    if options.images not in (None, len(test_set.images)):
        test_set = load_test_set(network, options.images)
    if isinstance(plan, BeamPlan) and plan.pictures > len(test_set.images):
        raise UsageError(
            f"there are no {plan.pictures} pictures for a slice: give --slice-pictures a number up to"
            f" {len(test_set.images)}"
        )
    return Work(image, test_set, golden_run(image, test_set), plan, listed)


def _plan(options: Options, image: MemoryImage, listed: FaultList | None) -> Plan:
    if options.inject == ListPlan.inject:
        assert listed is not None, "a list was read"
        return ListPlan.of(_as_flips(options, image, listed), options.trials)
    names = ENGINE_STORES[image.engine][:1] if options.stores is None else options.stores
    stores = choose_stores(image.engine, names)
    if not any(image.extents[store] for store in stores):
        raise UsageError(
            f"there are no bits in {' '.join(names)} with --wiring {options.wiring}: choose other --stores"
        )
    if options.inject == WalkPlan.inject:
        return WalkPlan.of(stores, image.space, options.trials, options.pattern)
    assert options.trials is not None and options.seed is not None, "a sweep has both, and so has a beam"
    if options.inject == BeamPlan.inject:
        return _beam(options, image, stores, listed)
    return SweepPlan(options.bers, options.trials, options.seed, stores, options.pattern)


def _as_flips(options: Options, image: MemoryImage, listed: FaultList) -> FaultList:
    """What flips for each fault set of a list: bits that are stuck at what they are do not."""
    sets = listed.sets
    if options.stuck_at is not None:
        sets = tuple(Stuck.at(bool(options.stuck_at), bits).as_flips(image.physical) for bits in sets)
    return FaultList(tuple(options.pattern.spread(bits, image.space)[1] for bits in sets))


def _beam(options: Options, image: MemoryImage, stores: tuple[int, ...], listed: FaultList | None) -> BeamPlan:
    beam = options.beam
    assert options.trials is not None and options.seed is not None
    golden = beam["scrub_from"] == SCRUB_FROM[1]
    if golden and not beam["scrub_interval"]:
        raise UsageError("--scrub-from golden needs a scrubber: give it a --scrub-interval")
    if beam["scrub_interval"] and not golden and all(image.protections[s] is Protection.NONE for s in stores):
        raise UsageError(
            "no store in the beam has a code to scrub by: give --protect secded or tmr, or --scrub-from golden"
        )
    if beam["slice_pictures"] is not None and beam["slice_pictures"] < 1:
        raise UsageError(f"a slice of {beam['slice_pictures']} pictures cannot be run: give --slice-pictures 1 or more")
    stuck = Stuck()
    if listed is not None:
        if len(listed.sets) != 1:
            raise UsageError(f"--faults has {len(listed.sets)} sets: the bits that are stuck in a beam are one set")
        stuck = Stuck.at(bool(options.stuck_at), listed.sets[0])
    entry = find_entry(options.board)
    if beam["any_cycle"] and entry.kind is Kind.TWIN:
        raise UsageError("the twin has no clock cycles: --any-cycle needs --board sim or a real board")
    clock = entry.clock_hz or TICK_HZ
    return BeamPlan(
        rates=tuple(beam["upset_rate"]),
        trials=options.trials,
        seed=options.seed,
        stores=stores,
        space=image.space,
        duration_s=beam["duration"],
        slices=beam["slices"],
        scrub_interval_s=beam["scrub_interval"] or 0.0,
        golden=golden,
        stuck=stuck,
        pattern=options.pattern,
        any_cycle=bool(beam["any_cycle"]),
        pictures=beam["slice_pictures"] or 0,
        tick_hz=clock if beam["any_cycle"] else TICK_HZ,
    )


def settings(options: Options, work: Work, identity: Identity) -> dict[str, str | int | float | None]:
    """What a run is made of; going on with it needs the same (:data:`host.results.schema.SETTINGS`)."""
    pictures = zlib.crc32(work.test_set.images.tobytes())
    listed = work.fault_list()
    sweep = work.plan if isinstance(work.plan, SweepPlan) else None
    beam = work.plan if isinstance(work.plan, BeamPlan) else None
    return {
        "board": identity.name,
        "network": options.network,
        "wiring": options.wiring,
        "protect": json.dumps(protection_words(tuple(work.image.stores), work.image.protections)),
        "inject": work.plan.inject,
        "ber": json.dumps([] if sweep is None else list(sweep.bers)),
        "trials": work.plan.trials,
        "campaign_seed": options.seed,
        "pattern": str(options.pattern),
        "interleave": options.pattern.interleave,
        "stuck_at": options.stuck_at,
        "upset_rate": json.dumps([] if beam is None else list(beam.rates)),
        **{
            name: options.beam.get(name)
            for name in ("duration", "slices", "scrub_interval", "scrub_from", "any_cycle", "slice_pictures")
        },
        "stores": json.dumps(work.stores),
        "fault_list": None if listed is None else f"{zlib.crc32(listed.encode()):08x}",
        "test_set": work.test_set.name,
        "images": len(work.test_set.images),
        "image_digest": f"{work.image.digest:08x}",
        "test_set_digest": f"{zlib.crc32(work.test_set.labels.astype('<u2').tobytes(), pictures):08x}",
        "store_bits": work.store_bits,
        "golden_accuracy": work.golden.accuracy,
        "engine": identity.engine.name.lower(),
        "map_hash": f"{identity.map_hash:08x}",
        "build_id": f"{identity.build_id:08x}",
        "geometry": json.dumps(asdict(identity.capabilities), sort_keys=True),
    }
