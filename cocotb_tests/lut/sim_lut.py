# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the core with the lut engine behind its bus, against the twin."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np

from cocotb_tests.core.bus_board import BusBoard
from cocotb_tests.core.random_networks import lut_network, random_bits, random_faults, random_lut_network
from cocotb_tests.core.sim_core import flip, outcomes_equal
from host import faults, twin
from host.image import LutImage, compile_network, digest
from host.networks import LutNetwork
from host.regmap import RECORD_WORDS, Command, Region, TrialStatus, register, store_data, window

SEED = int(os.environ.get("FAULTLOOP_SEED", "20260322"))
NETWORKS = int(os.environ.get("FAULTLOOP_NETWORKS", "12"))

ALL_STORES = 0b111


async def geometry(board: BusBoard) -> tuple[int, int, bool]:
    """Operands of a gate, lanes, whether the wiring is fixed."""
    array = await board.get("ARRAY")
    return array & 0xFF, array >> 8 & 0xFF, bool(array >> 16 & 1)


async def some_network(board: BusBoard, rng: np.random.Generator) -> tuple[LutNetwork, LutImage]:
    """A random network that runs on this build, and its image."""
    k, _, fixed = await geometry(board)
    seed = int(rng.integers(2**32)) if fixed else None
    network = random_lut_network(rng, k, seed)
    image = compile_network(network, fixed_wiring=fixed)
    assert isinstance(image, LutImage)
    return network, image


async def run_equals(board: BusBoard, image: LutImage, expected: twin.Inference, name: str, pictures: int) -> None:
    """A RUN ends as the twin says, with its scores."""
    result = await board.command(Command.RUN, limit=400_000)
    if expected.hung:
        assert result == TrialStatus.HANG, name
        assert await board.get("ANSWERED") == 0, name
        return
    assert result == TrialStatus.OK, name
    assert await board.get("ANSWERED") == pictures, name
    scores = await board.scores(image, pictures)
    assert (scores == expected.scores).all(), name


@cocotb.test()
async def random_networks_equal_the_twin(dut: Any) -> None:
    """Scores, outcome counts and hangs of random networks, clean and with faults in every store."""
    cocotb.log.info("seed %d, %d networks", SEED, NETWORKS)
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED)
    hangs = 0
    for number in range(NETWORKS):
        network, image = await some_network(board, rng)
        stores = image.words
        pictures = random_bits(rng, network)
        golden = twin.infer(image, stores, pictures)
        # One label more than there are classes: that of no picture.
        labels = rng.integers(0, image.score_count + 1, size=len(pictures)).astype(np.uint16)
        await board.load(image, pictures)
        await board.load_golden(image, golden, labels)
        for fault_set in (None, random_faults(rng, image), random_faults(rng, image), None):
            injected = stores if fault_set is None else fault_set.apply(stores)
            if fault_set is not None:
                await flip(board, fault_set)
            await board.set(STORE_MASK=ALL_STORES)
            await board.command(Command.DIGEST)
            assert await board.get("DIGEST") == digest(injected)
            expected = twin.infer(image, injected, pictures)
            name = f"network {number}, faults {fault_set}"
            await run_equals(board, image, expected, name, len(pictures))
            if not expected.hung:
                await outcomes_equal(board, golden, expected, labels, name)
            hangs += expected.hung
            if fault_set is not None:
                await flip(board, fault_set)
                await board.command(Command.DIGEST)
                assert await board.get("DIGEST") == image.digest, name
    cocotb.log.info("%d of %d faulty runs hung", hangs, 2 * NETWORKS)


@cocotb.test()
async def any_program_on_any_stores(dut: Any) -> None:
    """Random words in tables and wiring, and programs of any layers: several scored, empty, beyond the gates, none."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 1)
    for number in range(NETWORKS):
        network, image = await some_network(board, rng)
        pictures = random_bits(rng, network)[:70]
        await board.load(image, pictures)
        golden = twin.infer(image, image.words, pictures)
        await board.load_golden(image, golden, np.zeros(len(pictures), dtype=np.uint16))
        tables, wiring, _ = image.words
        for _ in range(3):
            length = int(rng.integers(1, 7))
            ops = rng.choice([0, 1, 1, 2, 2, 3, 255], size=length)
            counts = rng.choice([0, 1, 2, 5, image.gates // 2, image.gates, image.gates + 3], size=length)
            padding = rng.integers(0, 256, size=length)
            words = (padding << 24 | ops << 16 | counts).astype(np.uint32)
            stores = [
                rng.integers(0, 2**32, size=len(tables), dtype=np.uint32),
                rng.integers(0, 2**32, size=len(wiring), dtype=np.uint32),
                words,
            ]
            await board.load_stores(stores)
            expected = twin.infer(image, stores, pictures)
            name = f"network {number}, program {[hex(word) for word in words]}"
            await run_equals(board, image, expected, name, len(pictures))
            if not expected.hung:
                labels = np.zeros(len(pictures), dtype=np.uint16)
                await outcomes_equal(board, golden, expected, labels, name)


@cocotb.test()
async def a_program_of_any_extent_ends(dut: Any) -> None:
    """What lies beyond the extent is END, whatever is stored there; a work limit of all ones ends, too."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 2)
    network, image = await some_network(board, rng)
    pictures = random_bits(rng, network)[:5]
    await board.load(image, pictures)
    capacity = int((await board.read(register("STORE_CAPACITY", 2)))[0]) & 0xFFFFFF
    words = np.full(capacity, 1 << 16 | image.gates, dtype=np.uint32)
    words[0] = 2 << 16 | image.gates
    await board.set(WORK_LIMIT=2**32 - 1)
    for extent in (0, 1, 2, capacity):
        await board.write(store_data(2), words)
        await board.write(register("STORE_EXTENT", 2), [extent])
        stores = [*image.words[:2], words[:extent]]
        unlimited = replace(image, work_limit=2**32 - 1)
        await run_equals(board, image, twin.infer(unlimited, stores, pictures), f"extent {extent}", len(pictures))


@cocotb.test()
async def pictures_of_any_range(dut: Any) -> None:
    """A run may begin at any batch and end within one; rows that it did not write read as zeros."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 3)
    _, lanes, _ = await geometry(board)
    network, image = await some_network(board, rng)
    pictures = rng.integers(0, 2, size=(3 * lanes, network.inputs), dtype=np.uint8)
    golden = twin.infer(image, image.words, pictures)
    labels = golden.classes.astype(np.uint16)
    await board.load(image, pictures)
    await board.load_golden(image, golden, labels)
    for first, count in ((0, 3 * lanes), (lanes, 1), (lanes, lanes), (2 * lanes, lanes - 1), (0, 0), (0, lanes + 1)):
        await board.set(IMAGE_FIRST=first, IMAGE_COUNT=count)
        assert await board.command(Command.RUN) == TrialStatus.OK
        for name in ("ANSWERED", "MASKED", "CORRECT"):
            assert await board.get(name) == count, f"{first} {count}: {name}"
        scores = await board.scores(image, 3 * lanes)
        # Whole batches are computed, with zeros in place of pictures that are not there.
        last = first + -(-count // lanes) * lanes
        assert (scores[first:last] == golden.scores[first:last]).all()
        assert not scores[:first].any() and not scores[last:].any()


@cocotb.test()
async def trials_by_the_sequencer(dut: Any) -> None:
    """Whole trials: records against the twin, undo, and a clean run after them."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 4)
    network, image = await some_network(board, rng)
    pictures = random_bits(rng, network)
    golden = twin.infer(image, image.words, pictures)
    labels = rng.integers(0, image.score_count, size=len(pictures)).astype(np.uint16)
    await board.load(image, pictures)
    await board.load_golden(image, golden, labels)
    first = (7 << 32) + 0xFFFF_FFFE
    for threshold, chosen in (
        (faults.threshold(2e-2), (0,)),
        (faults.threshold(2e-2), (1,)),
        (faults.threshold(5e-2), (2,)),
        (faults.threshold(1e-2), (0, 1, 2)),
        (1 << 32, (0,)),
    ):
        await board.set(
            SEED_LOW=first & 0xFFFF_FFFF,
            SEED_HIGH=first >> 32,
            THRESHOLD_LOW=threshold & 0xFFFF_FFFF,
            THRESHOLD_HIGH=threshold >> 32,
            STORE_MASK=sum(1 << s for s in chosen),
            TRIALS=4,
            GOLDEN_DIGEST=image.digest,
        )
        assert await board.command(Command.TRIALS, limit=2_000_000) == TrialStatus.OK
        for trial in range(4):
            record = await board.read(window(Region.RECORDS, len(RECORD_WORDS) * trial), len(RECORD_WORDS))
            fault_set = faults.sweep(first + trial, threshold, image.space, chosen)
            injected = fault_set.apply(image.words)
            expected = twin.infer(image, injected, pictures)
            name = f"threshold {threshold}, stores {chosen}, trial {trial}"
            assert record[1] == len(fault_set), name
            assert record[2] == digest(injected), name
            if expected.hung:
                assert record[4] == TrialStatus.HANG, name
                continue
            same = (golden.scores == expected.scores).all(axis=1)
            critical = golden.classes != expected.classes
            assert record[4] == len(pictures) << 16, name
            assert record[5] == same.sum() | (~same & ~critical).sum() << 16, name
            assert record[6] == critical.sum() | (expected.classes == labels).sum() << 16, name
        assert await board.command(Command.RUN) == TrialStatus.OK
        assert await board.get("MASKED") == len(pictures)


@cocotb.test()
async def the_work_limit_is_exact(dut: Any) -> None:
    """Every instruction costs 1, a layer its gates more: that much is within the limit, one less is not."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 7)
    network, image = await some_network(board, rng)
    pictures = random_bits(rng, network)[:3]
    await board.load(image, pictures)
    gates = image.gates
    for ops in ([1, 2, 0], [0], [3, 255, 2, 0], [1, 1, 2, 2, 0]):
        words = np.array([op << 16 | gates for op in ops], dtype=np.uint32)
        await board.load_stores([*image.words[:2], words])
        work = sum(1 + (gates if op in (1, 2) else 0) for op in ops)
        for limit, status in ((work, TrialStatus.OK), (work - 1, TrialStatus.HANG)):
            await board.set(WORK_LIMIT=limit)
            assert await board.command(Command.RUN) == status, f"program {ops}, limit {limit} of {work}"


@cocotb.test()
async def a_cycle_limit_ends_any_run(dut: Any) -> None:
    """However early it strikes, the board is ready for the next command and answers as ever."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED + 5)
    network, image = await some_network(board, rng)
    pictures = random_bits(rng, network)
    await board.load(image, pictures)
    golden = twin.infer(image, image.words, pictures)
    await board.load_golden(image, golden, np.zeros(len(pictures), dtype=np.uint16))
    for limit in (0, 1, 2, 3, 5, 9, 14, 2**32 - 1):
        await board.set(CYCLE_LIMIT=limit)
        result = await board.command(Command.RUN)
        assert result == (TrialStatus.OK if limit > 14 else TrialStatus.CYCLE_LIMIT), limit
    assert await board.get("MASKED") == len(pictures)


@cocotb.test()
async def a_gate_a_cycle(dut: Any) -> None:
    """The share of clock cycles that evaluate a gate, inputs, scores and comparison included."""
    board = await BusBoard.reset(dut)
    k, lanes, fixed = await geometry(board)
    rng = np.random.default_rng(SEED + 6)
    room = await board.get("GATE_CAPACITY")
    widths = [room - 90, 90]
    network = lut_network(rng, k, 64, widths, 10, 1 if fixed else None)
    image = compile_network(network, fixed_wiring=fixed)
    cycles = {}
    for batches in (1, 3):
        pictures = rng.integers(0, 2, size=(batches * lanes, network.inputs), dtype=np.uint8)
        await board.load(image, pictures)
        await board.load_golden(
            image, twin.infer(image, image.words, pictures), np.zeros(len(pictures), dtype=np.uint16)
        )
        assert await board.command(Command.RUN) == TrialStatus.OK
        assert await board.get("MASKED") == len(pictures)
        cycles[batches] = await board.get("CYCLES")
    a_batch = (cycles[3] - cycles[1]) / 2
    cocotb.log.info("%d gates take %.1f cycles a batch, %.3f of them gates", room, a_batch, room / a_batch)
    # Three instructions of six cycles each, and two between batches.
    assert a_batch - room <= 20


@cocotb.test()
async def flipping_every_table_bit_is_duality(dut: Any) -> None:
    """A sweep that flips every table bit gives the network with duals in its even layers, inverted at odd depth.

    Complemented, layer 1 gives ~f1(x), layer 2 then ~f2(~f1(x)), the dual of f2 at f1(x), and so on in pairs. This
    holds where each layer reads the one before only. A bit missed, flipped twice or of wrong polarity breaks it.
    """
    board = await BusBoard.reset(dut)
    k, lanes, fixed = await geometry(board)
    rng = np.random.default_rng(SEED + 7)
    for depth in (1, 2, 3, 4):
        seed = int(rng.integers(2**32))
        network = lut_network(rng, k, 20, [24] * (depth - 1) + [30], 10, seed)
        image = compile_network(network, fixed_wiring=fixed)
        pictures = rng.integers(0, 2, size=(lanes + 7, network.inputs), dtype=np.uint8)
        layers = [
            replace(layer, tables=dual(layer.tables, k)) if number % 2 else layer
            for number, layer in enumerate(network.layers)
        ]
        mirrored = compile_network(replace(network, layers=tuple(layers)), fixed_wiring=fixed)
        expected = twin.infer(mirrored, mirrored.words, pictures).scores
        if depth % 2:
            expected = network.group - expected
        await board.load(image, pictures)
        await board.set(STORE_MASK=1, THRESHOLD_LOW=0, THRESHOLD_HIGH=1, SEED_LOW=5)
        await board.command(Command.SWEEP)
        assert await board.get("FLIPS") == 32 * image.extents[0]
        assert await board.command(Command.RUN) == TrialStatus.OK
        assert (await board.scores(image, len(pictures)) == expected).all(), f"depth {depth}"


def dual(tables: np.ndarray, k: int) -> np.ndarray:
    """Tables of f^d(x) = ~f(~x): entry a is the complement of entry ~a."""
    entries = np.array([[int(table) >> a & 1 for a in range(1 << k)] for table in tables])
    mirrored = 1 - entries[:, ::-1]
    return np.array([sum(int(bit) << a for a, bit in enumerate(row)) for row in mirrored], dtype=np.uint64)
