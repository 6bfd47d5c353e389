# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with results, in one sentence for the user."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# SQLite reports a full disk as such, or as a failed write; the low byte of a code is its family.
_UNWRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class ResultsError(Exception):
    """Results cannot be kept or read. The text is one sentence for the user."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of the database and the file system into sentences.

    Raises
    ------
    ResultsError
        In place of ``sqlite3.Error`` and ``OSError``.
    """
    try:
        yield
    except sqlite3.Error as error:
        family = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if family in _DAMAGED:
            raise ResultsError(
                f"{path} is damaged or no results file ({error}): put a copy back, or start anew with another --out"
            ) from error
        if family in _UNWRITABLE:
            raise ResultsError(
                f"{path} cannot be written ({error}; is the disk full?): what was stored before is safe, so free some"
                f" space and go on with --resume --out {path.parent}"
            ) from error
        raise ResultsError(f"{path} cannot be used ({error}): start a new run with another --out") from error
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _FULL:
            raise ResultsError(
                f"{path} cannot be written ({reason}): what was stored before is safe, so free some space and go on"
                f" with --resume --out {path.parent}"
            ) from error
        raise ResultsError(f"{path} cannot be used ({reason}): choose another folder with --out") from error
