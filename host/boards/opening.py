# SPDX-License-Identifier: Apache-2.0
"""Opening a board by its name in the catalogue: the only place that knows how each kind is reached."""

from __future__ import annotations

from collections.abc import Callable

from host.boards.board import Board, BoardError, Notify
from host.boards.catalogue import CATALOGUE, NAMES, Entry, Kind
from host.boards.device import DeviceBoard
from host.boards.ports import choose_port, find_ports
from host.boards.twin import TwinBoard
from host.image import MemoryImage
from host.link.session import LinkError, Session


def find_entry(name: str) -> Entry:
    """Entry of the catalogue.

    Raises
    ------
    BoardError
        If there is no such board.
    """
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    raise BoardError(f"there is no board {name!r}: choose one of {', '.join(NAMES)}")


def open_board(name: str, port: str | None, image: MemoryImage, *, notify: Notify = lambda text: None) -> Board:
    """Open a board for an image.

    Parameters
    ----------
    name
        Name in the catalogue.
    port
        Serial port; None for the one with the board's USB ids. For the simulated board, the pseudo-terminal of one that
        runs already; None to start one.
    image
        What is to be loaded: software boards are made for it. What a port leads to is what it is, and says so when it
        is loaded.
    notify
        Told in one sentence when the board had to be put right.

    Raises
    ------
    BoardError
        If there is no such board, it is not plugged in, it does not answer, or it was built from another
        register map.
    """
    entry = find_entry(name)
    if entry.kind is Kind.TWIN:
        if port is not None:
            raise BoardError(f"board {name} has no port: leave out --port {port}")
        return TwinBoard(image.engine)
    if entry.kind is Kind.SIMULATED:
        return _open_simulated(entry, port, image, notify)
    return _open_device(entry, port or choose_port(entry, find_ports()), entry.baud, notify)


def _open_simulated(entry: Entry, port: str | None, image: MemoryImage, notify: Notify) -> Board:
    from host.boards.simulated import DEFAULT_BAUD, SimulatedBoard, parameters_for

    if port is not None:
        return _open_device(entry, port, DEFAULT_BAUD, notify)
    program = SimulatedBoard.start(parameters=parameters_for(image))
    return _open_device(entry, program.port, program.baud, notify, program.close)


def _open_device(
    entry: Entry, port: str, baud: int, notify: Notify, on_close: Callable[[], None] = lambda: None
) -> Board:
    try:
        session = Session.open(port, baud)
    except (LinkError, OSError) as error:
        on_close()
        raise BoardError(f"board {entry.name} does not answer on {port} ({error}): {_advice()}") from error
    try:
        board = DeviceBoard(session, entry.name, notify=notify, on_close=on_close)
        session.frame_words = board.identity.capabilities.frame_words
        return board
    except BaseException as error:
        session.close()
        on_close()
        if isinstance(error, LinkError):
            raise BoardError(f"board {entry.name} does not answer on {port} ({error}): {_advice()}") from error
        raise


def _advice() -> str:
    listed = ", ".join(p.path for p in find_ports()) or "none"
    return f"check port (found: {listed}), power and bitstream, or use --board sim, which needs no hardware"
