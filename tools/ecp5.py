# SPDX-License-Identifier: Apache-2.0
"""What Yosys leaves to be had of ECP5's cells: a pass over the netlist, between Yosys and nextpnr.

**Registers.** Block RAMs and multipliers have a register behind their outputs, with which data come within 1 ns of the
clock's edge. Without it a block RAM takes 5.6 ns, and a product 3.9 ns and then the way to a flip-flop. Where an output
is read by flip-flops alone, one for each bit, always enabled and never reset, all of one clock, these do what that
register does: the pass removes them and turns it on.

**Write enables.** A block RAM that is not enabled does not write. Where its write enable is a signal and the enable,
which is the latest of all, the signal alone does.

In every clock cycle the design is what it was, and the Verilog stays the same for every family. ``make netlist`` tests
what comes out, as all that Yosys makes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A wire of the netlist: its number, or a constant.
Bit = int | str
#: A cell, as ``write_json`` has it.
Cell = dict[str, Any]

_FLIP_FLOP = "TRELLIS_FF"
_LUT = "LUT4"
_RAM = "DP16KD"
_MULTIPLIER = "MULT18X18D"
#: DATA_WIDTH_A of a block RAM whose port A writes 36 bits; port B reads them, at the outputs of both.
_WIDE = 36


@dataclass(frozen=True)
class Changes:
    """What was changed.

    Attributes
    ----------
    rams, multipliers
        Registers of theirs that are used now.
    flip_flops
        How many that saves.
    write_enables
        Those of block RAMs that no longer say what the enable says.
    """

    rams: int
    multipliers: int
    flip_flops: int
    write_enables: int


@dataclass(frozen=True)
class _Register:
    """A register that a cell offers: outputs behind it, its clock's port, and what turns it on."""

    outputs: tuple[str, ...]
    clock: str
    parameters: dict[str, str]
    constants: dict[str, str]


def improve(netlist: Path, top: str) -> Changes:
    """Change a netlist for ECP5; the file is rewritten.

    Parameters
    ----------
    netlist
        What Yosys wrote with ``write_json``.
    top
        Name of the top module; the netlist is flat.
    """
    design = json.loads(netlist.read_text(encoding="utf-8"))
    module = design["modules"][top]
    rams, multipliers, flip_flops = _use_registers(module)
    changes = Changes(rams, multipliers, flip_flops, _shorten_write_enables(module["cells"]))
    netlist.write_text(json.dumps(design, separators=(",", ":")), encoding="utf-8")
    return changes


def _use_registers(module: dict[str, Any]) -> tuple[int, int, int]:
    """Registers of block RAMs and of multipliers that are used from now on, and flip-flops that are gone."""
    cells: dict[str, Cell] = module["cells"]
    users = _users(module)
    used = {_RAM: 0, _MULTIPLIER: 0}
    saved = 0
    for cell in [cell for cell in cells.values() if cell["type"] in used]:
        for register in _registers(cell):
            readers = _readers(cell, register, users)
            clock = _clock([cells[name] for name in readers.values()] if readers else [])
            if clock is None or cell["connections"].get(register.clock, [clock]) != [clock]:
                continue
            for port, name in readers.items():
                cell["connections"][port] = cells.pop(name)["connections"]["Q"]
            for port, bit in {register.clock: clock, **register.constants}.items():
                cell["connections"][port] = [bit]
                cell["port_directions"][port] = "input"
            cell["parameters"].update(register.parameters)
            used[cell["type"]] += 1
            saved += len(readers)
    return used[_RAM], used[_MULTIPLIER], saved


def _shorten_write_enables(cells: dict[str, Cell]) -> int:
    """Write enables that no longer wait for the enable of their port."""
    drivers = {cell["connections"]["Z"][0]: cell for cell in cells.values() if cell["type"] == _LUT}
    count = 0
    for cell in cells.values():
        if cell["type"] != _RAM:
            continue
        connections = cell["connections"]
        for side in "AB":
            wanted, enable = connections[f"WE{side}"][0], connections[f"CE{side}"][0]
            alone = _other_input_of_and(drivers.get(wanted), enable)
            if alone is None:
                continue
            # So it is with the enables of single bytes, the lowest bits of the address.
            for pin in (f"WE{side}", f"AD{side}0", f"AD{side}1"):
                if connections[pin] == [wanted]:
                    connections[pin] = [alone]
            count += 1
    return count


def _other_input_of_and(lut: Cell | None, one: Bit) -> Bit | None:
    """The other input of a table that is the conjunction of two, one of which is given."""
    if lut is None:
        return None
    table = lut["parameters"]["INIT"]
    inputs = {name: lut["connections"][name][0] for name in "ABCD"}
    used = {name: bit for name, bit in inputs.items() if isinstance(bit, int)}
    if len(used) != 2 or one not in used.values() or any(bit == "x" for bit in inputs.values()):
        return None
    for place in range(16):
        values = {name: place >> index & 1 for index, name in enumerate("ABCD")}
        met = all(values[name] == int(bit) for name, bit in inputs.items() if isinstance(bit, str))
        # the highest place is written first
        if met and int(table[15 - place]) != min(values[name] for name in used):
            return None
    (other,) = (bit for bit in used.values() if bit != one)
    return other


def _users(module: dict[str, Any]) -> dict[Bit, list[tuple[str, str]]]:
    """Names of the cells, and of their ports, that read each wire; an empty name stands for a port of the module."""
    users: dict[Bit, list[tuple[str, str]]] = defaultdict(list)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    users[bit].append((name, port))
    for name, port in module["ports"].items():
        if port["direction"] != "input":
            for bit in port["bits"]:
                users[bit].append(("", name))
    return users


def _registers(cell: Cell) -> Iterator[_Register]:
    """The registers that a cell has and does not use, and which are never reset."""
    parameters, connections = cell["parameters"], cell["connections"]
    if cell["type"] == _MULTIPLIER:
        if not any(name.startswith("REG_") for name in parameters):
            turned_on = {"REG_OUTPUT_CLK": "CLK0", "REG_OUTPUT_CE": "CE0", "REG_OUTPUT_RST": "RST0", "GSR": "DISABLED"}
            yield _Register(("P",), "CLK0", turned_on, {"CE0": "1", "RST0": "0"})
        return
    wide = int(parameters["DATA_WIDTH_A"], 2) == _WIDE
    for side, sides in (("B", "AB"),) if wide else (("A", "A"), ("B", "B")):
        unused = all(parameters[f"REGMODE_{each}"] == "NOREG" for each in sides)
        rises = parameters[f"CLK{side}MUX"] == f"CLK{side}"
        if unused and rises and connections[f"RST{side}"] == ["0"]:
            outputs = tuple(f"DO{each}" for each in sides)
            turned_on = {f"REGMODE_{each}": "OUTREG" for each in sides}
            yield _Register(outputs, f"CLK{side}", turned_on, {f"OCE{side}": "1"})


def _readers(cell: Cell, register: _Register, users: dict[Bit, list[tuple[str, str]]]) -> dict[str, str]:
    """Names of the cells that read a register's outputs as data, by port; none if anything else reads one."""
    readers = {}
    for port, bits in cell["connections"].items():
        if port.rstrip("0123456789") not in register.outputs:
            continue
        reading = users[bits[0]] if bits else []
        if len(reading) > 1 or any(name == "" or at != "DI" for name, at in reading):
            return {}
        for name, _ in reading:
            readers[port] = name
    return readers


def _clock(flip_flops: list[Cell]) -> Bit | None:
    """The clock of flip-flops that keep their data for one cycle each; None where there is no such clock."""
    clocks = set()
    for cell in flip_flops:
        parameters, connections = cell["parameters"], cell["connections"]
        plain = (
            cell["type"] == _FLIP_FLOP
            and parameters["CLKMUX"] == "CLK"
            # Yosys writes a space after a text that could be a number.
            and (parameters["CEMUX"].strip() == "1" or connections.get("CE") == ["1"])
            and connections.get("LSR", ["0"]) == ["0"]
            and parameters["LSRMUX"] == "LSR"
            and parameters["REGSET"] == "RESET"
        )
        if not plain:
            return None
        clocks.add(connections["CLK"][0])
    return clocks.pop() if len(clocks) == 1 else None
