# SPDX-License-Identifier: Apache-2.0
"""``python -m host.boards``: the boards of the catalogue, and the serial ports of this machine and what they may be."""

from __future__ import annotations

import argparse
import sys

from host.boards.catalogue import CATALOGUE, Entry
from host.boards.ports import Port, candidates, find_ports


def _describe(entry: Entry, ports: list[Port]) -> str:
    facts = []
    if entry.clock_hz:
        facts.append(f"{entry.clock_hz / 1e6:g} MHz")
    if entry.baud:
        facts.append(f"{entry.baud} … {max(entry.baud, *entry.fast_bauds, 0)} baud")
    facts += [f"USB {vendor:04x}:{product:04x}" for vendor, product in entry.usb_ids]
    facts += [f"product {entry.usb_product!r}"] if entry.usb_product else []
    facts += [f"serial number {entry.usb_serial}…"] if entry.usb_serial else []
    here = [p.path for p in candidates(entry, ports)]
    if entry.usb_ids:
        facts.append(f"likely at {', '.join(here)}" if here else "not plugged in")
    tail = f" ({', '.join(facts)})" if facts else ""
    return f"  {entry.name:<11} {entry.summary}{tail}"


def _which(port: Port, ports: list[Port]) -> str:
    names = [entry.name for entry in CATALOGUE if port in candidates(entry, ports)]
    return f": may be {' or '.join(names)}" if names else ""


def main(argv: list[str] | None = None) -> int:
    """Print the catalogue and the ports."""
    parser = argparse.ArgumentParser(prog="python -m host.boards", description="List boards and serial ports.")
    parser.parse_args(argv)
    ports = find_ports()
    print("boards (--board NAME):")
    for entry in CATALOGUE:
        print(_describe(entry, ports))
    print("serial ports (--port PATH):")
    for port in ports:
        print(f"  {port}{_which(port, ports)}")
    if not ports:
        print("  none found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
