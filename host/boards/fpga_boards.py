# SPDX-License-Identifier: Apache-2.0
"""The real boards, as data. A new board is an entry here, a top in ``rtl/board/`` and a file in ``constraints/``."""

from __future__ import annotations

from dataclasses import replace

from host.boards.board import BoardError
from host.boards.hardware import Build, Device, Family, Hardware, Light, Resources, Signal
from host.boards.small import GW1NR9, UP5K
from host.regmap import Engine

# FTDI FT2232H, and the programs in Sipeed's bridges that show up as one: interface 0 is JTAG, interface 1 the UART.
_FT2232H = ((0x0403, 0x6010),)
# FTDI FT231X
_FT231X = ((0x0403, 0x6015),)

# What boards wake up with: every bridge here divides its clock to it without error, and it has a name in termios.
_BASE_BAUD = 1_000_000
# What a bridge of full speed USB may reach; it takes each proof to know.
_FAST_BAUDS = (3_000_000, 2_000_000)

_MLP = ("digits-mlp",)
_LUT4 = ("digits-lut4", "digits-lut4-self-dual")


def _array(oc: int, ic: int, requant: int, sweep: int, **more: int) -> Build:
    """A build with an array of this size."""
    sizes = {"OC_LANES": oc, "IC_LANES": ic, "REQUANT_LANES": requant, "SWEEP_WORDS": sweep}
    return Build({**sizes, **more}, _MLP)


def _lookup(lanes: int, sweep: int, pictures: int = 360, **more: int) -> Build:
    """A build for tables of four inputs, this many pictures at once, 2,048 gates and 256 inputs."""
    sizes = {"GATE_INPUTS": 4, "IMAGE_LANES": lanes, "SWEEP_WORDS": sweep, "GATE_BITS": 11, "INPUT_BITS": 8}
    return Build({**sizes, **more}, _LUT4, pictures)


# Resources: "7 Series FPGAs data sheet: overview" (DS180), tables of Artix-7.
_XC7A35T = Device(Family.SERIES7, "XC7A35T", ("xc7a35ticsg324-1L",), Resources(20_800, 41_600, 50, 90))
_XC7A100T = Device(Family.SERIES7, "XC7A100T", ("xc7a100tcsg324-1",), Resources(63_400, 126_800, 135, 240))

_ARTY = Hardware(
    name="arty",
    summary="Digilent Arty A7-35T",
    top="arty",
    source="Arty A7 reference manual, https://digilent.com/reference/programmable-logic/arty-a7/reference-manual",
    device=_XC7A35T,
    oscillator_hz=100_000_000,
    clock_hz=100_000_000,
    baud=_BASE_BAUD,
    fast_bauds=_FAST_BAUDS,
    clock=Signal("clk_100mhz", "E3"),
    uart_rx=Signal("uart_txd_in", "A9"),
    uart_tx=Signal("uart_rxd_out", "D10"),
    button=Signal("ck_rst_n", "C2", inverted=True),
    button_label="RESET",
    leds={
        Light.RESET: Signal("led[0]", "H5"),
        Light.TO_HOST: Signal("led[1]", "J5"),
        Light.FROM_HOST: Signal("led[2]", "T9"),
        Light.WORK: Signal("led[3]", "T10"),
    },
    usb_ids=_FT2232H,
    usb_interface=1,
    usb_product="Digilent",
    loader="arty_a7_35t",
    # no block RAMs are left for a golden copy
    builds={Engine.MAC: _array(8, 8, 2, 4, GOLDEN_COPY=0), Engine.LUT: _lookup(64, 4, GOLDEN_COPY=0)},
)

# Resources: "ECP5 and ECP5-5G family data sheet" (FPGA-DS-02012), table of the family. A logic cell has a table of four
# inputs and a flip-flop. nextpnr's static placer needs a fifth less wire than the ordinary one, which is routed in a
# third of the time.
_STATIC = ("--placer", "static")
_LFE5U_85F = Device(
    Family.ECP5,
    "LFE5U-85F",
    ("--85k", "--package", "CABGA381", "--speed", "6", *_STATIC),
    Resources(83_640, 83_640, 208, 156),
)
_LFE5U_25F = Device(
    Family.ECP5,
    "LFE5U-25F",
    ("--25k", "--package", "CABGA381", "--speed", "6", *_STATIC),
    Resources(24_288, 24_288, 56, 28),
)

_ULX3S = Hardware(
    name="ulx3s",
    summary="Radiona ULX3S with an ECP5-85F",
    top="ulx3s",
    source="ULX3S constraints and schematic, https://github.com/emard/ulx3s",
    device=_LFE5U_85F,
    oscillator_hz=25_000_000,
    clock_hz=62_500_000,
    baud=_BASE_BAUD,
    fast_bauds=_FAST_BAUDS,
    clock=Signal("clk_25mhz", "G2"),
    uart_rx=Signal("ftdi_txd", "M1"),
    uart_tx=Signal("ftdi_rxd", "L4"),
    button=Signal("btn_fire1", "R1"),
    button_label="FIRE1 (B1)",
    leds={
        Light.RESET: Signal("led[0]", "B2"),
        Light.TO_HOST: Signal("led[1]", "C2"),
        Light.FROM_HOST: Signal("led[2]", "C1"),
        Light.WORK: Signal("led[3]", "D2"),
    },
    constants=(Signal("wifi_gpio0", "L2"),),
    usb_ids=_FT231X,
    usb_interface=None,
    usb_product="ULX3S",
    loader="ulx3s",
    builds={Engine.MAC: _array(8, 8, 2, 4), Engine.LUT: _lookup(128, 4)},
)

# Resources: "iCE40 UltraPlus family data sheet" (FPGA-DS-02008), table of the family. A logic cell has a table of four
# inputs and a flip-flop.
_UP5K = Device(
    Family.ICE40,
    "iCE40UP5K",
    ("--up5k", "--package", "sg48"),
    Resources(5_280, 5_280, 30, 8, 4),
    synthesis="-device u",
)

_ICEBREAKER = Hardware(
    name="icebreaker",
    summary="1BitSquared iCEBreaker",
    top="icebreaker",
    source="iCEBreaker schematic V1.0e, https://github.com/icebreaker-fpga/icebreaker",
    device=_UP5K,
    oscillator_hz=12_000_000,
    clock_hz=24_000_000,
    baud=_BASE_BAUD,
    fast_bauds=_FAST_BAUDS,
    clock=Signal("clk_12mhz", "35"),
    uart_rx=Signal("uart_rx", "6"),
    uart_tx=Signal("uart_tx", "9"),
    button=Signal("btn_n", "10", inverted=True),
    button_label="BTN_N",
    leds={
        Light.RESET: Signal("led_red_n", "11", inverted=True),
        Light.WORK: Signal("led_green_n", "37", inverted=True),
    },
    usb_ids=_FT2232H,
    usb_interface=1,
    usb_product="iCEBreaker",
    loader="ice40_generic",
    builds={Engine.MAC: Build(UP5K[Engine.MAC], _MLP), Engine.LUT: Build(UP5K[Engine.LUT], _LUT4, 208)},
)

# Resources: "GW1NR series data sheet" (DS117) and "GW2AR series data sheet" (DS226), tables of the family.
_GW1NR_9C = Device(
    Family.GOWIN,
    "GW1NR-LV9QN88PC6/I5",
    ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
    Resources(8_640, 6_480, 26, 20),
    packer=("-d", "GW1N-9C"),
    synthesis="-family gw1n",
)
_GW2AR_18C = Device(
    Family.GOWIN,
    "GW2AR-LV18QN88C8/I7",
    ("--device", "GW2AR-LV18QN88C8/I7", "--vopt", "family=GW2A-18C"),
    Resources(20_736, 15_552, 46, 48),
    packer=("-d", "GW2A-18C"),
    synthesis="-family gw2a",
)

_TANGNANO9K = Hardware(
    name="tangnano9k",
    summary="Sipeed Tang Nano 9K",
    top="tangnano9k",
    source="Sipeed's constraints, https://github.com/sipeed/TangNano-9K-example (picotiny), and schematic",
    device=_GW1NR_9C,
    oscillator_hz=27_000_000,
    clock_hz=40_500_000,
    baud=_BASE_BAUD,
    fast_bauds=_FAST_BAUDS,
    clock=Signal("clk_27mhz", "52"),
    uart_rx=Signal("uart_rx", "18"),
    uart_tx=Signal("uart_tx", "17"),
    button=Signal("btn_s1_n", "4", inverted=True),
    button_label="S1",
    leds={
        Light.RESET: Signal("led_n[0]", "10", inverted=True),
        Light.TO_HOST: Signal("led_n[1]", "11", inverted=True),
        Light.FROM_HOST: Signal("led_n[2]", "13", inverted=True),
        Light.WORK: Signal("led_n[3]", "14", inverted=True),
    },
    usb_ids=_FT2232H,
    usb_interface=1,
    usb_product="Debugger",
    loader="tangnano9k",
    builds={Engine.MAC: Build(GW1NR9[Engine.MAC], _MLP, 256), Engine.LUT: Build(GW1NR9[Engine.LUT], _LUT4, 208)},
)

_TANGNANO20K = Hardware(
    name="tangnano20k",
    summary="Sipeed Tang Nano 20K",
    top="tangnano20k",
    source="Sipeed's constraints, https://github.com/sipeed/TangNano-20K-example (uart, led, picorv32), and schematic",
    device=_GW2AR_18C,
    oscillator_hz=27_000_000,
    clock_hz=40_500_000,
    baud=_BASE_BAUD,
    fast_bauds=_FAST_BAUDS,
    clock=Signal("clk_27mhz", "4"),
    uart_rx=Signal("uart_rx", "70"),
    uart_tx=Signal("uart_tx", "69"),
    button=Signal("btn_s1", "88"),
    button_label="S1",
    leds={
        Light.RESET: Signal("led_n[0]", "15", inverted=True),
        Light.TO_HOST: Signal("led_n[1]", "16", inverted=True),
        Light.FROM_HOST: Signal("led_n[2]", "17", inverted=True),
        Light.WORK: Signal("led_n[3]", "18", inverted=True),
    },
    usb_ids=_FT2232H,
    usb_interface=1,
    usb_product="Debugger",
    loader="tangnano20k",
    builds={
        Engine.MAC: _array(2, 2, 1, 2, WEIGHT_BITS=11, BIAS_BITS=8, REQUANT_BITS=9, BEAM=0),
        Engine.LUT: _lookup(16, 2, 208, IMAGE_BITS=10, RESULT_BITS=10, SCORE_BITS=10, BEAM=0),
    },
)

HARDWARE: tuple[Hardware, ...] = (
    _ARTY,
    replace(
        _ARTY,
        name="arty100",
        summary="Digilent Arty A7-100T",
        device=_XC7A100T,
        loader="arty_a7_100t",
        builds={Engine.MAC: _array(16, 8, 4, 4), Engine.LUT: _lookup(128, 4)},
    ),
    _ULX3S,
    replace(
        _ULX3S,
        name="ulx3s-25f",
        summary="Radiona ULX3S with an ECP5-25F",
        device=_LFE5U_25F,
        builds={
            Engine.MAC: _array(4, 4, 1, 4, WEIGHT_BITS=12, BEAM=0),
            Engine.LUT: _lookup(32, 4, IMAGE_BITS=10, RESULT_BITS=10, SCORE_BITS=10, BEAM=0),
        },
    ),
    _ICEBREAKER,
    _TANGNANO9K,
    _TANGNANO20K,
)

#: Names of the real boards, in order.
FPGA_BOARDS: tuple[str, ...] = tuple(board.name for board in HARDWARE)


def find_hardware(name: str) -> Hardware:
    """What a real board is made of.

    Raises
    ------
    BoardError
        If there is no such board, or it is no hardware.
    """
    for board in HARDWARE:
        if board.name == name:
            return board
    raise BoardError(f"there is no FPGA board {name!r}: choose one of {', '.join(FPGA_BOARDS)}")
