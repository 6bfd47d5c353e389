# SPDX-License-Identifier: Apache-2.0
"""What a real board is: its FPGA, pins and clock, and what is built for it with each engine. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from host.image.protections import packed_protections
from host.regmap import Engine, Protection

#: Bits of the fraction of a clock cycle that the UART's bit rate is given in (rtl/testbed.v, `uart_step`).
STEP_BITS = 24


class Family(Enum):
    """A family of FPGAs, each with a tool flow of its own."""

    ECP5 = "ecp5"
    ICE40 = "ice40"
    GOWIN = "gowin"
    SERIES7 = "7-series"


#: Endings of a family's constraints (in ``constraints/``) and of its bitstreams.
CONSTRAINTS = {Family.ECP5: "lpf", Family.ICE40: "pcf", Family.GOWIN: "cst", Family.SERIES7: "xdc"}
BITSTREAMS = {Family.ECP5: "bit", Family.ICE40: "bin", Family.GOWIN: "fs", Family.SERIES7: "bit"}


class Light(Enum):
    """What a lit LED means, the same on every board."""

    RESET = "in reset"
    TO_HOST = "byte to host"
    FROM_HOST = "byte from host"
    WORK = "at work"


@dataclass(frozen=True)
class Resources:
    """What there is of each kind, in the data sheet's units of the family.

    Attributes
    ----------
    luts
        Lookup tables: of 6 inputs in 7-series, of 4 elsewhere.
    flip_flops
        Flip-flops.
    block_rams
        Block RAMs: of 36 kbit in 7-series, 18 kbit in ECP5 and Gowin, 4 kbit in iCE40.
    dsps
        Multipliers: of 25x18 bits in 7-series, 18x18 in ECP5 and Gowin, 16x16 in iCE40.
    huge_rams
        Single-port RAMs of 256 kbit, which iCE40 UltraPlus has.
    """

    luts: int
    flip_flops: int
    block_rams: int
    dsps: int
    huge_rams: int = 0


@dataclass(frozen=True)
class Device:
    """An FPGA.

    Attributes
    ----------
    family
        Its family.
    name
        Its order code without package and grade.
    options
        Arguments that name it to place and route; for 7-series the part that Vivado knows.
    packer
        Arguments that name it to the program which writes the bitstream.
    synthesis
        Arguments that name it to the family's synthesis command.
    resources
        What there is in it.
    """

    family: Family
    name: str
    options: tuple[str, ...]
    resources: Resources
    packer: tuple[str, ...] = ()
    synthesis: str = ""


@dataclass(frozen=True)
class Signal:
    """A port of a board's top and where it goes.

    Attributes
    ----------
    port
        Its name in the top, with the index of a bit.
    pin
        The FPGA's pin.
    inverted
        Whether low is on: pressed, lit.
    """

    port: str
    pin: str
    inverted: bool = False


@dataclass(frozen=True)
class Build:
    """The testbed as built for one board with one engine.

    Attributes
    ----------
    parameters
        Parameters of ``rtl/testbed.v`` that are not to have their defaults, without engine, clock, bit rate and build
        id. With engine ``mac`` both sizes of the array are among them.
    networks
        Shipped networks that fit, with at least :attr:`pictures` pictures.
    pictures
        Pictures of the digits that fit at once with each of them, or more.
    """

    parameters: Mapping[str, int]
    networks: tuple[str, ...]
    pictures: int = 360


@dataclass(frozen=True)
class Hardware:
    """A real board.

    Attributes
    ----------
    name
        What ``--board`` and ``BOARD=`` take.
    summary
        What it is, in one phrase.
    top
        Stem of its top in ``rtl/board/`` and of its file in ``constraints/``; variants of a board share them.
    source
        Where pins come from.
    device
        Its FPGA.
    oscillator_hz
        Frequency of its oscillator.
    clock_hz
        Frequency of the design, made from it in the top.
    baud
        Bit rate of the link that it wakes up with.
    fast_bauds
        Higher bit rates that bridge and clock allow, best first.
    clock, uart_rx, uart_tx, button
        Oscillator, line from the host, line to the host, button that resets the design.
    button_label
        What is printed beside the button.
    leds
        Its lights and what they mean.
    constants
        Outputs that never change.
    usb_ids
        (vendor, product) of the USB bridges it may show up with.
    usb_interface
        Which interface of the bridge is the UART, when it has several.
    usb_product
        Part of the USB product string that tells it from other boards with the same bridge; None where none is known.
    loader
        Name that openFPGALoader has for it.
    builds
        What is built for it, by engine.
    """

    name: str
    summary: str
    top: str
    source: str
    device: Device
    oscillator_hz: int
    clock_hz: int
    baud: int
    fast_bauds: tuple[int, ...]
    clock: Signal
    uart_rx: Signal
    uart_tx: Signal
    button: Signal
    button_label: str
    leds: Mapping[Light, Signal]
    usb_ids: tuple[tuple[int, int], ...]
    usb_interface: int | None
    usb_product: str | None
    loader: str
    builds: Mapping[Engine, Build]
    constants: tuple[Signal, ...] = field(default=())

    @property
    def bitstream(self) -> str:
        """File name of its bitstream."""
        return f"{self.name}.{BITSTREAMS[self.device.family]}"

    @property
    def constraints(self) -> str:
        """File name of its constraints."""
        return f"{self.top}.{CONSTRAINTS[self.device.family]}"

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All of its ports."""
        return (self.clock, self.button, self.uart_rx, self.uart_tx, *self.leds.values(), *self.constants)


def uart_step(clock_hz: int, baud: int) -> int:
    """Bit rate as a fraction of the clock in 2^-24, rounded to nearest: input `uart_step` of ``rtl/testbed.v``."""
    return ((baud << STEP_BITS) + clock_hz // 2) // clock_hz


def parameters(
    hardware: Hardware, engine: Engine, build_id: int = 0, protections: Sequence[Protection] = ()
) -> dict[str, int]:
    """Parameters of ``rtl/testbed.v`` for a board with an engine, its stores unprotected or as they are given."""
    return {
        "ENGINE": int(engine),
        **hardware.builds[engine].parameters,
        **({"PROTECTIONS": packed_protections(protections)} if any(protections) else {}),
        "CLOCK_HZ": hardware.clock_hz,
        "BAUD": hardware.baud,
        "BUILD_ID": build_id,
    }


def header(values: Mapping[str, int]) -> str:
    """Text of ``build.vh``, which every board top includes: what its testbed is built with.

    Parameters
    ----------
    values
        Parameters of ``rtl/testbed.v``, CLOCK_HZ and BAUD among them.
    """
    step = uart_step(values["CLOCK_HZ"], values["BAUD"])
    associations = ", \\\n".join(f"    .{name}({_literal(name, value)})" for name, value in values.items())
    return (
        "// SPDX-License-Identifier: Apache-2.0\n"
        "// Generated for one build of a board top; never edited.\n\n"
        f"`define BUILD_PARAMETERS \\\n{associations}\n\n"
        f"// BAUD / CLOCK_HZ in 2^-{STEP_BITS}\n"
        f"`define BUILD_UART_STEP {STEP_BITS}'d{step}\n"
    )


def _literal(name: str, value: int) -> str:
    """A parameter's value; those of 32 bits are sized as they are declared."""
    return f"32'd{value}" if name in ("CLOCK_HZ", "BAUD", "BUILD_ID", "PROTECTIONS") else str(value)
