// SPDX-License-Identifier: Apache-2.0
// Sipeed Tang Nano 20K: pins, clock and reset. Relies on a 27 MHz oscillator; the design runs at
// 27 MHz · 3 / 2 = 40.5 MHz.
`default_nettype none

`include "build.vh"

module tangnano20k (
    input  wire       clk_27mhz,
    input  wire       btn_s1,          // button S1, high when pressed
    input  wire       uart_rx,         // names as seen from the FPGA
    output wire       uart_tx,
    output wire [3:0] led_n            // lit when low
);

    wire clk;
    wire locked;
    wire rst;
    wire active;

    // from bit 0 on: in reset, byte to host, byte from host, at work
    assign led_n = ~{active, !uart_rx, !uart_tx, rst};

    // 27 MHz / (1 + 1) · (2 + 1) = 40.5 MHz; the oscillator inside at 16 · 40.5 = 648 MHz, of
    // 500 ... 1250 MHz (GW2AR data sheet, "PLL switching characteristics").
    rPLL #(
        .DEVICE("GW2AR-18C"),
        .FCLKIN("27"),
        .IDIV_SEL(1),
        .FBDIV_SEL(2),
        .ODIV_SEL(16),
        .DYN_IDIV_SEL("false"),
        .DYN_FBDIV_SEL("false"),
        .DYN_ODIV_SEL("false"),
        .CLKFB_SEL("internal")
    ) pll (
        .CLKIN(clk_27mhz),
        .CLKFB(1'b0),
        .RESET(1'b0),
        .RESET_P(1'b0),
        .FBDSEL(6'd0),
        .IDSEL(6'd0),
        .ODSEL(6'd0),
        .PSDA(4'd0),
        .DUTYDA(4'd0),
        .FDLY(4'd0),
        .CLKOUT(clk),
        .LOCK(locked)
    );

    reset_hold reset_hold (
        .clk(clk),
        .rst(rst),
        .hold(btn_s1 || !locked)
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
