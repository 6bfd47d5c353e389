# SPDX-License-Identifier: Apache-2.0
"""Opening a board by its name in the catalogue: the only place that knows how each kind is reached."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from host.boards.bitstreams import stale_build
from host.boards.board import Board, BoardError, Identity, Notify
from host.boards.catalogue import CATALOGUE, NAMES, Entry, Kind
from host.boards.device import DeviceBoard
from host.boards.line_rate import raise_rate
from host.boards.ports import choose_port, find_ports
from host.boards.registers import Registers, identify
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
    if find_entry(name).kind is Kind.TWIN:
        if port is not None:
            raise BoardError(f"board {name} has no port: leave out --port {port}")
        return TwinBoard(image.engine, image.protections)
    line = open_line(name, port, image)
    try:
        identity = identify(Registers(line.session), name)
        baud = line.ready(identity, notify)
        return DeviceBoard(line.session, name, notify=notify, on_close=line.on_close, baud=baud)
    except BaseException as error:
        line.close()
        if isinstance(error, LinkError):
            raise BoardError(f"board {name} does not answer on {line.port} ({error}): {_advice()}") from error
        raise


@dataclass(frozen=True)
class Line:
    """An open link to a board that has said HELLO, and no more.

    Attributes
    ----------
    session
        The link.
    entry
        The board, as the catalogue has it.
    port
        Where it is.
    on_close
        To be called after the link was closed.
    """

    session: Session
    entry: Entry
    port: str
    on_close: Callable[[], None] = lambda: None

    def ready(self, identity: Identity, notify: Notify) -> int:
        """Longest frames and the highest bit rate, once the register map is known to be this host's; the bit rate."""
        self.session.frame_words = identity.capabilities.frame_words
        stale = stale_build(self.entry, identity)
        if stale is not None:
            notify(stale)
        return raise_rate(self.session, identity, self.entry.fast_bauds, notify)

    def close(self) -> None:
        """Let the line go, and what was started with it."""
        self.session.close()
        self.on_close()


def open_line(name: str, port: str | None, image: MemoryImage) -> Line:
    """Open the link to a board, of which nothing is known yet.

    Parameters
    ----------
    name, port, image
        As for :func:`open_board`; a board that has a line.

    Raises
    ------
    BoardError
        If there is no such board, it is not plugged in, or it does not answer.
    """
    entry = find_entry(name)
    if entry.kind is Kind.SIMULATED:
        from host.boards.simulated import DEFAULT_BAUD, SimulatedBoard, parameters_for

        if port is not None:
            return _open_line(entry, port, DEFAULT_BAUD)
        program = SimulatedBoard.start(parameters=parameters_for(image))
        return _open_line(entry, program.port, program.baud, program.close)
    return _open_line(entry, port or choose_port(entry, find_ports()), entry.baud)


def _open_line(entry: Entry, port: str, baud: int, on_close: Callable[[], None] = lambda: None) -> Line:
    try:
        session = Session.open(port, baud, raised=bool(entry.fast_bauds))
    except (LinkError, OSError) as error:
        on_close()
        raise BoardError(f"board {entry.name} does not answer on {port} ({error}): {_advice()}") from error
    return Line(session, entry, port, on_close)


def open_boards(
    name: str, ports: Sequence[str], image: MemoryImage, *, notify: Notify = lambda text: None
) -> dict[str, Board]:
    """Open one board or several of one build, by their ports; without a port, the one that :func:`open_board` finds.

    Parameters
    ----------
    name, image, notify
        As for :func:`open_board`; ``notify`` may be called from the thread that uses a board.
    ports
        Where they are.

    Raises
    ------
    BoardError
        If a port is named twice, one cannot be opened, or they were not all built alike.
    """
    if len(ports) < 2:
        return {ports[0] if ports else name: open_board(name, ports[0] if ports else None, image, notify=notify)}
    places = [os.path.realpath(port) for port in ports]
    for port, place in zip(ports, places, strict=True):
        if places.count(place) > 1:
            raise BoardError(f"--port {port} is named twice: name each board once")
    boards: dict[str, Board] = {}
    try:
        for port in ports:
            boards[port] = open_board(name, port, image, notify=_from(port, notify))
            _require_alike(ports[0], boards[ports[0]].identity, port, boards[port].identity)
    except BaseException:
        for board in boards.values():
            board.close()
        raise
    return boards


def _from(port: str, notify: Notify) -> Notify:
    """Says which board a sentence is about."""
    return lambda text: notify(f"{port}: {text}")


def _require_alike(first: str, a: Identity, second: str, b: Identity) -> None:
    """Refuse boards whose trials are not the same experiment; the line of each may have a rate of its own."""
    if replace(a, baud=0) == replace(b, baud=0):
        return
    if a.build_id != b.build_id:
        what = f"build ids {a.build_id:08x} and {b.build_id:08x}"
    elif a.engine is not b.engine:
        what = f"engines {a.engine.name.lower()} and {b.engine.name.lower()}"
    elif a.capabilities != b.capabilities:
        what = "other capabilities"
    else:
        what = f"clocks of {a.clock_hz} and {b.clock_hz} Hz"
    raise BoardError(
        f"the boards on {first} and {second} were built differently ({what}): give them the same bitstream, or run a"
        " campaign on each"
    )


def _advice() -> str:
    listed = ", ".join(p.path for p in find_ports()) or "none"
    return f"check port (found: {listed}), power and bitstream, or use --board sim, which needs no hardware"
