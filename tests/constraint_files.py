# SPDX-License-Identifier: Apache-2.0
"""Pins in a constraints file, of any of the four forms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Constraints:
    """What a file says: pins and standards by port, and frequencies in Hz of the ports that are clocks.

    A standard is empty where the form has none, and absent where it was left out.
    """

    pins: dict[str, str]
    standards: dict[str, str]
    clocks: dict[str, float]


def read_constraints(path: Path) -> Constraints:
    """Read a file by its ending; a line that is not understood fails."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("#", "//"))]
    return {".xdc": _xdc, ".lpf": _lpf, ".pcf": _pcf, ".cst": _cst}[path.suffix](lines)


def _xdc(lines: list[str]) -> Constraints:
    found = Constraints({}, {}, {})
    for line in lines:
        port = r"\[get_ports \{?([\w\[\]]+?)\}?\]"
        if match := re.fullmatch(rf"set_property -dict \{{PACKAGE_PIN (\w+) IOSTANDARD (\w+)\}} {port}", line):
            _once(found.pins, match[3], match[1])
            found.standards[match[3]] = match[2]
        elif match := re.fullmatch(rf"create_clock -name \w+ -period ([\d.]+) {port}", line):
            _once(found.clocks, match[2], 1e9 / float(match[1]))
        else:
            assert re.match(r"set_false_path -(from|to) |set_property (CFGBVS|CONFIG_VOLTAGE) ", line), line
    return found


def _lpf(lines: list[str]) -> Constraints:
    found = Constraints({}, {}, {})
    for line in lines:
        if match := re.fullmatch(r'LOCATE COMP "([\w\[\]]+)" SITE "(\w+)";', line):
            _once(found.pins, match[1], match[2])
        elif match := re.fullmatch(r'IOBUF PORT "([\w\[\]]+)" (.*);', line):
            _once(found.standards, match[1], dict(word.split("=") for word in match[2].split())["IO_TYPE"])
        elif match := re.fullmatch(r'FREQUENCY PORT "(\w+)" ([\d.]+) MHZ;', line):
            _once(found.clocks, match[1], 1e6 * float(match[2]))
        else:
            assert line in ("BLOCK RESETPATHS;", "BLOCK ASYNCPATHS;"), line
    return found


def _pcf(lines: list[str]) -> Constraints:
    found = Constraints({}, {}, {})
    for line in lines:
        if match := re.fullmatch(r"set_io (?:-pullup yes )?([\w\[\]]+) (\w+)", line):
            _once(found.pins, match[1], match[2])
            found.standards[match[1]] = ""
        else:
            match = re.fullmatch(r"set_frequency (\w+) ([\d.]+)", line)
            assert match, line
            _once(found.clocks, match[1], 1e6 * float(match[2]))
    return found


def _cst(lines: list[str]) -> Constraints:
    found = Constraints({}, {}, {})
    for line in lines:
        if match := re.fullmatch(r'IO_LOC "([\w\[\]]+)" (\w+);', line):
            _once(found.pins, match[1], match[2])
        else:
            match = re.fullmatch(r'IO_PORT "([\w\[\]]+)" (.*);', line)
            assert match, line
            _once(found.standards, match[1], dict(word.split("=") for word in match[2].split())["IO_TYPE"])
    return found


def _once(table: dict[str, object], key: str, value: object) -> None:
    assert key not in table, f"{key} is constrained twice"
    table[key] = value
