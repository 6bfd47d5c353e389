# SPDX-License-Identifier: Apache-2.0
"""The rows as a data frame, and exports of it: CSV for every tool, Parquet with types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from host.results.errors import explained
from host.results.schema import EXPORT_COLUMNS
from host.results.store import ResultsStore

if TYPE_CHECKING:
    import pandas
# Whole numbers that a board without a clock, a walk or a list leaves out.
_MAY_BE_MISSING = ("cycles", "threshold", "campaign_seed")


def frame(store: ResultsStore) -> pandas.DataFrame:
    """All rows of a run as a data frame.

    Parameters
    ----------
    store
        Where the rows are.

    Returns
    -------
    pandas.DataFrame
        One row a trial with the columns of :data:`host.results.schema.EXPORT_COLUMNS`. Whole numbers that may be
        missing have the nullable type ``Int64``.

    Raises
    ------
    ResultsError
        If the rows cannot be read.
    """
    import pandas  # takes most of a second to import

    table = pandas.DataFrame.from_records(list(store.export_rows()), columns=list(EXPORT_COLUMNS))
    return table.astype({**dict.fromkeys(_MAY_BE_MISSING, "Int64"), "ber": "Float64"})


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
    frame(store).to_csv(path, index=False)


def _parquet(store: ResultsStore, path: Path) -> None:
    frame(store).to_parquet(path, index=False)


#: Export formats by the ending of their file.
FORMATS: dict[str, Callable[[ResultsStore, Path], None]] = {"csv": _csv, "parquet": _parquet}
