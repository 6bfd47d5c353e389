# SPDX-License-Identifier: Apache-2.0
"""The boards there are, as data. What a real board is made of stands in ``fpga_boards.py``: add one there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from host.boards.fpga_boards import HARDWARE


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


CATALOGUE: tuple[Entry, ...] = (
    Entry("sim", Kind.SIMULATED, "the RTL as a program, its UART on a pseudo-terminal"),
    Entry("twin", Kind.TWIN, "the bit-exact software model, without a link"),
    *(
        Entry(
            board.name,
            Kind.SERIAL,
            board.summary,
            usb_ids=board.usb_ids,
            usb_interface=board.usb_interface,
            usb_product=board.usb_product,
            clock_hz=board.clock_hz,
            baud=board.baud,
            fast_bauds=board.fast_bauds,
            loader=board.loader,
            bitstream=board.bitstream,
        )
        for board in HARDWARE
    ),
)

#: Names of all boards, in order of the catalogue.
NAMES: tuple[str, ...] = tuple(entry.name for entry in CATALOGUE)
