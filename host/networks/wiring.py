# SPDX-License-Identifier: Apache-2.0
"""Wiring that is a function of a seed (docs/lut-engine.md, "Fixed wiring"): each layer reads the one before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# 2^32 divided by the golden ratio, odd: neighbouring operands start far apart.
_GOLDEN = 0x9E3779B9


def seeded_wiring(seed: int, inputs: int, widths: Sequence[int], k: int) -> list[NDArray[np.uint16]]:
    """Wire numbers of the operands of every layer.

    Parameters
    ----------
    seed
        0 … 2^32 − 1.
    inputs
        Wires that are inputs of the network.
    widths
        Gates of each layer.
    k
        Inputs of a gate.

    Returns
    -------
    list of uint16[gates, k]
        One for each layer.
    """
    wiring, first, end = [], 0, inputs
    for layer, gates in enumerate(widths):
        wires = np.empty((gates, k), dtype=np.uint16)
        for operand in range(k):
            state = seed ^ ((8 * layer + operand + 1) * _GOLDEN & 0xFFFFFFFF) or _GOLDEN
            for gate in range(gates):
                state = _step(state)
                wires[gate, operand] = (first + ((state >> 16) * (end - first) >> 16)) & 0xFFFF
        wiring.append(wires)
        first, end = end, end + gates
    return wiring


def _step(state: int) -> int:
    """One step of the 32-bit xorshift generator (G. Marsaglia, "Xorshift RNGs", 2003)."""
    state ^= state << 13 & 0xFFFFFFFF
    state ^= state >> 17
    return state ^ (state << 5 & 0xFFFFFFFF)
