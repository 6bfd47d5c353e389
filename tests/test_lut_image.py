# SPDX-License-Identifier: Apache-2.0
"""The compiler and the layout of the ``lut`` engine, read back bit by bit as docs/lut-engine.md has them."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lut_networks import LUT_SHAPES, LutShape, random_bits, random_lut_network
from random_networks import SEEDS

from host.image import LutImage, Place, compile_network
from host.networks import LutLayer, LutNetwork, NetworkError, load_network
from host.regmap import Engine
from host.twin import infer

STORES = ("tables", "wiring", "program")
#: Code words of wiring that a gate has, by k.
WIRING_WORDS = {2: 1, 3: 2, 4: 2, 5: 4, 6: 4}


def compiled(network: LutNetwork, fixed: bool = False) -> LutImage:
    """The image of a network."""
    image = compile_network(network, fixed_wiring=fixed)
    assert isinstance(image, LutImage)
    return image


@settings(max_examples=50, deadline=None)
@given(SEEDS, LUT_SHAPES, st.booleans())
def test_stores_hold_the_network_as_the_page_says(seed: int, shape: LutShape, fixed: bool) -> None:
    network = random_lut_network(seed, shape, wiring_seed=seed if fixed else None)
    image = compiled(network, fixed)
    tables, wiring, program = ([int(word) for word in words] for words in image.words)
    rows, words = 1 << shape.k, WIRING_WORDS[shape.k]
    gate = 0
    for number, layer in enumerate(network.layers):
        assert program[number] == layer.gates | (2 if layer is network.layers[-1] else 1) << 16
        for own in range(layer.gates):
            for a in range(rows):
                place = gate * rows + a
                assert tables[place // 32] >> place % 32 & 1 == int(layer.tables[own]) >> a & 1
            for operand in range(0 if fixed else 2 * words):
                field = wiring[gate * words + operand // 2] >> 16 * (operand % 2) & 0xFFFF
                assert field == (layer.wiring[own, operand] if operand < shape.k else 0)
            gate += 1
    assert program[len(network.layers) :] == [0]
    used = -(-gate * rows // 32)
    assert len(tables) % 4 == len(wiring) % 4 == 0
    assert used <= len(tables) < used + 4 and not any(tables[used:])
    assert len(wiring) == 0 if fixed else gate * words <= len(wiring) < gate * words + 4
    assert not any(wiring[gate * words :])
    assert image.engine is Engine.LUT and image.extents == image.layout.extents
    assert (image.k, image.inputs, image.gates, image.group) == (shape.k, shape.inputs, gate, shape.group)
    assert image.work_limit == 4 * (gate + len(network.layers) + 1) and image.score_count == shape.classes
    wires = shape.inputs + gate
    assert image.wire_bits == max(1, len(f"{wires - 1:b}"))
    assert image.score_bits == len(f"{shape.group:b}")


@settings(max_examples=25, deadline=None)
@given(SEEDS, LUT_SHAPES, st.booleans())
def test_every_bit_has_one_place_and_every_place_its_bit(seed: int, shape: LutShape, fixed: bool) -> None:
    image = compiled(random_lut_network(seed, shape, wiring_seed=seed if fixed else None), fixed)
    layout = image.layout
    places: set[Place] = set()
    for store, extent in enumerate(layout.extents):
        mask = layout.padding_mask(store)
        assert mask.dtype == np.uint32 and len(mask) == extent
        assert np.array_equal(mask, layout.padding_mask(STORES[store]))
        for word in range(extent):
            for bit in range(32):
                place = layout.locate(store, word, bit)
                assert layout.find(place.layer, place.tensor, place.index, place.bit) == (store, word, bit)
                assert place.padding == bool(mask[word] >> bit & 1)
                places.add(place)
    assert len(places) == 32 * sum(layout.extents)
    gates = sum(shape.widths)
    wiring = 0 if fixed else gates * shape.k * image.wire_bits
    # Of an instruction 16 + 8 bits are fields.
    assert sum(not p.padding for p in places) == gates * 2**shape.k + wiring + 24 * (len(shape.widths) + 1)


@settings(max_examples=25, deadline=None)
@given(SEEDS, LUT_SHAPES)
def test_the_layout_finds_the_parameters(seed: int, shape: LutShape) -> None:
    network = random_lut_network(seed, shape)
    image = compiled(network)

    def value(layer: str, tensor: str, index: tuple[int, ...], width: int) -> int:
        found = [image.layout.find(layer, tensor, index, bit) for bit in range(width)]
        return sum((int(image.words[store][word]) >> place & 1) << b for b, (store, word, place) in enumerate(found))

    for number, layer in enumerate(network.layers):
        own = seed % layer.gates
        for a in range(2**shape.k):
            assert value(layer.name, "tables", (own, a), 1) == int(layer.tables[own]) >> a & 1
        for operand in range(shape.k):
            assert value(layer.name, "wiring", (own, operand), image.wire_bits) == layer.wiring[own, operand]
        assert value(layer.name, "n_gates", (), 16) == layer.gates
        assert value(layer.name, "op", (), 8) == (2 if number == len(network.layers) - 1 else 1)
    assert value("(end)", "op", (), 8) == 0


@pytest.mark.parametrize("k", range(2, 7))
@pytest.mark.parametrize("fixed", [False, True])
def test_padding_changes_nothing(k: int, fixed: bool) -> None:
    """Each padding bit alone, then all at once; a bit that is none does change something."""
    network = random_lut_network(k, LutShape(k, 5, (3,), 2, 2), wiring_seed=k if fixed else None)
    image = compiled(network, fixed)
    pictures = np.array([[p >> i & 1 for i in range(5)] for p in range(32)], dtype=np.uint8)
    golden = infer(image, image.words, pictures)

    def answers(flips: list[np.ndarray]) -> bool:
        upset = [words ^ mask for words, mask in zip(image.words, flips, strict=True)]
        seen = infer(image, upset, pictures)
        return (seen.work, seen.hung) == (golden.work, golden.hung) and np.array_equal(seen.scores, golden.scores)

    masks = [image.layout.padding_mask(store) for store in STORES]
    assert answers(masks)
    changed = 0
    for store, mask in enumerate(masks):
        for word in range(len(mask)):
            for bit in range(32):
                flips = [np.zeros_like(m) for m in masks]
                flips[store][word] = 1 << bit
                if mask[word] >> bit & 1:
                    assert answers(flips), (STORES[store], word, bit)
                else:
                    changed += not answers(flips)
    assert changed


LAYOUT = compiled(random_lut_network(1, LutShape(3, 9, (5,), 2, 3))).layout
FIXED = compiled(random_lut_network(1, LutShape(3, 9, (5,), 2, 3), wiring_seed=1), True).layout


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: LAYOUT.locate("weights", 0, 0),
            KeyError,
            "no store 'weights': the stores are tables, wiring, program",
        ),
        (lambda: LAYOUT.locate(3, 0, 0), IndexError, "stores are 0 ... 2; there is no 3"),
        (lambda: LAYOUT.locate("tables", 4, 0), IndexError, "store tables has words 0 ... 3; there is no 4"),
        (lambda: LAYOUT.locate("tables", 0, 32), IndexError, "a word of tables has bits 0 ... 31; there is no 32"),
        (lambda: LAYOUT.find("l2", "tables", (0, 0), 0), KeyError, "no layer 'l2': the layers are l0, l1, (end)"),
        (lambda: LAYOUT.find("l0", "bias", (), 0), KeyError, "the tensors are tables, wiring, n_gates, op, padding"),
        (lambda: LAYOUT.find("l0", "tables", (5, 0), 0), IndexError, "tables of l0 has shape (5, 8)"),
        (lambda: LAYOUT.find("l0", "tables", (0, 0), 1), IndexError, "tables has bits 0 ... 0; there is no 1"),
        (lambda: LAYOUT.find("l0", "wiring", (0, 4), 0), IndexError, "wiring of l0 has shape (5, 4)"),
        (lambda: LAYOUT.find("l0", "wiring", (0, 0), 16), IndexError, "wiring has bits 0 ... 15; there is no 16"),
        (lambda: LAYOUT.find("l0", "op", (), 8), IndexError, "op has bits 0 ... 7; there is no 8"),
        (lambda: FIXED.locate("wiring", 0, 0), IndexError, "there is no 0"),
        (lambda: FIXED.find("l0", "wiring", (0, 0), 0), KeyError, "the tensors are tables, n_gates, op, padding"),
    ],
)
def test_what_is_not_there_is_said(call: Callable[[], object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()


def test_a_layer_must_fit_an_instruction() -> None:
    """65536 wires are the most, so that a layer beyond 16 bits is refused as a network already."""
    gates = 1 << 16
    layer = LutLayer("wide", np.zeros((gates, 2), dtype=np.uint16), np.zeros(gates, dtype=np.uint64))
    with pytest.raises(NetworkError, match="65537 wires; at most 65536"):
        LutNetwork("wide", np.zeros(1, dtype=np.uint16), np.zeros(1), (layer,), 1)
    most = LutLayer("wide", layer.wiring[1:], layer.tables[1:])
    image = compiled(LutNetwork("wide", np.zeros(1, dtype=np.uint16), np.zeros(1), (most,), 1))
    assert image.words[2].tolist() == [2 << 16 | 0xFFFF, 0] and (image.wire_bits, image.score_bits) == (16, 16)
    # every gate gives 0, then every gate 1: the greatest score of all
    picture = random_bits(1, 1, 1)
    assert infer(image, image.words, picture).scores.tolist() == [[0]]
    assert infer(image, [~image.words[0], *image.words[1:]], picture).scores.tolist() == [[65535]]


def test_wiring_can_be_fixed_in_a_lut_network_only() -> None:
    with pytest.raises(NetworkError, match="has no wiring that could be fixed"):
        compile_network(load_network("digits-mlp"), fixed_wiring=True)
