# SPDX-License-Identifier: Apache-2.0
"""Area of the lut engine for every number of operands and lanes: ``python -m tools.area`` prints a Markdown table.

Yosys maps ``lut_engine``, with room for 2048 gates and 256 inputs, to ECP5; cells are counted after mapping, without
place and route. A row takes a minute or two.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from host.toolchain import INCLUDES, ROOT, find_yosys, read_sources, run_quietly

TOP = "lut_engine"
BUILD = ROOT / "build" / "area"
#: log2 of gates and inputs.
GATE_BITS, INPUT_BITS = 11, 8
#: log2 of code words of a gate's wiring, by operands (docs/lut-engine.md).
WIRING_LOG = {2: 0, 3: 1, 4: 1, 5: 2, 6: 2}
CELLS = {"LUTs": "LUT4", "flip-flops": "TRELLIS_FF", "block RAMs": "DP16KD", "multipliers": "MULT18X18D"}


def area(k: int, lanes: int, stored: int) -> dict[str, int]:
    """Cells of one build."""
    BUILD.mkdir(parents=True, exist_ok=True)
    sources = " ".join(os.path.relpath(path, ROOT) for path in read_sources())
    parameters = {
        "GATE_INPUTS": k,
        "IMAGE_LANES": lanes,
        "STORED_WIRING": stored,
        "GATE_BITS": GATE_BITS,
        "INPUT_BITS": INPUT_BITS,
        "TABLE_BITS": GATE_BITS + k - 5,
        "WIRING_BITS": GATE_BITS + WIRING_LOG[k],
    }
    settings = " ".join(f"-set {name} {value}" for name, value in parameters.items())
    report = f"{os.path.relpath(BUILD, ROOT)}/{k}-{lanes}-{stored}.json"
    script = (
        f"read_verilog -I{os.path.relpath(INCLUDES, ROOT)} {sources}; chparam {settings} {TOP};"
        f" synth_ecp5 -top {TOP}; tee -o {report} stat -json"
    )
    run_quietly([*find_yosys(), "-q", "-p", script], env=os.environ, cwd=ROOT, what=f"synthesis of k = {k}")
    text = (ROOT / report).read_text(encoding="utf-8")
    counts = json.loads(text[text.index("{") :])["design"]["num_cells_by_type"]
    return {name: counts.get(cell, 0) for name, cell in CELLS.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.area", description="Area of the lut engine on ECP5.")
    parser.add_argument("--k", type=int, nargs="+", default=[2, 3, 4, 5, 6], metavar="K", help="operands of a gate")
    parser.add_argument("--lanes", type=int, nargs="+", default=[32, 64, 128], metavar="N", help="pictures at once")
    parser.add_argument("--fixed", action="store_true", help="wiring from a seed instead of a store")
    args = parser.parse_args(argv)
    print("| k | lanes | " + " | ".join(CELLS) + " |")
    print("|---:" * (2 + len(CELLS)) + "|")
    for k in args.k:
        for lanes in args.lanes:
            counts = area(k, lanes, 0 if args.fixed else 1)
            print(f"| {k} | {lanes} | " + " | ".join(f"{n:,}" for n in counts.values()) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
