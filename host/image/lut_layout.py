# SPDX-License-Identifier: Apache-2.0
"""What each physical bit of a memory image of the ``lut`` engine is, and where each parameter's bits are."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from host.image.layout import END_LAYER, PROGRAM_PADDING, Place, require_bit, require_index, store_id
from host.image.lut_format import COUNT_BITS, FIELD_BITS, OP_BITS, WIRING_WORDS, blocks
from host.regmap import ENGINE_STORES, Engine

_TABLES, _WIRING, _PROGRAM = range(3)
_STORES = ENGINE_STORES[Engine.LUT]
#: Lowest bit and width of each field of an instruction.
_FIELDS = {"n_gates": (0, COUNT_BITS), "op": (COUNT_BITS, OP_BITS)}


class LutLayout:
    """Places of all physical bits, both ways. Stores are named by store id or by name.

    A table's tensor is ``tables``, indexed (gate of the layer, address), one bit each; a wire number's is ``wiring``,
    indexed (gate of the layer, operand), 16 bits each. What follows the last gate belongs to layer ``(end)``.

    Parameters
    ----------
    k
        Inputs of a gate.
    layers
        Name and number of gates of each layer, in order.
    wire_bits
        Bits of a wire number; the rest of its field is padding.
    stored_wiring
        Whether the store ``wiring`` holds the wiring; if not it is empty, and there is no such tensor.
    """

    def __init__(
        self, k: int, layers: tuple[tuple[str, int], ...], wire_bits: int, *, stored_wiring: bool = True
    ) -> None:
        self.k = k
        self.layers = layers
        self.wire_bits = wire_bits
        self.stored_wiring = stored_wiring
        self._firsts = [0]
        for _, gates in layers:
            self._firsts.append(self._firsts[-1] + gates)
        self._numbers = {name: i for i, (name, _) in enumerate(layers)} | {END_LAYER: len(layers)}

    @property
    def gates(self) -> int:
        """Gates of all layers."""
        return self._firsts[-1]

    @property
    def extents(self) -> tuple[int, int, int]:
        """Code words of each store, by store id."""
        tables = -(-(self.gates << self.k) // 32)
        wiring = self.gates * WIRING_WORDS[self.k] if self.stored_wiring else 0
        return blocks(tables), blocks(wiring), len(self.layers) + 1

    def locate(self, store: int | str, word: int, bit: int) -> Place:
        """See :meth:`host.image.layout.Layout.locate`."""
        number = store_id(_STORES, store)
        require_bit(_STORES[number], self.extents[number], word, bit)
        if number == _TABLES:
            gate, address = divmod(32 * word + bit, 1 << self.k)
            layer, index = self._gate(gate)
            return Place(layer, "tables", (index, address), 0, gate >= self.gates)
        if number == _WIRING:
            gate, part = divmod(word, WIRING_WORDS[self.k])
            operand, position = 2 * part + bit // FIELD_BITS, bit % FIELD_BITS
            layer, index = self._gate(gate)
            padding = gate >= self.gates or operand >= self.k or position >= self.wire_bits
            return Place(layer, "wiring", (index, operand), position, padding)
        layer = self.layers[word][0] if word < len(self.layers) else END_LAYER
        for name, (low, width) in _FIELDS.items():
            if low <= bit < low + width:
                return Place(layer, name, (), bit - low)
        return Place(layer, PROGRAM_PADDING, (0,), bit, True)

    def find(self, layer: str, tensor: str, index: tuple[int, ...], bit: int) -> tuple[int, int, int]:
        """See :meth:`host.image.layout.Layout.find`."""
        if layer not in self._numbers:
            raise KeyError(f"no layer {layer!r}: the layers are {', '.join(self._numbers)}")
        number = self._numbers[layer]
        if tensor == "tables":
            require_index(layer, tensor, index, [self._room(number, _TABLES), 1 << self.k])
            _require_width(tensor, bit, 0, 1)
            word, place = divmod(((self._firsts[number] + index[0]) << self.k) + index[1], 32)
            return _TABLES, word, place
        if tensor == "wiring" and self.stored_wiring:
            words = WIRING_WORDS[self.k]
            require_index(layer, tensor, index, [self._room(number, _WIRING), 2 * words])
            _require_width(tensor, bit, 0, FIELD_BITS)
            gate, operand = self._firsts[number] + index[0], index[1]
            return _WIRING, gate * words + operand // 2, FIELD_BITS * (operand % 2) + bit
        if tensor == PROGRAM_PADDING:
            require_index(layer, tensor, index, [1])
            _require_width(tensor, bit, COUNT_BITS + OP_BITS, 32 - COUNT_BITS - OP_BITS)
            return _PROGRAM, number, bit
        if tensor not in _FIELDS:
            stored = ["tables", "wiring"] if self.stored_wiring else ["tables"]
            known = ", ".join([*stored, *_FIELDS, PROGRAM_PADDING])
            raise KeyError(f"no tensor {tensor!r}: the tensors are {known}")
        require_index(layer, tensor, index, [])
        low, width = _FIELDS[tensor]
        _require_width(tensor, bit, 0, width)
        return _PROGRAM, number, low + bit

    def padding_mask(self, store: int | str) -> NDArray[np.uint32]:
        """See :meth:`host.image.layout.Layout.padding_mask`."""
        number = store_id(_STORES, store)
        extent = self.extents[number]
        if number == _PROGRAM:
            return np.full(extent, 0xFFFFFFFF >> (COUNT_BITS + OP_BITS) << (COUNT_BITS + OP_BITS), dtype=np.uint32)
        bits = np.ones(32 * extent, dtype=np.uint8)
        if number == _TABLES:
            bits[: self.gates << self.k] = 0
        else:
            fields = bits.reshape(-1, 2 * WIRING_WORDS[self.k], FIELD_BITS)
            fields[: self.gates, : self.k, : self.wire_bits] = 0
        return np.packbits(bits, bitorder="little").view("<u4").astype(np.uint32)

    def _gate(self, gate: int) -> tuple[str, int]:
        """Layer and number in it of a gate; what follows the last gate belongs to the end."""
        number = min(bisect_right(self._firsts, gate) - 1, len(self.layers))
        layer = self.layers[number][0] if number < len(self.layers) else END_LAYER
        return layer, gate - self._firsts[number]

    def _room(self, number: int, store: int) -> int:
        """Gates of a layer in a store; of the end, those that the padding has room for."""
        if number < len(self.layers):
            return self.layers[number][1]
        bits = 32 * self.extents[store]
        whole = bits >> self.k if store == _TABLES else bits // (32 * WIRING_WORDS[self.k])
        return whole - self.gates


def _require_width(tensor: str, bit: int, low: int, width: int) -> None:
    if not low <= bit < low + width:
        raise IndexError(f"{tensor} has bits {low} ... {low + width - 1}; there is no {bit}")
