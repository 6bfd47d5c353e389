# SPDX-License-Identifier: Apache-2.0
"""Set-up for one target of the Makefile: the virtual environment and the programs that the target needs.

Run by the system's Python, with nothing installed. Whatever is missing ends it with one line that says what to type.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
OLDEST_VERILATOR = (5, 36)

# Extras of pyproject.toml that a target installs.
EXTRAS = {"sim": [], "test": ["test"], "check": ["check"], "bench": ["bench"], "boards": ["boards"]}

# Debian's name of the package that has a program.
PACKAGES = {"c++": "g++", "make": "make", "perl": "perl", "iverilog": "iverilog"}

# Headers of the libraries that recorded waveforms are compressed with, and their packages.
HEADERS = {"lz4.h": "liblz4-dev", "zlib.h": "zlib1g-dev"}


def main(target: str) -> None:
    """Make everything ready for a target."""
    use_new_python()
    # Bitstreams need no simulator.
    simulates = target != "boards"
    for program in ("c++", "make", "perl") if simulates else ():
        require_program(program)
    if target in ("test", "check"):
        require_program("iverilog")
    if target == "test":
        for header in HEADERS:
            require_header(header)
        # Not needed: it spares each of some thirty builds the compilation of the simulator's own part.
        if shutil.which("ccache") is None:
            apt_install("ccache")
        # Not needed where Python has its own: it runs the script for Vivado.
        if shutil.which("tclsh") is None:
            apt_install("tcl")
    make_venv()
    extras = EXTRAS[target] + (["sim"] if simulates and not has_verilator() else [])
    install(extras)
    (VENV / f"ready-{target}").touch()


def use_new_python() -> None:
    """Go on in a Python that is new enough."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, *sys.argv])
    need = ".".join(map(str, OLDEST_PYTHON))
    sys.exit(
        f"Python {need} or newer is needed, {sys.executable} is {sys.version.split()[0]}: install one and type"
        f" `make PYTHON=/path/to/python{need}`"
    )


def require_program(program: str) -> None:
    """Have a program, from the system's packages where they may be installed."""
    package = PACKAGES[program]
    if shutil.which(program) or (apt_install(package) and shutil.which(program)):
        return
    sys.exit(
        f"{program} is not installed: type `sudo apt-get install {package}` (or your system's equivalent) and try again"
    )


def require_header(header: str) -> None:
    """Have a header, from the system's packages where they may be installed."""
    package = HEADERS[header]
    if has_header(header) or (apt_install(package) and has_header(header)):
        return
    sys.exit(
        f"{header} is not installed: type `sudo apt-get install {package}` (or your system's equivalent) and try again"
    )


def has_header(header: str) -> bool:
    """Whether the compiler finds a header."""
    command = ["c++", "-E", "-x", "c++", "-include", header, os.devnull]
    return run_silently(command) == 0


def apt_install(package: str) -> bool:
    """Install a package of Debian or Ubuntu; False where that is not possible without asking."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or run_silently([*prefix, "true"]) != 0):
        return False
    print(f"installing {package} from the system's packages …", flush=True)
    install_command = [
        *prefix,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        apt,
        "install",
        "-y",
        "--no-install-recommends",
        package,
    ]
    if run_silently(install_command) == 0:
        return True
    # The lists of packages may be missing or old.
    return run_silently([*prefix, apt, "update"]) == 0 and run_silently(install_command) == 0


def make_venv() -> None:
    """Make the virtual environment."""
    if (VENV / "bin" / "pip").exists():
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install(package):
            sys.exit(f"{sys.executable} cannot make virtual environments: type `sudo apt-get install {package}`")
    print("making .venv …", flush=True)
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"{sys.executable} -m venv failed: is the disk full, or {ROOT} not writable?")


def install(extras: list[str]) -> None:
    """Install the package, editable, with some of its extras."""
    what = "." + (f"[{','.join(extras)}]" if extras else "")
    print(f"installing the Python packages of {what} into .venv …", flush=True)
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    done = subprocess.run([*command, "--editable", what], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("pip failed, see above: without a network, give it a folder of wheels (PIP_FIND_LINKS, PIP_NO_INDEX)")


def has_verilator() -> bool:
    """Whether the machine has a Verilator of its own that is new enough."""
    found = shutil.which("verilator")
    if found is None:
        return False
    text = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"Verilator (\d+)\.(\d+)", text)
    return match is not None and (int(match[1]), int(match[2])) >= OLDEST_VERILATOR


def run_silently(command: list[str]) -> int:
    """Exit status of a command whose output nobody needs."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


if __name__ == "__main__":
    main(sys.argv[1])
