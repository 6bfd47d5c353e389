# SPDX-License-Identifier: Apache-2.0
"""The random words against published vectors and an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest

from host.faults import flip_masks, threshold
from host.faults.random_words import next_word, threefry4x32
from host.image import PhysicalSpace

Vector = tuple[int, int, int, int]
ONES: Vector = (0xFFFFFFFF,) * 4
ZEROS: Vector = (0,) * 4
PI_COUNTER: Vector = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
PI_KEY: Vector = (0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89)

# Known answers of the Random123 library.
PUBLISHED: list[tuple[int, Vector, Vector, Vector]] = [
    (13, ZEROS, ZEROS, (0x531C7E4F, 0x39491EE5, 0x2C855A92, 0x3D6ABF9A)),
    (13, ONES, ONES, (0xC4189358, 0x1C9CC83A, 0xD5881C67, 0x6A0A89E0)),
    (13, PI_COUNTER, PI_KEY, (0x4AA71D8F, 0x734738C2, 0x431FC6A8, 0xAE6DEBF1)),
    (20, ZEROS, ZEROS, (0x9C6CA96A, 0xE17EAE66, 0xFC10ECD4, 0x5256A7D8)),
]


@pytest.mark.parametrize(("rounds", "counter", "key", "expected"), PUBLISHED)
def test_threefry_published(rounds: int, counter: Vector, key: Vector, expected: Vector) -> None:
    got = threefry4x32(np.array(counter, dtype=np.uint32).reshape(4, 1), key, rounds)
    assert tuple(int(v) for v in got[:, 0]) == expected


def test_threefry_against_randomgen() -> None:
    """20 rounds of another implementation, at random counters and keys."""
    randomgen = pytest.importorskip("randomgen", reason="pip install randomgen: an independent Threefry")
    rng = np.random.default_rng(20)
    for _ in range(50):
        key = [int(k) for k in rng.integers(0, 2**32, 4)]
        counter = [int(c) for c in rng.integers(0, 2**32, 4)]
        whole = sum(c << 32 * i for i, c in enumerate(counter))
        generator = randomgen.ThreeFry(
            key=sum(k << 32 * i for i, k in enumerate(key)), counter=whole, number=4, width=32
        )
        # it counts up before each hash
        after = [(whole + 1 + n) % 2**128 for n in range(3)]
        mine = np.array([[c >> 32 * i & 0xFFFFFFFF for c in after] for i in range(4)], dtype=np.uint32)
        hashes = threefry4x32(mine, (key[0], key[1], key[2], key[3]), 20)
        assert [int(v) for v in generator.random_raw(12)] == [int(v) for v in hashes.T.ravel()]


def test_known_run() -> None:
    """The example of docs/faults.md, with the run in plain integers."""
    seed, store, word = 0x0123456789ABCDEF, 2, 5
    x = [
        int(v)
        for v in threefry4x32(np.array([[word], [store], [0], [0]], dtype=np.uint32), (0x89ABCDEF, 0x01234567, 0, 0))[
            :, 0
        ]
    ]
    for j in range(28):
        rotated = [(v << by | v >> 32 - by) & 0xFFFFFFFF for v, by in zip(x[j:], (3, 30, 23, 12), strict=False)]
        x.append(rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3])
    assert (x[0], x[3], x[4], x[31]) == (0x2FED10E1, 0x5B411B9A, 0x187A53DC, 0xDB3C53F8)
    state = tuple(np.array([v], dtype=np.uint32) for v in x[:4])
    assert int(next_word((state[0], state[1], state[2], state[3]))[0]) == x[4]

    space = PhysicalSpace.of([word + 1] * (store + 1))
    uniform = [sum((x[j] >> bit & 1) << 31 - j for j in range(32)) for bit in range(32)]
    for limit in (threshold(0.1), uniform[7], uniform[7] + 1, 1 << 31, (1 << 32) - 1):
        expected = sum((u < limit) << bit for bit, u in enumerate(uniform))
        assert int(flip_masks(seed, limit, store, space)[word, 0]) == expected
    assert int(flip_masks(seed, threshold(0.1), store, space)[word, 0]) == 1 << 10 | 1 << 15
