# SPDX-License-Identifier: Apache-2.0
"""Serial ports of this machine, and which of them may be a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serial.tools import list_ports

from host.boards.board import BoardError
from host.boards.catalogue import Entry


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
    """

    path: str
    usb_id: tuple[int, int] | None
    interface: int | None
    description: str


def find_ports() -> list[Port]:
    """Serial ports of this machine, by path."""
    ports = []
    for found in sorted(list_ports.comports()):
        usb_id = None if found.vid is None or found.pid is None else (found.vid, found.pid)
        # A location ends in the interface's number: "1-1.2:1.1" is interface 1.
        last = (found.location or "").rpartition(":")[2].rpartition(".")[2]
        interface = int(last) if ":" in (found.location or "") and last.isdigit() else None
        ports.append(Port(found.device, usb_id, interface, found.description or "no description"))
    return ports


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
    likely = [p for p in ports if p.usb_id in entry.usb_ids]
    of_uart = [p for p in likely if p.interface == entry.usb_interface]
    likely = of_uart or likely
    if len(likely) == 1:
        return likely[0].path
    if likely:
        listed = ", ".join(p.path for p in likely)
        raise BoardError(f"several ports may be board {entry.name} ({listed}): name one with --port")
    listed = ", ".join(f"{p.path} ({p.description})" for p in ports) or "none"
    raise BoardError(
        f"no board {entry.name} is plugged in (serial ports found: {listed}): plug it in, name its port with --port,"
        " or use --board sim, which needs no hardware"
    )
