# SPDX-License-Identifier: Apache-2.0
"""Names, ports and refusals: what a user meets before a board is there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from host.boards import CATALOGUE, NAMES, BoardError, find_entry, open_board
from host.boards.catalogue import Entry, Kind
from host.boards.ports import Port, candidates, choose_port, find_ports
from host.image import compile_network
from host.networks import load_network

ARTY = find_entry("arty")
IMAGE = compile_network(load_network("digits-mlp"))
FTDI = (0x0403, 0x6010)


def port(path: str, usb_id: tuple[int, int] | None = FTDI, interface: int | None = 1) -> Port:
    """A port as the operating system would list it."""
    return Port(path, usb_id, interface, "a port")


def test_the_uart_interface_is_chosen() -> None:
    ports = [port("/dev/ttyUSB0", FTDI, 0), port("/dev/ttyUSB1"), port("/dev/ttyS0", None, None), port("/x", (1, 2))]
    assert choose_port(ARTY, ports) == "/dev/ttyUSB1"
    assert choose_port(ARTY, [port("COM7", interface=None)]) == "COM7"


def test_nothing_plugged_in_is_said_with_the_ports_found() -> None:
    with pytest.raises(BoardError, match=r"no board arty is plugged in .*found: /dev/ttyS0 \(a port\)\).*--board sim"):
        choose_port(ARTY, [port("/dev/ttyS0", None, None)])
    with pytest.raises(BoardError, match="found: none"):
        choose_port(ARTY, [])


def test_several_boards_need_a_name() -> None:
    two = [Port(f"/dev/ttyUSB{i}", FTDI, 1, "a port", "Digilent USB Device", f"21031900{i}") for i in (1, 3)]
    with pytest.raises(BoardError) as caught:
        choose_port(ARTY, two)
    facts = "Digilent USB Device, USB 0403:6010, interface 1, serial number 21031900"
    listed = "; ".join(f"/dev/ttyUSB{i} ({facts}{i})" for i in (1, 3))
    assert str(caught.value) == f"several ports may be board arty ({listed}): name one with --port"


# Boards that share a bridge: told apart by product string, by serial number, by interface, or not at all.
KIWI = Entry("kiwi", Kind.SERIAL, "", usb_ids=(FTDI,), usb_interface=1, usb_product="Kiwi FPGA")
LIME = Entry("lime", Kind.SERIAL, "", usb_ids=(FTDI, (1, 2)), usb_interface=0, usb_serial="LIME-")
PLUM = Entry("plum", Kind.SERIAL, "", usb_ids=(FTDI,))
FRUIT = (KIWI, LIME, PLUM)


def of(entry: Entry, *ports: Port) -> list[str]:
    """Paths of the ports that may be a board."""
    return [p.path for p in candidates(entry, ports, FRUIT)]


def test_boards_that_share_a_bridge_are_told_apart() -> None:
    kiwi = [Port(f"k{i}", FTDI, i, "", "A KIWI FPGA v2", "1") for i in (0, 1)]
    lime = [Port(f"l{i}", FTDI, i, "", "USB Device", "LIME-77") for i in (0, 1)]
    assert of(KIWI, *kiwi, *lime) == ["k1"]
    assert of(LIME, *kiwi, *lime) == ["l0"]
    assert of(PLUM, *kiwi, *lime) == []
    assert of(KIWI, *lime) == of(LIME, *kiwi) == [], "the string of another board"


def test_a_bridge_without_a_known_string_may_be_any_of_its_boards() -> None:
    blank = [Port(f"b{i}", FTDI, i, "", "Dual RS232-HS", "FT1") for i in (0, 1)]
    assert of(KIWI, *blank) == ["b1"] and of(LIME, *blank) == ["b0"] and of(PLUM, *blank) == ["b0", "b1"]
    named = Port("k1", FTDI, 1, "", "Kiwi FPGA", "")
    assert of(KIWI, *blank, named) == ["k1"], "its own string comes before none"
    assert of(LIME, Port("x", (1, 2), None, "")) == ["x"], "where no interface is known, all"
    assert of(LIME, Port("x", (1, 2), 1, ""), Port("y", (3, 2), 0, "LIME-", "", "LIME-1")) == []


@dataclass
class Listed:
    """What pyserial lists."""

    device: str
    vid: int | None
    pid: int | None
    location: str | None
    description: str | None
    product: str | None = None
    serial_number: str | None = None

    def __lt__(self, other: Listed) -> bool:
        return self.device < other.device


def test_ports_are_read_from_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        Listed("/dev/ttyUSB1", 0x0403, 0x6010, "1-1.2:1.1", "Digilent", "Arty", "210319A"),
        Listed("/dev/ttyUSB0", 0x0403, 0x6010, "1-1.2:1.0", "Digilent"),
        Listed("/dev/ttyS0", None, None, None, None),
        Listed("COM3", 0x0403, 0x6010, "1-1", "USB Serial"),
    ]
    monkeypatch.setattr("host.boards.ports.list_ports.comports", lambda: listed)
    found = {p.path: (p.usb_id, p.interface) for p in find_ports()}
    assert found["/dev/ttyUSB1"] == (FTDI, 1) and found["/dev/ttyUSB0"] == (FTDI, 0)
    assert str(find_ports()[1]) == "/dev/ttyUSB0 (Digilent, USB 0403:6010, interface 0)"
    assert str(find_ports()[2]) == "/dev/ttyUSB1 (Arty, USB 0403:6010, interface 1, serial number 210319A)"
    assert found["/dev/ttyS0"] == (None, None) and found["COM3"] == (FTDI, None)


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("nexus", None, f"there is no board 'nexus': choose one of {', '.join(NAMES)}"),
        ("twin", "/dev/ttyUSB1", "board twin has no port: leave out --port /dev/ttyUSB1"),
        ("arty", "/dev/no-such-port", "board arty does not answer on /dev/no-such-port"),
        ("sim", "/dev/no-such-port", "board sim does not answer on /dev/no-such-port"),
    ],
)
def test_open_board_says_what_is_wrong(name: str, path: str | None, text: str) -> None:
    with pytest.raises(BoardError) as caught:
        open_board(name, path, IMAGE)
    assert text in str(caught.value) and "\n" not in str(caught.value)


def test_a_port_that_is_no_board_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("host.link.session.HELLO_ATTEMPTS", 1)
    master, slave = os.openpty()
    try:
        with pytest.raises(BoardError, match="board sim does not answer on /dev/pts/"):
            open_board("sim", os.ttyname(slave), IMAGE)
    finally:
        os.close(master)
        os.close(slave)


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(CATALOGUE) and NAMES[0] == "sim"


def test_the_list_names_every_board() -> None:
    done = subprocess.run([sys.executable, "-m", "host.boards"], capture_output=True, text=True, check=True)
    for name in NAMES:
        assert f"\n  {name} " in done.stdout
    assert "0403:6010" in done.stdout and "serial ports" in done.stdout
