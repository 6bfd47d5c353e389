# SPDX-License-Identifier: Apache-2.0
"""What a flip does: the estimate against enumeration, the walk against brute force."""

from __future__ import annotations

import itertools
import os
import random

import numpy as np
import pytest
from random_networks import random_network
from report_runs import PICTURES, image_settings, make_run, tiny_network, twin_rows
from scipy import stats

from host.faults import FaultSet, Sweep, Walk, sweep, threshold
from host.image import PhysicalSpace, compile_network
from host.report.bit_groups import map_bits
from host.report.sensitivity import (
    LEAST_TRIALS,
    flipped_bits,
    sweep_sensitivity,
    walk_sensitivity,
)
from host.statistics import Draws, flip_effect
from host.twin import infer

SEED = int(os.environ.get("FAULTLOOP_SEED", random.SystemRandom().getrandbits(32)))


@pytest.fixture(autouse=True)
def _say_seed() -> None:
    print(f"FAULTLOOP_SEED={SEED}")


def _weights(bits: int, p: float) -> tuple[np.ndarray, np.ndarray]:
    """All fault sets of some bits, and the probability of each."""
    sets = np.array(list(itertools.product((0, 1), repeat=bits)))
    return sets, np.prod(np.where(sets, p, 1 - p), axis=1)


def _true_effect(values: np.ndarray, group: list[int], p: float) -> float:
    """Mean over a group of what a trial yields with a bit flipped less without it, by enumeration."""
    sets, chance = _weights(int(np.log2(len(values))), p)
    with_flip = [np.sum((chance * values)[sets[:, i] == 1]) / p for i in group]
    without = [np.sum((chance * values)[sets[:, i] == 0]) / (1 - p) for i in group]
    return float(np.mean(np.array(with_flip) - np.array(without)))


@pytest.mark.parametrize("rates", [(0.3,), (0.01,), (0.2, 0.7)])
def test_the_estimate_is_unbiased_exactly(rates: tuple[float, ...]) -> None:
    """Its mean over every pair of trials there can be is the effect, whatever the bits do together."""
    values = np.random.default_rng(SEED).random(8)
    group = [0, 2]
    means = []
    for p in rates:
        sets, chance = _weights(3, p)
        counts = sets[:, group].sum(axis=1)
        pairs = itertools.product(range(8), repeat=2)
        means.append(
            sum(
                chance[a] * chance[b] * flip_effect([Draws(p, counts[[a, b]], values[[a, b]])], len(group)).mean
                for a, b in pairs
            )
        )
    assert np.mean(means) == pytest.approx(
        np.mean([_true_effect(values, group, p) for p in rates]), rel=1e-9, abs=1e-12
    )


def test_the_average_over_rates_is_that_of_the_estimates() -> None:
    rng = np.random.default_rng(SEED)
    draws = [Draws(p, rng.binomial(20, p, 50), rng.random(50)) for p in (0.01, 0.1, 0.4)]
    apart = [flip_effect([one], 20) for one in draws]
    whole = flip_effect(draws, 20)
    assert whole.mean == pytest.approx(np.mean([one.mean for one in apart]))
    assert whole.n == 150
    # three independent estimates: their standard errors add as squares
    half = np.sqrt(sum(((one.high - one.low) / 2) ** 2 for one in apart)) / 3
    assert (whole.high - whole.low) / 2 == pytest.approx(half, rel=0.05)


def test_its_interval_is_students() -> None:
    """Of the mean of the products or of what independence gives, the wider: flips that do much, and that do nothing."""
    rng = np.random.default_rng(SEED)
    counts = rng.binomial(10, 0.2, 60)
    scale = 10 * 0.2 * 0.8
    products = (counts - counts.mean()) * (counts**2 - np.mean(counts**2)) / scale
    independent = np.sqrt(np.var(counts**2, ddof=1) / scale / 60)
    low, high = stats.t.interval(0.95, 59, loc=0.0, scale=max(stats.sem(products), independent))
    found = flip_effect([Draws(0.2, counts, (counts**2).astype(float))], 10)
    assert (found.low - found.mean, found.high - found.mean) == pytest.approx((low, high))
    # only trials with a usual number of flips yield anything, so the products say little
    rare = np.zeros(60)
    rare[np.flatnonzero(counts == np.median(counts))[:2]] = 1.0
    low, high = stats.t.interval(0.95, 59, loc=0.0, scale=np.sqrt(np.var(rare, ddof=1) / scale / 60))
    found = flip_effect([Draws(0.2, counts, rare)], 10)
    assert (found.low - found.mean, found.high - found.mean) == pytest.approx((low, high))


def test_its_interval_covers_the_effect_as_often_as_it_says() -> None:
    rng = np.random.default_rng(SEED)
    values = rng.random(64)
    group, p, inside, times = [1, 4, 5], 0.15, 0, 2000
    truth = _true_effect(values, group, p)
    for _ in range(times):
        flips = rng.random((300, 6)) < p
        seen = values[flips @ (1 << np.arange(6))[::-1]]
        found = flip_effect([Draws(p, flips[:, group].sum(axis=1), seen)], len(group))
        inside += found.low <= truth <= found.high
    # five standard errors of a share of 95 % of 2000 are 2.4 %; the rest is room for what is not normal
    assert 0.91 <= inside / times <= 0.99


def test_an_effect_needs_data() -> None:
    one = np.zeros(1)
    with pytest.raises(ValueError, match="two or more"):
        flip_effect([Draws(0.1, one.astype(int), one)], 1)
    with pytest.raises(ValueError, match="two or more"):
        flip_effect([], 1)
    with pytest.raises(ValueError, match="no effect to estimate"):
        flip_effect([Draws(1.0, np.ones(3, dtype=int), np.ones(3))], 1)
    assert "not known to be 0" in flip_effect([Draws(0.5, np.zeros(3, dtype=int), np.ones(3))], 1).note


def test_every_bit_is_in_its_group() -> None:
    for network in (tiny_network(SEED), random_network(SEED, (5, 18, 3))):
        image = compile_network(network)
        stores = tuple(range(len(image.extents)))
        bits = map_bits(image, stores)
        walk = Walk(stores)
        assert len(bits.numbers) == walk.bits(image.space) and bits.sizes.sum() == len(bits.numbers)
        for number in random.Random(SEED).sample(range(len(bits.numbers)), 200):
            store, word, bit = walk.place(number, image.space)
            place, group = image.layout.locate(store, word, bit), bits.groups[bits.numbers[number]]
            assert group.padding == place.padding
            if not place.padding:
                position = place.index[1] if place.tensor == "tables" else place.bit
                assert (group.layer, group.tensor, group.position) == (place.layer, place.tensor, position)
        padding = sum(int(np.bitwise_count(image.layout.padding_mask(s)).sum()) for s in stores)
        assert bits.sizes[-1] == padding and bits.groups[-1].padding


def test_flipped_bits_are_those_of_the_fault_set() -> None:
    space = PhysicalSpace.of([40, 24])
    found = sweep(SEED, threshold(0.1), space, [1])
    masks = np.zeros((24, 1), dtype=np.uint32)
    for word, bit in zip(found.word.tolist(), found.bit.tolist(), strict=True):
        masks[word, 0] |= np.uint32(1 << bit)
    assert flipped_bits(masks, 32).tolist() == (32 * found.word.astype(int) + found.bit).tolist()


def test_a_walk_is_what_single_flips_do() -> None:
    """Against flips named by their places, not by their numbers."""
    image = compile_network(tiny_network(SEED))
    golden = infer(image, image.words, PICTURES)
    labels = np.random.default_rng(SEED).integers(0, 2, 8)
    accuracy = float(np.mean(golden.classes == labels))
    stores = (0, 1)
    walk = Walk(stores)
    rows = twin_rows(image, PICTURES, labels, walk, range(walk.bits(image.space)), 0.0)
    run = make_run(rows, inject="walk", **image_settings(image, ["tables", "wiring"], accuracy))
    found = walk_sensitivity(run, image)
    assert found.trials == found.of_trials == walk.bits(image.space)

    def brute(layer: str, tensor: str, index: tuple[int, ...], bit: int) -> tuple[float, float]:
        seen = infer(image, FaultSet.of([image.layout.find(layer, tensor, index, bit)]).apply(image.words), PICTURES)
        return accuracy - float(np.mean(seen.classes == labels)), float(np.mean(seen.classes != golden.classes))

    for layer, gates in (("first", 1), ("last", 2)):
        for address in range(4):
            wanted = np.mean([brute(layer, "tables", (gate, address), 0) for gate in range(gates)], axis=0)
            (cell,) = [c for c in found.cells if (c.layer, c.tensor, c.position) == (layer, "tables", address)]
            assert cell.loss is not None and cell.changed is not None and cell.bits == cell.flips == gates
            assert (cell.loss.mean, cell.changed.mean) == pytest.approx(tuple(wanted))
            assert cell.changed.low == cell.changed.high, "what is known exactly has no interval"
        wires = [
            brute(layer, "wiring", (g, o), b) for g in range(gates) for o in range(2) for b in range(image.wire_bits)
        ]
        (whole,) = [one for one in found.layers if (one.layer, one.tensor) == (layer, "wiring")]
        assert whole.loss is not None and whole.loss.mean == pytest.approx(np.mean(wires, axis=0)[0])
    assert found.padding is not None and found.padding.changed is not None and found.padding.changed.mean == 0.0


def test_a_part_of_a_walk_is_said_to_be_one() -> None:
    image = compile_network(tiny_network(SEED))
    rows = twin_rows(image, PICTURES, np.zeros(8), Walk((0,)), range(5), 0.0)
    found = walk_sensitivity(make_run(rows, inject="walk", **image_settings(image, ["tables"], 0.5)), image)
    assert (found.trials, found.of_trials) == (5, 32 * image.extents[0])
    assert found.cells[-1].flips == 0 and found.cells[-1].loss is None, "last layer, not walked yet"


def test_a_sweep_finds_what_enumeration_knows() -> None:
    """All 4096 fault sets of 12 table bits give the true effects; the padding around them does nothing."""
    image = compile_network(tiny_network(SEED))
    golden = infer(image, image.words, PICTURES)
    labels = golden.classes.copy()
    labels[0] ^= 1
    accuracy = float(np.mean(golden.classes == labels))
    places = [(layer, g, a) for layer, n in (("first", 1), ("last", 2)) for g in range(n) for a in range(4)]
    where = [image.layout.find(layer, "tables", (g, a), 0) for layer, g, a in places]
    loss = np.empty(1 << len(places))
    changed = np.empty(1 << len(places))
    for i, flips in enumerate(itertools.product((0, 1), repeat=len(places))):
        fault_set = FaultSet.of([place for place, flip in zip(where, flips, strict=True) if flip])
        seen = infer(image, fault_set.apply(image.words), PICTURES)
        loss[i] = accuracy - np.mean(seen.classes == labels)
        changed[i] = np.mean(seen.classes != golden.classes)

    p = 0.008
    rows = twin_rows(image, PICTURES, labels, Sweep(threshold(p), (0,)), range(SEED, SEED + 2000), p)
    run = make_run(rows, **image_settings(image, ["tables"], accuracy))
    pooled, (found,) = sweep_sensitivity(run, image, 1)
    assert pooled is not None and pooled.cells == found.cells, "one rate: its average is itself"
    assert found.trials == 2000 and found.bers == (p,)

    checked, missed = 0, 0
    for one in (*found.layers, *found.positions, *found.cells, found.whole):
        assert one is not None
        group = [
            i
            for i, (layer, _, address) in enumerate(places)
            if one.layer in (None, layer) and one.position in (None, address)
        ]
        assert one.bits == len(group)
        for estimate, values in ((one.loss, loss), (one.changed, changed)):
            if estimate is None:
                continue
            truth = _true_effect(values, group, p)
            half = (estimate.high - estimate.low) / 2
            # a 95 % interval is 1.96 standard errors: 2.6 of it are five
            assert abs(estimate.mean - truth) <= 2.6 * half + 1e-12, (one, truth)
            checked += 1
            missed += not estimate.low <= truth <= estimate.high
    assert checked >= 10 and missed <= 0.4 * checked
    assert found.padding is not None and found.padding.changed is not None
    nothing = found.padding.changed
    assert abs(nothing.mean) <= 2.6 * (nothing.high - nothing.low) / 2


def test_too_little_data_is_no_number() -> None:
    image = compile_network(tiny_network(SEED))
    source = Sweep(threshold(0.2), (0,))
    for trials, known in ((LEAST_TRIALS - 1, False), (LEAST_TRIALS, True)):
        rows = twin_rows(image, PICTURES, np.zeros(8), source, range(trials), 0.2)
        _, (found,) = sweep_sensitivity(make_run(rows, **image_settings(image, ["tables"], 0.5)), image, 1)
        assert found.whole is not None and (found.whole.loss is not None) == known
    rare = twin_rows(image, PICTURES, np.zeros(8), Sweep(threshold(1e-6), (0,)), range(50), 1e-6)
    pooled, _ = sweep_sensitivity(make_run(rare, **image_settings(image, ["tables"], 0.5)), image, 1)
    assert pooled is not None and pooled.whole is not None and pooled.whole.loss is None and not pooled.known
    none = twin_rows(image, PICTURES, np.zeros(8), Sweep(0, (0,)), range(50), 0.0)
    assert sweep_sensitivity(make_run(none, **image_settings(image, ["tables"], 0.5)), image, 1) == (None, ())
