// SPDX-License-Identifier: Apache-2.0
// 1BitSquared iCEBreaker: pins, clock and reset. Relies on a 12 MHz oscillator; the design runs at
// 24 MHz.
`default_nettype none

`include "build.vh"

module icebreaker (
    input  wire clk_12mhz,
    input  wire btn_n,             // user button, low when pressed
    input  wire uart_rx,           // names as seen from the FPGA
    output wire uart_tx,
    output wire led_red_n,         // lit when low
    output wire led_green_n
);

    wire clk;
    wire locked;
    wire rst;
    wire active;

    // in reset, at work
    assign led_red_n = !rst;
    assign led_green_n = !active;

    // 12 MHz / 1 · 64 = 768 MHz, of 533 ... 1066 MHz, / 2^5 = 24 MHz; filter 1 for a phase detector
    // at 10 MHz or more (iCE40 UltraPlus family data sheet, "sysCLOCK PLL timing").
    SB_PLL40_PAD #(
        .FEEDBACK_PATH("SIMPLE"),
        .DIVR(4'd0),
        .DIVF(7'd63),
        .DIVQ(3'd5),
        .FILTER_RANGE(3'd1)
    ) pll (
        .PACKAGEPIN(clk_12mhz),
        .RESETB(1'b1),
        .BYPASS(1'b0),
        .PLLOUTGLOBAL(clk),
        .LOCK(locked)
    );

    reset_hold reset_hold (
        .clk(clk),
        .rst(rst),
        .hold(!btn_n || !locked)
    );

    testbed #(
        `BUILD_PARAMETERS
    ) testbed (
        .clk(clk),
        .rst(rst),
        .uart_step(`BUILD_UART_STEP),
        .uart_rxd(uart_rx),
        .uart_txd(uart_tx),
        .active(active)
    );

endmodule

`default_nettype wire
