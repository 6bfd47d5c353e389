# SPDX-License-Identifier: Apache-2.0
"""Parameters of ``rtl/testbed.v`` that fit small FPGAs (docs/small-boards.md has what they take)."""

from __future__ import annotations

from host.regmap import Engine

# No on-board trials, engines that take one step at a time, stores in memories with one read port.
_SMALL = {"SEQUENCER": 0, "SERIAL": 1, "STORE_PORTS": 1, "SWEEP_WORDS": 1, "PROGRAM_BITS": 6, "FRAME_WORDS": 64}

#: Lattice iCE40UP5K: 5,280 logic cells, 30 block RAMs of 4 kbit, 4 single-port RAMs of 256 kbit.
UP5K: dict[Engine, dict[str, int]] = {
    # digits-mlp and 512 pictures
    Engine.MAC: {
        **_SMALL,
        "OC_LANES": 1,
        "IC_LANES": 1,
        "REQUANT_LANES": 1,
        "HUGE_RAM": 1,
        "FLIP_BITS": 8,
        "WEIGHT_BITS": 10,
        "BIAS_BITS": 6,
        "REQUANT_BITS": 7,
        "ACTIVATION_BITS": 4,
        "IMAGE_BITS": 12,
        "SCORE_BITS": 9,
        "RESULT_BITS": 9,
    },
    # digits-lut4 and 208 pictures
    Engine.LUT: {
        **_SMALL,
        "HUGE_RAM": 1,
        "FLIP_BITS": 8,
        "GATE_INPUTS": 4,
        "IMAGE_LANES": 16,
        "GATE_BITS": 11,
        "INPUT_BITS": 8,
        "COUNT_BITS": 7,
        "CLASS_W": 4,
        "IMAGE_BITS": 12,
        "SCORE_BITS": 10,
        "RESULT_BITS": 10,
    },
}

#: Gowin GW1NR-9: 8,640 LUTs, 26 block RAMs of 18 kbit with two full ports, none with a single one.
_GOWIN = {"HUGE_RAM": 0, "STORE_PORTS": 2, "IMAGE_BITS": 10}
GW1NR9: dict[Engine, dict[str, int]] = {
    # digits-mlp and 256 pictures
    Engine.MAC: {**UP5K[Engine.MAC], **_GOWIN, "SCORE_BITS": 8, "RESULT_BITS": 8},
    # digits-lut4 and 208 pictures
    Engine.LUT: {**UP5K[Engine.LUT], **_GOWIN},
}
