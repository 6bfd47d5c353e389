# SPDX-License-Identifier: Apache-2.0
"""The direction of imports between the rooms of ``host`` (host/README.md)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOST = Path(__file__).resolve().parent.parent / "host"

# From the top of the house down; a room may import those that come later, and the single source.
ORDER = (
    "mitigate",
    "versus",
    "replay",
    "pilot",
    "explain",
    "campaign",
    "selftest",
    "program",
    "work",
    "compare",
    "options",
    "report",
    "results",
    "trials",
    "boards",
    "twin",
    "faults",
    "image",
    "networks",
)
PURE = {"codes", "link", "rates", "regmap", "statistics", "toolchain"}


def imported_rooms(path: Path) -> set[str]:
    """Rooms of ``host`` that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"host.{alias.name}" for alias in node.names] if node.module == "host" else [node.module or ""]
        found |= {name.split(".")[1] for name in names if name.startswith("host.")}
    return found


def files(room: str) -> list[Path]:
    """Source files of a room."""
    return [HOST / f"{room}.py"] if (HOST / f"{room}.py").exists() else sorted((HOST / room).rglob("*.py"))


@pytest.mark.parametrize("room", [*ORDER, *sorted(PURE)])
def test_nobody_imports_upwards(room: str) -> None:
    paths = files(room)
    assert paths, f"there is no room {room}"
    allowed = {room, "regmap"} | (PURE | set(ORDER[ORDER.index(room) :]) if room in ORDER else set())
    for path in paths:
        assert imported_rooms(path) <= allowed, path


def test_every_room_is_in_the_readme() -> None:
    rooms = {p.name for p in HOST.iterdir() if (p / "__init__.py").exists()}
    rooms |= {p.name for p in HOST.glob("*.py") if p.stem != "__init__"}
    text = (HOST / "README.md").read_text(encoding="utf-8")
    assert {room for room in rooms if f"`{room}`" not in text and f"`{room}/`" not in text} == set()
