# SPDX-License-Identifier: Apache-2.0
"""Pictures, golden results and scores of the ``lut`` engine, read bit by bit as docs/lut-engine.md has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lut_networks import LUT_SHAPES, LutShape, random_bits, random_lut_network
from random_networks import SEEDS

from host.boards import BoardError, Identity, StoreCapacity, TwinBoard
from host.boards.fit import require_fit
from host.boards.lut_memories import LutMemories
from host.boards.simulated import parameters_for
from host.image import LutImage, compile_network
from host.networks import load_network
from host.regmap import Engine, Protection
from host.twin import infer

LANES = st.sampled_from([32, 64, 128])
SHAPE = LutShape(k=4, inputs=20, hidden=(12,), classes=10, group=5)


def compiled(shape: LutShape, seed: int = 0, fixed: bool = False) -> LutImage:
    """The image of a random network."""
    image = compile_network(random_lut_network(seed, shape, wiring_seed=seed if fixed else None), fixed_wiring=fixed)
    assert isinstance(image, LutImage)
    return image


def board(image: LutImage, lanes: int, **sizes: int) -> Identity:
    """A board for an image; ``sizes`` are what it has not plenty of."""
    plenty = TwinBoard(Engine.LUT).identity
    array = (image.k, lanes, int(image.wiring_seed is not None))
    return replace(plenty, name="small", capabilities=replace(plenty.capabilities, **{"array": array, **sizes}))


def bit(words: np.ndarray, row: int, row_bits: int, place: int) -> int:
    """One bit of a row in a window whose rows take their words lowest first."""
    return int(words[row * row_bits // 32 + place // 32]) >> place % 32 & 1


def number(words: np.ndarray, row: int, bits: int, lanes: int, lane: int) -> int:
    """A number in rows of one bit a lane, most significant first."""
    return sum(bit(words, row + p, lanes, lane) << (bits - 1 - p) for p in range(bits))


@settings(max_examples=40, deadline=None)
@given(SEEDS, LUT_SHAPES, LANES, st.integers(1, 200))
def test_windows_hold_what_the_page_says(seed: int, shape: LutShape, lanes: int, count: int) -> None:
    image = compiled(shape, seed)
    own = LutMemories(image, board(image, lanes).capabilities)
    pictures = random_bits(seed, count, shape.inputs)
    golden = infer(image, image.words, pictures)
    # labels that are no class too
    labels = np.random.default_rng(seed).integers(0, shape.classes + 3, count, dtype=np.uint16)

    registers = own.configuration(count)
    image_rows, score_rows, score_count, _, limit, cycles, first, pictures_of_run = registers["IMAGE_ROWS"]
    inputs, gates, wire_bits, group, score_bits, class_bits, wiring_seed = registers["INPUTS"]
    assert (score_count, inputs, group) == (shape.classes, shape.inputs, shape.group)
    assert gates == sum(shape.widths) and 2**wire_bits >= inputs + gates > 2 ** (wire_bits - 1)
    assert 2**score_bits > group >= 2 ** (score_bits - 1) and 2**class_bits > shape.classes >= 2 ** (class_bits - 1)
    assert (limit, first, pictures_of_run, wiring_seed) == (image.work_limit, 0, count, 0) and cycles > limit
    assert 128 * image_rows >= inputs * lanes > 128 * (image_rows - 1) and score_rows == score_count * score_bits

    batches = -(-count // lanes)
    images = own.picture_words(pictures)
    results = own.golden_words(golden, labels)
    golden_rows = score_rows + 2 * class_bits
    assert images.dtype == results.dtype == np.uint32
    assert len(images) == 4 * batches * image_rows and 32 * len(results) == lanes * batches * golden_rows
    for i in range(count):
        batch, lane = divmod(i, lanes)
        for wire in range(inputs):
            row, place = divmod(wire * lanes + lane, 128)
            assert bit(images, batch * image_rows + row, 128, place) == pictures[i, wire]
        row = batch * golden_rows
        scores = [number(results, row + c * score_bits, score_bits, lanes, lane) for c in range(score_count)]
        assert scores == golden.scores[i].tolist()
        assert number(results, row + score_rows, class_bits, lanes, lane) == golden.classes[i]
        label = number(results, row + score_rows + class_bits, class_bits, lanes, lane)
        assert label == (labels[i] if labels[i] < shape.classes else shape.classes)
    # lanes without a picture are 0, so that a window is a function of its pictures
    assert int(np.bitwise_count(images).sum()) == int(pictures.sum())


@settings(max_examples=40, deadline=None)
@given(SEEDS, LUT_SHAPES, LANES, st.integers(1, 200))
def test_scores_come_back(seed: int, shape: LutShape, lanes: int, count: int) -> None:
    image = compiled(shape, seed)
    own = LutMemories(image, board(image, lanes).capabilities)
    words = np.random.default_rng(seed).integers(0, 2**32, own.score_words(count), dtype=np.uint32)
    scores = own.scores(words, count)
    bits = image.score_bits
    assert scores.dtype == np.uint16 and scores.shape == (count, shape.classes)
    assert 32 * len(words) == lanes * -(-count // lanes) * shape.classes * bits
    for i in range(count):
        batch, lane = divmod(i, lanes)
        for c in range(shape.classes):
            assert scores[i, c] == number(words, (batch * shape.classes + c) * bits, bits, lanes, lane)


def test_the_wiring_seed_is_a_register() -> None:
    image = compiled(SHAPE, 77, fixed=True)
    assert LutMemories(image, board(image, 64).capabilities).configuration(1)["INPUTS"][6] == 77


def test_what_does_not_fit_is_said_with_both_sizes() -> None:
    image, fixed = compiled(SHAPE), compiled(SHAPE, fixed=True)
    require_fit(board(image, 64), image, 360)
    store = (StoreCapacity(4, Protection.NONE),) * 3
    for identity, wanted, text in (
        (board(image, 64, inputs=19), image, "the network needs 20 inputs and the board has 19"),
        (board(image, 64, gates=61), image, "the network needs 62 gates and the board has 61"),
        (board(compiled(replace(SHAPE, k=3)), 64), image, "its gates have 4 inputs and the board's have 3"),
        (board(fixed, 64), image, "the board's wiring is fixed"),
        (board(image, 64), fixed, "the network's wiring is fixed, the board's stored"),
        (board(image, 64, stores=store), image, "store tables needs 32 code words and has 4"),
        (TwinBoard().identity, image, "the network is for engine lut, board twin has engine mac"),
    ):
        with pytest.raises(BoardError) as caught:
            require_fit(identity, wanted, 360)
        assert text in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("lanes", [32, 64, 128])
@pytest.mark.parametrize("memory", ["image_rows", "score_rows", "results"])
def test_the_most_pictures_are_whole_batches(lanes: int, memory: str) -> None:
    image = compiled(SHAPE)
    # rows of a batch: 20 wires; 10 scores of 3 bits; those and two numbers of 4 bits
    rows = {"image_rows": 20 * lanes // 128, "score_rows": 30, "results": 38}[memory]
    require_fit(board(image, lanes, **{memory: 3 * rows}), image, 3 * lanes)
    with pytest.raises(BoardError, match=rf"choose at most {2 * lanes} pictures with --images {2 * lanes}"):
        require_fit(board(image, lanes, **{memory: 3 * rows - 1}), image, 3 * lanes)


def test_the_simulated_board_is_made_for_the_image() -> None:
    assert parameters_for(compile_network(load_network("digits-mlp"))) == {}
    least = {"GATE_BITS": 12, "INPUT_BITS": 9, "IMAGE_BITS": 11, "SCORE_BITS": 9, "RESULT_BITS": 9}
    lut = {"ENGINE": 2, "GATE_INPUTS": 4, "IMAGE_LANES": 128, "STORED_WIRING": 1}
    assert parameters_for(compiled(SHAPE)) == lut | least
    assert parameters_for(compiled(replace(SHAPE, k=6), fixed=True)) == {
        **lut,
        **least,
        "GATE_INPUTS": 6,
        "STORED_WIRING": 0,
    }
    # 4097 gates; 512 pictures are 4 batches of 513 image rows, 140 score rows and 150 golden rows
    large = parameters_for(compiled(LutShape(k=2, inputs=513, hidden=(2817,), classes=20, group=64)))
    assert large == {
        **lut,
        "GATE_INPUTS": 2,
        "GATE_BITS": 13,
        "INPUT_BITS": 10,
        "IMAGE_BITS": 12,
        "SCORE_BITS": 10,
        "RESULT_BITS": 10,
    }


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(1, 600), st.integers(1, 120), st.integers(1, 12), st.integers(1, 70))
def test_an_image_fits_the_board_made_for_it(seed: int, inputs: int, hidden: int, classes: int, group: int) -> None:
    image = compiled(LutShape(2, inputs, (hidden,), classes, group), seed)
    sizes = parameters_for(image)
    identity = board(
        image,
        sizes["IMAGE_LANES"],
        inputs=1 << sizes["INPUT_BITS"],
        gates=1 << sizes["GATE_BITS"],
        image_rows=1 << sizes["IMAGE_BITS"],
        score_rows=1 << sizes["SCORE_BITS"],
        results=1 << sizes["RESULT_BITS"],
    )
    require_fit(identity, image, 512)
