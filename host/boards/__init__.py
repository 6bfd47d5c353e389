# SPDX-License-Identifier: Apache-2.0
"""Boards: one interface, and everything that knows which board is behind it."""

from host.boards.board import (
    Answer,
    Board,
    BoardError,
    Capabilities,
    Counters,
    Identity,
    LoggedUpset,
    Outcomes,
    StoreCapacity,
    TrialRecord,
)
from host.boards.catalogue import CATALOGUE, NAMES
from host.boards.device import DeviceBoard
from host.boards.opening import find_entry, open_board, open_boards
from host.boards.twin import TwinBoard

__all__ = [
    "CATALOGUE",
    "NAMES",
    "Answer",
    "Board",
    "BoardError",
    "Capabilities",
    "Counters",
    "DeviceBoard",
    "Identity",
    "LoggedUpset",
    "Outcomes",
    "StoreCapacity",
    "TrialRecord",
    "TwinBoard",
    "find_entry",
    "open_board",
    "open_boards",
]
