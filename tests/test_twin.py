# SPDX-License-Identifier: Apache-2.0
"""The twin against a second interpreter in plain integers, with faults in every store."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_networks import SEEDS, SHAPES, fault_sets, random_network

from host.faults import FaultSet, sweep, threshold
from host.image import MacImage, MemoryImage, compile_network
from host.image.mac_format import encode_instruction
from host.networks import Dense, DenseNetwork, load_network, load_test_set
from host.twin import Inference, MacInference, infer, score_digests
from host.twin.reference import Engine, Registers


def reference(image: MemoryImage, stores: Sequence[np.ndarray], pictures: np.ndarray) -> Inference:
    """The slow interpreter's answers in the form of the twin's."""
    registers = Registers(image.image_rows, image.score_rows, image.score_count, image.row_bits, image.work_limit)
    engine = Engine(registers, [words.tolist() for words in stores])
    answers = [engine.run(picture.tolist()) for picture in pictures]
    hung = answers[0].scores is None
    assert all((a.scores is None) == hung for a in answers)
    done = [] if hung else answers
    return MacInference(
        np.array([a.scores for a in done], dtype=np.int8).reshape(len(done), image.score_count),
        np.array([a.class_ for a in done], dtype=np.uint16),
        answers[0].work,
        hung,
        np.array([a.digest for a in done], dtype=np.uint32),
    )


def assert_same(a: Inference, b: Inference) -> None:
    """Equal in everything."""
    assert (a.hung, a.work) == (b.hung, b.work)
    for name in ("scores", "classes", "digests"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and np.array_equal(x, y), name


def pictures_of(seed: int, count: int, inputs: int) -> np.ndarray:
    """Random pictures."""
    return np.random.default_rng(seed).integers(-128, 128, (count, inputs), dtype=np.int8)


@settings(max_examples=60, deadline=None)
@given(SEEDS, SHAPES, st.booleans())
def test_golden_inference(seed: int, shape: list[int], wild: bool) -> None:
    image = compile_network(random_network(seed, shape, wild))
    pictures = pictures_of(seed, 3, shape[0])
    answer = infer(image, image.words, pictures)
    assert not answer.hung and 4 * answer.work == image.work_limit
    assert_same(answer, reference(image, image.words, pictures))


@settings(max_examples=400, deadline=None)
@given(SEEDS, SHAPES, st.data())
def test_faults_in_every_store(seed: int, shape: list[int], data: st.DataObject) -> None:
    image = compile_network(random_network(seed, shape))
    stores = data.draw(fault_sets(image.extents)).apply(image.words)
    pictures = pictures_of(seed, 2, shape[0])
    assert_same(infer(image, stores, pictures), reference(image, stores, pictures))


# Fields that make interesting programs likelier than random bits do: small numbers, and the edges.
SMALL = st.one_of(st.integers(0, 5), st.sampled_from([15, 16, 17, 31, 32, 33, 48, 255, 4096, 65520, 65535]))
BYTE = st.integers(-128, 127)
INSTRUCTION = st.fixed_dictionaries(
    {
        "op": st.sampled_from([0, 1, 1, 1, 1, 1, 1, 2, 255]),
        "single": st.integers(0, 1),
        "src": st.integers(0, 3),
        "dst": st.integers(0, 3),
        "n_in": SMALL,
        "n_out": SMALL,
        "src_row": SMALL,
        "dst_row": st.one_of(st.integers(0, 2), SMALL),
        "weight_block": SMALL,
        "channel_block": SMALL,
        "input_zero_point": BYTE,
        "output_zero_point": BYTE,
        "activation_min": BYTE,
        "activation_max": BYTE,
    }
)


@st.composite
def wild_engines(draw: st.DrawFn) -> tuple[MemoryImage, list[np.ndarray]]:
    """Any program and any stores, of any extents, on an engine with random registers."""
    rng = np.random.default_rng(draw(SEEDS))
    base = compile_network(random_network(0, [16, 16]))
    score_rows = draw(st.integers(1, 3))
    image = MacImage(
        engine=base.engine,
        stores=base.stores,
        layout=base.layout,
        image_rows=draw(st.integers(1, 3)),
        score_rows=score_rows,
        score_count=draw(st.integers(1, 16 * score_rows)),
        row_bits=draw(st.integers(0, 3)),
        work_limit=draw(st.sampled_from([1, 2, 10, 60, 200])),
    )
    program = [encode_instruction(fields) for fields in draw(st.lists(INSTRUCTION, max_size=5))]
    sizes = [
        64 * draw(st.integers(0, 6)),
        16 * draw(st.integers(0, 4)),
        32 * draw(st.integers(0, 4)),
    ]
    stores = [rng.integers(0, 2**32, size, dtype=np.uint32) for size in sizes]
    shifts = rng.integers(-10, 1, sizes[2] // 2)
    # Half of the channels keep results within int8, so that what they are computed from can be told from the outputs.
    tame = rng.random(sizes[2] // 2) < 0.5
    stores[2][1::2] = np.where(tame, shifts.astype(np.uint32), stores[2][1::2])
    stores[1] >>= np.uint32(rng.integers(0, 31))
    stores.append(np.concatenate([np.zeros(0, np.uint32), *program]))
    return image, stores


@settings(max_examples=500, deadline=None)
@given(wild_engines(), SEEDS)
def test_any_program_on_any_stores(engine: tuple[MemoryImage, list[np.ndarray]], seed: int) -> None:
    image, stores = engine
    pictures = pictures_of(seed, 2, 16 * image.image_rows)
    assert_same(infer(image, stores, pictures), reference(image, stores, pictures))


def run_program(image: MemoryImage, *instructions: dict[str, int], pictures: np.ndarray | None = None) -> Inference:
    """The image's stores under another program, checked against the reference."""
    program = np.concatenate([np.zeros(0, np.uint32), *(encode_instruction(fields) for fields in instructions)])
    stores = [*image.words[:3], program]
    pictures = pictures_of(1, 3, 16 * image.image_rows) if pictures is None else pictures
    answer = infer(image, stores, pictures)
    assert_same(answer, reference(image, stores, pictures))
    return answer


FC = {"op": 1, "n_in": 20, "n_out": 20, "activation_min": -128, "activation_max": 127}
END = {"op": 0}


def test_programs_by_hand() -> None:
    image = compile_network(random_network(3, [20, 20, 20]))
    assert image.row_bits == 1
    golden = run_program(image, {**FC, "dst": 1}, {**FC, "src": 1}, END)
    assert golden.scores.any()
    empty = run_program(image)
    assert not empty.scores.any() and empty.work == 1 and not empty.hung
    assert not empty.classes.any() and set(empty.digests.tolist()) == {zlib.crc32(bytes(20))}
    # A buffer that is read while it is written reads as zeros, as one does that nothing wrote.
    unwritten = run_program(image, {**FC, "src": 2}, END)
    both = run_program(image, {**FC, "dst": 2}, {**FC, "src": 2, "dst": 2}, {**FC, "src": 2}, END)
    two = run_program(image, {**FC, "src": 1, "dst": 2}, {**FC, "src": 2}, END)
    assert np.array_equal(both.scores, two.scores) and not np.array_equal(both.scores, unwritten.scores)
    # Rows beyond a buffer read as zeros; writes there are dropped.
    wild = run_program(image, {**FC, "src_row": 65535, "n_in": 65535}, END, pictures=pictures_of(1, 1, 20))
    assert wild.hung
    assert np.array_equal(run_program(image, {**FC, "src_row": 65535}, END).scores, unwritten.scores)
    assert not run_program(image, {**FC, "dst_row": 65535}, END).scores.any()
    half = run_program(image, {**FC, "dst_row": 1}, END)
    assert not half.scores[:, :16].any() and half.scores[:, 16:].any()
    # No input at all: the bias alone. No output: nothing is written, and only the fetch costs work.
    assert run_program(image, {**FC, "n_in": 0}, END).work == 1 + 2 + 1
    assert run_program(image, {**FC, "n_out": 0}, END).work == 2
    # Later layers overwrite, channel by channel of 16.
    over = run_program(image, {**FC}, {**FC, "n_out": 3, "weight_block": 2}, END)
    assert not over.scores[:, 3:16].any() and over.scores[:, 16:].any()


def test_hang() -> None:
    image = compile_network(random_network(3, [20, 20, 20]))
    limit = image.work_limit
    assert limit == 4 * (1 + 2 * (1 + 4))
    answer = run_program(image, {"op": 7})
    assert answer.hung and answer.work == limit
    assert answer.scores.shape == (0, 20) and len(answer.classes) == len(answer.digests) == 0
    # Work of exactly the limit is no hang: 44 fetches of which the last is END.
    assert not run_program(image, *[{"op": 7}] * (limit - 1), END).hung
    assert run_program(image, *[{"op": 7}] * limit, END).hung
    assert not run_program(image, {"op": 1, "n_in": 16 * (limit - 2), "n_out": 1}, END).hung
    assert run_program(image, {"op": 1, "n_in": 16 * (limit - 2) + 1, "n_out": 1}, END).hung
    assert run_program(image, {"op": 1, "n_in": 65535, "n_out": 65535}, END).work == 1


def test_wide_layers_are_exact_and_wrap() -> None:
    """Sums above 2^24, where float32 would round: biases bring them back to where every unit shows in the output."""
    rng = np.random.default_rng(8)
    print("seed 8")
    pictures = np.where(rng.random((4, 3001)) < 0.95, 126, -127).astype(np.int8)
    weights = np.where(rng.random((4, 3001)) < 0.95, 127, -128).astype(np.int8)
    sums = (pictures.astype(np.int64) + 128) @ weights.T.astype(np.int64)
    assert sums.min() > 2**26
    # Picture p's sum in channel p is brought to p; that of channel 3 from below.
    bias = (np.arange(4) - sums.diagonal()).astype(np.int32)
    weights[3] = -weights[3].clip(-127)
    bias[3] = 3 - int((pictures[3].astype(np.int64) + 128) @ weights[3].astype(np.int64))
    one = np.full(4, 2**30, np.int32), np.ones(4, np.int8)
    for single in (False, True):
        layer = Dense("wide", weights, bias, *one, -128, 0, single_rounding=single)
        image = compile_network(DenseNetwork("wide", (layer,), 1.0, 0))
        answer = infer(image, image.words, pictures)
        assert answer.scores.diagonal().tolist() == [0, 1, 2, 3]
        assert_same(answer, reference(image, image.words, pictures))


def test_biases_wrap() -> None:
    layer = Dense(
        "l", np.full((2, 1), 1, np.int8), np.array([2**31 - 1, -(2**31)], np.int32), np.full(2, 2**30, np.int32),
        np.full(2, -23, np.int8), 0, 0,
    )  # fmt: skip
    image = compile_network(DenseNetwork("n", (layer,), 1.0, 0))
    pictures = np.array([[1], [-1], [0]], np.int8)
    answer = infer(image, image.words, pictures)
    assert answer.scores[0, 0] == -128 and answer.scores[1, 1] == 127
    assert_same(answer, reference(image, image.words, pictures))


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.integers(1, 70), st.integers(0, 5))
@example(0, 1, 0)
def test_score_digests_are_those_of_zlib(seed: int, count: int, n: int) -> None:
    scores = pictures_of(seed, n, count)
    assert score_digests(scores).tolist() == [zlib.crc32(row.tobytes()) for row in scores]


def test_ties_go_to_the_lowest_class() -> None:
    image = compile_network(random_network(3, [20, 20, 20]))
    answer = run_program(image, {**FC, "activation_min": 5, "activation_max": 5}, END)
    assert not answer.classes.any() and set(answer.scores.ravel().tolist()) == {5}
    lower = run_program(image, {**FC, "activation_min": 7, "activation_max": -9}, END)
    assert set(lower.scores.ravel().tolist()) == {-9}


def test_nothing_is_remembered() -> None:
    network = load_network("digits-mlp")
    image, pictures = compile_network(network), load_test_set(network).images
    golden = infer(image, image.words, pictures)
    everything = sweep(1, threshold(0.3), image.space, range(4)).apply(image.words)
    for _ in range(3):
        infer(image, everything, pictures)
        infer(image, sweep(2, threshold(0.05), image.space, [0, 1, 2]).apply(image.words), pictures)
        assert_same(infer(image, image.words, pictures), golden)
    one = FaultSet.of([image.layout.find("output", "weights", (0, 5), 7)])
    assert not np.array_equal(infer(image, one.apply(image.words), pictures).scores, golden.scores)


def test_the_number_of_pictures_does_not_matter() -> None:
    """Chunks of pictures, and none at all."""
    image = compile_network(random_network(4, [20, 18, 5]))
    pictures = pictures_of(4, 1100, 20)
    whole = infer(image, image.words, pictures)
    parts = [infer(image, image.words, pictures[i : i + 1]).scores for i in (0, 511, 512, 513, 1023, 1024, 1099)]
    assert np.array_equal(np.concatenate(parts), whole.scores[[0, 511, 512, 513, 1023, 1024, 1099]])
    none = infer(image, image.words, pictures[:0])
    assert none.scores.shape == (0, 5) and not none.hung


def test_the_shipped_network_with_faults_on_real_pictures() -> None:
    network = load_network("digits-mlp")
    image, pictures = compile_network(network), load_test_set(network, 3).images
    for seed, ber, stores in (
        (1, 1e-2, [0]),
        (2, 1e-1, [0, 1, 2]),
        (3, 3e-3, range(4)),
        (4, 1e-2, range(4)),
    ):
        faulty = sweep(seed, threshold(ber), image.space, stores).apply(image.words)
        assert_same(infer(image, faulty, pictures), reference(image, faulty, pictures))


@pytest.mark.parametrize(
    "change",
    [
        {"n_in": 65535, "n_out": 16},
        {"n_in": 1, "n_out": 65535},
        {"n_in": 16, "n_out": 65535, "dst": 1},
        {"n_in": 65535, "n_out": 65535},
        {"weight_block": 65535, "channel_block": 65535, "src_row": 65535},
    ],
)
def test_memory_stays_bounded_whatever_the_program_says(change: dict[str, int]) -> None:
    """A generous work limit lets layers of 65535 inputs or outputs run; they must not take gigabytes."""
    base = compile_network(random_network(5, [640, 128, 640]))
    image = replace(base, work_limit=20_000)
    program = np.concatenate([encode_instruction({**FC, **change}), encode_instruction(END)])
    tracemalloc.start()
    answer = infer(image, [*image.words[:3], program], pictures_of(1, 2000, 640))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"peak {peak / 1e6:.1f} MB, hung {answer.hung}")
    assert peak < 100e6
