# SPDX-License-Identifier: Apache-2.0
"""The command line of the campaign: what was typed, and what that means together with a run to go on with."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from host.boards import NAMES
from host.faults import Pattern
from host.image.protections import protection_words
from host.networks import SHIPPED
from host.rates.durations import parse_duration, shield
from host.regmap import ENGINE_STORES, Engine, Protection
from host.results import checks
from host.trials import INJECT, choose_protections, choose_stores

DEFAULT_BERS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)

#: Upsets per bit and second; a history lasts a second.
DEFAULT_UPSET_RATES = (1e-3, 1e-2, 1e-1)

#: What the scrubber writes: what the code corrects, or the golden copy of a word.
SCRUB_FROM = checks.SCRUB_FROM

#: Where the wire numbers of a network of lookup tables come from: a store, or logic that draws them from its seed.
WIRINGS = checks.WIRINGS

_DEFAULTS: Mapping[str, Any] = {
    "board": NAMES[0],
    "network": SHIPPED[0],
    "wiring": WIRINGS[0],
    "protect": ["none"],
    "inject": INJECT[0],
    "ber": [],
    "trials": None,
    "campaign_seed": None,
    "stores": None,
    "images": None,
    "pattern": "1x1",
    "interleave": 1,
    "stuck_at": None,
    "upset_rate": [],
    "duration": None,
    "slices": None,
    "scrub_interval": None,
    "scrub_from": None,
    "any_cycle": None,
    "slice_pictures": None,
}
# 8 rates x 50 trials take half a minute on the simulated board, and so do 3 rates x 20 histories x 20 slices.
_DEFAULTS_OF: Mapping[str, Mapping[str, Any]] = {
    "sweep": {"ber": list(DEFAULT_BERS), "trials": 50, "campaign_seed": 1},
    "beam": {
        "upset_rate": list(DEFAULT_UPSET_RATES),
        "duration": 1.0,
        "slices": 20,
        "trials": 20,
        "campaign_seed": 1,
        "scrub_from": SCRUB_FROM[0],
    },
}
_LISTS = ("ber", "stores", "protect", "upset_rate")
_FLAGS = {"campaign_seed": "--seed"}
# Ways to inject that a setting is of; the others go with all of them.
_OF: Mapping[str, tuple[str, ...]] = {
    "ber": ("sweep",),
    "campaign_seed": ("sweep", "beam"),
    "stuck_at": ("list", "beam"),
    **dict.fromkeys(
        ("upset_rate", "duration", "slices", "scrub_interval", "scrub_from", "any_cycle", "slice_pictures"), ("beam",)
    ),
}

_EXAMPLES = """\
examples:
  python -m host.campaign
      the shipped network on the simulated board, eight bit error rates
  python -m host.campaign --board twin --trials 1000 --ber 1e-3 1e-2
      many more trials, on the software model
  python -m host.campaign --stores weights bias --seed 7 --out results/biases
      upset two stores, with another seed, into a folder of your choice
  python -m host.campaign --network digits-lut4 --stores wiring
      another network; which wire feeds which gate is upset
  python -m host.campaign --protect weights=secded program=tmr --stores all
      stores in codes that correct what they can; check bits and copies are upset, too
  python -m host.campaign --board twin --inject walk
      flip every bit of the first store alone, one after the other
  python -m host.campaign --inject list --faults mine.csv
      fault sets of your own (docs/faults.md says how to write them)
  python -m host.campaign --inject beam --protect secded --upset-rate 0.1 --scrub-interval 10ms
      accuracy against time, while upsets arrive and a scrubber corrects them
  python -m host.campaign --pattern 1x2 --interleave 4
      neighbouring bits flip together, in a memory whose rows hold four words bit by bit in turn
  python -m host.campaign --board arty --port /dev/ttyUSB1 --port /dev/ttyUSB3
      two boards share the trials
  python -m host.campaign --resume --out results/biases
      go on with a run that was interrupted
"""


class UsageError(Exception):
    """Something typed cannot be. The text is one sentence for the user."""


@dataclass(frozen=True)
class Options:
    """Everything a campaign is told.

    Attributes
    ----------
    board
        Which board.
    ports
        Where it is, or several of its kind; none to find it.
    network
        Shipped name or path.
    wiring
        One of :data:`WIRINGS`.
    protect
        Protection of the stores, in words (:mod:`host.image.protections`).
    inject
        One of :data:`host.trials.INJECT`.
    bers
        Of a sweep; none otherwise.
    seed
        Of a sweep or a beam; None otherwise.
    trials
        For each rate; of a walk or a list in all, None for as many as there are.
    stores
        By name; None for the engine's first, or those that the list names.
    faults
        File of the fault list; None for the one in ``out``.
    images
        Pictures of the test set; None for all.
    pattern, interleave
        What flips where a bit is hit.
    stuck_at
        The value of the bits of the fault list; None where they flip.
    beam
        Of a beam: the rest of its settings, by name.
    out
        Run folder; None for one named by the time.
    resume
        Go on with the run in ``out``.
    exports
        Formats to export.
    interval
        Kind of interval.
    """

    board: str
    ports: tuple[str, ...]
    network: str
    wiring: str
    protect: tuple[str, ...]
    inject: str
    bers: tuple[float, ...]
    trials: int | None
    seed: int | None
    stores: tuple[str, ...] | None
    faults: Path | None
    images: int | None
    pattern: Pattern
    stuck_at: int | None
    beam: Mapping[str, Any]
    out: Path | None
    resume: bool
    exports: tuple[str, ...]
    interval: str


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; python -m host.campaign --help shows examples")


def parse(argv: Sequence[str], export_formats: Sequence[str], intervals: Sequence[str]) -> argparse.Namespace:
    """What was typed; settings that were not are None.

    Raises
    ------
    UsageError
        If something is unknown or no number where one must be.
    """
    parser = _Parser(
        prog="python -m host.campaign",
        description="Flip stored bits of a neural network on a board and record what becomes of its answers.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--board", metavar="NAME", help=f"{', '.join(NAMES)} (default: {NAMES[0]})")
    parser.add_argument(
        "--port",
        metavar="PATH",
        action="append",
        help="serial port of the board (default: found by its USB ids); again for each further board of the same build",
    )
    parser.add_argument("--network", metavar="NAME", help=f"{', '.join(SHIPPED)}, or the path of a network file")
    parser.add_argument(
        "--wiring",
        metavar="FROM",
        choices=WIRINGS,
        help="wire numbers of lookup tables: stored, or fixed by the network's seed (default: stored)",
    )
    codes = ", ".join(code.name.lower() for code in Protection)
    parser.add_argument(
        "--protect",
        metavar="CODE",
        nargs="+",
        help=f"{codes}: of all stores, or STORE=CODE for some (default: none); what a real board was built with",
    )
    parser.add_argument(
        "--inject",
        metavar="HOW",
        choices=INJECT,
        help=f"{', '.join(INJECT)}: where faults come from (default: {INJECT[0]})",
    )
    rates = " ".join(f"{ber:g}" for ber in DEFAULT_BERS)
    parser.add_argument("--ber", metavar="P", type=_number, nargs="+", help=f"bit error rates (default: {rates})")
    parser.add_argument(
        "--trials",
        metavar="N",
        type=_whole,
        help="trials for each rate (default: 50); of a beam, histories (default: 20); else the first N",
    )
    parser.add_argument("--seed", metavar="S", type=_whole, dest="campaign_seed", help="campaign seed (default: 1)")
    parser.add_argument("--stores", metavar="STORE", nargs="+", help="stores to upset, or all (default: the first one)")
    parser.add_argument(
        "--faults", metavar="FILE", type=Path, help="fault list, a CSV file, for --inject list or --stuck-at"
    )
    parser.add_argument(
        "--pattern", metavar="RxC", help="rows and columns of bits that flip where one is hit (default: 1x1)"
    )
    parser.add_argument(
        "--interleave", metavar="N", type=_whole, help="code words of a row of the memory: 1, 2, 4, 8 (default: 1)"
    )
    parser.add_argument(
        "--stuck-at", metavar="V", type=_whole, choices=(0, 1), help="the bits of --faults are stuck at 0 or 1"
    )
    _add_beam(parser)
    parser.add_argument("--images", metavar="N", type=_whole, help="use the first N test pictures (default: all)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="run folder (default: a new one in results/)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out, with its settings")
    formats = [*export_formats, "none"]
    parser.add_argument("--export", choices=formats, nargs="+", default=list(export_formats), help="exports to write")
    parser.add_argument("--interval", choices=list(intervals), default=intervals[0], help="kind of 95 %% interval")
    return parser.parse_args([shield(word) for word in argv])


def complete(typed: argparse.Namespace, stored: Mapping[str, str | int | float | None] | None) -> Options:
    """Fill what was not typed, from the run to go on with or from the defaults.

    Parameters
    ----------
    typed
        Result of :func:`parse`.
    stored
        Settings of the run to go on with; None for a new one.

    Raises
    ------
    UsageError
        If a setting was typed that differs from that run's, by name, or that has no meaning for its faults.
    """
    given: dict[str, Any] = {name: getattr(typed, name) for name in _DEFAULTS}
    inject = str(given["inject"] or (_DEFAULTS if stored is None else stored)["inject"])
    _refuse_foreign(inject, given, typed.faults, stored is not None)
    if stored is None:
        if inject == "list" and typed.faults is None:
            raise UsageError("--inject list needs the fault sets: name their file with --faults")
        defaults = {**_DEFAULTS, **_DEFAULTS_OF.get(inject, {})}
        value = {name: default if given[name] is None else given[name] for name, default in defaults.items()}
    else:
        value = {name: json.loads(str(stored[name])) if name in _LISTS else stored[name] for name in _DEFAULTS}
        engine = Engine[str(stored["engine"]).upper()]
        names = ENGINE_STORES[engine]
        if given["stores"] is not None:
            given["stores"] = [names[store] for store in choose_stores(engine, given["stores"])]
        if given["protect"] is not None:
            given["protect"] = protection_words(names, choose_protections(engine, given["protect"]))
        _refuse_changes(given, value, typed.out, typed.faults if stored["fault_list"] is None else None)
    return Options(
        board=value["board"],
        ports=tuple(typed.port or ()),
        network=value["network"],
        wiring=value["wiring"],
        protect=tuple(value["protect"]),
        inject=value["inject"],
        bers=tuple(value["ber"]),
        trials=value["trials"],
        seed=value["campaign_seed"],
        stores=None if value["stores"] is None else tuple(value["stores"]),
        faults=typed.faults,
        images=value["images"],
        pattern=_pattern(value["pattern"], value["interleave"]),
        stuck_at=value["stuck_at"],
        beam={name: value[name] for name, ways in _OF.items() if ways == ("beam",)}
        if value["inject"] == "beam"
        else {},
        out=typed.out,
        resume=typed.resume,
        exports=tuple(name for name in dict.fromkeys(typed.export) if name != "none"),
        interval=typed.interval,
    )


def says_what_to_run(typed: argparse.Namespace) -> bool:
    """Whether a setting of a campaign was typed, other than the board that it runs on."""
    return typed.faults is not None or any(getattr(typed, name) is not None for name in _DEFAULTS if name != "board")


def recall(stored: Mapping[str, str | int | float | None], out: Path) -> Options:
    """The options of the run in a folder, from its settings."""
    return complete(parse(["--resume", f"--out={out}"], (), ("student",)), stored)


def _refuse_foreign(inject: str, given: Mapping[str, object], faults: Path | None, resumed: bool) -> None:
    """Refuse what was typed for another way to inject."""
    for name, ways in _OF.items():
        if inject not in ways and given[name] is not None:
            raise UsageError(
                f"{_flag(name)} goes with --inject {' or '.join(ways)} only: leave it out with --inject {inject}"
            )
    if inject == "list" and given["stores"] is not None:
        raise UsageError("--stores does not go with --inject list, whose file names the bits: leave it out")
    if inject not in ("list", "beam") and faults is not None:
        raise UsageError(
            "--faults goes with --inject list only, or with the stuck bits of a beam: add --inject list, or leave"
            " --faults out"
        )
    if inject == "beam" and not resumed and (faults is None) != (given["stuck_at"] is None):
        raise UsageError("stuck bits of a beam need their list and their value: give both --faults and --stuck-at")


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name.replace('_', '-')}")


def _pattern(text: str, interleave: int) -> Pattern:
    try:
        return Pattern.parse(text, interleave)
    except ValueError as error:
        raise UsageError(f"{error}: change --pattern or --interleave") from None


def _add_beam(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --inject beam: upsets arrive while time goes on")
    rates = " ".join(f"{rate:g}" for rate in DEFAULT_UPSET_RATES)
    group.add_argument(
        "--upset-rate",
        metavar="R",
        type=_number,
        nargs="+",
        help=f"upsets per bit and second (default: {rates}); python -m host.rates makes them from FIT/Mb and flux",
    )
    group.add_argument("--duration", metavar="T", type=_duration, help="time of a history, such as 1h (default: 1s)")
    group.add_argument("--slices", metavar="N", type=_whole, help="runs of the pictures in a history (default: 20)")
    group.add_argument(
        "--scrub-interval", metavar="T", type=_duration, help="time of a round of the scrubber (default: no scrubber)"
    )
    group.add_argument(
        "--scrub-from",
        choices=SCRUB_FROM,
        help="what it writes: what the code corrects, or a golden copy (default: code)",
    )
    group.add_argument(
        "--any-cycle",
        action="store_const",
        const=1,
        help="upsets and scrubs come while the pictures run, in clock cycles of the board; not on the twin",
    )
    group.add_argument(
        "--slice-pictures",
        metavar="N",
        type=_whole,
        help="pictures of a slice, the next one takes the next (default: all)",
    )


def _duration(word: str) -> float:
    try:
        return parse_duration(word.strip())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _refuse_changes(given: Mapping[str, object], stored: Mapping[str, object], out: Path, faults: Path | None) -> None:
    """Refuse other settings than those of a run; ``faults`` was typed, and the run has none."""
    changed = [] if faults is None else [f"--faults was not given and is {faults} now"]
    for name, now in given.items():
        before = stored[name]
        if now is not None and _comparable(name, now) != _comparable(name, before):
            flag = _flag(name)
            changed.append(f"{flag} was {_shown(before)} and is {_shown(now)} now")
    if changed:
        raise UsageError(
            f"the run in {out} was made with other settings: {'; '.join(changed)}. Leave them out to go on with it, or"
            " start a new run with another --out"
        )


def _comparable(name: str, value: object) -> object:
    return sorted(set(value)) if name in _LISTS and isinstance(value, list) else value


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    return str(value)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no number: give one such as 1e-3") from None


def _whole(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number: give one such as 50") from None
