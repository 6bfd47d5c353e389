// SPDX-License-Identifier: Apache-2.0
// Radiona ULX3S, any size of its ECP5: pins, clock and reset. Relies on a 25 MHz oscillator; the
// design runs at 62.5 MHz.
`default_nettype none

`include "build.vh"

module ulx3s (
    input  wire       clk_25mhz,
    input  wire       btn_fire1,       // button B1, high when pressed
    input  wire       ftdi_txd,        // names as seen from the USB bridge
    output wire       ftdi_rxd,
    output wire       wifi_gpio0,      // keeps the ESP32 from taking the board over
    output wire [3:0] led
);

    wire clk;
    wire locked;
    wire rst;
    wire active;

    assign wifi_gpio0 = 1'b1;

    // from bit 0 on: in reset, byte to host, byte from host, at work
    assign led = {active, !ftdi_txd, !ftdi_rxd, rst};

    // 25 MHz / 2 · 5 = 62.5 MHz; the oscillator inside at 10 · 62.5 = 625 MHz, of 400 ... 800 MHz
    // (ECP5 and ECP5-5G family data sheet, "sysCLOCK PLL timing").
    (* FREQUENCY_PIN_CLKI = "25" *)
    (* FREQUENCY_PIN_CLKOP = "62.5" *)
    (* ICP_CURRENT = "12" *)
    (* LPF_RESISTOR = "8" *)
    EHXPLLL #(
        .CLKI_DIV(2),
        .CLKFB_DIV(5),
        .CLKOP_DIV(10),
        .CLKOP_CPHASE(9),
        .CLKOP_FPHASE(0),
        .CLKOP_ENABLE("ENABLED"),
        .FEEDBK_PATH("CLKOP")
    ) pll (
        .CLKI(clk_25mhz),
        .CLKFB(clk),
        .RST(1'b0),
        .STDBY(1'b0),
        .PHASESEL0(1'b0),
        .PHASESEL1(1'b0),
        .PHASEDIR(1'b0),
        .PHASESTEP(1'b0),
        .PHASELOADREG(1'b0),
        .PLLWAKESYNC(1'b0),
        .ENCLKOP(1'b0),
        .CLKOP(clk),
        .LOCK(locked)
    );

    reset_hold reset_hold (
        .clk(clk),
        .rst(rst),
        .hold(btn_fire1 || !locked)
    );

    testbed #(
        `BUILD_PARAMETERS
    ) testbed (
        .clk(clk),
        .rst(rst),
        .uart_step(`BUILD_UART_STEP),
        .uart_rxd(ftdi_txd),
        .uart_txd(ftdi_rxd),
        .active(active)
    );

endmodule

`default_nettype wire
