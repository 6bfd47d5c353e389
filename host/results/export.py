# SPDX-License-Identifier: Apache-2.0
"""Exports of the rows: CSV for every tool, Parquet for data frames."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from host.results.errors import explained
from host.results.schema import EXPORT_COLUMNS
from host.results.store import ResultsStore


def export(store: ResultsStore, folder: Path, form: str) -> Path:
    """Write all rows to ``trials.<form>``, replacing an earlier export.

    Parameters
    ----------
    store
        Where the rows are.
    folder
        Where the file goes.
    form
        One of :data:`FORMATS`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ResultsError
        If it cannot be written; the rows are not touched.
    """
    path = folder / f"trials.{form}"
    fresh = path.with_name(path.name + ".new")
    with explained(path):
        FORMATS[form](store, fresh)
        fresh.replace(path)
    return path


def _csv(store: ResultsStore, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(EXPORT_COLUMNS)
        writer.writerows(store.export_rows())


def _parquet(store: ResultsStore, path: Path) -> None:
    import pyarrow  # takes most of a second to import
    import pyarrow.parquet

    columns = list(zip(*store.export_rows(), strict=True)) or [()] * len(EXPORT_COLUMNS)
    table = pyarrow.table({name: list(values) for name, values in zip(EXPORT_COLUMNS, columns, strict=True)})
    pyarrow.parquet.write_table(table, path)


#: Export formats by the ending of their file.
FORMATS: dict[str, Callable[[ResultsStore, Path], None]] = {"csv": _csv, "parquet": _parquet}
