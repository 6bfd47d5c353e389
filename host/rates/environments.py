# SPDX-License-Identifier: Apache-2.0
"""How many neutrons there are where a device works, and how devices were seen to answer them.

All fluxes are of neutrons above 10 MeV, in n/cm²/h. There is no preset for orbits: what upsets a bit there depends on
the device as much as on the orbit, so that predictions are made for a device, in upsets per bit and day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Flux at sea level in New York City, outdoors: JEDEC JESD89A (2006), Annex A. Its forerunner JESD89 (2001) had 14.
NEW_YORK_FLUX = 13.0

# The flux falls by e in so many g/cm² of air: M. S. Gordon et al., "Measurement of the flux and energy spectrum of
# cosmic-ray induced neutrons on the ground", IEEE Trans. Nucl. Sci. 51(6), 2004; taken over by JESD89A, Annex A.
_ATTENUATION_G_CM2 = 131.3

# Standard atmosphere below 11 km (ISO 2533:1975): sea level, lapse rate, gas constant of air, gravity.
_SEA_LEVEL_PA = 101325.0
_SEA_LEVEL_K = 288.15
_LAPSE_K_M = 0.0065
_AIR_J_KG_K = 287.05287
_GRAVITY_M_S2 = 9.80665

# From the shore of the Dead Sea to above the highest town. Further up the flux grows less than exponentially: at 12 km
# the formula would give a third more than the standard for avionics has.
_LOWEST_M, _HIGHEST_M = -500.0, 6000.0


def pressure_pa(altitude_m: float) -> float:
    """Pressure of the standard atmosphere (ISO 2533:1975), in Pa, at an altitude in metres of the ground.

    Raises
    ------
    ValueError
        If the altitude is not one of the ground, from -500 m to 6000 m.
    """
    if not _LOWEST_M <= altitude_m <= _HIGHEST_M:
        raise ValueError(
            f"altitude {altitude_m:g} m is none of the ground: give one from {_LOWEST_M:g} m to {_HIGHEST_M:g} m"
        )
    exponent = _GRAVITY_M_S2 / (_LAPSE_K_M * _AIR_J_KG_K)
    return _SEA_LEVEL_PA * float((1.0 - _LAPSE_K_M * altitude_m / _SEA_LEVEL_K) ** exponent)


def depth_g_cm2(altitude_m: float) -> float:
    """Air above an altitude in metres of the ground, in g/cm²: the pressure over gravity; 1033.2 at sea level."""
    # 1 kg/m² is 0.1 g/cm².
    return pressure_pa(altitude_m) / _GRAVITY_M_S2 / 10.0


def relative_flux(altitude_m: float) -> float:
    """Flux on the ground at an altitude, relative to sea level.

    ``exp((1033.2 - depth) / 131.3)``, depth in g/cm²: the factor of JESD89A, Annex A, for the altitude. Its other
    factor, for the earth's magnetic field and the sun, is left out: nearer to the magnetic equator there is less.
    Weather that lowers the pressure by 1 hPa raises the flux by 0.8 %.

    Parameters
    ----------
    altitude_m
        Metres above sea level.

    Raises
    ------
    ValueError
        If the altitude is not one of the ground, from -500 m to 6000 m.
    """
    return math.exp((depth_g_cm2(0.0) - depth_g_cm2(altitude_m)) / _ATTENUATION_G_CM2)


@dataclass(frozen=True)
class Site:
    """A place with its flux.

    Attributes
    ----------
    name
        As on the command line.
    altitude_m
        Metres above sea level.
    flux
        Neutrons above 10 MeV, n/cm²/h.
    source
        Where the flux is from.
    """

    name: str
    altitude_m: float
    flux: float
    source: str


def ground(name: str, altitude_m: float) -> Site:
    """The place on the ground at an altitude in metres, with its flux after :func:`relative_flux`."""
    return Site(
        name, altitude_m, NEW_YORK_FLUX * relative_flux(altitude_m), "JESD89A, Annex A: its factor for the altitude"
    )


SITES: tuple[Site, ...] = (
    Site("new-york", 0.0, NEW_YORK_FLUX, "JESD89A, Annex A"),
    ground("denver", 1600.0),
    ground("leadville", 3100.0),
    # The nominal flux of the standard for avionics, at 40 000 ft and 45° of latitude.
    Site("flight", 12200.0, 6000.0, "IEC 62396-1"),
)


@dataclass(frozen=True)
class Device:
    """What was measured of a kind of memory.

    Attributes
    ----------
    name
        As on the command line.
    memory
        What it is.
    fit_per_mb
        Upset rate in a system running on the ground, corrected for sea level in New York; alpha particles excluded.
        Which megabit is meant is not known here.
    cross_section
        In a neutron beam, cm²/bit.
    source
        Where both are from.
    """

    name: str
    memory: str
    fit_per_mb: float
    cross_section: float
    source: str


_UG116 = "Xilinx UG116, Device Reliability Report, v10.9 (2018), as others quote it"

DEVICES: tuple[Device, ...] = (
    Device("kintex-7", "block RAM of Kintex-7 and Virtex-7, 28 nm", 66.0, 5.57e-15, _UG116),
    Device("ultrascale-plus", "block RAM of UltraScale+, 16 nm", 20.0, 9.82e-16, _UG116),
)
