# SPDX-License-Identifier: Apache-2.0
"""Networks as Verilog that dwn2rtl writes, run by Icarus: gates as logic, with nothing of this project in it."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from host.networks import LutNetwork

REASON = "dwn2rtl is not installed: pip install 'faultloop[test]'"
PRIMITIVES = ("lut_node.v", "popcount.v", "argmax.v", "pipe_reg.v")

BENCH = """\
module bench;
    reg [{inputs}-1:0] pictures [0:{count}-1];
    reg [{inputs}-1:0] x;
    wire [{class_bits}-1:0] class_idx;
    integer i;
    dwn_core dut (.clk(1'b0), .x(x), .class_idx(class_idx));
    initial begin
        $readmemb("pictures.txt", pictures);
        for (i = 0; i < {count}; i = i + 1) begin
            x = pictures[i];
            #1 $display("%0d %b", class_idx, dut.scores);
        end
        $finish;
    end
endmodule
"""


def checkpoint(network: LutNetwork) -> dict[str, Any]:
    """The network as dwn2rtl's checkpoint: values above 0 for ones, wires counted from the layer before."""
    torch = pytest.importorskip("torch", reason=REASON)
    state: dict[str, Any] = {}
    first = 0
    for number, (layer, end) in enumerate(zip(network.layers, network.first_wires, strict=True)):
        entries = np.arange(1 << network.k, dtype=np.uint64)
        bits = (layer.tables[:, None] >> entries & np.uint64(1)).astype(np.float32)
        state[f"{number}.luts"] = torch.tensor(2 * bits - 1)
        assert int(layer.wiring.min()) >= first, "a gate reads beyond the layer before"
        state[f"{number}.mapping"] = torch.tensor(layer.wiring.astype(np.int64) - first)
        first = end
    return {
        "config": {
            "n": network.k,
            "num_classes": network.classes,
            "layers": [layer.gates for layer in network.layers],
            "thermometer_bits": 1,
        },
        "state_dict": state,
        "thermometer": {"thresholds": torch.zeros((network.inputs, 1))},
        "run_name": network.name,
    }


def run_verilog(
    network: LutNetwork, pictures: NDArray[np.uint8], folder: Path
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Classes int64[n] and scores int64[n, classes] of pictures uint8[n, inputs], by simulation."""
    emit_core = pytest.importorskip("dwn2rtl.emit_core", reason=REASON)
    config = pytest.importorskip("dwn2rtl.config", reason=REASON)
    built = emit_core.build_core(checkpoint(network), str(folder), config.Pipeline(enc=0, lut=0, pop=0, out=0))
    primitives = files("dwn2rtl") / "rtl"
    for name in PRIMITIVES:
        (folder / name).write_text((primitives / name).read_text(encoding="utf-8"), encoding="utf-8")
    # The leftmost digit of a line is the most significant bit, the last input.
    lines = ["".join(map(str, picture[::-1])) for picture in pictures]
    (folder / "pictures.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    class_bits = max(1, (network.classes - 1).bit_length())
    text = BENCH.format(inputs=network.inputs, count=len(pictures), class_bits=class_bits)
    (folder / "bench.v").write_text(text, encoding="utf-8")
    sources = ["bench.v", "dwn_core.v", *PRIMITIVES]
    iverilog, vvp = shutil.which("iverilog"), shutil.which("vvp")
    assert iverilog and vvp, "Icarus Verilog is not installed: apt-get install iverilog"
    subprocess.run([iverilog, "-g2012", "-o", "bench.vvp", *sources], cwd=folder, check=True, timeout=120)
    done = subprocess.run([vvp, "bench.vvp"], cwd=folder, check=True, timeout=240, capture_output=True, text=True)
    answers = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert len(answers) == len(pictures), done.stdout
    width = built["score_bits"]
    # Class 0 is rightmost.
    scores = [[int(s[len(s) - width * (c + 1) :][:width], 2) for c in range(network.classes)] for _, s in answers]
    return np.array([int(c) for c, _ in answers]), np.array(scores)
