# SPDX-License-Identifier: Apache-2.0
"""``python -m host.rates``: an upset rate in all units, and what protection and scrubbing make of it."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from host.rates.durations import parse_duration, shield, show_duration
from host.rates.environments import DEVICES, NEW_YORK_FLUX, SITES, Device, Site, ground
from host.rates.scrubbing import PROTECTIONS, mean_time_to_failure_s, mission_failure
from host.rates.units import (
    MEBIBIT,
    MEGABIT,
    bit_error_rate,
    cross_section_from_rate,
    fit_per_mb_from_rate,
    fluence,
    mtbu_from_rate,
    rate_from_bit_error_rate,
    rate_from_fit_per_mb,
    rate_from_flux,
    rate_from_mtbu,
    rate_from_upsets_per_day,
    upsets_per_day_from_rate,
)

_USAGE = 2
_DATA_BITS = 32
_MEGABITS = {"2^20": MEBIBIT, "10^6": MEGABIT}

_EXAMPLES = """\
examples:
  python -m host.rates --fit-per-mb 60 --site denver --exposure 1h --bits 200000
      a reported rate (at sea level in New York), taken to Denver
  python -m host.rates --flux 13 --cross-section 1e-14 --exposure 30d
      a flux of particles and what a beam test found
  python -m host.rates --upsets-per-bit-day 1e-7 --exposure 1d
      a prediction for an orbit
  python -m host.rates --ber 1e-6 --exposure 1h
      the other way: which rate makes this bit error rate in an hour
  python -m host.rates --device kintex-7 --site flight --bits 200000 --scrub-interval 10ms --exposure 1y
      what each protection leaves wrong when every word is scrubbed 100 times a second
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; python -m host.rates --help shows examples")


@dataclass(frozen=True)
class _Case:
    """What was asked: upsets per bit and second; particles per cm² and hour, bits and seconds where they are known."""

    rate: float
    flux: float | None
    bits: int | None
    exposure: float | None
    scrub_interval: float | None
    megabit: str
    sources: tuple[str, ...]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables; the exit status."""
    try:
        case = _case(_parse(argv))
        console = Console(highlight=False)
        console.print(_units_table(case))
        for source in case.sources:
            console.print(source, soft_wrap=True, markup=False)
        if case.scrub_interval is not None:
            console.print(_scrubbing_table(case, case.scrub_interval))
    except ValueError as error:
        print(f"rates: {error}", file=sys.stderr)
        return _USAGE
    return 0


def _typed(read: Callable[[str], float]) -> Callable[[str], float]:
    """A reader whose own words reach the user; argparse would replace those of a ValueError."""

    def typed(text: str) -> float:
        try:
            return read(text.strip())
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return typed


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise ValueError(f"{text!r} is not a number above 0")
    return value


def _metres(text: str) -> float:
    try:
        altitude = float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a number of metres") from error
    return ground("", altitude).altitude_m


def _count(text: str) -> float:
    if not text.isdecimal() or len(text) > 15 or int(text) < 1:
        raise ValueError(f"{text!r} is not a whole number from 1 on, of up to 15 digits")
    return int(text)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m host.rates",
        description="Convert a rate of upsets into all units; tell what a protected and scrubbed memory leaves wrong.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    number, duration = _typed(_number), _typed(parse_duration)
    given = parser.add_argument_group("the rate, one of").add_mutually_exclusive_group(required=True)
    given.add_argument("--fit-per-mb", metavar="F", type=number, help="failures per 10^9 hours and megabit")
    given.add_argument("--cross-section", metavar="S", type=number, help="cm²/bit, with --flux, --site or --altitude")
    given.add_argument("--upsets-per-bit-day", metavar="U", type=number, help="as predicted for orbits")
    given.add_argument("--mtbu", metavar="TIME", type=duration, help="mean time between upsets of --bits")
    given.add_argument("--ber", metavar="Q", type=number, help="share of bits that --exposure leaves wrong")
    devices = [device.name for device in DEVICES]
    given.add_argument("--device", metavar="NAME", choices=devices, help=f"as measured: {', '.join(devices)}")
    where = parser.add_argument_group(
        "where, at most one of (FIT/Mb alone: sea level in New York)"
    ).add_mutually_exclusive_group()
    sites = [site.name for site in SITES]
    where.add_argument("--site", metavar="NAME", choices=sites, help=", ".join(sites))
    where.add_argument("--altitude", metavar="M", type=_typed(_metres), help="metres of the ground above sea level")
    where.add_argument(
        "--flux", metavar="PHI", type=number, help="particles per cm² and hour; for FIT/Mb, neutrons above 10 MeV"
    )
    parser.add_argument("--exposure", metavar="TIME", type=duration, help="since bits were written; of a mission")
    parser.add_argument("--bits", metavar="N", type=_typed(_count), help="data bits of the memory")
    parser.add_argument("--scrub-interval", metavar="TIME", type=duration, help="from scrub to scrub of each word")
    parser.add_argument("--megabit", choices=_MEGABITS, default="2^20", help="bits of a megabit (default: 2^20)")
    words = sys.argv[1:] if argv is None else argv
    return parser.parse_args([shield(word) for word in words])


def _case(typed: argparse.Namespace) -> _Case:
    if typed.scrub_interval is not None and typed.bits is None:
        raise ValueError("--scrub-interval needs the data bits of the memory: add --bits N")
    site = _site(typed)
    rate, flux = _rate(typed, typed.flux if site is None else site.flux)
    return _Case(
        rate, flux, typed.bits, typed.exposure, typed.scrub_interval, typed.megabit, tuple(_sources(typed, site))
    )


def _site(typed: argparse.Namespace) -> Site | None:
    if typed.altitude is not None:
        return ground(f"the ground at {typed.altitude:g} m", typed.altitude)
    return next((site for site in SITES if site.name == typed.site), None)


def _device(typed: argparse.Namespace) -> Device | None:
    return next((device for device in DEVICES if device.name == typed.device), None)


def _rate(typed: argparse.Namespace, flux: float | None) -> tuple[float, float | None]:
    """Upsets per bit and second, and the flux that they come from."""
    device = _device(typed)
    reported = typed.fit_per_mb if device is None else device.fit_per_mb
    if reported is not None:
        # Reports give FIT/Mb for sea level in New York.
        flux = NEW_YORK_FLUX if flux is None else flux
        return rate_from_fit_per_mb(reported, _MEGABITS[typed.megabit]) * flux / NEW_YORK_FLUX, flux
    if typed.cross_section is not None:
        if flux is None:
            raise ValueError("--cross-section needs a flux: add --flux PHI, --site NAME or --altitude M")
        return rate_from_flux(flux, typed.cross_section), flux
    if typed.upsets_per_bit_day is not None:
        return rate_from_upsets_per_day(typed.upsets_per_bit_day), flux
    if typed.mtbu is not None:
        if typed.bits is None:
            raise ValueError("--mtbu needs the bits that it is the mean time of: add --bits N")
        return rate_from_mtbu(typed.mtbu, typed.bits), flux
    if typed.exposure is None:
        raise ValueError("--ber needs the time in which bits were upset: add --exposure TIME")
    return rate_from_bit_error_rate(typed.ber, typed.exposure), flux


def _sources(typed: argparse.Namespace, site: Site | None) -> Iterator[str]:
    device = _device(typed)
    if device is not None:
        yield f"{device.memory}: {device.fit_per_mb:g} FIT/Mb at sea level in New York ({device.source})"
    if site is not None:
        yield f"{site.name}: {site.flux:.4g} neutrons above 10 MeV per cm² and hour ({site.source})"


def _units_table(case: _Case) -> Table:
    table = Table("quantity", "value", title="upsets")
    for name, value in _rows(case):
        table.add_row(name, value)
    return table


def _rows(case: _Case) -> Iterator[tuple[str, str]]:
    yield "upsets per bit and second", f"{case.rate:.4g}"
    yield "upsets per bit and day", f"{upsets_per_day_from_rate(case.rate):.4g}"
    where = " at this flux" if case.flux is not None else ""
    fit = fit_per_mb_from_rate(case.rate, _MEGABITS[case.megabit])
    yield f"FIT/Mb{where} (megabit of {case.megabit} bits)", f"{fit:.4g}"
    if case.flux is not None:
        yield "flux, particles per cm² and hour", f"{case.flux:.4g}"
        yield "cross-section, cm²/bit", f"{cross_section_from_rate(case.rate, case.flux):.4g}"
    if case.bits is not None:
        yield f"mean time between upsets of {case.bits} bits", show_duration(mtbu_from_rate(case.rate, case.bits))
    if case.exposure is not None:
        yield from _exposed(case, case.exposure)


def _exposed(case: _Case, exposure: float) -> Iterator[tuple[str, str]]:
    after = f"after {show_duration(exposure)}"
    wrong = bit_error_rate(case.rate, exposure)
    if case.flux is not None:
        yield f"fluence {after}, particles per cm²", f"{fluence(case.flux, exposure):.4g}"
    yield f"bit error rate {after}", f"{wrong:.4g}"
    if case.bits is not None:
        yield f"wrong bits {after}, of {case.bits}", f"{wrong * case.bits:.4g}"


def _scrubbing_table(case: _Case, interval: float) -> Table:
    assert case.bits is not None, "the command line takes no scrub interval without bits"
    words = -(-case.bits // _DATA_BITS)
    wrong = bit_error_rate(case.rate, interval)
    table = Table(
        "protection",
        "bits",
        "a word fails",
        "in an interval",
        "mean time to the first",
        title=f"{words} words, scrubbed every {show_duration(interval)}",
    )
    if case.exposure is not None:
        table.add_column(f"any within {show_duration(case.exposure)}")
    for protection in PROTECTIONS:
        failure = protection.failure(wrong)
        row = [protection.name, str(protection.bits), protection.meaning, f"{failure:.4g}"]
        row.append(show_duration(mean_time_to_failure_s(failure, words, interval)))
        if case.exposure is not None:
            row.append(f"{mission_failure(failure, words, interval, case.exposure):.4g}")
        table.add_row(*row)
    return table


if __name__ == "__main__":
    sys.exit(main())
