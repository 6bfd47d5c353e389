# SPDX-License-Identifier: Apache-2.0
"""The pass over netlists for ECP5 changes cells where the design stays the same, and only there."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from host.boards.hardware import Family
from host.toolchain import ROOT, find_icarus, find_yosys, run_quietly
from tools.ecp5 import improve
from tools.netlist import CELLS

# Each worker of a parallel run has a folder of its own.
BUILD = ROOT / "build" / "ecp5" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
EDGES = 3_000

# Outputs by what follows a block RAM or a product.
DESIGN = """
module memory #(parameter WIDTH = 16) (
    input wire clk, input wire a_en, input wire a_we, input wire [8:0] a_address, input wire [WIDTH-1:0] a_wdata,
    output reg [WIDTH-1:0] a_rdata,
    input wire b_en, input wire [8:0] b_address, output reg [WIDTH-1:0] b_rdata
);
    (* no_rw_check *) (* ram_style = "block" *)
    reg [WIDTH-1:0] mem [0:511];
    always @(posedge clk) if (a_en) begin
        if (a_we) mem[a_address] <= a_wdata;
        else a_rdata <= mem[a_address];
    end
    always @(posedge clk) if (b_en) b_rdata <= mem[b_address];
endmodule

module top (
    input wire clk, input wire rst, input wire enable, input wire a_en, input wire a_we, input wire b_en,
    input wire [8:0] a_address, input wire [8:0] b_address, input wire [31:0] data,
    input wire signed [8:0] x, input wire signed [7:0] y,
    output wire [15:0] plain, output wire [31:0] wide, output wire [15:0] enabled, output wire [15:0] reset,
    output wire [15:0] read_twice, output wire [15:0] seen,
    output wire [16:0] product, output wire [16:0] product_enabled, output wire [16:0] product_seen
);
    // both ports of a narrow one, and one that reads 32 bits
    wire [15:0] plain_a, plain_b;
    reg [15:0] plain_a_q, plain_b_q;
    memory plain_memory (clk, a_en, a_we, a_address, data[15:0], plain_a, b_en, b_address, plain_b);
    always @(posedge clk) {plain_a_q, plain_b_q} <= {plain_a, plain_b};
    assign plain = plain_a_q ^ {plain_b_q[0], plain_b_q[15:1]};

    wire [31:0] wide_a, wide_b;
    reg [31:0] wide_q;
    memory #(32) wide_memory (clk, a_en && a_we, 1'b1, a_address, data, wide_a, b_en, b_address, wide_b);
    always @(posedge clk) wide_q <= wide_b;
    assign wide = wide_q;

    wire [15:0] enabled_a, enabled_b;
    reg [15:0] enabled_q;
    memory enabled_memory (clk, a_en && a_we, 1'b1, a_address, data[15:0], enabled_a, b_en, b_address, enabled_b);
    always @(posedge clk) if (enable) enabled_q <= enabled_b;
    assign enabled = enabled_q;

    wire [15:0] reset_a, reset_b;
    reg [15:0] reset_q;
    memory reset_memory (clk, a_en && a_we, 1'b1, a_address, data[15:0], reset_a, b_en, b_address, reset_b);
    always @(posedge clk) reset_q <= rst ? 16'd0 : reset_b;
    assign reset = reset_q;

    wire [15:0] twice_a, twice_b;
    reg [15:0] twice_q, other_q;
    memory twice_memory (clk, a_en && a_we, 1'b1, a_address, data[15:0], twice_a, b_en, b_address, twice_b);
    always @(posedge clk) begin
        twice_q <= twice_b;
        if (enable) other_q <= twice_b;
    end
    assign read_twice = twice_q ^ other_q;

    wire [15:0] seen_a, seen_b;
    reg [15:0] seen_q;
    memory seen_memory (clk, a_en && a_we, 1'b1, a_address, data[15:0], seen_a, b_en, b_address, seen_b);
    always @(posedge clk) seen_q <= seen_b;
    assign seen = {seen_q[15:1], seen_b[0]};

    reg [16:0] product_q, product_enabled_q, product_seen_q;
    wire signed [16:0] product_now = x * y;
    wire signed [16:0] enabled_now = x * ~y;
    wire signed [16:0] seen_now = ~x * y;
    always @(posedge clk) begin
        product_q <= product_now;
        if (enable) product_enabled_q <= enabled_now;
        product_seen_q <= seen_now;
    end
    assign product = product_q;
    assign product_enabled = product_enabled_q;
    assign product_seen = product_seen_q ^ seen_now;
endmodule
"""

INPUTS = {
    "rst": 1, "enable": 1, "a_en": 1, "a_we": 1, "b_en": 1, "a_address": 9, "b_address": 9, "data": 32, "x": 9, "y": 8,
}  # fmt: skip
OUTPUTS = {
    "plain": 16, "wide": 32, "enabled": 16, "reset": 16, "read_twice": 16, "seen": 16,
    "product": 17, "product_enabled": 17, "product_seen": 17,
}  # fmt: skip


def yosys(script: str) -> None:
    run_quietly([*find_yosys(), "-q", "-p", script], env=os.environ, cwd=ROOT, what="Yosys")


@pytest.fixture(scope="module")
def folder() -> Path:
    """A folder with the netlist of the design, as Yosys makes it."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    (BUILD / "design.v").write_text(DESIGN, encoding="utf-8")
    place = os.path.relpath(BUILD, ROOT)
    yosys(f"read_verilog {place}/design.v; synth_ecp5 -top top; write_json {place}/before.json")
    return BUILD


def cells(netlist: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(netlist.read_text(encoding="utf-8"))["modules"]["top"]["cells"]
    return found


def test_only_plain_registers_are_used(folder: Path) -> None:
    """Those always enabled, never reset, and alone: a narrow RAM's two, a wide one's one, and a product's."""
    shutil.copy(folder / "before.json", folder / "after.json")
    changes = improve(folder / "after.json", "top")
    assert (changes.rams, changes.multipliers, changes.flip_flops) == (3, 1, 16 + 16 + 32 + 17)
    before, after = cells(folder / "before.json"), cells(folder / "after.json")
    assert {name for name in before if name not in after} <= {
        name for name, cell in before.items() if cell["type"] == "TRELLIS_FF"
    }
    assert len(before) - len(after) == changes.flip_flops
    modes = {
        name.split(".")[0]: (cell["parameters"]["REGMODE_A"], cell["parameters"]["REGMODE_B"])
        for name, cell in after.items()
        if cell["type"] == "DP16KD"
    }
    assert modes.pop("plain_memory") == modes.pop("wide_memory") == ("OUTREG", "OUTREG")
    assert modes == dict.fromkeys(("enabled_memory", "reset_memory", "twice_memory", "seen_memory"), ("NOREG", "NOREG"))
    # the memory that reads and writes by one port; the others' ports write whenever they are enabled
    assert changes.write_enables == 1
    # what is done is not done again
    again = improve(folder / "after.json", "top")
    assert (again.rams, again.multipliers, again.flip_flops, again.write_enables) == (0, 0, 0, 0)


def bench() -> str:
    """Both netlists with random inputs, and everything that differs between them."""
    rng = random.Random(SEED)
    inputs = "\n".join(f"reg [{width - 1}:0] {name};" for name, width in INPUTS.items())
    outputs = "\n".join(f"wire [{width - 1}:0] made_{name}, changed_{name};" for name, width in OUTPUTS.items())
    driven = ", ".join(f".{name}({name})" for name in INPUTS)
    draws = " ".join(
        # few addresses, so that what is read was written; both ports are kept apart
        f"{name} = $random(seed) & {0x1E if 'address' in name else (1 << width) - 1};"
        for name, width in INPUTS.items()
    )
    differs = "\n".join(
        f"if (made_{name} !== changed_{name}) begin differ = differ + 1; "
        f'$display("%0d: {name} %h %h", edges, made_{name}, changed_{name}); end'
        for name in OUTPUTS
    )
    changed = " ".join(f"if (|made_{name}) moved[{index}] = 1'b1;" for index, name in enumerate(OUTPUTS))
    instances = "\n".join(
        f"top_{which} {which} (.clk(clk), {driven}, {', '.join(f'.{name}({which}_{name})' for name in OUTPUTS)});"
        for which in ("made", "changed")
    )
    return f"""
`timescale 1ns/1ps
module bench;
    reg clk; integer seed, edges, differ; reg [{len(OUTPUTS) - 1}:0] moved;
    {inputs}
    {outputs}
    {instances}
    initial begin
        clk = 0; seed = {rng.getrandbits(31)}; differ = 0; moved = 0;
        for (edges = 0; edges < {EDGES}; edges = edges + 1) begin
            {draws}
            if (b_address == a_address) b_address = b_address ^ 9'd2;
            #5 {differs}
            {changed}
            clk = 1; #5 clk = 0;
        end
        $display("%0d differ, all moved: %0d", differ, &moved);
    end
endmodule
"""


def simulate(folder: Path, after: Path) -> str:
    """What the bench says of the netlist that Yosys made and of another one."""
    place = os.path.relpath(folder, ROOT)
    family = CELLS[Family.ECP5]
    # with its flip-flops replaced as well, nothing of Yosys' library is left to find
    maps = "".join(f" techmap -autoproc -map +/{family.library} t:{cell};" for cell in (*family.logic, "TRELLIS_FF"))
    for which, netlist in (("made", folder / "before.json"), ("changed", after)):
        yosys(
            f"read_json {os.path.relpath(netlist, ROOT)};{maps} opt_clean -purge; rename top top_{which};"
            f" write_verilog -noattr {place}/{which}.v"
        )
    (folder / "bench.v").write_text(bench(), encoding="utf-8")
    program = folder / "bench.vvp"
    sources = [folder / "bench.v", folder / "made.v", folder / "changed.v", *family.models]
    command = [str(find_icarus()), "-g2012", "-s", "bench", "-o", str(program), *map(str, sources)]
    run_quietly(command, env=os.environ, cwd=ROOT, what="Icarus")
    return subprocess.run(["vvp", str(program)], capture_output=True, text=True, check=True).stdout


def test_the_design_does_what_it_did(folder: Path) -> None:
    """Bit for bit in every clock cycle; and not where something else of a memory is changed."""
    shutil.copy(folder / "before.json", folder / "after.json")
    improve(folder / "after.json", "top")
    print(f"seed {SEED}")
    assert simulate(folder, folder / "after.json") == "0 differ, all moved: 1\n"

    for memory, part, name, value in (
        ("seen_memory", "parameters", "REGMODE_B", "OUTREG"),
        ("plain_memory", "connections", "WEA", ["1"]),
        ("plain_memory", "connections", "CEA", ["1"]),
    ):
        design = json.loads((folder / "after.json").read_text(encoding="utf-8"))
        for cell_name, cell in design["modules"]["top"]["cells"].items():
            if cell_name.startswith(memory) and cell["type"] == "DP16KD":
                cell[part][name] = value
        (folder / "wrong.json").write_text(json.dumps(design), encoding="utf-8")
        assert not simulate(folder, folder / "wrong.json").splitlines()[-1].startswith("0 differ"), name
