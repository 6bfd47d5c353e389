# SPDX-License-Identifier: Apache-2.0
"""Which layers a program runs, and whether it hangs: both follow from the program store alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.mac_format import END, FULLY_CONNECTED, INSTRUCTION_WORDS, blocks, decode_instruction, input_blocks


@dataclass(frozen=True)
class Trace:
    """The layers that a program runs, in order, with its work and whether it hung."""

    layers: tuple[Mapping[str, int], ...]
    work: int
    hung: bool


def trace(program: NDArray[np.uint32], work_limit: int) -> Trace:
    """Follow a program, without computing anything.

    Parameters
    ----------
    program
        uint32[extent].
    work_limit
        Work beyond which it hangs.
    """
    count = len(program) // INSTRUCTION_WORDS
    decoded = [decode_instruction(words) for words in program.reshape(count, INSTRUCTION_WORDS).tolist()]
    layers: list[Mapping[str, int]] = []
    work, at = 0, 0
    while True:
        if work + 1 > work_limit:
            return Trace((), work, True)
        work += 1
        if count == 0:
            return Trace((), work, False)
        fields = decoded[at]
        at = (at + 1) % count
        if fields["op"] == END:
            return Trace(tuple(layers), work, False)
        if fields["op"] != FULLY_CONNECTED or fields["n_out"] == 0:
            continue
        cost = input_blocks(fields["n_in"]) * blocks(fields["n_out"])
        if work + cost > work_limit:
            return Trace((), work, True)
        work += cost
        layers.append(fields)
