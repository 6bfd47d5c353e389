# SPDX-License-Identifier: Apache-2.0
"""Fault lists as files (docs/faults.md, "Fault lists as CSV")."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from host.faults import FaultList, FaultListError, FaultSet, format_fault_list, parse_fault_list
from host.image import MemoryImage
from host.results.errors import ResultsError


def read_faults(path: Path, image: MemoryImage) -> FaultList:
    """The fault sets in a file.

    Parameters
    ----------
    path
        The file.
    image
        Whose bits are flipped.

    Raises
    ------
    FaultListError
        If it cannot be read, or is wrong; the message names file and line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            return parse_fault_list(lines, image)
    except (FaultListError, UnicodeDecodeError) as error:
        raise FaultListError(f"{path}, {_sentence(error)}") from None
    except OSError as error:
        raise FaultListError(
            f"{path} cannot be read ({error.strerror}): give --faults the path of a fault list"
        ) from None


def write_faults(path: Path, sets: Iterable[FaultSet], image: MemoryImage) -> None:
    """Write fault sets to a file, replacing it when all are written.

    Raises
    ------
    ResultsError
        If it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("w", newline="", encoding="utf-8") as file:
            file.writelines(format_fault_list(sets, image))
        fresh.replace(path)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written ({error.strerror}): give another path for the list") from error
    finally:
        with suppress(OSError):
            fresh.unlink()


def _sentence(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start}: this is no text in UTF-8"
    return str(error)
