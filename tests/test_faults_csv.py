# SPDX-License-Identifier: Apache-2.0
"""Fault lists as CSV: there and back, for both engines, and what is refused."""

from __future__ import annotations

import csv
import os
import random
from dataclasses import replace

import numpy as np
import pytest

from host.faults import FaultList, FaultListError, FaultSet, format_fault_list, parse_fault_list
from host.image import MemoryImage, compile_network
from host.networks import LutLayer, LutNetwork, load_network

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))


def lut_network() -> LutNetwork:
    """A small network of lookup tables: 9 inputs, 5 and 4 gates of 3 inputs, 2 classes."""
    rng = np.random.default_rng(3)
    layers = []
    for name, gates, wires in (("first", 5, 9), ("last", 4, 14)):
        wiring = rng.integers(0, wires, (gates, 3)).astype(np.uint16)
        layers.append(LutLayer(name, wiring, rng.integers(0, 256, gates).astype(np.uint64)))
    return LutNetwork("small", np.arange(9, dtype=np.uint16), np.zeros(9), tuple(layers), 2)


IMAGES = {"mac": compile_network(load_network("digits-mlp")), "lut": compile_network(lut_network())}
MAC = IMAGES["mac"]


@pytest.fixture(params=list(IMAGES))
def image(request: pytest.FixtureRequest) -> MemoryImage:
    """The image of a network of each engine."""
    return IMAGES[request.param]


def random_sets(image: MemoryImage, count: int) -> list[FaultSet]:
    """Fault sets in all stores, some without flips."""
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    bits = [(s, w, b) for s, extent in enumerate(image.extents) for w in range(extent) for b in range(32)]
    return [FaultSet.of(rng.sample(bits, rng.choice([0, 1, 3, 50]))) for _ in range(count)]


def test_there_and_back(image: MemoryImage) -> None:
    sets = [FaultSet.of([]), *random_sets(image, 40), FaultSet.of([])]
    lines = list(format_fault_list(sets, image))
    assert parse_fault_list(lines, image) == FaultList(tuple(sets))
    assert len(lines) == 1 + sum(max(1, len(s)) for s in sets)


@pytest.mark.parametrize("dropped", [("layer", "tensor", "index", "value_bit", "padding"), ("store", "word", "bit")])
def test_either_way_to_name_a_bit_is_enough(image: MemoryImage, dropped: tuple[str, ...]) -> None:
    """Lines and columns in any order, as another program may have written them."""
    sets = random_sets(image, 20)
    rows = list(csv.DictReader(format_fault_list(sets, image)))
    random.Random(SEED).shuffle(rows)
    columns = [name for name in reversed(rows[0]) if name not in dropped]
    lines = ["\ufeff" + ",".join(columns), *(",".join(f'"{row[name]}"' for name in columns) for row in rows)]
    assert parse_fault_list(lines, image) == FaultList(tuple(sets))


def test_every_bit_is_told_as_the_layout_tells_it(image: MemoryImage) -> None:
    every = [(s, w, b) for s, extent in enumerate(image.extents) for w in range(extent) for b in range(32)]
    rows = list(csv.DictReader(format_fault_list([FaultSet.of(every)], image)))
    assert [(list(image.stores).index(r["store"]), int(r["word"]), int(r["bit"])) for r in rows] == every
    masks = [image.layout.padding_mask(s) for s in range(len(image.extents))]
    assert [int(r["padding"]) for r in rows] == [int(masks[s][w]) >> b & 1 for s, w, b in every]
    for row, flip in zip(rows, every, strict=True):
        index = tuple(int(part) for part in row["index"].split())
        assert image.layout.find(row["layer"], row["tensor"], index, int(row["value_bit"])) == flip


def test_names_with_commas_and_quotes() -> None:
    network = lut_network()
    odd = replace(network.layers[0], name='a "first", b')
    image = compile_network(replace(network, layers=(odd, network.layers[1])))
    sets = (FaultSet.of([(0, 0, 0), (1, 0, 5)]),)
    assert parse_fault_list(format_fault_list(sets, image), image) == FaultList(sets)


HEADER = "set,store,word,bit,layer,tensor,index,value_bit,padding"
PLACE = MAC.layout.locate("weights", 3, 2)
LOGICAL = f"{PLACE.layer},{PLACE.tensor},{PLACE.index[0]} {PLACE.index[1]},{PLACE.bit}"


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], "line 1: the header needs the column set and either store, word, bit or layer, tensor, index, value_bit"),
        (["store,word,bit", "weights,1,2"], "line 1: the header needs the column set"),
        (["set,store,word", "0,weights,1"], "line 1: the header needs"),
        (["set;store;word;bit"], "line 1: there is no column 'set;store;word;bit': the columns are set, store"),
        (["set,store,word,bit,bit"], "line 1: a column is named twice"),
        ([HEADER], "there is no fault set in it: give at least one line"),
        ([HEADER, "0,weights,1,2,,,,"], "line 2: 8 cells stand below a header of 9"),
        ([HEADER, "0,weights,1,2,,,,,", "x,weights,1,2,,,,,"], "line 3: set is 'x': give a whole number from 0 on"),
        ([HEADER, "-1,weights,1,2,,,,,"], "line 2: set is '-1'"),
        ([HEADER, "0,weights,1_0,2,,,,,"], "line 2: word is '1_0'"),
        ([HEADER, f"0,weights,{'9' * 5000},2,,,,,"], "line 2: word is '999"),
        ([HEADER, "0,weights,1,,,,,,"], "line 2: bit is empty: give all of store, word, bit, or none"),
        ([HEADER, "0,,,,hidden,weights,,,"], "line 2: value_bit is empty: give all of layer, tensor, value_bit"),
        ([HEADER, "0,,,,,,3,,"], "line 2: index is given without layer"),
        ([HEADER, "0,tables,1,2,,,,,"], "line 2: no store 'tables': the stores are weights, bias, requant, program"),
        ([HEADER, "0,weights,999999,2,,,,,"], "line 2: store weights has words 0 ... "),
        ([HEADER, "0,weights,1,32,,,,,"], "line 2: a word of weights has bits 0 ... 31; there is no 32"),
        ([HEADER, "0,,,,nowhere,weights,0 0,1,"], "line 2: no layer 'nowhere'"),
        ([HEADER, f"0,,,,{PLACE.layer},weights,0,1,"], "line 2: weights of "),
        ([HEADER, f'0,,,,{PLACE.layer},weights,"0,0",1,'], "line 2: index is '0,0': write whole numbers with spaces"),
        ([HEADER, f"0,,,,{PLACE.layer},weights,0 0,8,"], "line 2: weights has bits 0 ... 7; there is no 8"),
        ([HEADER, f"0,weights,3,3,{LOGICAL},"], "line 2: store weights word 3 bit 3 is "),
        ([HEADER, f"0,weights,3,2,{LOGICAL},1"], "line 2: padding is '1', but 1 marks a bit that the network does not"),
        (
            [HEADER, "0,weights,3,2,,,,,", "1,weights,3,2,,,,,", f"0,,,,{LOGICAL},"],
            "line 4: store weights word 3 bit 2 is named twice in set 0, first in line 2",
        ),
        ([HEADER, "0,weights,3,2,,,,,", "2,weights,3,2,,,,,"], "there is no set 1, but a set 2: number the sets 0, 1,"),
        ([HEADER, '0,"weights,3,2,,,,,'], "line 2: "),
        ([HEADER, "0,weights,3,2,,,,\0,"], "line 2: "),
    ],
)
def test_a_list_that_cannot_be_is_one_sentence(lines: list[str], text: str) -> None:
    with pytest.raises(FaultListError) as caught:
        parse_fault_list(lines, MAC)
    assert str(caught.value).startswith(text) and "\n" not in str(caught.value)


def test_a_line_that_contradicts_itself_says_both_places() -> None:
    with pytest.raises(FaultListError, match=r"bit 3 is \w+ weights 0 12 bit 3, not \w+ weights 0 12 bit 2: give one"):
        parse_fault_list([HEADER, f"0,weights,3,3,{LOGICAL},"], MAC)
