# SPDX-License-Identifier: Apache-2.0
"""Serial ports of this machine, and which of them may be a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serial.tools import list_ports

from host.boards.board import BoardError
from host.boards.catalogue import CATALOGUE, Entry


@dataclass(frozen=True)
class Port:
    """One serial port.

    Attributes
    ----------
    path
        What ``--port`` takes.
    usb_id
        (vendor, product) of its USB bridge; None for other ports.
    interface
        Number of the bridge's interface; None when unknown.
    description
        What the operating system calls it.
    product, serial_number
        Strings of its USB bridge; empty where there are none.
    """

    path: str
    usb_id: tuple[int, int] | None
    interface: int | None
    description: str
    product: str = ""
    serial_number: str = ""

    def __str__(self) -> str:
        facts = [self.product or self.description]
        if self.usb_id is not None:
            facts.append(f"USB {self.usb_id[0]:04x}:{self.usb_id[1]:04x}")
        if self.interface is not None:
            facts.append(f"interface {self.interface}")
        if self.serial_number:
            facts.append(f"serial number {self.serial_number}")
        return f"{self.path} ({', '.join(facts)})"


def find_ports() -> list[Port]:
    """Serial ports of this machine, by path."""
    ports = []
    for found in sorted(list_ports.comports()):
        usb_id = None if found.vid is None or found.pid is None else (found.vid, found.pid)
        # A location ends in the interface's number: "1-1.2:1.1" is interface 1.
        last = (found.location or "").rpartition(":")[2].rpartition(".")[2]
        interface = int(last) if ":" in (found.location or "") and last.isdigit() else None
        description = found.description or "no description"
        ports.append(Port(found.device, usb_id, interface, description, found.product or "", found.serial_number or ""))
    return ports


def candidates(entry: Entry, ports: Sequence[Port], others: Sequence[Entry] = CATALOGUE) -> list[Port]:
    """Ports that may be a board.

    Boards share USB bridges. Of the ports with its ids, those count whose product string or serial number is the
    board's; where none is, those that are no other board's. Of these, those count that are the interface of its UART;
    where no interface is known, all.

    Parameters
    ----------
    entry
        The board wanted.
    ports
        Ports of this machine.
    others
        The boards that there are.
    """
    likely = [p for p in ports if p.usb_id in entry.usb_ids]
    own = [p for p in likely if _is_named(entry, p)]
    likely = own or [p for p in likely if not any(_is_named(e, p) for e in others if e.name != entry.name)]
    of_uart = [p for p in likely if p.interface == entry.usb_interface]
    unknown = [p for p in likely if p.interface is None]
    return of_uart or (likely if entry.usb_interface is None else unknown)


def _is_named(entry: Entry, port: Port) -> bool:
    """Whether the strings of a port say that it is this board."""
    if port.usb_id not in entry.usb_ids:
        return False
    by_product = entry.usb_product is not None and entry.usb_product.lower() in port.product.lower()
    return by_product or (entry.usb_serial is not None and port.serial_number.startswith(entry.usb_serial))


def choose_port(entry: Entry, ports: Sequence[Port]) -> str:
    """Path of the one port that is this board.

    Parameters
    ----------
    entry
        The board wanted.
    ports
        Ports of this machine.

    Raises
    ------
    BoardError
        If none or several may be it.
    """
    likely = candidates(entry, ports)
    if len(likely) == 1:
        return likely[0].path
    if likely:
        listed = "; ".join(map(str, likely))
        raise BoardError(f"several ports may be board {entry.name} ({listed}): name one with --port")
    listed = "; ".join(map(str, ports)) or "none"
    raise BoardError(
        f"no board {entry.name} is plugged in (serial ports found: {listed}): plug it in, name its port with --port,"
        " or use --board sim, which needs no hardware"
    )
