// SPDX-License-Identifier: Apache-2.0
// Digilent Arty A7: pins, reset and the bit rate of its clock. Relies on a 100 MHz oscillator.
`default_nettype none

module arty #(
    parameter [31:0] BUILD_ID = 32'd0
) (
    input  wire       clk_100mhz,
    input  wire       ck_rst_n,        // red button, low when pressed
    input  wire       uart_txd_in,     // names as seen from the USB bridge
    output wire       uart_rxd_out,
    output wire [3:0] led
);

    // 1 Mbaud to wake up with: 1e6 / 100e6 · 2^24 = 167772.16, an error of 1 ppm.
    localparam [23:0] UART_STEP = 24'd167772;

    // Asynchronous button to synchronous reset, which also holds for three cycles after
    // configuration.
    (* ASYNC_REG = "TRUE" *)
    reg [2:0] rst_q;

    initial rst_q = 3'b111;

    wire rst = rst_q[2];
    wire active;

    always @(posedge clk_100mhz) rst_q <= {rst_q[1:0], !ck_rst_n};

    // in reset, byte to host, byte from host, at work
    assign led = {rst, !uart_rxd_out, !uart_txd_in, active};

    testbed #(
        .CLOCK_HZ(32'd100000000),
        .BAUD(32'd1000000),
        .BUILD_ID(BUILD_ID)
    ) testbed (
        .clk(clk_100mhz),
        .rst(rst),
        .uart_step(UART_STEP),
        .uart_rxd(uart_txd_in),
        .uart_txd(uart_rxd_out),
        .active(active)
    );

endmodule

`default_nettype wire
