# SPDX-License-Identifier: Apache-2.0
"""The twin as a board: the bit-exact software model behind the interface of the others."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.boards.board import (
    Answer,
    BoardError,
    Capabilities,
    Counters,
    Identity,
    Outcomes,
    StoreCapacity,
    TrialRecord,
)
from host.boards.fit import require_protections
from host.boards.outcomes import classify
from host.boards.proof import Injection
from host.faults import Exposures, FaultSet, Source
from host.image import MemoryImage, PhysicalWords, digest
from host.networks import TestSet
from host.regmap import ENGINE_STORES, MAP_HASH, Engine, Protection, TrialStatus
from host.twin import Inference, infer

# The widest values the records, registers and addresses of any board can carry (docs/registers.md):
# 20-bit code words, 16-bit picture numbers and rows.
_WORDS = (1 << 20) - 1
_SIXTEEN_BITS = (1 << 16) - 1

# Bits of the golden comparison (docs/registers.md, GOLDEN_BITS): the twin compares as the hardware does.
_GOLDEN_BITS = {Engine.MAC: 32, Engine.LUT: 0}


def _identity(engine: Engine, protections: Sequence[Protection] | None) -> Identity:
    codes = protections or [Protection.NONE] * len(ENGINE_STORES[engine])
    return Identity(
        name="twin",
        map_hash=MAP_HASH,
        build_id=0,
        engine=engine,
        clock_hz=0,
        baud=0,
        capabilities=Capabilities(
            array=(0, 0, 0),
            sweep_words=0,
            image_rows=_SIXTEEN_BITS * _SIXTEEN_BITS,
            results=_SIXTEEN_BITS,
            score_rows=_SIXTEEN_BITS * _SIXTEEN_BITS,
            activation_rows=1 << 31,
            inputs=_SIXTEEN_BITS,
            gates=_SIXTEEN_BITS,
            score_bits=16,
            class_bits=16,
            records=0,
            flips=_WORDS,
            upsets=_WORDS,
            golden_copy=True,
            frame_words=0,
            golden_bits=_GOLDEN_BITS[engine],
            in_flight=_SIXTEEN_BITS,
            stores=tuple(StoreCapacity(_WORDS, protection) for protection in codes),
        ),
    )


class TwinBoard:
    """A board made of :mod:`host.twin` and :mod:`host.faults`. It has no clock, so cycles are None.

    Parameters
    ----------
    engine
        Engine of the images that it will be given.
    protections
        Of its stores, by store id; None for unprotected ones.
    """

    def __init__(self, engine: Engine = Engine.MAC, protections: Sequence[Protection] | None = None) -> None:
        self._identity = _identity(engine, protections)
        self._image: MemoryImage | None = None
        self._stores: list[PhysicalWords] = []
        self._pictures: NDArray[Any] = np.zeros((0, 0), dtype=np.int8)
        self._labels: NDArray[np.uint16] = np.zeros(0, dtype=np.uint16)
        self._golden: Inference | None = None
        self._last: tuple[tuple[int, int | None, int | None], bool, Outcomes] | None = None

    @property
    def identity(self) -> Identity:
        """Which board this is."""
        return self._identity

    @property
    def counters(self) -> Counters:
        """Nothing: there is no link."""
        return Counters()

    @property
    def golden_cycles(self) -> None:
        """See :meth:`host.boards.board.Board.golden_cycles`."""

    def load(self, image: MemoryImage, test_set: TestSet, golden: Inference) -> None:
        """See :meth:`host.boards.board.Board.load`."""
        engine = self._identity.engine
        if image.engine is not engine:
            raise BoardError(
                f"the twin was opened for engine {engine.name.lower()}, the network is for"
                f" {image.engine.name.lower()}: open it for this network"
            )
        require_protections(self._identity, image)
        if golden.hung or len(golden.classes) != len(test_set.images):
            raise BoardError("the golden answers are not those of these pictures: run the twin on the same test set")
        self._image = image
        self._stores = image.physical
        self._pictures = test_set.images
        self._labels = test_set.labels
        self._golden = golden
        self._last = None
        self.prove_golden()

    def prove_golden(self) -> None:
        """See :meth:`host.boards.board.Board.prove_golden`."""
        image, _ = self._loaded()
        if digest(self._stores) != image.digest:
            raise BoardError("the stores of the twin are not golden: load the network again")
        outcomes = self.infer().outcomes
        if outcomes.masked != len(self._pictures):
            raise BoardError(f"only {outcomes.masked} of {len(self._pictures)} pictures get their golden answer")

    def run_trials(self, source: Source | Exposures, first: int, count: int) -> Generator[TrialRecord, None, None]:
        """See :meth:`host.boards.board.Board.run_trials`."""
        image, golden = self._loaded()
        if isinstance(source, Exposures) and source.any_cycle:
            raise BoardError("the twin has no clock cycles: upsets in any cycle need --board sim or a real board")
        if isinstance(source, Exposures) and source.pictures > len(self._pictures):
            raise BoardError(f"there are no {source.pictures} pictures for a slice: give at most {len(self._pictures)}")
        injection = Injection(image, source)
        for seed in range(first, first + count):
            injected = injection.at(seed)
            read = injection.contents(injected.stores)
            now = injection.digest(injected.stores)
            window = source.window(seed, len(self._pictures)) if isinstance(source, Exposures) else slice(None)
            # Most slices of a history find the stores as the one before.
            key = now, window.start, window.stop
            if self._last is None or self._last[0] != key:
                seen = infer(image, read.data, self._pictures[window])
                outcomes = classify(golden.of(window), self._labels[window], seen)
                self._last = key, seen.hung, outcomes
            _, hung, outcomes = self._last
            yield TrialRecord(
                seed=seed,
                flips=injected.flips,
                digest=now,
                proven=True,
                status=TrialStatus.HANG if hung else TrialStatus.OK,
                outcomes=outcomes,
                cycles=None,
                corrected=read.corrected,
                uncorrectable=read.uncorrectable,
                exposed=injected.exposed,
                wrong=read.wrong,
            )

    def infer(self, faults: FaultSet | None = None, *, details: bool = False) -> Answer:
        """See :meth:`host.boards.board.Board.infer`."""
        image, golden = self._loaded()
        stores = self._stores
        if faults is not None:
            faults.require_inside(image.space)
            stores = faults.apply(stores)
        seen = infer(image, image.decode(stores).data, self._pictures)
        return Answer(
            status=TrialStatus.HANG if seen.hung else TrialStatus.OK,
            outcomes=classify(golden, self._labels, seen),
            cycles=None,
            classes=seen.classes if details else None,
            scores=seen.scores if details else None,
        )

    def stop(self) -> None:
        """Nothing runs between calls."""

    def close(self) -> None:
        """Forget what was loaded."""
        self._image = None

    def _loaded(self) -> tuple[MemoryImage, Inference]:
        if self._image is None or self._golden is None:
            raise BoardError("nothing is loaded: call load() before trials")
        return self._image, self._golden
