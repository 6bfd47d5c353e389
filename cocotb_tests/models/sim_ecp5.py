# SPDX-License-Identifier: Apache-2.0
"""DP16KD of every width and mode against a model bit by bit; MULT18X18D and its register against Python's product."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, Timer

from cocotb_tests.driver import start_clock
from cocotb_tests.models.block_ram import BlockRam, Mode, Pins, stored

SEED = int(os.environ.get("FAULTLOOP_SEED", "1"))
EDGES = 1_500

#: The block RAMs of bench.v: width and write mode of ports a and b, output register, chip select.
RAMS = (
    (18, "NORMAL", 18, "READBEFOREWRITE", False, 0b000),
    (9, "READBEFOREWRITE", 9, "WRITETHROUGH", False, 0b000),
    (18, "WRITETHROUGH", 9, "NORMAL", False, 0b110),
    (4, "NORMAL", 1, "WRITETHROUGH", False, 0b000),
    (2, "WRITETHROUGH", 18, "WRITETHROUGH", True, 0b000),
    (36, "NORMAL", 36, "NORMAL", False, 0b000),
    (36, "NORMAL", 9, "NORMAL", True, 0b000),
    (1, "NORMAL", 36, "NORMAL", False, 0b011),
    (4, "READBEFOREWRITE", 2, "NORMAL", False, 0b000),
)
#: First contents of the first one: the word at either end.
FIRST = {0: 0x12345 & 0x3FFFF, 1023: 0x2FFFF}


def ram(number: int) -> BlockRam:
    """The model of a block RAM of bench.v."""
    width_a, write_a, width_b, write_b, registered, select = RAMS[number]
    first: dict[int, int] = {}
    if number == 0:
        for word, value in FIRST.items():
            first |= {bit: value >> n & 1 for n, bit in enumerate(stored(Mode(18), 16 * word))}
    return BlockRam(Mode(width_a, write_a, registered, select), Mode(width_b, write_b, registered, select), first)


def draw(rng: random.Random, other: int) -> Pins:
    """Pins of a port: few places, so that words are met again, and often the other port's."""
    address = rng.choice((0, 0x3FE0, 0x1540)) | rng.randrange(64)
    if rng.random() < 0.3:
        address = other & ~0xF | rng.randrange(16)
    select = rng.choice((0, 0, 0, 0b110, 0b011, rng.randrange(8)))
    return Pins(
        ce=rng.random() < 0.9,
        oce=rng.random() < 0.8,
        we=rng.random() < 0.5,
        rst=rng.random() < 0.02,
        cs=select,
        address=address,
        di=rng.getrandbits(18),
    )


def drive(dut: Any, name: str, pins: Pins) -> None:
    """Put inputs on a port of every block RAM."""
    for pin in ("ce", "oce", "we", "rst", "cs", "address", "di"):
        getattr(dut, f"{name}_{pin}").value = int(getattr(pins, pin))


@cocotb.test()
async def block_rams(dut: Any) -> None:
    """Random accesses of both ports, collisions among them."""
    dut._log.info("seed %d", SEED)
    rng = random.Random(SEED)
    rams = [ram(number) for number in range(len(RAMS))]
    quiet = Pins(False, False, False, False, 0, 0, 0)
    for name in "ab":
        drive(dut, name, quiet)
    start_clock(dut.clk, 10)
    await FallingEdge(dut.clk)
    unknown = 0
    for edge in range(EDGES):
        a = draw(rng, 0)
        b = draw(rng, a.address)
        if edge < 8:
            # first contents
            word = list(FIRST)[edge % 2]
            a = b = Pins(True, True, False, False, 0, 16 * word, 0)
        drive(dut, "a", a)
        drive(dut, "b", b)
        await FallingEdge(dut.clk)
        found = str(dut.a_do.value), str(dut.b_do.value)
        for number, model in enumerate(rams):
            model.edge(a, b)
            end = len(found[0]) - 18 * number
            shown = tuple(text[end - 18 : end].upper() for text in found)
            assert shown == model.shown(), f"edge {edge}, ram {number} {RAMS[number]}: {a}, {b}"
            unknown += sum(text.count("X") for text in shown)
    assert unknown > EDGES, "no collision was met"


@cocotb.test()
async def resets(dut: Any) -> None:
    """Reset clears outputs at once where it is asynchronous (the first), at the next edge elsewhere (the second)."""
    idle = Pins(False, False, False, False, 0, 0, 0)
    ones = 0x3FFFF
    drive(dut, "b", idle)
    start_clock(dut.clk, 10)
    for pins in (replace(idle, ce=True, we=True, address=3, di=ones), replace(idle, ce=True, address=3)):
        await FallingEdge(dut.clk)
        drive(dut, "a", pins)
    await FallingEdge(dut.clk)
    drive(dut, "a", replace(idle, rst=True))
    await Timer(1, unit="ns")
    shown = str(dut.a_do.value)[::-1]
    assert (shown[:18], shown[18:27]) == ("0" * 18, "1" * 9)
    await FallingEdge(dut.clk)
    shown = str(dut.a_do.value)[::-1]
    assert (shown[:18], shown[18:27]) == ("0" * 18, "0" * 9)


def drive_multiplier(dut: Any, rng: random.Random, number: int) -> int:
    """Put random operands on the multipliers, signed or not by turns; their product modulo 2^36."""
    ends = (0, 1, 0x1FFFF, 0x20000, 0x3FFFF)
    operands = [rng.choice((*ends, rng.getrandbits(18))) for _ in range(2)]
    signed = number & 1, number >> 1 & 1
    dut.mul_a.value, dut.mul_b.value = operands
    dut.signed_a.value, dut.signed_b.value = signed
    a, b = (value - (value >> 17 << 18) if sign else value for value, sign in zip(operands, signed, strict=True))
    return a * b % (1 << 36)


@cocotb.test()
async def products(dut: Any) -> None:
    """Signed and unsigned, the ends of both ranges."""
    dut._log.info("seed %d", SEED)
    rng = random.Random(SEED)
    for number in range(2_000):
        product = drive_multiplier(dut, rng, number)
        await Timer(1, unit="ns")
        assert int(dut.mul_p.value) == product


@cocotb.test()
async def registered_products(dut: Any) -> None:
    """A clock cycle later, held without enable, cleared by reset, which is stronger."""
    dut._log.info("seed %d", SEED)
    rng = random.Random(SEED)
    dut.mul_ce.value, dut.mul_rst.value = 0, 1
    start_clock(dut.clk, 10)
    await FallingEdge(dut.clk)
    held = 0
    for number in range(1_000):
        product = drive_multiplier(dut, rng, number)
        enabled, reset = rng.random() < 0.8, rng.random() < 0.1
        dut.mul_ce.value, dut.mul_rst.value = int(enabled), int(reset)
        await Timer(1, unit="ns")
        assert int(dut.mul_p_q.value) == held
        await FallingEdge(dut.clk)
        held = 0 if reset else product if enabled else held
        assert int(dut.mul_p_q.value) == held
