# SPDX-License-Identifier: Apache-2.0
"""Fault lists as CSV: one flip a line, named as a physical bit, as a bit of a parameter, or both. Knows no file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from host.faults.fault_set import FaultSet
from host.faults.source import FaultList
from host.image import MemoryImage, Place

#: Columns of a fault list, in the order in which they are written.
COLUMNS = ("set", "store", "word", "bit", "layer", "tensor", "index", "value_bit", "padding")

_PHYSICAL = ("store", "word", "bit")
_LOGICAL = ("layer", "tensor", "index", "value_bit")

_Flip = tuple[int, int, int]


class FaultListError(ValueError):
    """A fault list that cannot be read. The text is one sentence that names the line."""


class _Echo:
    """A file that hands back what is written to it, so that a CSV writer's line can be kept."""

    def write(self, text: str) -> str:
        return text


def format_fault_list(sets: Iterable[FaultSet], image: MemoryImage) -> Iterator[str]:
    """Lines of a fault list with all columns, the header first, each with its end.

    Parameters
    ----------
    sets
        Fault sets, numbered from 0; one without flips becomes a line with nothing but its number.
    image
        Whose bits they flip.

    Raises
    ------
    IndexError
        If a flip names no bit of the image.
    """
    names = tuple(image.stores)
    write = csv.writer(_Echo(), lineterminator="\n").writerow

    @cache
    def cells(store: int, word: int, bit: int) -> str:
        place = image.layout.locate(store, word, bit)
        index = " ".join(map(str, place.index))
        line: str = write((names[store], word, bit, place.layer, place.tensor, index, place.bit, int(place.padding)))
        return line

    yield str(write(COLUMNS))
    for number, faults in enumerate(sets):
        if not len(faults):
            yield f"{number}{',' * (len(COLUMNS) - 1)}\n"
        for flip in zip(faults.store.tolist(), faults.word.tolist(), faults.bit.tolist(), strict=True):
            yield f"{number},{cells(*flip)}"


def parse_fault_list(lines: Iterable[str], image: MemoryImage) -> FaultList:
    """The fault sets of a list.

    Its header names the columns, in any order: ``set`` and (``store``, ``word``, ``bit``) or (``layer``, ``tensor``,
    ``index``, ``value_bit``) or both, and ``padding``, which is checked where it is given. An index is written with
    spaces in it. A line with nothing but a set's number is a set without flips.

    Parameters
    ----------
    lines
        Lines of the text.
    image
        Whose bits are flipped.

    Raises
    ------
    FaultListError
        If a line cannot be understood, names no bit of the image, names two, or names a bit again.
    """
    sets: dict[int, dict[_Flip, int]] = {}
    reader = csv.reader(lines, strict=True)
    try:
        header = _header(next(reader, []))
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise FaultListError(f"{len(cells)} cells stand below a header of {len(header)}")
            cell = dict.fromkeys(COLUMNS, "") | {n: c.strip() for n, c in zip(header, cells, strict=True)}
            flips = sets.setdefault(_number(cell, "set"), {})
            flip = _flip(cell, image)
            if flip in flips:
                raise FaultListError(
                    f"{_bit(flip, image)} is named twice in set {cell['set']}, first in line {flips[flip]}: name each"
                    " bit once"
                )
            if flip is not None:
                flips[flip] = reader.line_num
    except (FaultListError, csv.Error) as error:
        raise FaultListError(f"line {max(1, reader.line_num)}: {error}") from None
    if not sets:
        raise FaultListError("there is no fault set in it: give at least one line below the header")
    missing = next((number for number in range(len(sets)) if number not in sets), None)
    if missing is not None:
        raise FaultListError(
            f"there is no set {missing}, but a set {max(sets)}: number the sets 0, 1, 2, … (a set without flips is a"
            " line with nothing but its number)"
        )
    return FaultList(tuple(FaultSet.of(sets[number]) for number in range(len(sets))))


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().removeprefix("\ufeff") for cell in cells]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise FaultListError(f"there is no column {unknown[0]!r}: the columns are {', '.join(COLUMNS)}")
    if len(set(names)) != len(names):
        raise FaultListError("a column is named twice in the header: name each once")
    physical = all(name in names for name in _PHYSICAL)
    logical = all(name in names for name in _LOGICAL)
    if "set" not in names or not (physical or logical):
        raise FaultListError(
            f"the header needs the column set and either {', '.join(_PHYSICAL)} or {', '.join(_LOGICAL)}"
        )
    return names


def _flip(cell: Mapping[str, str], image: MemoryImage) -> _Flip | None:
    """The bit that a line names; None where it names none."""
    physical = _named(cell, _PHYSICAL)
    # an index may be empty: a field of the program has none
    logical = _named(cell, ("layer", "tensor", "value_bit")) or bool(cell["index"])
    try:
        flip = _physical(cell, image) if physical else None
        found = _logical(cell, image) if logical else None
    except (KeyError, IndexError) as error:
        raise FaultListError(str(error.args[0])) from None
    if flip and found and flip != found:
        raise FaultListError(
            f"{_bit(flip, image)} is {_shown(image.layout.locate(*flip))}, not {_shown(image.layout.locate(*found))}:"
            " give one of the two, or both of the same bit"
        )
    flip = flip or found
    if cell["padding"] and (flip is None or cell["padding"] != str(int(image.layout.locate(*flip).padding))):
        raise FaultListError(
            f"padding is {cell['padding']!r}, but 1 marks a bit that the network does not use and 0 one that it uses:"
            " put it right or leave it empty"
        )
    return flip


def _named(cell: Mapping[str, str], names: tuple[str, ...]) -> bool:
    """Whether a line has these cells; part of them is an error."""
    empty = [name for name in names if not cell[name]]
    if empty and len(empty) < len(names):
        raise FaultListError(f"{empty[0]} is empty: give all of {', '.join(names)}, or none")
    return not empty


def _physical(cell: Mapping[str, str], image: MemoryImage) -> _Flip:
    names = tuple(image.stores)
    word, bit = _number(cell, "word"), _number(cell, "bit")
    image.layout.locate(cell["store"], word, bit)  # refuses what there is not
    return names.index(cell["store"]), word, bit


def _logical(cell: Mapping[str, str], image: MemoryImage) -> _Flip:
    if not re.fullmatch(r"([0-9]+( +[0-9]+)*)?", cell["index"], re.ASCII):
        raise FaultListError(
            f"index is {cell['index']!r}: write whole numbers with spaces between them, such as '3 17'"
        )
    index = tuple(int(part) for part in cell["index"].split())
    if not cell["layer"]:
        raise FaultListError("index is given without layer, tensor and value_bit: give all of them, or none")
    return image.layout.find(cell["layer"], cell["tensor"], index, _number(cell, "value_bit"))


def _number(cell: Mapping[str, str], name: str) -> int:
    # 18 digits: more would be refused as out of range anyway, and Python refuses to read thousands of them.
    if not re.fullmatch(r"[0-9]{1,18}", cell[name], re.ASCII):
        raise FaultListError(f"{name} is {cell[name]!r}: give a whole number from 0 on")
    return int(cell[name])


def _bit(flip: _Flip, image: MemoryImage) -> str:
    return f"store {tuple(image.stores)[flip[0]]} word {flip[1]} bit {flip[2]}"


def _shown(place: Place) -> str:
    index = f" {' '.join(map(str, place.index))}" if place.index else ""
    return f"{place.layer} {place.tensor}{index} bit {place.bit}"
