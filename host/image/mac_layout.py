# SPDX-License-Identifier: Apache-2.0
"""What each physical bit of a memory image of the ``mac`` engine is, and where each parameter's bits are."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.layout import END_LAYER, PROGRAM_PADDING, Place, require_bit, require_index, store_id
from host.image.mac_format import (
    BLOCK_WORDS,
    FIELDS,
    INSTRUCTION_WORDS,
    LANES,
    REQUANT_WORDS,
    SHIFT_BITS,
    blocks,
    input_blocks,
)
from host.regmap import ENGINE_STORES, Engine

_WEIGHTS, _BIAS, _REQUANT, _PROGRAM = range(4)
_STORES = ENGINE_STORES[Engine.MAC]
_FIELD_AT = {(f.word, f.low + i): (name, i) for name, f in FIELDS.items() for i in range(f.width)}
_TENSOR_STORE = {"weights": _WEIGHTS, "bias": _BIAS, "multiplier": _REQUANT, "shift": _REQUANT}


@dataclass(frozen=True)
class LayerShape:
    """Name and size of a layer: all that the layout of the ``mac`` engine depends on."""

    name: str
    inputs: int
    outputs: int

    @property
    def input_blocks(self) -> int:
        """Weight blocks from one block of channels to the next."""
        return input_blocks(self.inputs)

    @property
    def channel_blocks(self) -> int:
        """Blocks of 16 channels."""
        return blocks(self.outputs)


class MacLayout:
    """Places of all physical bits, both ways.

    Layers follow each other in every store. Stores are named by store id or by name.

    Parameters
    ----------
    layers
        In order of execution.
    """

    def __init__(self, layers: tuple[LayerShape, ...]) -> None:
        self.layers = tuple(layers)
        self._numbers = {layer.name: i for i, layer in enumerate(self.layers)}
        #: First weight block and first channel block of each layer, and the counts of all.
        self.weight_blocks = [0]
        self.channel_blocks = [0]
        for layer in self.layers:
            self.weight_blocks.append(self.weight_blocks[-1] + layer.channel_blocks * layer.input_blocks)
            self.channel_blocks.append(self.channel_blocks[-1] + layer.channel_blocks)

    @property
    def extents(self) -> tuple[int, int, int, int]:
        """Code words of each store, by store id."""
        weights, channels = self.weight_blocks[-1], self.channel_blocks[-1]
        program = INSTRUCTION_WORDS * (len(self.layers) + 1)
        return BLOCK_WORDS * weights, LANES * channels, REQUANT_WORDS * channels, program

    def locate(self, store: int | str, word: int, bit: int) -> Place:
        """What a physical bit is.

        Raises
        ------
        IndexError
            If there is no such bit; the message gives the limits.
        """
        number = store_id(_STORES, store)
        require_bit(_STORES[number], self.extents[number], word, bit)
        return (self._locate_weight, self._locate_bias, self._locate_requant, self._locate_program)[number](word, bit)

    def find(self, layer: str, tensor: str, index: tuple[int, ...], bit: int) -> tuple[int, int, int]:
        """Store id, code word and bit of a place: the inverse of :meth:`locate`, padding included.

        Raises
        ------
        KeyError
            If there is no such layer or tensor.
        IndexError
            If the index or the bit lies outside.
        """
        if tensor in _TENSOR_STORE:
            if layer not in self._numbers:
                raise KeyError(f"no layer {layer!r}: the layers are {', '.join(self._numbers)}")
            store, word, shift = self._find_parameter(self._numbers[layer], tensor, index)
            width = 8 if tensor == "weights" else 32
        else:
            store, word, shift, width = self._find_instruction(layer, tensor, index)
        if not 0 <= bit < width:
            raise IndexError(f"{tensor} has bits 0 ... {width - 1}; there is no {bit}")
        if tensor == PROGRAM_PADDING and (index[0], bit) in _FIELD_AT:
            raise IndexError(f"bit {bit} of instruction word {index[0]} is {_FIELD_AT[index[0], bit][0]}, not padding")
        return store, word, shift + bit

    def padding_mask(self, store: int | str) -> NDArray[np.uint32]:
        """uint32[extent]: 1 for each bit that is padding."""
        number = store_id(_STORES, store)
        if number == _PROGRAM:
            one = [0xFFFFFFFF] * INSTRUCTION_WORDS
            for field in FIELDS.values():
                one[field.word] &= ~field.mask
            return np.tile(np.array(one, dtype=np.uint32), len(self.layers) + 1)
        parts = [self._layer_padding(number, layer) for layer in self.layers]
        return np.concatenate(parts)

    def _locate_weight(self, word: int, bit: int) -> Place:
        block = word // BLOCK_WORDS
        number = bisect_right(self.weight_blocks, block) - 1
        layer = self.layers[number]
        down, across = divmod(block - self.weight_blocks[number], layer.input_blocks)
        output = LANES * down + (word >> 2) % LANES
        source = LANES * across + 4 * (word & 3) + bit // 8
        padding = output >= layer.outputs or source >= layer.inputs
        return Place(layer.name, "weights", (output, source), bit % 8, padding)

    def _channel(self, channel: int) -> tuple[LayerShape, int]:
        """Layer and output number of a channel of ``bias`` and ``requant``."""
        number = bisect_right(self.channel_blocks, channel // LANES) - 1
        return self.layers[number], channel - LANES * self.channel_blocks[number]

    def _locate_bias(self, word: int, bit: int) -> Place:
        layer, output = self._channel(word)
        return Place(layer.name, "bias", (output,), bit, output >= layer.outputs)

    def _locate_requant(self, word: int, bit: int) -> Place:
        layer, output = self._channel(word // 2)
        padding = output >= layer.outputs or (word % 2 == 1 and bit >= SHIFT_BITS)
        return Place(layer.name, "shift" if word % 2 else "multiplier", (output,), bit, padding)

    def _locate_program(self, word: int, bit: int) -> Place:
        number, part = divmod(word, INSTRUCTION_WORDS)
        layer = self.layers[number].name if number < len(self.layers) else END_LAYER
        if (part, bit) not in _FIELD_AT:
            return Place(layer, PROGRAM_PADDING, (part,), bit, True)
        field, position = _FIELD_AT[part, bit]
        return Place(layer, field, (), position)

    def _find_parameter(self, number: int, tensor: str, index: tuple[int, ...]) -> tuple[int, int, int]:
        """Store, word and lowest bit of a parameter."""
        layer = self.layers[number]
        shape = [LANES * layer.channel_blocks]
        if tensor == "weights":
            shape.append(LANES * layer.input_blocks)
        require_index(layer.name, tensor, index, shape)
        channel = LANES * self.channel_blocks[number] + index[0]
        if tensor == "weights":
            output, source = index
            block = self.weight_blocks[number] + output // LANES * layer.input_blocks + source // LANES
            return (
                _WEIGHTS,
                BLOCK_WORDS * block + 4 * (output % LANES) + source % LANES // 4,
                source % 4 * 8,
            )
        if tensor == "bias":
            return _BIAS, channel, 0
        return _REQUANT, 2 * channel + (tensor == "shift"), 0

    def _find_instruction(self, layer: str, tensor: str, index: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Store, word, lowest bit and width of a program field, or of the padding of a word."""
        if layer != END_LAYER and layer not in self._numbers:
            raise KeyError(f"no layer {layer!r}: the layers are {', '.join(self._numbers)} and {END_LAYER}")
        first = INSTRUCTION_WORDS * self._numbers.get(layer, len(self.layers))
        if tensor == PROGRAM_PADDING:
            require_index(layer, tensor, index, [INSTRUCTION_WORDS])
            return _PROGRAM, first + index[0], 0, 32
        if tensor not in FIELDS:
            known = ", ".join([*_TENSOR_STORE, *FIELDS, PROGRAM_PADDING])
            raise KeyError(f"no tensor {tensor!r}: the tensors are {known}")
        require_index(layer, tensor, index, [])
        field = FIELDS[tensor]
        return _PROGRAM, first + field.word, field.low, field.width

    def _layer_padding(self, store: int, layer: LayerShape) -> NDArray[np.uint32]:
        """Padding of one layer's words of ``weights``, ``bias`` or ``requant``."""
        down, across = layer.channel_blocks, layer.input_blocks
        unused = np.arange(LANES * down) >= layer.outputs
        if store == _WEIGHTS:
            table = np.full((LANES * down, LANES * across), 0xFF, dtype=np.uint8)
            table[: layer.outputs, : layer.inputs] = 0
            return pack_weights(table.view(np.int8))
        channel = np.where(unused, 0xFFFFFFFF, 0).astype(np.uint32)
        if store == _BIAS:
            return channel
        shift = channel | np.uint32(0xFFFFFFFF >> SHIFT_BITS << SHIFT_BITS)
        return np.stack((channel, shift), axis=1).reshape(-1)


def pack_weights(table: NDArray[np.int8]) -> NDArray[np.uint32]:
    """Words of ``weights`` from int8[16·O, 16·I]: blocks of channels, in each the blocks of inputs."""
    down, across = table.shape[0] // LANES, table.shape[1] // LANES
    ordered = table.reshape(down, LANES, across, LANES).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(ordered).reshape(-1).view("<u4").astype(np.uint32)
