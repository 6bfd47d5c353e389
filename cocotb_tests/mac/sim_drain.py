# SPDX-License-Identifier: Apache-2.0
"""Rows that leave the engine against numpy's requantisation of the same sums."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge

from cocotb_tests.mac.driver import Memory, get, pack, put, seeded, start
from host.twin import requantise

BUFFER_BITS = 7
SCORE_ROWS = 64
STORE_ROWS = 256

#: Cycles from a tile's last group to its row: address, stores, requantisation, the row register.
TAIL = 1 + 3 + 12 + 1

Write = tuple[str, int, int]


@dataclass(frozen=True)
class Layer:
    """Layer constants, as the module's ports name them."""

    single: int
    dst: int
    n_out: int
    dst_row: int
    channel_block: int
    output_zero_point: int
    activation_min: int
    activation_max: int
    row_bits: int
    score_rows: int
    bias_extent: int
    requant_extent: int


def random_layer(rng: random.Random, lanes: int) -> Layer:
    """A layer whose channels and rows end within reach."""
    n_out = rng.choice([1, 15, 16, 17, 32, rng.randrange(1, 70)])
    channels = lanes * STORE_ROWS
    first = rng.choice([0, rng.randrange(channels // 16), 65535])
    # the stores end before, in, or after the layer, or with the memory
    ends = [0, channels, *(min(16 * (first + k), channels) for k in range(-1, 5) if first + k >= 0)]
    return Layer(
        single=rng.randrange(2),
        dst=rng.choice([0, 0, 1, 2, 3]),
        n_out=n_out,
        dst_row=rng.choice([0, 1, rng.randrange(6), 65534, 65535]),
        channel_block=first,
        output_zero_point=rng.randrange(-128, 128),
        activation_min=rng.choice([-128, rng.randrange(-128, 128)]),
        activation_max=rng.choice([127, rng.randrange(-128, 128)]),
        row_bits=rng.randrange(4),
        score_rows=rng.randrange(1, 8),
        bias_extent=rng.choice(ends),
        requant_extent=2 * rng.choice(ends),
    )


class Drain:
    """The module under test and the stores it reads."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.oc, self.lanes = get(dut, "oc", "lanes")[0], get(dut, "requant", "lanes")[0]
        channels = self.lanes * STORE_ROWS
        self.bias = np.array([rng.getrandbits(32) for _ in range(channels)], dtype=np.uint32)
        self.requant = np.array([rng.getrandbits(32) for _ in range(2 * channels)], dtype=np.uint32)
        self.stores = [
            Memory(dut.drain_store_re, address, data, 3, self.rows(words, width), rng)
            for address, data, words, width in (
                (dut.drain_bias_row, dut.drain_bias_data, self.bias, self.lanes),
                (dut.drain_requant_row, dut.drain_requant_data, self.requant, 2 * self.lanes),
            )
        ]
        self.writes: list[tuple[int, Write]] = []
        self.ends: list[int] = []
        self.now = 0

    @staticmethod
    def rows(words: np.ndarray, width: int) -> Any:
        """Content of a store's rows."""
        return lambda row: pack(words[width * row : width * (row + 1)].tolist(), 32)

    async def cycle(self) -> None:
        """One cycle; keeps what is written."""
        for store in self.stores:
            store.cycle()
        await FallingEdge(self.dut.clk)
        self.now += 1
        activation, score, end = get(self.dut, "drain", "activation_we", "score_we", "layer_done")
        if activation:
            row, data = get(self.dut, "drain", "activation_row", "row_data")
            self.writes.append((self.now, ("activation", row, data)))
        if score:
            row, data = get(self.dut, "drain", "score_row", "row_data")
            self.writes.append((self.now, ("score", row, data)))
        if end:
            self.ends.append(self.now)

    def parameters(self, layer: Layer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bias, multiplier and shift of every output channel; 0 at and beyond the extents."""
        channels = 16 * layer.channel_block + np.arange(layer.n_out)

        def word(store: np.ndarray, extent: int, number: np.ndarray) -> np.ndarray:
            return np.where(number < extent, store[number % len(store)], 0).astype(np.uint32)

        bias = word(self.bias, layer.bias_extent, channels)
        multiplier = word(self.requant, layer.requant_extent, 2 * channels)
        shift = word(self.requant, layer.requant_extent, 2 * channels + 1) & 63
        signed_shift = shift.astype(np.int64) - 64 * (shift > 31)
        return bias, multiplier.view(np.int32), signed_shift.astype(np.int8)

    def expected(self, layer: Layer, sums: np.ndarray, bases: list[int]) -> list[Write]:
        """Rows that a layer writes, in order; ``sums`` int32[pictures, channels]."""
        bias, multiplier, shift = self.parameters(layer)
        values = requantise(
            (sums.view(np.uint32) + bias).view(np.int32),
            multiplier,
            shift,
            single_rounding=bool(layer.single),
            output_zero_point=layer.output_zero_point,
            activation_min=layer.activation_min,
            activation_max=layer.activation_max,
        )
        writes = []
        limit = layer.score_rows if layer.dst == 0 else 1 << layer.row_bits
        for picture, base in enumerate(bases):
            for number in range(-(-layer.n_out // 16)):
                row = layer.dst_row + number
                if row >= limit:
                    continue
                data = pack(values[picture, 16 * number : 16 * number + 16].tolist(), 8)
                if layer.dst == 0:
                    writes.append(("score", (base + row) % SCORE_ROWS, data))
                else:
                    place = (layer.dst << BUFFER_BITS) + (picture << layer.row_bits) + row
                    writes.append(("activation", place, data))
        return writes

    async def run(self, layer: Layer, pictures: int) -> None:
        """One layer: its tiles at random distances, its rows and its end."""
        rng = self.rng
        put(self.dut, "drain", **vars(layer))
        tiles = -(-layer.n_out // self.oc)
        padded = np.array(
            [[rng.getrandbits(32) for _ in range(tiles * self.oc)] for _ in range(pictures)],
            dtype=np.uint32,
        ).view(np.int32)
        # half of them small, so that not every output is at a limit
        padded >>= np.array([rng.choice([0, 20])], dtype=np.int32)
        bases = [rng.randrange(2**16) for _ in range(pictures)]
        self.writes, self.ends = [], []
        last_tile = 0
        for picture in range(pictures):
            for tile in range(tiles):
                last = tile == tiles - 1
                channels = padded[picture, tile * self.oc : (tile + 1) * self.oc]
                put(
                    self.dut,
                    "drain",
                    tile_valid=1,
                    tile_last=int(last),
                    tile_final=int(last and picture == pictures - 1),
                    tile_slot=picture,
                    tile_score_base=bases[picture],
                    tile_output=tile * self.oc,
                    accumulators=pack(channels.tolist(), 32),
                )
                last_tile = self.now
                for number in range(self.oc // self.lanes + rng.choice([0, 0, rng.randrange(4)])):
                    await self.cycle()
                    if number == 0:
                        put(self.dut, "drain", tile_valid=0)
                        put(self.dut, "drain", accumulators=rng.getrandbits(32 * self.oc))
        for _ in range(TAIL + self.oc // self.lanes + 4):
            await self.cycle()
        assert len(self.ends) == 1, f"{layer}: {len(self.ends)} ends"
        assert self.ends[0] == last_tile + self.oc // self.lanes + TAIL, f"{layer}: its end"
        assert all(when <= self.ends[0] for when, _ in self.writes), f"{layer}: wrote after its end"
        wanted = self.expected(layer, np.ascontiguousarray(padded[:, : layer.n_out]), bases)
        assert [write for _, write in self.writes] == wanted, f"{layer}: rows"


@cocotb.test()
async def layers(dut: Any) -> None:
    """Random layers over random pictures in flight, tiles as close as they may come."""
    rng = seeded(dut, "drain")
    await start(dut)
    bench = Drain(dut, rng)
    kinds: set[str] = set()
    for _ in range(40):
        layer = random_layer(rng, bench.lanes)
        await bench.run(layer, rng.choice([1, 2, 3, 16]) if layer.n_out < 20 else 2)
        kinds |= {kind for _, (kind, _, _) in bench.writes}
    assert kinds == {"score", "activation"}


@cocotb.test()
async def flushed(dut: Any) -> None:
    """A reset drops the tiles under way: no row, no end, and the next layer is whole."""
    rng = seeded(dut, "flushed")
    await start(dut)
    bench = Drain(dut, rng)
    layer = random_layer(rng, bench.lanes)
    for cut in range(1, TAIL + 2):
        put(dut, "drain", **vars(layer), tile_valid=1, tile_last=1, tile_final=1, tile_output=0)
        bench.writes, bench.ends = [], []
        for _ in range(cut):
            await bench.cycle()
            put(dut, "drain", tile_valid=0)
        dut.rst.value = 1
        await bench.cycle()
        dut.rst.value = 0
        written = len(bench.writes)
        ended = len(bench.ends)
        for _ in range(30):
            await bench.cycle()
        assert (len(bench.writes), len(bench.ends)) == (written, ended), f"after {cut} cycles"
        await bench.run(random_layer(rng, bench.lanes), 1)
