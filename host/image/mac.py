# SPDX-License-Identifier: Apache-2.0
"""The compiler of the ``mac`` engine: the words of docs/mac-engine.md for a network of fully connected layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.image.mac_format import (
    FULLY_CONNECTED,
    LANES,
    SCORES,
    SHIFT_BITS,
    blocks,
    encode_instruction,
)
from host.image.mac_layout import LayerShape, MacLayout, pack_weights
from host.image.memory_image import MemoryImage
from host.networks import Dense, DenseNetwork, NetworkError
from host.regmap import Engine

#: Work that the golden inference may be exceeded by before it counts as hung (docs/mac-engine.md).
WORK_MARGIN = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class MacImage(MemoryImage):
    """A memory image of the ``mac`` engine.

    Attributes
    ----------
    image_rows, score_rows, row_bits
        Registers of the engine (docs/mac-engine.md).
    """

    image_rows: int
    score_rows: int
    row_bits: int


def compile_mac(network: DenseNetwork) -> MacImage:
    """The memory image of a network: the same words for every array size.

    Layers follow each other in all stores; activations alternate between buffers 1 and 2.

    Raises
    ------
    NetworkError
        If a layer does not fit the fields of the program; the message names layer, field and limits.
    """
    shapes = tuple(LayerShape(layer.name, layer.inputs, layer.outputs) for layer in network.layers)
    layout = MacLayout(shapes)
    golden_work = 1 + sum(1 + shape.channel_blocks * shape.input_blocks for shape in shapes)
    rows = max((shape.channel_blocks for shape in shapes[:-1]), default=1)
    return MacImage(
        engine=Engine.MAC,
        stores={
            "weights": np.concatenate([_weights(layer) for layer in network.layers]),
            "bias": np.concatenate([_channels(layer.bias) for layer in network.layers]),
            "requant": np.concatenate([_requant(layer) for layer in network.layers]),
            "program": _program(network, layout),
        },
        layout=layout,
        image_rows=blocks(network.inputs),
        score_rows=blocks(network.outputs),
        score_count=network.outputs,
        row_bits=(rows - 1).bit_length(),
        work_limit=WORK_MARGIN * golden_work,
    )


def _weights(layer: Dense) -> NDArray[np.uint32]:
    table = np.zeros((LANES * blocks(layer.outputs), LANES * blocks(layer.inputs)), dtype=np.int8)
    table[: layer.outputs, : layer.inputs] = layer.weights
    return pack_weights(table)


def _channels(values: NDArray[np.int32]) -> NDArray[np.uint32]:
    """One word for each channel, filled up to whole blocks."""
    words = np.zeros(LANES * blocks(len(values)), dtype=np.uint32)
    words[: len(values)] = values.astype(np.uint32)
    return words


def _requant(layer: Dense) -> NDArray[np.uint32]:
    shift = layer.shift.astype(np.int32) & ((1 << SHIFT_BITS) - 1)
    return np.stack((_channels(layer.multiplier), _channels(shift)), axis=1).reshape(-1)


def _program(network: DenseNetwork, layout: MacLayout) -> NDArray[np.uint32]:
    """One instruction a layer, then END, which is all zeros."""
    last = len(network.layers) - 1
    instructions = []
    for number, layer in enumerate(network.layers):
        fields = {
            "op": FULLY_CONNECTED,
            "single": int(layer.single_rounding),
            "src": _buffer(number),
            "dst": SCORES if number == last else _buffer(number + 1),
            "n_in": layer.inputs,
            "n_out": layer.outputs,
            "weight_block": layout.weight_blocks[number],
            "channel_block": layout.channel_blocks[number],
            "input_zero_point": layer.input_zero_point,
            "output_zero_point": layer.output_zero_point,
            "activation_min": layer.activation_min,
            "activation_max": layer.activation_max,
        }
        try:
            instructions.append(encode_instruction(fields))
        except ValueError as error:
            raise NetworkError(
                f"network {network.name!r}, layer {layer.name!r}: {error}; it needs a smaller network"
            ) from error
    instructions.append(encode_instruction({}))
    return np.concatenate(instructions)


def _buffer(number: int) -> int:
    """Buffer that layer ``number`` reads: the image, then 1 and 2 in turn."""
    return 0 if number == 0 else 2 - number % 2


def encode_images(images: NDArray[np.int8], image_rows: int) -> NDArray[np.uint32]:
    """Pictures as words of the image store.

    Parameters
    ----------
    images
        int8[n, inputs]; what is missing to full rows is filled with 0.
    image_rows
        Rows of a picture.

    Returns
    -------
    uint32[n, 4·image_rows]
        Word ``4·row + k`` holds elements ``4k … 4k+3`` of a row, lowest in bits 7:0.

    Raises
    ------
    ValueError
        If the pictures are not int8 or do not fit the rows.
    """
    if images.dtype != np.int8 or images.ndim != 2 or images.shape[1] > LANES * image_rows:
        raise ValueError(
            f"pictures are {images.dtype}{list(images.shape)}; they must be int8[n, at most {LANES * image_rows}]"
        )
    padded = np.zeros((len(images), LANES * image_rows), dtype=np.int8)
    padded[:, : images.shape[1]] = images
    return padded.view("<u4").astype(np.uint32)
