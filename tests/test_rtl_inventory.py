# SPDX-License-Identifier: Apache-2.0
"""The RTL that is built, read by pyverilog, against the register map and what a running board says of itself."""

from __future__ import annotations

import re
from functools import cache

from verilog_inventory import Instance, Module, number, read_modules

from host.boards.fpga_boards import HARDWARE
from host.boards.registers import Registers, identify
from host.boards.simulated import SimulatedBoard
from host.link.session import Session
from host.regmap import ENGINE_STORES, REGISTERS, Engine, Region
from host.toolchain import ROOT, RTL, find_icarus, read_sources
from tools.lint import write_header

BOARD_TOPS = sorted({hardware.top for hardware in HARDWARE})
TOPS = ("sim/sim_top.v", *(f"board/{top}.v" for top in BOARD_TOPS))

#: What a board top has from its vendor.
PRIMITIVES = {"EHXPLLL", "SB_PLL40_PAD", "rPLL"}

#: Read-only registers that are no parameter of the module and no input of it: the map's own hash, and what it gathers.
FIXED = {"MAP_HASH", "STATUS"}

#: Parameters of the register module that say which registers a build lacks.
LACKING = {"TRIALS", "BEAM", "OF_MAC", "OF_LUT", "SEEDED"}

#: Parameters that are part of a register with another name.
PARTS = {"PROTECTIONS"}

#: Names of instances that differ from the names of their stores, which are words of Verilog or of its tools.
INSTANCE_OF = {"program": "layer_program"}


@cache
def modules() -> dict[str, Module]:
    find_icarus()
    folder = ROOT / "build" / "inventory"
    write_header(HARDWARE[0], Engine.MAC, folder)
    return read_modules([*read_sources(), *(RTL / name for name in TOPS)], includes=[folder])


def instance(parent: str, name: str) -> Instance:
    """The one instance of this name in a module."""
    (found,) = [i for i in modules()[parent].instances if i.name == name]
    return found


def test_one_file_one_module() -> None:
    """Each file has the module of its name, and every Verilog file is listed."""
    files = [*read_sources(), *(RTL / name for name in TOPS)]
    assert sorted(modules()) == sorted(path.stem for path in files)
    models = RTL / "sim" / "models"  # what stands for vendors' cells has their names
    assert sorted(files) == sorted(path for path in RTL.rglob("*.v") if not path.is_relative_to(models))


def test_clock_first_reset_second() -> None:
    for module in modules().values():
        names = [port.name for port in module.ports]
        if "clk" in names:
            assert names[0] == "clk", module.name
        if "rst" in names:
            assert names[1] == "rst", module.name


def test_instances_name_every_port() -> None:
    """Connections are by name, complete, and of names that exist."""
    count = 0
    for parent in modules().values():
        for found in parent.instances:
            where = f"{found.name} in {parent.name}"
            if found.module in PRIMITIVES:
                assert found.named, where
                continue
            if found.module not in modules():
                # Elaborated only where parameters are wrong; the name of the module that does not exist says why.
                assert not found.ports and not found.parameters, where
                continue
            target = modules()[found.module]
            assert found.named, where
            assert set(found.ports) == {port.name for port in target.ports}, where
            assert set(found.parameters) <= set(target.parameters), where
            count += 1
    assert count > 40


def test_top_ports() -> None:
    assert [(p.name, p.direction, p.width) for p in modules()["testbed"].ports] == [
        ("clk", "input", ""),
        ("rst", "input", ""),
        ("uart_step", "input", "23:0"),
        ("uart_rxd", "input", ""),
        ("uart_txd", "output", ""),
        ("active", "output", ""),
    ]


def test_top_parameters_reach_the_core() -> None:
    """Every parameter of the top is the core's, by the same name and with the same default."""
    top = modules()["testbed"].parameters
    assert instance("testbed", "core").parameters == {name: name for name in top}
    assert modules()["core"].parameters == top
    for shell in ("sim_top", *BOARD_TOPS):
        assert set(instance(shell, "testbed").parameters) <= set(top)


def test_registers_are_those_of_the_table() -> None:
    """The register region looks up each of the table's registers in one place, those that can be written in theirs."""
    single = [entry for entry in REGISTERS if entry.count == 1]
    found: dict[str, set[int]] = {}
    for kind in ("built", "configured", "of_trials", "of_beam", "happened", "counted"):
        (case,) = [case for case in modules()["registers"].cases if any(kind in names for names in case.values())]
        found[kind] = set(case)
    written = found["configured"] | found["of_trials"] | found["of_beam"]
    assert written == {entry.offset for entry in single if entry.access != "ro"}
    others = [*found["built"], *found["happened"], *found["counted"]]
    assert sorted(others) == sorted(entry.offset for entry in single if entry.access == "ro")


def test_capability_registers_are_parameters() -> None:
    """What the table calls a capability is a parameter of the register module, and the core sets it."""
    inputs = {port.name.upper() for port in modules()["registers"].ports}
    capabilities = {entry.name for entry in REGISTERS if entry.access == "ro"} - inputs - FIXED
    assert set(modules()["registers"].parameters) == capabilities | LACKING | PARTS
    assert set(instance("core", "registers").parameters) == capabilities | LACKING | PARTS


def test_regions_are_served() -> None:
    """Every region of the map has a slave, and there is no slave outside the map."""
    used = set()
    for found in modules()["core"].instances:
        for text in found.ports.values():
            used |= {number(bit) for bit in re.findall(r"\bstb\[(\S+?)\]", text)}
    assert used == {region.value for region in Region}


def test_stores_are_those_of_the_table() -> None:
    for engine, stores in ENGINE_STORES.items():
        names = [INSTANCE_OF.get(name, name) for name in stores]
        found = [i.name for i in modules()[f"{engine.name.lower()}_stores"].instances if i.module == "param_store"]
        assert sorted(found) == sorted(names)


def test_memories_are_inferred_in_four_files() -> None:
    """No other module declares an array of registers, so whatever holds for these four holds for all memories."""
    assert {m.name for m in modules().values() if m.memories} == {"ram_1rw", "ram_1w1r", "ram_async", "ram_dual"}


def test_board_is_what_the_source_says() -> None:
    """The capabilities that a running board reports are the parameters in the source."""
    value = {name: number(text) for name, text in modules()["testbed"].parameters.items()}
    shell = {name: number(text) for name, text in modules()["sim_top"].parameters.items()}
    value |= {name: shell[name] for name in instance("sim_top", "testbed").parameters if name in shell}
    board = SimulatedBoard.start()
    try:
        with Session.open(board.port, board.baud) as session:
            identity = identify(Registers(session), "sim")
    finally:
        board.close()
    has = identity.capabilities
    assert identity.engine == value["ENGINE"]
    assert (identity.clock_hz, identity.baud) == (value["CLOCK_HZ"], board.baud)
    assert identity.build_id == board.build_id != 0
    assert has.array == (value["OC_LANES"], value["IC_LANES"], value["REQUANT_LANES"])
    assert has.sweep_words == value["SWEEP_WORDS"]
    assert has.image_rows == 1 << value["IMAGE_BITS"]
    assert has.results == 1 << value["RESULT_BITS"]
    assert has.score_rows == 1 << value["SCORE_BITS"]
    assert has.activation_rows == 1 << value["ACTIVATION_BITS"]
    assert has.records == 1 << value["RECORD_BITS"]
    assert has.flips == 1 << value["FLIP_BITS"]
    assert has.frame_words == value["FRAME_WORDS"]
    assert has.in_flight == 1 << value["IN_FLIGHT_BITS"]
    bits = ("WEIGHT_BITS", "BIAS_BITS", "REQUANT_BITS", "PROGRAM_BITS")
    assert [store.words for store in has.stores] == [1 << value[name] for name in bits]
