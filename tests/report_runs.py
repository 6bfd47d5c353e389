# SPDX-License-Identifier: Apache-2.0
"""Runs for the tests of reports: made without a campaign, on the twin or from nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html.parser import HTMLParser

import numpy as np

from host.faults import Source
from host.image import MemoryImage, digest
from host.networks import LutLayer, LutNetwork
from host.regmap import ENGINE_STORES
from host.report.run_data import Run, Value
from host.trials import TrialRow
from host.twin import infer

PICTURES = np.array([[n >> bit & 1 for bit in range(3)] for n in range(8)], dtype=np.uint8)


def tiny_network(seed: int, name: str = "tiny") -> LutNetwork:
    """Three gates of two inputs behind three input wires: 12 bits of truth tables."""
    rng = np.random.default_rng(seed)
    first = LutLayer("first", np.array([[0, 1]], dtype=np.uint16), rng.integers(1, 15, 1, dtype=np.uint64))
    last = LutLayer("last", np.array([[3, 2], [3, 0]], dtype=np.uint16), rng.integers(1, 15, 2, dtype=np.uint64))
    return LutNetwork(name, np.zeros(3, dtype=np.uint16), np.zeros(3), (first, last), 2)


def settings(**changed: Value) -> dict[str, Value]:
    """Settings as a campaign stores them."""
    plain: dict[str, Value] = {
        "board": "twin",
        "network": "digits-mlp",
        "ber": "[0.01]",
        "trials": 1,
        "campaign_seed": 1,
        "stores": '["weights"]',
        "test_set": "digits-test",
        "images": 10,
        "image_digest": "00000000",
        "test_set_digest": "00000000",
        "store_bits": 20480,
        "golden_accuracy": 0.95,
        "engine": "mac",
        "map_hash": "01234567",
        "build_id": "89abcdef",
        "geometry": json.dumps({"array": [8, 8, 8], "sweep_words": 4}),
    }
    return {**plain, **changed}


def make_run(rows: Sequence[TrialRow], name: str = "run", **changed: Value) -> Run:
    """A run of some rows."""
    invocation = {
        "run_id": "a",
        "started": "2026-01-02T03:04:05.678Z",
        "ended": None,
        "command_line": "python -m host.campaign --inject list --faults a.csv",
        "versions": '{"faultloop": "0.1.0"}',
        "clock_hz": 100_000_000,
        "baud": 3_000_000,
        "golden_cycles": None,
        "requests": 4321,
        "retries": 7,
        "bytes_sent": None,
        "bytes_received": 99,
        "reloads": 1,
    }
    return Run(name, settings(**changed), lambda: iter(rows), (invocation,))


def make_row(point: int, trial: int, ber: float, outcomes: tuple[int, int, int, int], correct: int) -> TrialRow:
    """A row from pictures masked, tolerated, critical and unanswered."""
    masked, tolerated, critical, unanswered = outcomes
    pictures = sum(outcomes)
    return TrialRow(
        point=point,
        ber=ber,
        threshold=round(ber * 2**32),
        trial=trial,
        seed=(point << 20) + trial,
        flips=3,
        digest=0,
        proven=True,
        status="HANG" if unanswered else "OK",
        accuracy=correct / pictures,
        pictures=pictures,
        answered=pictures - unanswered,
        masked=masked,
        tolerated=tolerated,
        critical=critical,
        unanswered=unanswered,
        correct=correct,
        cycles=None,
        corrected=0,
        uncorrectable=0,
        wrong=0,
        retries=0,
    )


def make_slice(rate: int, history: int, place: int, correct: int, period_s: float = 0.25, **counts: int) -> TrialRow:
    """A slice of ten pictures with one upset, at the upset rate ``10 ** rate``; a history has at most 100 of them."""
    row = make_row(rate, 100 * history + place, 0.0, (10, 0, 0, 0), correct)
    beam = {"ber": None, "threshold": None, "upset_rate": 10.0**rate, "history": history, "upsets": 1}
    seen = {"scrubbed": 5, "scrub_corrected": 1, "scrub_uncorrectable": 0}
    return TrialRow(**{**row.__dict__, **beam, **seen, "time_s": (place + 1) * period_s, **counts})


def beam_run(rows: Sequence[TrialRow], **changed: Value | None) -> Run:
    """A run in a beam of the weights, SECDED in all stores and scrubbed every 0.1 s unless that is changed."""
    beam: dict[str, Value | None] = {
        "inject": "beam",
        "ber": "[]",
        "protect": '["secded"]',
        "upset_rate": json.dumps(sorted({row.upset_rate for row in rows})),
        "trials": len({row.history for row in rows}),
        "slices": len({row.time_s for row in rows}),
        "duration": 1.0,
        "scrub_interval": 0.1,
        "scrub_from": "code",
        "any_cycle": None,
        "slice_pictures": None,
        "store_bits": 24960,
        **changed,
    }
    run = make_run(rows)
    return Run("beam", {**run.settings, **beam}, run.rows, run.invocations)


def twin_rows(
    image: MemoryImage, pictures: np.ndarray, labels: np.ndarray, source: Source, numbers: Sequence[int], ber: float
) -> list[TrialRow]:
    """Rows of trials on the software model of any engine."""
    golden = infer(image, image.words, pictures)
    rows = []
    for number in numbers:
        flips, upset = source.inject(number, image.physical, image.space)
        seen = infer(image, image.decode(upset).data, pictures)
        n = len(pictures)
        same = seen.masked(golden) if not seen.hung else np.zeros(0, dtype=bool)
        kept = seen.classes == golden.classes if not seen.hung else same
        outcomes = int(same.sum()), int((kept & ~same).sum()), int((~kept).sum()), n - len(kept)
        correct = int(np.sum(seen.classes == labels)) if not seen.hung else 0
        row = make_row(0, 0, ber, outcomes, correct)
        values = {**row.__dict__, "seed": number, "flips": flips, "digest": digest(upset)}
        rows.append(TrialRow(**values))
    return rows


def image_settings(image: MemoryImage, stores: Sequence[str], golden: float) -> dict[str, Value]:
    """The settings that name an image and its upset stores."""
    names = ENGINE_STORES[image.engine]
    bits = image.space.bits(names.index(store) for store in stores)
    return {
        "engine": image.engine.name.lower(),
        "stores": json.dumps(list(stores)),
        "store_bits": bits,
        "image_digest": f"{image.digest:08x}",
        "golden_accuracy": golden,
    }


class Page(HTMLParser):
    """A page taken apart: every tag must be closed by its own.

    Attributes
    ----------
    tables
        Cells of each table, row by row, by its caption.
    tags, text, attributes
        All of them.
    """

    _VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.tags: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(markup)
        self.close()
        assert self._open == [], "tags were left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self._VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text.append(data)
        if self._open and self._open[-1] in ("td", "th"):
            self._rows[-1][-1] += data
        elif self._open and self._open[-1] == "caption":
            self._caption += data

    def table(self, start: str) -> list[list[str]]:
        """The table whose caption starts so."""
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(start)]
        return found
