# SPDX-License-Identifier: Apache-2.0
"""Fluxes at places, and devices in them, against published values."""

from __future__ import annotations

import math

import pytest

from host.rates import (
    DEVICES,
    MEGABIT,
    NEW_YORK_FLUX,
    SITES,
    Device,
    Site,
    fit_per_mb_from_rate,
    ground,
    rate_from_flux,
    relative_flux,
)
from host.rates.environments import depth_g_cm2, pressure_pa


def flux_of(name: str) -> float:
    return next(site.flux for site in SITES if site.name == name)


@pytest.mark.parametrize(("altitude", "hpa"), [(0, 1013.25), (1000, 898.746), (2000, 794.952), (3000, 701.085)])
def test_pressure_as_tabulated(altitude: float, hpa: float) -> None:
    """ISO 2533, geopotential altitudes."""
    assert pressure_pa(altitude) / 100 == pytest.approx(hpa, rel=2e-6)


def test_depth_at_sea_level_as_published() -> None:
    """Gordon et al. (2004) and JESD89A refer to 1033.2 g/cm²."""
    assert depth_g_cm2(0.0) == pytest.approx(1033.2, abs=0.05)


def test_new_york_is_the_reference() -> None:
    assert flux_of("new-york") == NEW_YORK_FLUX == 13.0
    assert relative_flux(0.0) == 1.0


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        # 3.76 is quoted for Denver after JESD89A, with the factor for the magnetic field that is left out here.
        ("denver", 3.76, 3.76 * 1.1),
        ("leadville", 11.5, 13.5),
        # The range of factors in use for airliners.
        ("flight", 300.0, 500.0),
    ],
)
def test_factors_as_published(name: str, least: float, most: float) -> None:
    assert least <= flux_of(name) / flux_of("new-york") <= most


def test_falls_by_e_in_an_attenuation_length() -> None:
    """The ratio of two altitudes depends on the air between them alone."""
    low, high = 500.0, 4000.0
    assert math.log(relative_flux(high) / relative_flux(low)) * 131.3 == pytest.approx(
        (pressure_pa(low) - pressure_pa(high)) / 98.0665
    )
    assert relative_flux(-400.0) < 1.0 < relative_flux(100.0)


@pytest.mark.parametrize("altitude", [-501.0, 6001.0, 12000.0, math.nan, math.inf])
def test_what_is_no_ground_is_refused(altitude: float) -> None:
    with pytest.raises(ValueError, match=r"altitude .* from -500 m to 6000 m"):
        ground("nowhere", altitude)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_beam_and_system_agree(device: Device) -> None:
    """Two measurements of one memory: beam times flux is about the rate of a system, thermal neutrons apart."""
    beam = fit_per_mb_from_rate(rate_from_flux(NEW_YORK_FLUX, device.cross_section), MEGABIT)
    assert 0.5 <= beam / device.fit_per_mb <= 1.5


def test_every_number_has_a_source() -> None:
    entries: list[Site | Device] = [*SITES, *DEVICES]
    assert all(entry.source for entry in entries)
    assert len({entry.name for entry in entries}) == len(entries)
