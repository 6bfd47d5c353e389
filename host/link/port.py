# SPDX-License-Identifier: Apache-2.0
"""Serial ports: opened for one process, run at a bit rate, held low."""

from __future__ import annotations

import contextlib
import errno
import time
from typing import Any

import serial

from host.link.errors import LinkError, RateRefused
from host.link.frames import DELIMITER

#: Seconds after which a port that takes no bytes is given up.
WRITE_PATIENCE = 2.0
# Seconds of a break, and a bit rate at which a zero byte is one (9 bits, 0.94 ms): boards want 0.3 ms (docs/link.md).
_BREAK_S = 0.002
_BREAK_BAUD = 9600
# Seconds that a USB bridge may hold a byte before it is on the line.
_BRIDGE_S = 0.02

# What a serial driver answers to a bit rate that it does not know; termios.error is no OSError, and not everywhere.
_REFUSALS: tuple[type[Exception], ...] = (OSError, ValueError)
with contextlib.suppress(ImportError):
    import termios

    _REFUSALS += (termios.error,)


def open_port(path: str, baud: int) -> serial.Serial:
    """Open a serial port for this process alone, with the least latency it offers.

    Raises
    ------
    LinkError
        One sentence that says what is in the way.
    """
    try:
        port = serial.Serial(path, baud, timeout=WRITE_PATIENCE, write_timeout=WRITE_PATIENCE, exclusive=True)
    except (OSError, ValueError) as error:
        raise LinkError(_why_not_open(path, baud, error)) from error
    # USB bridges collect bytes for up to 16 ms unless told otherwise; pseudo-terminals know no such setting.
    with contextlib.suppress(AttributeError, NotImplementedError, OSError, ValueError):
        port.set_low_latency_mode(True)
    return port


def set_baud(port: Any, baud: int, name: str) -> None:
    """Change the bit rate of an open port; ``name`` is what errors call it.

    Raises
    ------
    RateRefused
        If its driver cannot.
    """
    try:
        port.baudrate = baud
    except _REFUSALS as error:
        raise RateRefused(f"{name} cannot run at {baud} baud ({error}): choose a rate that it knows") from error


def send_break(port: Any) -> None:
    """Hold the line low for longer than any byte, in two ways; leaves the port at another bit rate.

    Not every bridge can send a break, and a terminal has no line: what is impossible is left out.
    """
    with contextlib.suppress(AttributeError, NotImplementedError, *_REFUSALS):
        port.break_condition = True
        time.sleep(_BREAK_S)
        port.break_condition = False
    with contextlib.suppress(AttributeError, NotImplementedError, *_REFUSALS):
        port.baudrate = _BREAK_BAUD
        port.write(DELIMITER)
        port.flush()
        time.sleep(_BRIDGE_S)


def _why_not_open(path: str, baud: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"there is no port {path}: plug the board in, or type `python -m host.boards` to list the ports"
    if number in (errno.EACCES, errno.EPERM):
        return (
            f"no permission to open {path}: type `sudo usermod -aG dialout $USER`, then log out and in again"
            " (on Windows, close the program that uses it)"
        )
    if number in (errno.EBUSY, errno.EAGAIN):
        return f"{path} is in use by another program: close that first (a terminal, or another campaign)"
    if isinstance(error, ValueError):
        return f"{path} cannot run at {baud} baud: choose a bit rate that the port and the board know"
    return f"{path} cannot be opened as a serial port ({error}): type `python -m host.boards` to list the ports"
