# SPDX-License-Identifier: Apache-2.0
"""The run folder: who may use it, and for what."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from host.results.errors import ResultsError, explained

DATABASE = "results.sqlite"
FAULTS = "faults.csv"

# Left behind by a run that was killed before its database was complete.
_LEFTOVERS = {f"{DATABASE}.new", f"{DATABASE}.new-journal", FAULTS, f"{FAULTS}.new"}


class RunFolder:
    """A folder that holds one campaign.

    Parameters
    ----------
    path
        The folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """Path of its ``results.sqlite``."""
        return self.path / DATABASE

    @property
    def faults(self) -> Path:
        """Path of its ``faults.csv``, which a run of a fault list has."""
        return self.path / FAULTS

    @property
    def used(self) -> bool:
        """Whether it holds a campaign."""
        return self.database.exists()

    def check(self, resume: bool) -> None:
        """Refuse a folder that cannot be used, without touching it.

        Parameters
        ----------
        resume
            Whether a campaign in it is to be continued.

        Raises
        ------
        ResultsError
            If it is no folder, holds something already, or cannot be written.
        """
        with explained(self.path):
            if self.used and not resume:
                raise ResultsError(
                    f"{self.path} holds a run already: add --resume to go on with it, or choose another --out"
                )
            if self.path.is_dir() and not self.used:
                other = sorted(p.name for p in self.path.iterdir() if p.name not in _LEFTOVERS)
                if other:
                    raise ResultsError(
                        f"{self.path} holds other files ({other[0]}, …): choose an empty or new folder with --out"
                    )
            above = self.path
            while not above.exists():
                above = above.parent
            if not above.is_dir():
                raise ResultsError(f"{above} is a file, not a folder: choose another folder with --out")
            if not os.access(above, os.W_OK | os.X_OK):
                raise ResultsError(f"{above} cannot be written: choose another folder with --out")

    def claim(self) -> None:
        """Make the folder and keep every other campaign out of it until :meth:`release` or the end of the process.

        Raises
        ------
        ResultsError
            If another campaign is using it, or it cannot be written.
        """
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                raise ResultsError(
                    f"another campaign is writing to {self.path}: let it end, or choose another --out"
                ) from None
        self._lock = lock

    def keep_faults(self, text: str) -> None:
        """Keep the fault list of a run in the folder, whole or not at all.

        Raises
        ------
        ResultsError
            If there is another one already, or it cannot be written.
        """
        with explained(self.faults):
            if self.faults.exists():
                if self.faults.read_bytes() != text.encode():
                    raise ResultsError(f"{self.faults} is another fault list: choose an empty or new folder with --out")
                return
            fresh = self.faults.with_name(f"{FAULTS}.new")
            fresh.write_bytes(text.encode())
            fresh.replace(self.faults)

    def release(self) -> None:
        """Let others in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
