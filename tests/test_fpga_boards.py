# SPDX-License-Identifier: Apache-2.0
"""The real boards: entries against tops, constraints, PLLs, the link's limits, and pin tables of others."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from constraint_files import read_constraints

from host.boards import CATALOGUE, BoardError, Identity
from host.boards.fit import require_fit
from host.boards.fpga_boards import HARDWARE, find_hardware
from host.boards.hardware import Family, Hardware, Light, header, parameters, uart_step
from host.boards.registers import capabilities
from host.image import compile_network
from host.networks import load_network
from host.regmap import ENGINE_STORES, MAP_HASH, Engine
from host.toolchain import ROOT, RTL

NAMES = [hardware.name for hardware in HARDWARE]
EACH = pytest.mark.parametrize("hardware", HARDWARE, ids=NAMES)
TOPS = {hardware.top: hardware for hardware in reversed(HARDWARE)}


@cache
def top_text(top: str) -> str:
    return (RTL / "board" / f"{top}.v").read_text(encoding="utf-8")


def top_ports(top: str) -> set[str]:
    """Ports of a top, a vector bit by bit."""
    declared = re.findall(r"^    (?:input|output) +wire +(?:\[(\d+):0\] +)?(\w+)", top_text(top), re.MULTILINE)
    return {f"{name}[{i}]" if high else name for high, name in declared for i in range(int(high or 0) + 1)}


@cache
def defaults() -> dict[str, int]:
    """Parameters of the testbed and their defaults."""
    text = (RTL / "testbed.v").read_text(encoding="utf-8")
    found = re.findall(r"^    parameter (?:\[31:0\] )?(\w+) = (?:32'd)?(\d+)", text, re.MULTILINE)
    return {name: int(value) for name, value in found}


@EACH
def test_every_port_has_its_pin_and_nothing_else_has_one(hardware: Hardware) -> None:
    found = read_constraints(ROOT / "constraints" / hardware.constraints)
    assert set(found.pins) == top_ports(hardware.top)
    assert set(found.standards) == set(found.pins)
    assert len(set(found.pins.values())) == len(found.pins), "two ports share a pin"
    assert found.pins == {signal.port: signal.pin for signal in hardware.signals}


@EACH
def test_the_oscillator_is_the_one_clock(hardware: Hardware) -> None:
    found = read_constraints(ROOT / "constraints" / hardware.constraints)
    if hardware.device.family is Family.GOWIN:
        # This form has no clocks; the flow names the frequency (--freq).
        assert found.clocks == {}
    else:
        assert found.clocks == {hardware.clock.port: pytest.approx(hardware.oscillator_hz)}


#: For each top with a PLL: its module, and limits of the oscillator inside and of the phase detector in MHz, from the
#: data sheets of ECP5 (FPGA-DS-02012), iCE40 UltraPlus (FPGA-DS-02008), GW1NR (DS117) and GW2AR (DS226).
PLLS = {
    "ulx3s": ("EHXPLLL", (400, 800), (3.125, 400)),
    "icebreaker": ("SB_PLL40_PAD", (533, 1066), (10, 133)),
    "tangnano9k": ("rPLL", (400, 1200), (3, 400)),
    "tangnano20k": ("rPLL", (500, 1250), (3, 500)),
}


def pll_mhz(module: str, value: dict[str, int], oscillator: float) -> tuple[float, float, float]:
    """Output, oscillator inside and phase detector of a PLL, as its data sheet has them."""
    if module == "EHXPLLL":
        detector = oscillator / value["CLKI_DIV"]
        output = detector * value["CLKFB_DIV"]
        return output, output * value["CLKOP_DIV"], detector
    if module == "SB_PLL40_PAD":
        detector = oscillator / (value["DIVR"] + 1)
        inside = detector * (value["DIVF"] + 1)
        return inside / 2 ** value["DIVQ"], inside, detector
    detector = oscillator / (value["IDIV_SEL"] + 1)
    output = detector * (value["FBDIV_SEL"] + 1)
    return output, output * value["ODIV_SEL"], detector


@pytest.mark.parametrize("top", TOPS)
def test_the_pll_makes_the_clock(top: str) -> None:
    hardware = TOPS[top]
    if top not in PLLS:
        assert hardware.clock_hz == hardware.oscillator_hz
        assert not re.search(r"pll", top_text(top), re.IGNORECASE)
        return
    module, inside_limits, detector_limits = PLLS[top]
    match = re.search(rf"{module} #\((.*?)\n    \) pll", top_text(top), re.DOTALL)
    assert match
    value = {name: int(number) for name, number in re.findall(r"\.(\w+)\((?:\d+'d)?(\d+)\)", match[1])}
    output, inside, detector = pll_mhz(module, value, hardware.oscillator_hz / 1e6)
    assert output * 1e6 == hardware.clock_hz
    assert inside_limits[0] <= inside <= inside_limits[1]
    assert detector_limits[0] <= detector <= detector_limits[1]


@EACH
def test_what_the_pll_is_told_of_its_input_is_the_oscillator(hardware: Hardware) -> None:
    """Two vendors want the frequency in words, too."""
    text = top_text(hardware.top)
    for stated in re.findall(r'FREQUENCY_PIN_CLKI = "([\d.]+)"|\.FCLKIN\("([\d.]+)"\)', text):
        assert float("".join(stated)) * 1e6 == hardware.oscillator_hz
    for stated in re.findall(r'FREQUENCY_PIN_CLKOP = "([\d.]+)"', text):
        assert float(stated) * 1e6 == hardware.clock_hz


@EACH
def test_bit_rate(hardware: Hardware) -> None:
    """The step that is built in gives the bit rate to 1.5 %, and is at most a quarter (rtl/link/uart_rx.v)."""
    for engine in hardware.builds:
        text = header(parameters(hardware, engine))
        (step,) = re.findall(r"`define BUILD_UART_STEP 24'd(\d+)\n", text)
        assert 0 < int(step) <= 1 << 22
        assert int(step) / 2**24 * hardware.clock_hz == pytest.approx(hardware.baud, rel=0.015)
    for baud in hardware.fast_bauds:
        step = uart_step(hardware.clock_hz, baud)
        assert hardware.baud < baud and step <= 1 << 22
        assert step / 2**24 * hardware.clock_hz == pytest.approx(baud, rel=0.015)
    assert uart_step(24_000_000, 3_000_000) == 1 << 21


@EACH
def test_header_holds_every_parameter_once(hardware: Hardware) -> None:
    for engine in hardware.builds:
        values = parameters(hardware, engine, 0xDEADBEEF)
        text = header(values)
        found = {name: int(value) for name, value in re.findall(r"\.(\w+)\((?:32'd)?(\d+)\)", text)}
        assert found == values
        assert set(found) <= set(defaults())
        assert found["ENGINE"] == engine and found["BUILD_ID"] == 0xDEADBEEF


def built(values: dict[str, int]) -> Identity:
    """What a board built with these parameters says of itself (rtl/core.v)."""
    p = {**defaults(), **values}
    engine = Engine(p["ENGINE"])
    if engine is Engine.MAC:
        array = p["REQUANT_LANES"] << 16 | p["IC_LANES"] << 8 | p["OC_LANES"]
        bits = [p[name] for name in ("WEIGHT_BITS", "BIAS_BITS", "REQUANT_BITS", "PROGRAM_BITS")]
    else:
        array = p["COUNT_BITS"] << 24 | p["CLASS_W"] << 20 | p["IMAGE_LANES"] << 8 | p["GATE_INPUTS"]
        bits = [p["GATE_BITS"] + p["GATE_INPUTS"] - 5, p["GATE_BITS"] + 1, p["PROGRAM_BITS"]]
    words = {"ENGINE": p["ENGINE"] | len(ENGINE_STORES[engine]) << 8, "ARRAY": array}
    words |= {"SWEEP_WORDS": p["SWEEP_WORDS"], "FRAME_WORDS": p["FRAME_WORDS"]}
    words |= {"GOLDEN_BITS": 32 if engine is Engine.MAC else 0, "IN_FLIGHT": 1 << p["IN_FLIGHT_BITS"]}
    for name in ("IMAGE", "RESULT", "SCORE", "ACTIVATION", "INPUT", "GATE", "RECORD", "FLIP"):
        words[f"{name}_CAPACITY"] = 1 << p[f"{name}_BITS"]
    words |= {"UPSET_CAPACITY": p["BEAM"] << p["UPSET_BITS"], "GOLDEN_COPY": p["BEAM"] * p["GOLDEN_COPY"]}
    has = capabilities(words, [1 << n for n in bits])
    return Identity("built", MAP_HASH, p["BUILD_ID"], engine, p["CLOCK_HZ"], p["BAUD"], has)


@EACH
def test_the_networks_of_an_entry_fit(hardware: Hardware) -> None:
    """As the host judges before it loads."""
    assert set(hardware.builds) == set(Engine)
    assert {"OC_LANES", "IC_LANES"} <= set(hardware.builds[Engine.MAC].parameters)
    for engine, build in hardware.builds.items():
        identity = built(parameters(hardware, engine))
        assert build.networks and build.pictures > 0
        for name in build.networks:
            image = compile_network(load_network(name))
            require_fit(identity, image, build.pictures)
            with pytest.raises(BoardError, match=r"pictures do not fit|does not fit"):
                require_fit(identity, image, 1 << 16)


def test_catalogue_has_every_board() -> None:
    entries = {entry.name: entry for entry in CATALOGUE}
    assert len(entries) == len(CATALOGUE)
    for hardware in HARDWARE:
        entry = entries[hardware.name]
        assert (entry.clock_hz, entry.baud, entry.usb_ids) == (hardware.clock_hz, hardware.baud, hardware.usb_ids)
    assert find_hardware("ulx3s").device.name == "LFE5U-85F"
    with pytest.raises(BoardError, match=r"no FPGA board 'sim': choose one of arty, "):
        find_hardware("sim")


#: Entries of amaranth-boards: module, class, button. It has none of the Tang Nano 20K; its pins are those of Sipeed's
#: own examples, which the entry names.
OTHERS = {
    "arty": ("arty_a7", "ArtyA7_35Platform", ("rst", 0)),
    "arty100": ("arty_a7", "ArtyA7_100Platform", ("rst", 0)),
    "ulx3s": ("ulx3s", "ULX3S_85F_Platform", ("button_fire", 0)),
    "ulx3s-25f": ("ulx3s", "ULX3S_25F_Platform", ("button_fire", 0)),
    "icebreaker": ("icebreaker", "ICEBreakerPlatform", ("button", 0)),
    "tangnano9k": ("tang_nano_9k", "TangNano9kPlatform", ("button", 1)),
}


def test_boards_without_a_second_source_are_known() -> None:
    assert set(NAMES) - set(OTHERS) == {"tangnano20k"}


def test_pins_of_the_board_without_a_second_source_are_in_its_package() -> None:
    """Apycula's table of the package: each pin is there, is no flash or JTAG pin, and the clock's reaches a PLL."""
    from apycula import chipdb

    hardware = find_hardware("tangnano20k")
    pins = read_constraints(ROOT / "constraints" / hardware.constraints).pins
    table = chipdb.load_chipdb(str(Path(chipdb.__file__).parent / "GW2A-18C.msgpack.xz"))
    package, variant, _ = table.packages[hardware.device.name]
    functions = {port: " ".join(table.pinout[variant][package][pin][1]) for port, pin in pins.items()}
    assert not any(re.search(r"SPI|MCLK|JTAG|TMS|TCK|TDI|TDO|RECONFIG", function) for function in functions.values())
    assert re.search(r"PLL\d?_T_IN", functions[hardware.clock.port])


@pytest.mark.parametrize("name", OTHERS)
def test_pins_are_those_of_amaranth_boards(name: str) -> None:
    hardware = find_hardware(name)
    module, platform, button = OTHERS[name]
    resources: dict[tuple[str, int], Any] = {
        (r.name, r.number): r for r in getattr(importlib.import_module(f"amaranth_boards.{module}"), platform).resources
    }
    pins = read_constraints(ROOT / "constraints" / hardware.constraints).pins

    (clock,) = [r for r in resources.values() if r.clock is not None and pins[hardware.clock.port] in r.ios[0].names]
    assert clock.clock.frequency == hardware.oscillator_hz

    uart = {part.name: part.ios[0].names for part in resources["uart", 0].ios}
    assert uart["rx"] == [pins[hardware.uart_rx.port]]
    assert uart["tx"] == [pins[hardware.uart_tx.port]]

    pressed = resources[button].ios[0]
    assert pressed.names == [pins[hardware.button.port]]
    assert pressed.invert == hardware.button.inverted

    lights = list(hardware.leds.values())
    for number, light in enumerate(lights):
        lit = resources["led", number].ios[0]
        assert lit.names == [pins[light.port]]
        assert lit.invert == light.inverted


@EACH
def test_lights_mean_the_same_everywhere(hardware: Hardware) -> None:
    """In the order of their numbers; a board with fewer has the first and the last."""
    meanings = list(hardware.leds)
    assert meanings in (list(Light), [Light.RESET, Light.WORK])


@EACH
def test_the_page_for_users_has_the_board(hardware: Hardware) -> None:
    """Name, button, USB id, part of the product string and clock, as the entry has them."""
    text = (ROOT / "docs" / "bring-up.md").read_text(encoding="utf-8")
    assert f"`{hardware.name}`" in text and hardware.button_label in text
    assert hardware.usb_product is None or f'"{hardware.usb_product}"' in text
    assert all(f"{vendor:04x}:{product:04x}" in text for vendor, product in hardware.usb_ids)
    (row,) = [line for line in text.splitlines() if f"`{hardware.name}`" in line and "MHz" in line]
    assert f"| {hardware.clock_hz / 1e6:g} MHz |" in row
