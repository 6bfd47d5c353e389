# SPDX-License-Identifier: Apache-2.0
"""Names, ports and refusals: what a user meets before a board is there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from host.boards import CATALOGUE, NAMES, BoardError, find_entry, open_board
from host.boards.ports import Port, choose_port, find_ports
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
    with pytest.raises(BoardError, match=r"/dev/ttyUSB1, /dev/ttyUSB3\): name one with --port"):
        choose_port(ARTY, [port("/dev/ttyUSB1"), port("/dev/ttyUSB3")])


@dataclass
class Listed:
    """What pyserial lists."""

    device: str
    vid: int | None
    pid: int | None
    location: str | None
    description: str | None

    def __lt__(self, other: Listed) -> bool:
        return self.device < other.device


def test_ports_are_read_from_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        Listed("/dev/ttyUSB1", 0x0403, 0x6010, "1-1.2:1.1", "Digilent"),
        Listed("/dev/ttyUSB0", 0x0403, 0x6010, "1-1.2:1.0", "Digilent"),
        Listed("/dev/ttyS0", None, None, None, None),
        Listed("COM3", 0x0403, 0x6010, "1-1", "USB Serial"),
    ]
    monkeypatch.setattr("host.boards.ports.list_ports.comports", lambda: listed)
    found = {p.path: (p.usb_id, p.interface) for p in find_ports()}
    assert found["/dev/ttyUSB1"] == (FTDI, 1) and found["/dev/ttyUSB0"] == (FTDI, 0)
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
