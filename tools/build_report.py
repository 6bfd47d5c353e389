# SPDX-License-Identifier: Apache-2.0
"""How full and how fast a build is: read from Yosys, nextpnr and Vivado, and put in a table. No program is run here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from host.boards.hardware import Family, Hardware, Resources

#: Cells of a netlist by the resource that they take, and how much of it each takes.
_CELLS: Mapping[Family, Mapping[str, Mapping[str, float]]] = {
    # CCU2C is two cells with carry; a RAM of 16x4 bits takes the tables of four.
    Family.ECP5: {
        "luts": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4},
        "flip_flops": {"TRELLIS_FF": 1},
        "block_rams": {"DP16KD": 1},
        "dsps": {"MULT18X18D": 1},
    },
    Family.ICE40: {
        "luts": {"SB_LUT4": 1},
        "flip_flops": {"SB_DFF*": 1},
        "block_rams": {"SB_RAM40_4K": 1},
        "dsps": {"SB_MAC16": 1},
        "huge_rams": {"SB_SPRAM256KA": 1},
    },
    # A multiplier of 18x18 bits is two of 9x9, one of 36x36 is four of them.
    Family.GOWIN: {
        "luts": {"LUT[1-4]": 1, "ALU": 1, "RAM16S*": 4},
        "flip_flops": {"DFF*": 1},
        "block_rams": {"SP": 1, "SPX9": 1, "SDPB": 1, "SDPX9B": 1, "DPB": 1, "DPX9B": 1, "pROM*": 1},
        "dsps": {"MULT9X9": 0.5, "MULT18X18": 1, "MULTADDALU18X18": 2, "MULTALU18X18": 1, "MULT36X36": 4},
    },
    Family.SERIES7: {
        "luts": {"LUT[1-6]": 1, "RAM32M": 4, "RAM64M": 4},
        "flip_flops": {"FD[RSCP]E": 1},
        "block_rams": {"RAMB36E1": 1, "RAMB18E1": 0.5},
        "dsps": {"DSP48E1": 1},
    },
}

#: Kinds that nextpnr counts better than the netlist does, by the name that it has for them: it packs and adds cells.
_ROUTED: Mapping[Family, Mapping[str, tuple[str, ...]]] = {
    Family.ECP5: {"luts": ("TRELLIS_COMB",), "flip_flops": ("TRELLIS_FF",), "block_rams": ("DP16KD",)},
    Family.ICE40: {
        "luts": ("ICESTORM_LC",),
        "block_rams": ("ICESTORM_RAM",),
        "dsps": ("ICESTORM_DSP",),
        "huge_rams": ("ICESTORM_SPRAM",),
    },
    Family.GOWIN: {"luts": ("LUT4", "ALU"), "flip_flops": ("DFF",), "block_rams": ("BSRAM",)},
}

_TITLES = {
    "luts": "LUTs",
    "flip_flops": "flip-flops",
    "block_rams": "block RAMs",
    "dsps": "DSPs",
    "huge_rams": "huge RAMs",
}


@dataclass(frozen=True)
class CriticalPath:
    """A critical path: where it starts and ends, its delay in ns, and cells of logic on it."""

    start: str
    end: str
    delay_ns: float
    levels: int

    def __str__(self) -> str:
        return f"{self.delay_ns:.2f} ns through {self.levels} levels of logic, from {self.start} to {self.end}"


@dataclass(frozen=True)
class Timing:
    """How fast a build is.

    Attributes
    ----------
    wanted_hz
        Frequency of the design.
    fmax_hz
        Highest frequency that it would meet.
    path
        What limits it.
    """

    wanted_hz: float
    fmax_hz: float
    path: CriticalPath

    @property
    def met(self) -> bool:
        """Whether it is fast enough."""
        return self.fmax_hz >= self.wanted_hz

    def __str__(self) -> str:
        return f"{self.fmax_hz / 1e6:.1f} MHz of {self.wanted_hz / 1e6:g} MHz"


def estimate(hardware: Hardware, cells: Mapping[str, int]) -> Resources:
    """What a netlist takes, before it is placed."""
    taken = {
        kind: math.ceil(
            sum(n * share for cell, n in cells.items() for name, share in shares.items() if fnmatchcase(cell, name))
        )
        for kind, shares in _CELLS[hardware.device.family].items()
    }
    return Resources(**taken)


def routed(hardware: Hardware, estimated: Resources, report: Mapping[str, object]) -> Resources:
    """What a placed build takes: nextpnr's numbers where it has them, else the estimate."""
    utilisation = report["utilization"]
    assert isinstance(utilisation, dict)
    taken = {kind: getattr(estimated, kind) for kind in _TITLES}
    for kind, names in _ROUTED[hardware.device.family].items():
        taken[kind] = sum(utilisation.get(name, {"used": 0})["used"] for name in names)
    return Resources(**taken)


def available(hardware: Hardware, report: Mapping[str, object]) -> dict[str, int]:
    """How much of each kind nextpnr says there is, where it says so."""
    utilisation = report["utilization"]
    assert isinstance(utilisation, dict)
    names = {kind: name for kind, (name, *_) in _ROUTED[hardware.device.family].items()}
    return {kind: utilisation[name]["available"] for kind, name in names.items() if name in utilisation}


def overfull(hardware: Hardware, taken: Resources) -> list[str]:
    """What there is too little of, a clause each."""
    has = hardware.device.resources
    return [
        f"{getattr(taken, kind):,} {title} of {getattr(has, kind):,}"
        for kind, title in _TITLES.items()
        if getattr(taken, kind) > getattr(has, kind)
    ]


def read_nextpnr(path: Path) -> dict[str, object]:
    """Read the report of nextpnr."""
    report: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return report


def nextpnr_timing(hardware: Hardware, report: Mapping[str, object]) -> Timing:
    """Timing of the slowest clock.

    Raises
    ------
    ValueError
        If no clock has the design's frequency: then the PLL was not understood, and nothing was proven.
    """
    clocks, paths = report["fmax"], report["critical_paths"]
    assert isinstance(clocks, dict) and isinstance(paths, list)
    wanted = hardware.clock_hz / 1e6
    # 0.1 %: nextpnr rounds periods to picoseconds.
    if not any(abs(clock["constraint"] / wanted - 1) < 1e-3 for clock in clocks.values()):
        found = ", ".join(f"{name} {clock['constraint']:g} MHz" for name, clock in clocks.items()) or "none"
        raise ValueError(f"no clock of {wanted:g} MHz was found ({found})")
    slowest = min(clocks, key=lambda name: float(clocks[name]["achieved"] / clocks[name]["constraint"]))
    edge = {f"posedge {slowest}", f"negedge {slowest}"}
    (path, *_) = [p for p in paths if {p["from"], p["to"]} <= edge]
    steps = path["path"]
    return Timing(
        wanted_hz=float(hardware.clock_hz),
        fmax_hz=float(clocks[slowest]["achieved"]) * 1e6,
        path=CriticalPath(
            start=_pin(steps[0]["from"]),
            end=_pin(steps[-1]["to"]),
            delay_ns=sum(step["delay"] for step in steps),
            levels=sum(step["type"] == "logic" for step in steps),
        ),
    )


def read_vivado(hardware: Hardware, path: Path) -> tuple[Resources, Timing, str]:
    """What tools/vivado.tcl wrote: what the build takes, its timing, and Vivado's version.

    Hold slack that is negative counts as a clock that cannot be met at all.
    """
    value = dict(line.partition(" ")[::2] for line in path.read_text(encoding="utf-8").splitlines())
    taken = Resources(
        luts=int(value["luts"]),
        flip_flops=int(value["flip_flops"]),
        block_rams=int(value["ramb36"]) + math.ceil(int(value["ramb18"]) / 2),
        dsps=int(value["dsps"]),
    )
    period_ns = 1e9 / hardware.clock_hz
    fmax = 1e9 / (period_ns - float(value["slack"])) if float(value["hold_slack"]) >= 0 else 0.0
    end = CriticalPath(value["start"], value["end"], float(value["delay"]), int(value["levels"]))
    return taken, Timing(float(hardware.clock_hz), fmax, end), f"Vivado {value['version']}"


def shares(hardware: Hardware, taken: Resources) -> str:
    """Markdown table of what is taken and what there is."""
    has = hardware.device.resources
    lines = ["| | used | available | share |", "|---|---:|---:|---:|"]
    for item in fields(Resources):
        used, there = getattr(taken, item.name), getattr(has, item.name)
        if there:
            lines.append(f"| {_TITLES[item.name]} | {used:,} | {there:,} | {100 * used / there:.1f} % |")
    return "\n".join(lines)


def markdown(hardware: Hardware, engine: str, taken: Resources, timing: Timing | None, note: str) -> str:
    """The report page of a build.

    Parameters
    ----------
    hardware, engine
        What was built.
    taken
        What it takes.
    timing
        How fast it is; None when it was not placed.
    note
        A sentence on how it came about.
    """
    lines = [f"# {hardware.name}, engine {engine}, on {hardware.device.name}", "", note, "", shares(hardware, taken)]
    if timing is not None:
        verdict = "met" if timing.met else "**not met**"
        lines += ["", f"Clock: {timing}: {verdict}. Critical path: {timing.path}."]
    return "\n".join(lines) + "\n"


def _pin(end: Mapping[str, object]) -> str:
    return f"{end['cell']}.{end['port']}"
