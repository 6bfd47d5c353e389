// SPDX-License-Identifier: Apache-2.0
// Digilent Arty A7, 35T and 100T: pins and reset. Relies on a 100 MHz oscillator, which is the
// clock of the design.
`default_nettype none

`include "build.vh"

module arty (
    input  wire       clk_100mhz,
    input  wire       ck_rst_n,        // red button, low when pressed
    input  wire       uart_txd_in,     // names as seen from the USB bridge
    output wire       uart_rxd_out,
    output wire [3:0] led
);

    wire rst;
    wire active;

    // from bit 0 on: in reset, byte to host, byte from host, at work
    assign led = {active, !uart_txd_in, !uart_rxd_out, rst};

    reset_hold reset_hold (
        .clk(clk_100mhz),
        .rst(rst),
        .hold(!ck_rst_n)
    );

    testbed #(
        `BUILD_PARAMETERS
    ) testbed (
        .clk(clk_100mhz),
        .rst(rst),
        .uart_step(`BUILD_UART_STEP),
        .uart_rxd(uart_txd_in),
        .uart_txd(uart_rxd_out),
        .active(active)
    );

endmodule

`default_nettype wire
