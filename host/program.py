# SPDX-License-Identifier: Apache-2.0
"""``python -m host.program``: loads a bitstream of this checkout into a board that is plugged in."""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from host.boards import CATALOGUE, BoardError, find_entry
from host.boards.bitstreams import bitstream_of, make_command
from host.image.protections import parse_protections
from host.regmap import ENGINE_STORES, Engine, Protection

_FAILED = 1
_LOADER = "openFPGALoader"


def main(argv: Sequence[str] | None = None) -> int:
    """Load a bitstream; the exit status."""
    boards = [entry.name for entry in CATALOGUE if entry.loader is not None]
    engines = [engine.name.lower() for engine in Engine]
    parser = argparse.ArgumentParser(prog="python -m host.program", description="Load a bitstream into a board.")
    parser.add_argument("--board", metavar="NAME", required=True, choices=boards, help=", ".join(boards))
    parser.add_argument("--engine", choices=engines, default=engines[0], help=f"default: {engines[0]}")
    parser.add_argument(
        "--protect", metavar="CODE", nargs="+", default=["none"], help="as it was built (default: none)"
    )
    parser.add_argument("--flash", action="store_true", help="into its flash, so that it is there after power-up")
    parser.add_argument("--serial", metavar="NUMBER", help="serial number of its USB bridge, where there are several")
    typed = parser.parse_args(argv)
    try:
        engine = Engine[typed.engine.upper()]
        protections = parse_protections(ENGINE_STORES[engine], typed.protect)
        _program(typed.board, engine, protections, typed.flash, typed.serial)
    except (BoardError, ValueError) as error:
        print(f"program: {error}", file=sys.stderr)
        return _FAILED
    print(f"board {typed.board} is loaded: python -m host.selftest --board {typed.board} tests it")
    return 0


def _program(board: str, engine: Engine, protections: Sequence[Protection], flash: bool, serial: str | None) -> None:
    entry = find_entry(board)
    assert entry.loader is not None, "the command line takes no other board"
    path = bitstream_of(entry, engine, protections)
    if not path.is_file():
        raise BoardError(
            f"there is no bitstream {path}: type `{make_command('bitstream', board, engine, protections)}` first"
        )
    command = [_LOADER, "--board", entry.loader]
    command += ["--write-flash"] if flash else []
    command += ["--ftdi-serial", serial] if serial else []
    command.append(str(path))
    if shutil.which(_LOADER) is None:
        raise BoardError(
            f"there is no {_LOADER} on the path: install it (`apt-get install openfpgaloader`, or your system's"
            f" equivalent), then type `{shlex.join(command)}`"
        )
    status = subprocess.run(command, check=False).returncode
    if status:
        raise BoardError(
            f"`{shlex.join(command)}` ended with {status}: check that the board is plugged in and that you may use its"
            " USB device"
        )


if __name__ == "__main__":
    sys.exit(main())
