# SPDX-License-Identifier: Apache-2.0
"""One run as a report sees it: settings, rows, invocations, events, and the image its flips were made in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from host.image import MemoryImage, compile_network
from host.image.protections import parse_protections
from host.networks import NetworkError, load_network
from host.regmap import ENGINE_STORES, Engine, Protection
from host.results import ResultsError, ResultsStore, RunFolder
from host.trials import PlanError, TrialRow, choose_protections

Value = str | int | float

#: Codes that correct what they find.
CORRECTING = frozenset({Protection.SECDED, Protection.TMR})


@dataclass(frozen=True, eq=False)
class Run:
    """One run.

    Attributes
    ----------
    name
        Name of its folder.
    settings
        Settings of the campaign by name.
    rows
        Gives its trials, in order of points and trials, as often as it is called.
    invocations, events
        Rows of the tables ``runs`` and ``events`` by column.
    folder
        Its folder; None where it has none.
    """

    name: str
    settings: Mapping[str, Value | None]
    rows: Callable[[], Iterator[TrialRow]]
    invocations: tuple[Mapping[str, Value | None], ...] = ()
    events: tuple[Mapping[str, Value | None], ...] = ()
    folder: Path | None = None

    def text(self, setting: str, missing: str = "unknown") -> str:
        """A setting as text; ``missing`` where it is not there or empty."""
        value = self.settings.get(setting)
        return missing if value is None else str(value)

    def number(self, setting: str) -> float:
        """A setting that is a number.

        Raises
        ------
        ResultsError
            If it is none.
        """
        value = self.settings.get(setting)
        if not isinstance(value, int | float):
            raise ResultsError(
                f"setting {setting} of run {self.name} is {value!r}, no number: its database was changed"
            )
        return value

    @property
    def inject(self) -> str:
        """How faults were injected: ``sweep``, ``walk``, ``list`` or ``beam``."""
        return self.text("inject", "sweep").lower()

    @property
    def engine(self) -> Engine:
        """Engine kind."""
        return Engine[self.text("engine").upper()]

    @property
    def stores(self) -> tuple[str, ...]:
        """Names of the stores that were upset."""
        return tuple(json.loads(self.text("stores", "[]")))

    @property
    def store_ids(self) -> tuple[int, ...]:
        """Ids of the stores that were upset, ascending."""
        return tuple(sorted(ENGINE_STORES[self.engine].index(name) for name in self.stores))

    @property
    def protections(self) -> tuple[Protection, ...]:
        """Protection of each store, by store id."""
        return parse_protections(ENGINE_STORES[self.engine], json.loads(self.text("protect", '["none"]')))

    @property
    def codes(self) -> frozenset[Protection]:
        """Protections of the stores that were upset."""
        return frozenset(self.protections[store] for store in self.store_ids)

    @property
    def slice_pictures(self) -> int | None:
        """Pictures of a slice of a beam where they are not all: the next slice runs others. None where all run."""
        some = self.settings.get("slice_pictures")
        return None if some is None or int(some) in (0, self.pictures) else int(some)

    @property
    def pictures(self) -> int:
        """Pictures of the test set."""
        return int(self.number("images"))

    @property
    def golden_cycles(self) -> int | None:
        """Clock cycles of all pictures without faults, as last measured; None on a board without a clock."""
        measured = (one.get("golden_cycles") for one in reversed(self.invocations))
        return next((int(cycles) for cycles in measured if cycles is not None), None)

    @property
    def store_bits(self) -> int:
        """Physical bits of the stores that were upset."""
        return int(self.number("store_bits"))

    @property
    def golden(self) -> float:
        """Accuracy without faults."""
        return float(self.number("golden_accuracy"))

    @property
    def network(self) -> str:
        """Short name of the network."""
        return Path(self.text("network")).stem

    @property
    def planned(self) -> int | None:
        """Trials that the whole run has; None where the settings do not say."""
        if self.inject == "beam":
            rates = len(json.loads(self.text("upset_rate")))
            return rates * int(self.number("trials")) * int(self.number("slices"))
        if self.inject != "sweep":
            return None
        return len(json.loads(self.text("ber"))) * int(self.number("trials"))


def read_run(store: ResultsStore, folder: Path) -> Run:
    """The run in a database; it must stay open while the rows are read."""
    runs, events = tuple(store.runs()), tuple(store.events())
    return Run(folder.resolve().name, store.settings(), store.rows, runs, events, folder)


def open_store(folder: Path) -> ResultsStore:
    """The database of a run folder.

    Raises
    ------
    ResultsError
        If there is no run in it, or it cannot be read.
    """
    if not RunFolder(folder).used:
        raise ResultsError(f"{folder} holds no run: give a folder that a campaign made, such as results/<time>-<board>")
    return ResultsStore.open(RunFolder(folder).database)


def find_image(run: Run) -> tuple[MemoryImage | None, str]:
    """The memory image that the run's flips were made in, compiled again; or None and the reason in one sentence."""
    try:
        image = compile_network(load_network(run.text("network")), fixed_wiring=run.text("wiring") == "fixed")
        image = image.protect(choose_protections(image.engine, json.loads(run.text("protect", '["none"]'))))
    except (NetworkError, PlanError) as error:
        return None, f"The network could not be read again: {error}."
    if f"{image.digest:08x}" != run.text("image_digest"):
        return None, (
            f"The network {run.text('network')} now compiles to image {image.digest:08x}; the run was made with"
            f" {run.text('image_digest')}, so places of bits are not shown."
        )
    return image, ""
