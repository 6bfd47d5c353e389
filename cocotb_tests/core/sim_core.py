# SPDX-License-Identifier: Apache-2.0
"""Simulator side: the core behind its bus against the twin."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np

from cocotb_tests.core.bus_board import BusBoard, Refused
from cocotb_tests.core.random_networks import random_faults, random_network, random_pictures
from host import faults, twin
from host.image import compile_network, digest
from host.networks import load_network, load_test_set
from host.regmap import (
    MAP_HASH,
    RECORD_WORDS,
    REGISTERS,
    Command,
    Region,
    TrialStatus,
    register,
    store_data,
    store_raw,
    window,
)

SEED = int(os.environ.get("FAULTLOOP_SEED", "20260322"))
NETWORKS = int(os.environ.get("FAULTLOOP_NETWORKS", "12"))
PICTURES = int(os.environ.get("FAULTLOOP_PICTURES", "24"))
CASES = int(os.environ.get("FAULTLOOP_CASES", "5"))
TRIALS = int(os.environ.get("FAULTLOOP_TRIALS", "4"))

#: Beginnings of the names of registers that a build without on-board trials lacks.
OF_TRIALS = ("SEED", "THRESHOLD", "TRIALS", "GOLDEN_DIGEST", "INJECT", "CURSOR")

#: Beginnings of the names of registers that a build without a beam lacks.
OF_BEAM = ("PATTERN", "SCRUB", "PERIOD", "SITE_MASK", "WINDOW", "UPSET_TAIL", "GAP")


@cocotb.test()
async def identity_and_access(dut: Any) -> None:
    """The map hash, every register's access right, and refusals outside all windows."""
    board = await BusBoard.reset(dut)
    assert await board.get("MAP_HASH") == MAP_HASH
    trials = await board.get("RECORD_CAPACITY") > 0
    beam = await board.get("UPSET_CAPACITY") > 0
    stores = await board.get("ENGINE") >> 8 & 0xFF
    for entry in REGISTERS:
        for index in range(entry.count):
            address = register(entry.name, index)
            if entry.access == "ro":
                await refused(board.write(address, [0]))
            # what LINE_STEP says comes from the link, which is not here
            elif entry.name not in ("COMMAND", "RECORD_TAIL", "LINE_STEP"):
                await board.write(address, [1])
                lacking = entry.doc.startswith("lut:") or (entry.name == "STORE_EXTENT" and index >= stores)
                lacking |= entry.name.startswith(OF_TRIALS) and not trials
                lacking |= entry.name.startswith(OF_BEAM) and not beam
                # a tail stays between itself and the head
                lacking |= entry.name == "UPSET_TAIL"
                assert (await board.read(address))[0] == (not lacking), entry.name
    beyond = [
        window(Region.REGISTERS, 0xFF),
        window(Region.REGISTERS, 0x100),
        window(Region.IMAGES, 4 * await board.get("IMAGE_CAPACITY")),
        window(Region.GOLDEN, 2 * await board.get("RESULT_CAPACITY")),
        window(Region.SCORES, 4 * await board.get("SCORE_CAPACITY")),
        window(Region.FLIPS, await board.get("FLIP_CAPACITY")),
        store_data(3, int((await board.read(register("STORE_CAPACITY", 3)))[0]) & 0xFFFFFF),
        store_data(4),
        store_raw(3, int((await board.read(register("STORE_CAPACITY", 3)))[0]) & 0xFFFFFF),
        7 << 24,
        15 << 24,
    ]
    for address in beyond:
        await refused(board.read(address))
    if not trials:
        await refused(board.read(window(Region.RECORDS)))
    if not beam:
        await refused(board.read(window(Region.UPSETS)))
    await refused(board.write(window(Region.SCORES), [0]))
    await refused(board.write(window(Region.RECORDS), [0]))


async def refused(access: Any) -> None:
    """Assert that a bus access is answered with an error."""
    try:
        await access
    except Refused:
        return
    raise AssertionError("the bus accepted what it must refuse")


@cocotb.test()
async def windows_hold_what_was_written(dut: Any) -> None:
    """Data and raw windows show the same words; neighbours stay as they were."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED)
    for number in range(4):
        words = rng.integers(0, 2**32, size=48, dtype=np.uint32)
        await board.write(store_data(number, 8), words)
        assert (await board.read(store_data(number, 8), 48) == words).all()
        await board.write(store_raw(number, 20), [0x1234_5678])
        words[12] = 0x1234_5678
        assert (await board.read(store_data(number, 8), 48) == words).all()
        raw = [int((await board.read(store_raw(number, 8 + i)))[0]) for i in range(48)]
        assert raw == words.tolist()


@cocotb.test()
async def extents_are_held_to_what_exists(dut: Any) -> None:
    """No flip beyond whole blocks, beyond a store's capacity, or in a store that is absent."""
    board = await BusBoard.reset(dut)
    capacity = int((await board.read(register("STORE_CAPACITY", 1)))[0]) & 0xFFFFFF
    extents = {0: 100, 1: capacity + 16, 5: 16}  # a block and a half, too many, none there
    for store, extent in extents.items():
        await board.write(register("STORE_EXTENT", store), [extent])
    for store, word, exists in (
        *((0, 63, True), (0, 64, False)),
        *((1, capacity - 1, True), (1, capacity + 3, False)),
        *((5, 3, False), (2, 0, False)),
    ):
        if exists:
            await board.write(store_data(store, word), [0])
        await board.write(window(Region.FLIPS), [store << 28 | word])
        await board.set(FLIP_COUNT=1)
        await board.command(Command.FLIP)
        assert await board.get("FLIPS") == exists, (store, word)
        assert await board.get("FLIP_REFUSED") == (not exists), (store, word)
        if exists:
            assert (await board.read(store_data(store, word)))[0] == 1
    # An absent store has nothing to sweep.
    await board.set(STORE_MASK=1 << 5, THRESHOLD_HIGH=1)
    await board.command(Command.SWEEP)
    assert await board.get("FLIPS") == 0


@cocotb.test()
async def random_networks_equal_the_twin(dut: Any) -> None:
    """Scores, outcome counts and hangs of random networks, clean and with faults in every store."""
    cocotb.log.info("seed %d, %d networks", SEED, NETWORKS)
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED)
    hangs = 0
    for number in range(NETWORKS):
        network = random_network(rng)
        image = compile_network(network)
        stores = list(image.stores.values())
        pictures = random_pictures(rng, network)
        golden = twin.infer(image, stores, pictures)
        labels = rng.integers(0, image.score_count, size=len(pictures)).astype(np.uint16)
        await board.load(image, pictures)
        await board.load_golden(image, golden, labels)

        for fault_set in (None, random_faults(rng, image), random_faults(rng, image), None):
            injected = stores if fault_set is None else fault_set.apply(stores)
            if fault_set is not None:
                await flip(board, fault_set)
            await board.set(STORE_MASK=0xF)
            await board.command(Command.DIGEST)
            assert await board.get("DIGEST") == digest(injected)
            expected = twin.infer(image, injected, pictures)
            result = await board.command(Command.RUN, limit=400_000)
            name = f"network {number}, faults {fault_set}"
            if expected.hung:
                hangs += 1
                assert result == TrialStatus.HANG, name
                assert await board.get("ANSWERED") == 0, name
            else:
                assert result == TrialStatus.OK, name
                assert await board.get("ANSWERED") == len(pictures), name
                scores = await board.scores(image, len(pictures))
                assert (scores == expected.scores).all(), name
                await outcomes_equal(board, golden, expected, labels, name)
            if fault_set is not None:
                await flip(board, fault_set)
                await board.command(Command.DIGEST)
                assert await board.get("DIGEST") == image.digest, name
    cocotb.log.info("%d of %d faulty runs hung", hangs, 2 * NETWORKS)


async def flip(board: BusBoard, fault_set: faults.FaultSet) -> None:
    """Apply a fault set through the flip list and check the count."""
    entries = fault_set.word | (fault_set.bit.astype(np.uint32) << 21) | (fault_set.store.astype(np.uint32) << 28)
    await board.write(window(Region.FLIPS), entries)
    await board.set(FLIP_COUNT=len(fault_set))
    await board.command(Command.FLIP)
    assert await board.get("FLIPS") == len(fault_set)
    assert await board.get("FLIP_REFUSED") == 0


async def outcomes_equal(
    board: BusBoard,
    golden: twin.Inference,
    expected: twin.Inference,
    labels: np.ndarray,
    name: str,
) -> None:
    """The board's outcome counts are those of the twin's scores."""
    same = (golden.scores == expected.scores).all(axis=1)
    critical = golden.classes != expected.classes
    counts = {
        "MASKED": same.sum(),
        "TOLERATED": (~same & ~critical).sum(),
        "CRITICAL": critical.sum(),
        "CORRECT": (expected.classes == labels).sum(),
    }
    for register_name, count in counts.items():
        assert await board.get(register_name) == count, f"{name}: {register_name}"


@cocotb.test()
async def more_batches_than_epochs(dut: Any) -> None:
    """One picture in flight and more pictures than epochs, of which one is never anybody's."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED)
    network = random_network(rng)
    while len(network.layers) != 2 or network.inputs > 16:
        network = random_network(rng)
    compiled = compile_network(network)
    # The second layer first: it must read zeros, never what the picture before it left behind.
    swapped = compiled.stores["program"].copy()
    swapped[:16] = np.concatenate([swapped[8:16], swapped[:8]])
    # A picture that may use a whole buffer is alone in flight.
    rows = await board.get("ACTIVATION_CAPACITY") // 4
    pictures = rng.integers(-128, 128, size=(288, network.inputs), dtype=np.int8)
    for program in (compiled.stores["program"], swapped):
        stores = {**compiled.stores, "program": program}
        image = replace(compiled, stores=stores, row_bits=rows.bit_length() - 1)
        expected = twin.infer(image, image.words, pictures)
        if program is swapped:
            await board.load_stores(image.words)
        else:
            await board.load(image, pictures)
        labels = np.zeros(len(pictures), dtype=np.uint16)
        await board.load_golden(image, expected, labels)
        assert await board.command(Command.RUN) == TrialStatus.OK
        assert await board.get("MASKED") == len(pictures)


@cocotb.test()
async def trials_of_the_shipped_network(dut: Any) -> None:
    """Whole trials by the sequencer: records against the twin, undo, and the refusals meanwhile."""
    board = await BusBoard.reset(dut)
    network = load_network("digits-mlp")
    image = compile_network(network)
    stores = list(image.stores.values())
    tests = load_test_set(network, PICTURES)
    golden = twin.infer(image, stores, tests.images)
    await board.load(image, tests.images)
    await board.load_golden(image, golden, tests.labels)
    cases = (  # threshold, stores, trials
        (faults.threshold(3e-3), (0, 1, 2, 3), 4),
        (1 << 32, (1,), 1),
        (faults.threshold(2e-2), (3,), 4),
        (faults.threshold(1e-2), (0,), 3),
        (0, (0, 1), 1),
    )[:CASES]
    first = (7 << 32) + 0xFFFF_FFFE  # the trials' seeds carry into the high word
    for threshold, chosen, most in cases:
        trials = min(most, TRIALS)
        await board.set(
            SEED_LOW=first & 0xFFFF_FFFF,
            SEED_HIGH=first >> 32,
            THRESHOLD_LOW=threshold & 0xFFFF_FFFF,
            THRESHOLD_HIGH=threshold >> 32,
            STORE_MASK=sum(1 << s for s in chosen),
            TRIALS=trials,
            GOLDEN_DIGEST=image.digest,
        )
        assert await board.command(Command.TRIALS, limit=2_000_000) == TrialStatus.OK
        assert await board.get("RECORD_HEAD") == trials
        for trial in range(trials):
            record = await board.read(window(Region.RECORDS, len(RECORD_WORDS) * trial), len(RECORD_WORDS))
            fault_set = faults.sweep(first + trial, threshold, image.space, chosen)
            injected = fault_set.apply(stores)
            expected = twin.infer(image, injected, tests.images)
            name = f"threshold {threshold}, stores {chosen}, trial {trial}"
            assert record[0] == (first + trial) & 0xFFFF_FFFF, name
            assert record[1] == len(fault_set), name
            assert record[2] == digest(injected), name
            if expected.hung:
                assert record[4] == TrialStatus.HANG, name
                assert record[5] == record[6] == 0, name
            else:
                same = (golden.scores == expected.scores).all(axis=1)
                critical = golden.classes != expected.classes
                assert record[4] == len(tests.images) << 16, name
                assert record[5] == same.sum() | (~same & ~critical).sum() << 16, name
                correct = (expected.classes == tests.labels).sum()
                assert record[6] == critical.sum() | correct << 16, name
        # No trace: the next clean run is golden, whatever came before.
        assert await board.command(Command.RUN) == TrialStatus.OK
        assert await board.get("MASKED") == len(tests.images)
    # A wrong golden digest stops before anything is injected.
    await board.set(GOLDEN_DIGEST=image.digest ^ 1, TRIALS=2)
    assert await board.command(Command.TRIALS) == TrialStatus.NOT_GOLDEN
    assert await board.get("RECORD_HEAD") == 0


@cocotb.test()
async def ring_pauses_when_full_and_stop_ends(dut: Any) -> None:
    """A full ring pauses the trials, acknowledging goes on, STOP ends them; the stores stay golden."""
    board = await BusBoard.reset(dut)
    rng = np.random.default_rng(SEED)
    network = random_network(rng)
    image = compile_network(network)
    pictures = random_pictures(rng, network)[:1]
    golden = twin.infer(image, list(image.stores.values()), pictures)
    await board.load(image, pictures)
    await board.load_golden(image, golden, np.zeros(1, dtype=np.uint16))
    capacity = await board.get("RECORD_CAPACITY")
    await board.set(SEED_LOW=0, SEED_HIGH=0, THRESHOLD_LOW=1 << 24, THRESHOLD_HIGH=0, STORE_MASK=2)
    await board.set(TRIALS=4 * capacity, GOLDEN_DIGEST=image.digest, COMMAND=int(Command.TRIALS))
    await board.settled()
    assert await board.get("RECORD_HEAD") == capacity
    await refused(board.set(TRIALS=1))
    await refused(board.set(COMMAND=int(Command.RUN)))
    await refused(board.read(store_data(0)))
    await refused(board.read(window(Region.IMAGES)))
    await board.set(RECORD_TAIL=capacity + 1)  # beyond the head: ignored
    assert await board.get("RECORD_TAIL") == 0
    await board.set(RECORD_TAIL=2)
    await board.settled()
    assert await board.get("RECORD_HEAD") == capacity + 2
    for number in (2, capacity, capacity + 1):
        seed = await board.read(window(Region.RECORDS, len(RECORD_WORDS) * number))
        assert seed[0] == number
    await board.set(COMMAND=int(Command.STOP))
    await board.settled()
    status = await board.get("STATUS")
    assert status == 0b100, f"STATUS {status:#x}: not idle and stopped early"
    await board.set(STORE_MASK=0xF)
    await board.command(Command.DIGEST)
    assert await board.get("DIGEST") == image.digest
