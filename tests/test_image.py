# SPDX-License-Identifier: Apache-2.0
"""The compiler and the layout, read back bit by bit as docs/mac-engine.md describes the stores."""

from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SEEDS, SHAPES, random_network

from host.image import Layout, Place, compile_network, digest, encode_images
from host.image.mac_layout import LayerShape, MacLayout
from host.networks import Dense, DenseNetwork, NetworkError, load_network
from host.regmap import Engine
from host.twin import infer

STORES = ("weights", "bias", "requant", "program")


def signed(value: int, bits: int) -> int:
    """Two's complement."""
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


@settings(max_examples=25, deadline=None)
@given(SEEDS, SHAPES)
def test_stores_hold_the_network_as_the_page_says(seed: int, shape: list[int]) -> None:
    network = random_network(seed, shape, wild=True)
    image = compile_network(network)
    weights, bias, requant, program = ([int(w) for w in words] for words in image.words)
    block, channel, work = 0, 0, 1
    for number, layer in enumerate(network.layers):
        down, across = -(-layer.outputs // 16), -(-layer.inputs // 16)
        words = program[8 * number : 8 * number + 8]
        last = number == len(network.layers) - 1
        src, dst = words[0] >> 16 & 3, words[0] >> 18 & 3
        assert (words[0] & 0xFF, words[0] >> 8 & 1) == (1, layer.single_rounding)
        assert src == (0 if number == 0 else 1 + (number - 1) % 2) and dst == (0 if last else 1 + number % 2)
        assert words[1] == layer.inputs | layer.outputs << 16
        assert words[2] == 0 and words[3] == block | channel // 16 << 16
        zero_points = (
            layer.input_zero_point,
            layer.output_zero_point,
            layer.activation_min,
            layer.activation_max,
        )
        assert tuple(signed(words[4] >> k & 0xFF, 8) for k in (0, 8, 16, 24)) == zero_points
        assert words[5:] == [0, 0, 0] and words[0] & 0xFFF0FE00 == 0
        for c in range(16 * down):
            real = c < layer.outputs
            assert signed(bias[channel + c], 32) == (layer.bias[c] if real else 0)
            assert signed(requant[2 * (channel + c)], 32) == (layer.multiplier[c] if real else 0)
            assert requant[2 * (channel + c) + 1] >> 6 == 0
            assert signed(requant[2 * (channel + c) + 1], 6) == (layer.shift[c] if real else 0)
            for i in range(16 * across):
                word = weights[64 * (block + c // 16 * across + i // 16) + 4 * (c % 16) + i % 16 // 4]
                expected = layer.weights[c, i] if real and i < layer.inputs else 0
                assert signed(word >> 8 * (i % 4) & 0xFF, 8) == expected
        block, channel, work = block + down * across, channel + 16 * down, work + 1 + down * across
    assert program[8 * len(network.layers) :] == [0] * 8
    assert image.extents == (64 * block, channel, 2 * channel, 8 * (len(network.layers) + 1))
    assert image.work_limit == 4 * work
    assert image.engine is Engine.MAC and image.score_count == shape[-1]
    assert (image.image_rows, image.score_rows) == (-(-shape[0] // 16), -(-shape[-1] // 16))
    needed = max((-(-n // 16) for n in shape[1:-1]), default=1)
    assert 1 << image.row_bits >= needed and (image.row_bits == 0 or 1 << (image.row_bits - 1) < needed)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 34), min_size=2, max_size=4))
def test_every_bit_has_one_place_and_every_place_its_bit(shape: list[int]) -> None:
    layout = MacLayout(tuple(LayerShape(f"l{i}", a, b) for i, (a, b) in enumerate(pairwise(shape))))
    places: set[Place] = set()
    for store, extent in enumerate(layout.extents):
        mask = layout.padding_mask(store)
        assert mask.dtype == np.uint32 and len(mask) == extent
        assert np.array_equal(mask, layout.padding_mask(STORES[store]))
        for word in range(extent):
            for bit in range(32):
                place = layout.locate(store, word, bit)
                assert layout.find(place.layer, place.tensor, place.index, place.bit) == (
                    store,
                    word,
                    bit,
                )
                assert place.padding == bool(mask[word] >> bit & 1)
                places.add(place)
    assert len(places) == 32 * sum(layout.extents)
    used = sum(not p.padding for p in places)
    parameters = sum(a * b * 8 + b * (32 + 32 + 6) for a, b in pairwise(shape))
    # Of an instruction 8 + 1 + 2 + 2 + 32 + 32 + 32 + 32 bits are fields.
    assert used == parameters + len(shape) * 141


def value_at(
    stores: list[np.ndarray],
    layout: Layout,
    layer: str,
    tensor: str,
    index: tuple[int, ...],
    width: int,
) -> int:
    """A parameter read from the stores bit by bit through the layout."""
    value = 0
    for bit in range(width):
        store, word, place = layout.find(layer, tensor, index, bit)
        value |= (int(stores[store][word]) >> place & 1) << bit
    return signed(value, width)


@settings(max_examples=10, deadline=None)
@given(SEEDS, SHAPES, st.data())
def test_the_layout_finds_the_parameters(seed: int, shape: list[int], data: st.DataObject) -> None:
    network = random_network(seed, shape, wild=True)
    image = compile_network(network)
    layer: Dense = data.draw(st.sampled_from(network.layers))
    c = data.draw(st.integers(0, layer.outputs - 1))
    i = data.draw(st.integers(0, layer.inputs - 1))

    def read(tensor: str, index: tuple[int, ...], width: int) -> int:
        return value_at(image.words, image.layout, layer.name, tensor, index, width)

    assert read("weights", (c, i), 8) == layer.weights[c, i]
    assert read("bias", (c,), 32) == layer.bias[c]
    assert read("multiplier", (c,), 32) == layer.multiplier[c]
    assert read("shift", (c,), 6) == layer.shift[c]
    assert read("input_zero_point", (), 8) == layer.input_zero_point
    assert read("activation_max", (), 8) == layer.activation_max
    assert read("n_out", (), 16) == layer.outputs


@settings(max_examples=25, deadline=None)
@given(SEEDS, SHAPES)
def test_padding_bits_change_nothing(seed: int, shape: list[int]) -> None:
    image = compile_network(random_network(seed, shape))
    pictures = np.random.default_rng(seed).integers(-128, 128, (5, shape[0]), dtype=np.int8)
    golden = infer(image, image.words, pictures)
    flipped = [words ^ image.layout.padding_mask(store) for store, words in enumerate(image.words)]
    faulty = infer(image, flipped, pictures)
    assert not golden.hung and np.array_equal(golden.scores, faulty.scores) and golden.work == faulty.work


def test_the_layout_refuses_what_is_not_there() -> None:
    layout = compile_network(random_network(0, [20, 5, 3])).layout
    for wrong in ((4, 0, 0), ("weights", layout.extents[0], 0), (1, -1, 0), (1, 0, 32), (1, 0, -1)):
        with pytest.raises(IndexError, match="there is no"):
            layout.locate(*wrong)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="no store 'nothing'"):
        layout.locate("nothing", 0, 0)
    for layer, tensor in (("l7", "weights"), ("(end)", "bias"), ("l0", "nothing"), ("l7", "op")):
        with pytest.raises(KeyError, match=r"no (layer|tensor)"):
            layout.find(layer, tensor, (0, 0), 0)
    wrong_places: list[tuple[str, tuple[int, ...], int]] = [
        ("weights", (16, 0), 0),
        ("weights", (0, 32), 0),
        ("weights", (0,), 0),
        ("weights", (0, 0), 8),
        ("bias", (-1,), 0),
        ("shift", (0,), 32),
        ("op", (), 8),
        ("op", (0,), 0),
        ("padding", (8,), 0),
        ("padding", (0,), 7),
    ]
    for tensor, index, bit in wrong_places:
        with pytest.raises(IndexError):
            layout.find("l0", tensor, index, bit)


def test_the_digest_is_that_of_the_stores() -> None:
    image = compile_network(load_network("digits-mlp"))
    assert image.digest == zlib.crc32(b"".join(words.astype("<u4").tobytes() for words in image.words))
    assert image.digest == digest(image.words)
    with pytest.raises(ValueError, match="read-only"):
        image.stores["weights"][0] = 1


def test_pictures_fill_rows() -> None:
    pictures = np.arange(-20, 20, dtype=np.int8).reshape(2, 20)
    words = encode_images(pictures, 2)
    assert words.dtype == np.uint32 and words.shape == (2, 8)
    elements = words.view(np.int8).reshape(2, 32)
    assert np.array_equal(elements[:, :20], pictures) and not elements[:, 20:].any()
    assert words[0, 0] == 0xEFEEEDEC  # -20, -19, -18, -17, lowest element in the lowest byte
    for wrong in (pictures.astype(np.int16), pictures[0], np.zeros((1, 33), np.int8)):
        with pytest.raises(ValueError, match="pictures are"):
            encode_images(wrong, 2)


def wide(inputs: int, outputs: int, name: str) -> Dense:
    """A layer of zeros."""
    channels = np.zeros(outputs, np.int32)
    return Dense(
        name,
        np.zeros((outputs, inputs), np.int8),
        channels,
        channels,
        channels.astype(np.int8),
        0,
        0,
    )


@pytest.mark.parametrize(("shape", "message"), [((65536, 1), "n_in is 65536"), ((1, 65536), "n_out is 65536")])
def test_a_layer_too_wide_for_the_program_is_refused(shape: tuple[int, int], message: str) -> None:
    with pytest.raises(NetworkError, match=f"layer 'a': {message}.*0 ... 65535"):
        compile_network(DenseNetwork("n", (wide(*shape, "a"),), 1.0, 0))


def test_too_many_blocks_for_the_program_are_refused() -> None:
    layers = (wide(4080, 4096, "a"), wide(4096, 4112, "b"), wide(4112, 1, "c"))
    with pytest.raises(NetworkError, match="layer 'c': weight_block is 131072"):
        compile_network(DenseNetwork("n", layers, 1.0, 0))
