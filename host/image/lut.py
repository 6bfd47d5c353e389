# SPDX-License-Identifier: Apache-2.0
"""The compiler of the ``lut`` engine: the words of docs/lut-engine.md for a network of lookup tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from host.image.lut_format import GATES, SCORED, WORK_MARGIN, encode_instruction, field_words, table_words
from host.image.lut_layout import LutLayout
from host.image.memory_image import MemoryImage
from host.networks import LutNetwork, NetworkError
from host.regmap import Engine

# Gates that a layer's instruction can name.
_MOST_GATES = (1 << 16) - 1


@dataclass(frozen=True, eq=False, kw_only=True)
class LutImage(MemoryImage):
    """A memory image of the ``lut`` engine.

    Attributes
    ----------
    k
        Inputs of a gate.
    inputs, gates, wire_bits, group
        Registers of the engine (docs/lut-engine.md).
    wiring_seed
        Seed of the wiring where no store holds it; None where one does.
    """

    k: int
    inputs: int
    gates: int
    wire_bits: int
    group: int
    wiring_seed: int | None = None

    @property
    def score_bits(self) -> int:
        """Bits of a score."""
        return self.group.bit_length()


def compile_lut(network: LutNetwork, *, fixed_wiring: bool = False) -> LutImage:
    """The memory image of a network: the same words for every number of lanes.

    Parameters
    ----------
    network
        The network.
    fixed_wiring
        Leave the store ``wiring`` empty: the wiring is that of the network's seed.

    Raises
    ------
    NetworkError
        If a layer has more gates than an instruction can name, or the wiring is to be fixed and has no seed.
    """
    if fixed_wiring and network.wiring_seed is None:
        raise NetworkError(
            f"network {network.name!r} has no wiring seed: wire it with seeded_wiring, or compile it with stored wiring"
        )
    wire_bits = max(1, (network.inputs + network.gates - 1).bit_length())
    layers = tuple((layer.name, layer.gates) for layer in network.layers)
    layout = LutLayout(network.k, layers, wire_bits, stored_wiring=not fixed_wiring)
    wiring = field_words(_all(network, "wiring"))[: 0 if fixed_wiring else None]
    return LutImage(
        engine=Engine.LUT,
        stores={
            "tables": _padded(table_words(_all(network, "tables"), network.k), layout.extents[0]),
            "wiring": _padded(wiring, layout.extents[1]),
            "program": _program(network),
        },
        layout=layout,
        score_count=network.classes,
        # one unit for each instruction and each gate (docs/lut-engine.md)
        work_limit=WORK_MARGIN * (len(network.layers) + 1 + network.gates),
        k=network.k,
        inputs=network.inputs,
        gates=network.gates,
        wire_bits=wire_bits,
        group=network.group,
        wiring_seed=network.wiring_seed if fixed_wiring else None,
    )


def _all(network: LutNetwork, tensor: str) -> NDArray[Any]:
    """A tensor of all layers, one after the other."""
    return np.concatenate([getattr(layer, tensor) for layer in network.layers])


def _padded(words: NDArray[np.uint32], extent: int) -> NDArray[np.uint32]:
    return np.concatenate((words, np.zeros(extent - len(words), dtype=np.uint32)))


def _program(network: LutNetwork) -> NDArray[np.uint32]:
    """One instruction a layer, then END, which is all zeros."""
    last = len(network.layers) - 1
    instructions = []
    for number, layer in enumerate(network.layers):
        if layer.gates > _MOST_GATES:
            raise NetworkError(
                f"network {network.name!r}, layer {layer.name!r}: {layer.gates} gates, but an instruction names at most"
                f" {_MOST_GATES}; split the layer"
            )
        instructions.append(encode_instruction(SCORED if number == last else GATES, layer.gates))
    return np.array([*instructions, 0], dtype=np.uint32)
