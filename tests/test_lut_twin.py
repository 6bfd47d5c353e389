# SPDX-License-Identifier: Apache-2.0
"""The twin of the ``lut`` engine against a second interpreter in plain integers, with faults in every store."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_lut_networks import LUT_SHAPES, LutShape, random_bits, random_lut_network
from random_networks import SEEDS, fault_sets

from host.faults import FaultSet
from host.image import LutImage, compile_network
from host.networks import LutLayer, LutNetwork, NetworkError, seeded_wiring
from host.twin import Inference, infer
from host.twin.lut_reference import Engine, Registers, seeded_wire

PICTURES = st.one_of(st.integers(1, 3), st.sampled_from([63, 64, 65, 128, 200]))


def compiled(network: LutNetwork, fixed: bool = False) -> LutImage:
    """The image of a network."""
    image = compile_network(network, fixed_wiring=fixed)
    assert isinstance(image, LutImage)
    return image


def reference(image: LutImage, stores: Sequence[np.ndarray], pictures: np.ndarray) -> Inference:
    """The slow interpreter's answers in the form of the twin's."""
    names = ("k", "inputs", "gates", "wire_bits", "group", "score_count", "work_limit", "wiring_seed")
    registers = Registers(**{name: getattr(image, name) for name in names})
    engine = Engine(registers, [words.tolist() for words in stores])
    answers = [engine.run(picture.tolist()) for picture in pictures]
    hung = answers[0].scores is None
    assert all((a.scores is None) == hung for a in answers)
    done = [] if hung else answers
    return Inference(
        np.array([a.scores for a in done], dtype=np.uint16).reshape(len(done), image.score_count),
        np.array([a.class_ for a in done], dtype=np.uint16),
        answers[0].work,
        hung,
    )


def assert_same(a: Inference, b: Inference) -> None:
    """Equal in everything."""
    assert (a.hung, a.work) == (b.hung, b.work)
    for name in ("scores", "classes"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and np.array_equal(x, y), name


@settings(max_examples=100, deadline=None)
@given(SEEDS, LUT_SHAPES, st.booleans(), PICTURES)
def test_golden_inference(seed: int, shape: LutShape, fixed: bool, count: int) -> None:
    image = compiled(random_lut_network(seed, shape, wiring_seed=seed if fixed else None), fixed)
    pictures = random_bits(seed, count, shape.inputs)
    answer = infer(image, image.words, pictures)
    assert not answer.hung and 4 * answer.work == image.work_limit
    assert_same(answer, reference(image, image.words, pictures))


@settings(max_examples=300, deadline=None)
@given(SEEDS, LUT_SHAPES, st.booleans(), PICTURES, st.data())
def test_faults_in_every_store(seed: int, shape: LutShape, fixed: bool, count: int, data: st.DataObject) -> None:
    image = compiled(random_lut_network(seed, shape, wiring_seed=seed if fixed else None), fixed)
    # an empty store has no bit to flip: the fault sets are drawn without it
    used = [number for number, extent in enumerate(image.extents) if extent]
    drawn = data.draw(fault_sets([image.extents[number] for number in used]))
    faults = FaultSet(np.array(used, dtype=np.uint8)[drawn.store], drawn.word, drawn.bit)
    stores = faults.apply(image.words)
    pictures = random_bits(seed, count, shape.inputs)
    assert_same(infer(image, stores, pictures), reference(image, stores, pictures))


# Operations and gate counts that make interesting programs likelier than random bits do.
COUNT = st.one_of(st.integers(0, 12), st.sampled_from([31, 32, 33, 255, 4096, 65535]))
INSTRUCTION = st.tuples(st.integers(0, 255), st.sampled_from([0, 1, 1, 1, 2, 2, 2, 3, 128, 130, 255]), COUNT).map(
    lambda fields: fields[0] << 24 | fields[1] << 16 | fields[2]
)


@st.composite
def wild_engines(draw: st.DrawFn) -> tuple[LutImage, list[np.ndarray]]:
    """Any program and any stores that cover the gates, on an engine with random registers."""
    rng = np.random.default_rng(draw(SEEDS))
    k, gates, inputs = draw(st.integers(2, 6)), draw(st.integers(1, 40)), draw(st.integers(1, 40))
    fixed = draw(st.booleans())
    base = compiled(random_lut_network(0, LutShape(k, inputs, (), 1, gates), wiring_seed=0), fixed)
    image = replace(
        base,
        score_count=draw(st.integers(1, 5)),
        group=draw(st.integers(1, 12)),
        work_limit=draw(st.sampled_from([1, 2, 10, 60, 200, 9000, 200000])),
        wiring_seed=draw(SEEDS) if fixed else None,
        # a wire number has the bits of the golden network's wires, or any more
        wire_bits=min(16, base.wire_bits + draw(st.integers(0, 2))),
    )
    stores = [rng.integers(0, 2**32, extent, dtype=np.uint32) for extent in image.extents]
    stores[2] = np.array(draw(st.lists(INSTRUCTION, max_size=6)), dtype=np.uint32)
    return image, stores


@settings(max_examples=400, deadline=None)
@given(wild_engines(), SEEDS, st.integers(1, 3))
def test_any_stores_have_a_meaning(engine: tuple[LutImage, list[np.ndarray]], seed: int, count: int) -> None:
    image, stores = engine
    pictures = random_bits(seed, count, image.inputs)
    assert_same(infer(image, stores, pictures), reference(image, stores, pictures))


@pytest.mark.parametrize("k", range(2, 7))
def test_operand_l_drives_address_bit_l(k: int) -> None:
    """Every address is a picture; projections give back an operand, one-hot tables recognise one address."""
    entries = 1 << k
    pictures = np.array([[a >> operand & 1 for operand in range(k)] for a in range(entries)], dtype=np.uint8)
    project = [sum(1 << a for a in range(entries) if a >> operand & 1) for operand in range(k)]
    tables = np.array([*project, *(1 << a for a in range(entries))], dtype=np.uint64)
    wiring = np.tile(np.arange(k, dtype=np.uint16), (len(tables), 1))
    layer = LutLayer("only", wiring, tables)
    network = LutNetwork("order", np.arange(k, dtype=np.uint16), np.full(k, 0.5), (layer,), len(tables))
    image = compiled(network)
    expected = np.concatenate((pictures, np.eye(entries, dtype=np.uint8)), axis=1)
    assert np.array_equal(infer(image, image.words, pictures).scores, expected)
    assert np.array_equal(reference(image, image.words, pictures).scores, expected)


@settings(max_examples=50, deadline=None)
@given(SEEDS, LUT_SHAPES)
def test_fixed_wiring_answers_as_stored_wiring_does(seed: int, shape: LutShape) -> None:
    network = random_lut_network(seed, shape, wiring_seed=seed)
    stored, fixed = compiled(network), compiled(network, fixed=True)
    assert stored.wiring_seed is None and fixed.wiring_seed == seed and fixed.extents[1] == 0
    assert np.array_equal(stored.stores["tables"], fixed.stores["tables"])
    pictures = random_bits(seed, 70, shape.inputs)
    assert_same(infer(stored, stored.words, pictures), infer(fixed, fixed.words, pictures))


@settings(max_examples=50, deadline=None)
# the seeds that make the state before the first step 0
@example(0x9E3779B9, LutShape(2, 40, (), 1, 9))
@example(3 * 0x9E3779B9 % 2**32, LutShape(4, 40, (24,), 1, 9))
@given(SEEDS, LUT_SHAPES)
def test_seeded_wiring_follows_the_page(seed: int, shape: LutShape) -> None:
    first, end = 0, shape.inputs
    for number, wiring in enumerate(seeded_wiring(seed, shape.inputs, shape.widths, shape.k)):
        expected = [
            [seeded_wire(seed, number, operand, gate, first, end) for operand in range(shape.k)]
            for gate in range(shape.widths[number])
        ]
        assert wiring.tolist() == expected
        first, end = end, end + shape.widths[number]


def test_a_layer_reads_nothing_of_its_own_or_later() -> None:
    """Three gates that pass on wire 1, 2 or 3, in layers of one: only the wires before a layer are there."""
    passing = np.array([0b10] * 3, dtype=np.uint64)
    wiring = np.array([[0, 0], [1, 0], [2, 0]], dtype=np.uint16)
    names = zip(("a", "b", "c"), wiring, passing, strict=True)
    layers = tuple(LutLayer(name, wires[None], table[None]) for name, wires, table in names)
    image = compiled(LutNetwork("chain", np.zeros(1, np.uint16), np.full(1, 0.5), layers, 1))
    picture = np.ones((1, 1), dtype=np.uint8)
    for wires in ((0, 1, 2), (1, 1, 2), (0, 2, 2), (0, 3, 2), (0, 1, 3), (0, 1, 1)):
        stores = [words.copy() for words in image.words]
        stores[1][:3] = wires
        stores[0][0] = 0xAAA  # each gate gives back its operand 0
        seen = infer(image, stores, picture)
        values = [1]
        for gate, wire in enumerate(wires):
            values.append(values[wire] if wire <= gate else 0)
        assert seen.scores.tolist() == [[values[-1]]]


def test_every_work_limit_ends_where_the_page_says() -> None:
    """Limits from 1 to beyond the end: each fetch and each layer is once the one that meets the limit exactly."""
    image = compiled(random_lut_network(2, LutShape(3, 6, (5, 4), 2, 3)))
    # a layer without gates, no operation, then the golden program
    stores = [*image.words[:2], np.array([1 << 16, 7 << 16, *image.words[2]], dtype=np.uint32)]
    pictures = random_bits(2, 2, 6)
    whole = image.gates + len(stores[2])
    for limit in range(1, whole + 3):
        limited = replace(image, work_limit=limit)
        seen = infer(limited, stores, pictures)
        assert seen.hung == (limit < whole) and seen.work <= limit
        assert_same(seen, reference(limited, stores, pictures))


def test_memory_is_bounded_whatever_the_program() -> None:
    image = replace(compiled(random_lut_network(1, LutShape(4, 8, (), 2, 4))), work_limit=1 << 30)
    stores = [*image.words[:2], np.full(200, 2 << 16 | 0xFFFF, dtype=np.uint32)]
    pictures = random_bits(1, 1000, 8)
    tracemalloc.start()
    infer(image, stores, pictures)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_wiring_seed_must_fit() -> None:
    network = random_lut_network(5, LutShape(3, 9, (7,), 2, 3), wiring_seed=5)
    with pytest.raises(NetworkError, match="layer 'l0' is not that of wiring_seed 6; give None to keep it in memory"):
        replace(network, wiring_seed=6)
    with pytest.raises(NetworkError, match="wiring_seed is -1; it must be 0 "):
        replace(network, wiring_seed=-1)
    with pytest.raises(NetworkError, match="has no wiring seed"):
        compile_network(replace(network, wiring_seed=None), fixed_wiring=True)
