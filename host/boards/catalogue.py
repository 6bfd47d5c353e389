# SPDX-License-Identifier: Apache-2.0
"""The boards there are, as data. A new board is a new entry here and a thin top in ``rtl/board/``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How a board is reached."""

    SIMULATED = "program"
    TWIN = "software model"
    SERIAL = "serial port"


@dataclass(frozen=True)
class Entry:
    """One board of the catalogue.

    Attributes
    ----------
    name
        What ``--board`` takes.
    kind
        How it is reached.
    summary
        What it is, in one phrase.
    usb_ids
        (vendor, product) of the USB bridges it may show up with.
    usb_interface
        Which interface of the bridge is the UART, when it has several.
    usb_product, usb_serial
        Part of the bridge's product string, and beginning of its serial number, that tell the board from others with
        the same bridge; None where none is known.
    clock_hz
        Clock frequency of the shipped board top, 0 where there is none.
    baud
        Bit rate of the link that the board wakes up with, 0 where there is none or the simulation chooses it.
    fast_bauds
        Higher bit rates to try, best first; none where the rate is fixed.
    loader
        What openFPGALoader calls it; None where it is not programmed.
    bitstream
        File name of its bitstream; empty where there is none.
    """

    name: str
    kind: Kind
    summary: str
    usb_ids: tuple[tuple[int, int], ...] = ()
    usb_interface: int | None = None
    usb_product: str | None = None
    usb_serial: str | None = None
    clock_hz: int = 0
    baud: int = 0
    fast_bauds: tuple[int, ...] = ()
    loader: str | None = None
    bitstream: str = ""


# What boards wake up with: USB bridges divide their clocks to it without error (FT2232H, FT232R, CP2102N), it has a
# name in termios, and at 12 MHz it still is 12 clocks a bit.
_BASE_BAUD = 1_000_000
# Bridges of full speed USB reach 3 Mbaud; those that reach 2 only refuse it or fail the proof.
_FAST_BAUDS = (3_000_000, 2_000_000)

CATALOGUE: tuple[Entry, ...] = (
    Entry("sim", Kind.SIMULATED, "the RTL as a program, its UART on a pseudo-terminal"),
    Entry("twin", Kind.TWIN, "the bit-exact software model, without a link"),
    Entry(
        "arty",
        Kind.SERIAL,
        "Digilent Arty A7",
        # FTDI FT2232H; its second interface is the UART (Arty A7 reference manual, "USB-UART Bridge").
        usb_ids=((0x0403, 0x6010),),
        usb_interface=1,
        # Digilent numbers its boards by kind: an Arty A7 is 210319 and six more digits.
        usb_serial="210319",
        clock_hz=100_000_000,
        baud=_BASE_BAUD,
        fast_bauds=_FAST_BAUDS,
        # openFPGALoader's name for the 35T; the board with the 100T is arty_a7_100t there.
        loader="arty_a7_35t",
        bitstream="arty.bit",
    ),
)

#: Names of all boards, in order of the catalogue.
NAMES: tuple[str, ...] = tuple(entry.name for entry in CATALOGUE)
