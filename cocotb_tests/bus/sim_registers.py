# SPDX-License-Identifier: Apache-2.0
"""The registers against the map of the host: every address, every right, every bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cocotb
from cocotb.triggers import FallingEdge, ReadOnly

from cocotb_tests.bus.driver import Bus, Reply
from cocotb_tests.mac.driver import get, put, seeded
from host.regmap import GAP_DIGITS, MAP_HASH, REGISTERS, Command, Register, register

#: Bits a writable register keeps, where not 32 (docs/registers.md).
WIDTHS = {
    "STORE_EXTENT": 20,
    "IMAGE_ROWS": 16,
    "SCORE_ROWS": 16,
    "SCORE_COUNT": 16,
    "ROW_BITS": 5,
    "IMAGE_FIRST": 16,
    "IMAGE_COUNT": 16,
    "THRESHOLD_HIGH": 1,
    "STORE_MASK": 8,
    "FLIP_COUNT": 16,
    "INPUTS": 16,
    "GATES": 16,
    "WIRE_BITS": 5,
    "GROUP": 16,
    "SCORE_BITS": 5,
    "CLASS_BITS": 5,
    "SCRUB": 10,
    "SCRUB_INTERVAL_HIGH": 16,
    "PERIOD_HIGH": 16,
    "WINDOW": 16,
}

#: Bits that PATTERN keeps.
BITS_OF_PATTERN = 0x313

#: Values that are not 0 after reset.
AFTER_RESET = {
    "SCORE_COUNT": 1,
    "WIRE_BITS": 1,
    "GROUP": 1,
    "SCORE_BITS": 1,
    "CLASS_BITS": 1,
    "CYCLE_LIMIT": 0xFFFF_FFFF,
}

#: The most that an extent register holds: all bits that the bench's capacities (272 … 279) have, and one more.
BITS_OF_CAPACITY = 0x3FF

#: Parameters and inputs that a read-only register does not simply show under its own name.
BUILT = {"MAP_HASH": MAP_HASH}

COMMAND, STATUS, LINE = (register(name) for name in ("COMMAND", "STATUS", "LINE_STEP"))

ANYTIME = ("RECORD_TAIL", "UPSET_TAIL", "LINE_STEP")
NOT_CONFIGURATION = ("COMMAND", *ANYTIME)


def places() -> Iterator[tuple[Register, int, int]]:
    """Every register: entry, index, offset."""
    for entry in REGISTERS:
        for index in range(entry.count):
            yield entry, index, entry.offset + index


def configuration() -> list[tuple[str, int, int, int]]:
    """Registers of the configuration: name, index, offset, mask."""
    masks = {name: (1 << width) - 1 for name, width in WIDTHS.items()} | {"PATTERN": BITS_OF_PATTERN}
    return [
        (entry.name, index, offset, masks.get(entry.name, 0xFFFF_FFFF))
        for entry, index, offset in places()
        if entry.access == "rw" and entry.name not in NOT_CONFIGURATION
    ]


class Commands:
    """Counts the commands that leave the module."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.seen: list[int] = []
        cocotb.start_soon(self.watch())

    async def watch(self) -> None:
        """Keep each."""
        while True:
            await FallingEdge(self.dut.clk)
            if get(self.dut, "reg", "command_valid")[0]:
                self.seen += get(self.dut, "reg", "command")


async def ports(dut: Any) -> dict[tuple[str, int], int]:
    """The configuration as the other rooms see it."""
    names = (
        *("image_rows", "score_rows", "score_count", "row_bits", "work_limit", "cycle_limit"),
        *("image_first", "image_count", "store_mask", "flip_count", "trials", "golden_digest"),
        *("inject", "cursor", "inputs", "gates", "wire_bits", "group", "score_bits", "class_bits", "wiring_seed"),
        *("pattern", "scrub", "site_mask", "window"),
    )
    values = {(name.upper(), 0): get(dut, "reg", name)[0] for name in names}
    seed, threshold, extents = get(dut, "reg", "seed", "threshold", "extents")
    interval, period = get(dut, "reg", "scrub_interval", "period")
    pairs = {"SEED": seed, "THRESHOLD": threshold, "SCRUB_INTERVAL": interval, "PERIOD": period}
    for name, value in pairs.items():
        values[f"{name}_LOW", 0] = value & 0xFFFF_FFFF
        values[f"{name}_HIGH", 0] = value >> 32
    for store in range(8):
        values["STORE_EXTENT", store] = extents >> 20 * store & 0xF_FFFF
    for digit in range(GAP_DIGITS + 1):
        put(dut, "reg", digit=digit)
        await ReadOnly()
        values["GAP", digit] = get(dut, "reg", "digit_threshold")[0]
        await FallingEdge(dut.clk)
    return values


@cocotb.test()
async def configuration_is_kept(dut: Any) -> None:
    """Each bit of each register: reset value, what is read back, the port, and its neighbours."""
    rng = seeded(dut, "configuration")
    bus = await Bus.reset(dut, rng)
    entries = configuration()
    # no reset reaches a memory
    gaps = [(offset, 0) for name, _, offset, _ in entries if name == "GAP"]
    assert not any(reply.refused for reply in await bus.run("registers", gaps))
    kept = {(name, index): AFTER_RESET.get(name, 0) for name, index, _, _ in entries}
    assert await ports(dut) == kept, "after reset"
    for round_ in range(3):
        for name, index, offset, mask in rng.sample(entries, len(entries)):
            value = (0xFFFF_FFFF, 0, rng.getrandbits(32))[round_]
            assert await bus.write("registers", offset, value), name
            kept[name, index] = min(value & mask, BITS_OF_CAPACITY if name == "STORE_EXTENT" else mask)
            if name != "GAP" or rng.random() < 0.1:
                assert await ports(dut) == kept, f"after writing {name}"
        replies = await bus.run("registers", [(offset, None) for _, _, offset, _ in entries])
        got = dict(zip(((e[0], e[1]) for e in entries), (r.data for r in replies), strict=True))
        assert got == kept
        assert all(reply.wait_states == 4 for reply in replies)
    assert get(dut, "reg", "command_valid") == [0]


@cocotb.test()
async def what_is_read(dut: Any) -> None:
    """Read-only registers show parameters and what the other rooms report, each its own."""
    rng = seeded(dut, "read-only")
    bus = await Bus.reset(dut, rng)
    # the ports of what is reported are named as the registers
    reported = [
        *("record_head", "digest", "flips", "flip_refused", "cycles", "answered", "masked"),
        *("tolerated", "critical", "correct", "frames_bad", "frames_dropped", "cycles_sweep"),
        *("cycles_digest", "cycles_run", "cycles_undo", "cycles_waited"),
        *("words_corrected", "words_uncorrectable", "first_uncorrectable"),
        *("upset_head", "upsets_lost", "scrub_words", "scrub_corrected", "scrub_uncorrectable", "scrub_first"),
    ]
    # 32 bits a store; there are no more than four stores
    reads = ("READ_CORRECTED", "READ_UNCORRECTABLE")
    for _ in range(3):
        values = {name: rng.getrandbits(len(getattr(dut, f"reg_{name}"))) for name in reported}
        put(dut, "reg", **values)
        busy, trials, stopped = (rng.randrange(2) for _ in range(3))
        result = rng.randrange(256)
        put(dut, "reg", busy=busy, in_trials=trials, stopped=stopped, result=result)
        shown = {name.upper(): value for name, value in values.items()} | BUILT
        shown["STATUS"] = result << 8 | stopped << 2 | trials << 1 | busy
        of_stores = {name: rng.getrandbits(128) for name in reads}
        put(dut, "reg", **{name.lower(): value for name, value in of_stores.items()})
        for entry, index, offset in places():
            if entry.access != "ro":
                continue
            # the bench gives each capability its offset and 0x100
            expected = shown.get(entry.name, 0x100 + offset)
            if entry.name in reads:
                expected = of_stores[entry.name] >> 32 * index & 0xFFFF_FFFF
            assert await bus.read("registers", offset) == expected, entry.name
            assert not await bus.write("registers", offset, 0), f"{entry.name} was written"


@cocotb.test()
async def every_other_address(dut: Any) -> None:
    """Where the map has nothing, reads and writes are refused, near and far."""
    rng = seeded(dut, "nothing")
    bus = await Bus.reset(dut, rng)
    known = {offset for _, _, offset in places()}
    unknown = sorted(set(range(0x100)) - known)
    far = [offset | 1 << bit for bit in range(8, 24) for offset in (0, 0x20, 0x30)]
    before = await ports(dut)
    for data in (None, 0xFFFF_FFFF):
        replies: list[Reply] = await bus.run("registers", [(a, data) for a in unknown + far])
        assert all(reply.refused for reply in replies)
    assert await ports(dut) == before
    assert get(dut, "reg", "command_valid") == [0]


@cocotb.test()
async def locked_while_busy(dut: Any) -> None:
    """While a command runs only STOP, RECORD_TAIL and LINE_STEP may be written; everything may be read."""
    rng = seeded(dut, "busy")
    bus = await Bus.reset(dut, rng)
    commands = Commands(dut)
    put(dut, "reg", busy=1, record_head=5, upset_head=5)
    before = await ports(dut)
    for entry, _, offset in places():
        if entry.name not in ANYTIME:
            assert not await bus.write("registers", offset, 1), f"{entry.name} was written"
        assert not (await bus.run("registers", [(offset, None)]))[0].refused, entry.name
    assert await ports(dut) == before and commands.seen == []
    for name in ("record_tail", "upset_tail"):
        assert await bus.write("registers", register(name.upper()), 3)
        assert get(dut, "reg", name) == [3]
    for command in Command:
        accepted = await bus.write("registers", COMMAND, int(command))
        assert accepted == (command == Command.STOP), command.name
    # the value of STOP means nothing elsewhere
    assert not await bus.write("registers", 0x20, int(Command.STOP))
    assert commands.seen == [Command.STOP]
    assert await ports(dut) == before


@cocotb.test()
async def the_rate_of_the_line(dut: Any) -> None:
    """What may be asked for leaves once, busy or not; what no line can run at is refused; the rate of now is read."""
    rng = seeded(dut, "line")
    bus = await Bus.reset(dut, rng)
    most = 1 << 22
    asked: list[int] = []

    async def watch() -> None:
        while True:
            await FallingEdge(dut.clk)
            if get(dut, "reg", "line_step_valid")[0]:
                asked.extend(get(dut, "reg", "line_step_wanted"))

    cocotb.start_soon(watch())
    wanted = []
    for step in (1, 0, most, most + 1, 1 << 24, 1 << 31, rng.randrange(1, most), 0xFFFF_FFFF):
        busy, now = rng.randrange(2), rng.randrange(1 << 24)
        put(dut, "reg", busy=busy, line_step=now)
        accepted = 0 < step <= most
        assert await bus.write("registers", LINE, step) == accepted, hex(step)
        wanted += [step] * accepted
        assert await bus.read("registers", LINE) == now
    assert asked == wanted


@cocotb.test()
async def commands_start_once(dut: Any) -> None:
    """A command leaves once; configuration that follows it at once is refused already."""
    rng = seeded(dut, "commands")
    bus = await Bus.reset(dut, rng)
    commands = Commands(dut)
    wanted = []
    for command in [*Command, 0, 0xFFFF_FFFF]:
        assert await bus.write("registers", COMMAND, int(command))
        wanted.append(command if command in set(Command) else 0)  # 0 stands for all that is none
    assert commands.seen == wanted

    async def become_busy() -> None:
        """As the sequencer does, in the cycle after the command."""
        while not get(dut, "reg", "command_valid")[0]:
            await FallingEdge(dut.clk)
        await FallingEdge(dut.clk)
        put(dut, "reg", busy=1)

    running = cocotb.start_soon(become_busy())
    accesses: list[tuple[int, int | None]] = [(COMMAND, int(Command.RUN)), (STATUS, None), (0x2E, 7)]
    replies = await bus.run("registers", accesses)
    await running
    assert [reply.refused for reply in replies] == [False, False, True]
    assert replies[1].data == 1, "STATUS says busy from the command on"


@cocotb.test()
async def the_tails_of_the_rings(dut: Any) -> None:
    """Records and upsets: a tail moves only between tail and head, both of which wrap; TRIALS takes it to 0."""
    rng = seeded(dut, "tail")
    bus = await Bus.reset(dut, rng)
    for ring in ("record", "upset"):
        place, tail = register(f"{ring}_tail".upper()), 0
        for head in [0, 3, 3, 9, 2**31, 2**32 - 3, 2**32 - 1, 2, 5]:
            put(dut, "reg", **{f"{ring}_head": head})
            held = (head - tail) % 2**32
            for step in (held + 1, 2**32 - 1, rng.randrange(held + 1), 0):
                wish = (tail + step) % 2**32
                assert await bus.write("registers", place, wish)
                if step <= held:
                    tail, held = wish, held - step
                assert await bus.read("registers", place) == tail, f"{ring}, head {head:#x}, wish {wish:#x}"
            tail = (head - rng.randrange(min(held, 3) + 1)) % 2**32
            assert await bus.write("registers", place, tail)
            assert get(dut, "reg", f"{ring}_tail") == [tail]
        assert await bus.write("registers", COMMAND, int(Command.RUN))
        assert get(dut, "reg", f"{ring}_tail") == [tail] != [0]
        assert await bus.write("registers", COMMAND, int(Command.TRIALS))
        assert get(dut, "reg", f"{ring}_tail") == [0]
