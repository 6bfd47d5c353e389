// SPDX-License-Identifier: Apache-2.0
// UART transmitter: 8 data bits, no parity, 1 stop bit. Each byte starts with a fresh phase, so
// that every edge lies within one clock of its place after the start edge; bytes follow without a
// gap.
`default_nettype none

module uart_tx (
    input  wire        clk,
    input  wire        rst,
    input  wire [23:0] step,       // bit rate as a fraction of the clock, in 2^-24

    // bytes
    input  wire        s_valid,
    input  wire [7:0]  s_data,
    output wire        s_ready,

    output reg         txd,

    // high from the start bit to the end of the stop bit
    output wire        active
);

    reg [23:0] phase_q;            // where the bit is a cycle later
    reg        ends_q;             // the bit ends with this cycle
    reg [3:0]  left_q;             // bits not yet ended, the one on the line included
    reg [8:0]  shift_q;            // those that follow it

    wire [24:0] phase_next = {1'b0, phase_q} + {1'b0, step};
    wire        last = left_q == 4'd1;

    assign active = left_q != 4'd0;
    assign s_ready = !active || (ends_q && last);

    always @(posedge clk) begin
        // A cycle ahead, so that the sum is not in the way of what the end of a bit sets off: it
        // is zero in the cycle that takes a byte.
        {ends_q, phase_q} <= phase_next;
        if ((s_ready && !s_valid) || (last && phase_next[24])) phase_q <= 24'd0;
        if (active && ends_q) begin
            left_q <= left_q - 4'd1;
            {shift_q, txd} <= {1'b1, shift_q};
        end
        if (s_valid && s_ready) begin
            left_q <= 4'd10;
            shift_q <= {1'b1, s_data};
            txd <= 1'b0;
        end
        if (rst) begin
            left_q <= 4'd0;
            txd <= 1'b1;
        end
    end

endmodule

`default_nettype wire
