# SPDX-License-Identifier: Apache-2.0
"""What pyverilog reads in the RTL that is built, as values: ports, parameters, instances, memories, case items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyverilog.vparser import ast
from pyverilog.vparser.parser import VerilogCodeParser

from host.toolchain import INCLUDES, ROOT

#: Where the parser keeps its tables, which it would otherwise write to the working folder.
_TABLES = ROOT / "build" / "pyverilog"


@dataclass(frozen=True)
class Port:
    """A port: name, direction (``input`` or ``output``) and its width as written, empty for one bit."""

    name: str
    direction: str
    width: str


@dataclass(frozen=True)
class Instance:
    """An instance of a module: its name, and what is connected to parameters and ports, as written."""

    module: str
    name: str
    parameters: Mapping[str, str]
    ports: Mapping[str, str]
    named: bool


@dataclass(frozen=True)
class Module:
    """A module as declared.

    Attributes
    ----------
    name
        Its name.
    ports
        In order.
    parameters
        Default values as written, by name, in order.
    instances
        Everywhere in it.
    memories
        Names of its arrays of registers.
    cases
        For each case statement, constant items and the names of the signals that get a value there.
    """

    name: str
    ports: tuple[Port, ...]
    parameters: Mapping[str, str]
    instances: tuple[Instance, ...]
    memories: tuple[str, ...]
    cases: tuple[Mapping[int, frozenset[str]], ...]


def read_modules(sources: Sequence[Path], includes: Sequence[Path] = ()) -> dict[str, Module]:
    """Modules declared in some files, by name; included files are looked for in some folders, too."""
    _TABLES.mkdir(parents=True, exist_ok=True)
    parser = VerilogCodeParser(
        [str(path) for path in sources],
        preprocess_output=str(_TABLES / "preprocessed.v"),
        preprocess_include=[str(path) for path in (INCLUDES, *includes)],
        outputdir=str(_TABLES),
        debug=False,
    )
    definitions = parser.parse().description.definitions
    return {node.name: _module(node) for node in definitions if isinstance(node, ast.ModuleDef)}


def number(text: str) -> int:
    """Value of an integer constant as written: ``8'h1f``, ``32'd5`` or ``7``."""
    size, tick, digits = text.replace("_", "").rpartition("'")
    if not tick:
        return int(digits)
    base = {"d": 10, "h": 16, "b": 2}[digits[0].lower()]
    value = int(digits[1:], base)
    assert value < 1 << int(size or 32), f"{text} does not fit its size"
    return value


def _module(node: ast.ModuleDef) -> Module:
    return Module(
        name=node.name,
        ports=tuple(_port(port) for port in node.portlist.ports),
        parameters={p.name: _text(p.value) for decl in node.paramlist.params for p in decl.list},
        instances=tuple(_instance(found) for found in _walk(node) if isinstance(found, ast.Instance)),
        memories=tuple(found.name for found in _walk(node) if isinstance(found, ast.Reg) and found.dimensions),
        cases=tuple(_case(found) for found in _walk(node) if isinstance(found, ast.CaseStatement)),
    )


def _port(node: ast.Ioport) -> Port:
    first = node.first
    width = "" if first.width is None else f"{_text(first.width.msb)}:{_text(first.width.lsb)}"
    return Port(first.name, type(first).__name__.lower(), width)


def _instance(node: ast.Instance) -> Instance:
    connections = [*node.parameterlist, *node.portlist]
    return Instance(
        module=node.module,
        name=node.name,
        parameters={p.paramname: _text(p.argname) for p in node.parameterlist},
        ports={p.portname: _text(p.argname) for p in node.portlist},
        named=all(getattr(c, "paramname", None) or getattr(c, "portname", None) for c in connections),
    )


def _case(node: ast.CaseStatement) -> dict[int, frozenset[str]]:
    items: dict[int, frozenset[str]] = {}
    for case in node.caselist:
        assigned = frozenset(
            found.left.var.name
            for found in _walk(case.statement)
            if isinstance(found, (ast.BlockingSubstitution, ast.NonblockingSubstitution))
            and isinstance(found.left.var, ast.Identifier)
        )
        for condition in case.cond or ():
            if isinstance(condition, ast.IntConst):
                items[number(condition.value)] = assigned
    return items


def _walk(node: ast.Node) -> Iterator[ast.Node]:
    yield node
    for child in node.children():
        yield from _walk(child)


def _text(node: ast.Node | None) -> str:
    """An expression without spaces, enough to compare names and constants."""
    if node is None:
        return ""
    if isinstance(node, (ast.IntConst, ast.StringConst)):
        return str(node.value)
    if isinstance(node, ast.Identifier):
        return str(node.name)
    if isinstance(node, ast.Rvalue):
        return _text(node.var)
    if isinstance(node, ast.Pointer):
        return f"{_text(node.var)}[{_text(node.ptr)}]"
    return f"{type(node).__name__}({','.join(_text(child) for child in node.children())})"
