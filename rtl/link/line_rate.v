// SPDX-License-Identifier: Apache-2.0
// The bit rate of the line: the one the board wakes up with until the host asks for another, and
// again after a break, so that no rate can lock the link.
//
// A break is a low level of more than 300 us, which no byte has at 40 kbaud or more: a host that
// knows nothing of the rate sends a zero byte at 9600 baud. Relies on CLOCK_HZ being the clock's.
`default_nettype none

module line_rate #(
    parameter [31:0] CLOCK_HZ = 32'd100000000
) (
    input  wire        clk,
    input  wire        rst,
    input  wire [23:0] base_step,  // bit rate / clock, in 2^-24, that the board wakes up with
    input  wire        rxd,

    // another rate, taken over once nothing is sent, to be sent or being received
    input  wire        set_valid,
    input  wire [23:0] set_step,
    input  wire        quiet,

    output wire [23:0] step,       // the rate now, `base_step` a cycle late

    // low when nothing will change until the line does
    output wire        active
);

    // 300 us: CLOCK_HZ · 3e-4
    localparam [31:0] BREAK = CLOCK_HZ / 32'd3333;

    (* async_reg = "true" *)
    reg [1:0]  sync_q;
    reg [17:0] low_q;              // cycles for which the line has been low, at most BREAK
    reg        raised_q;           // the rate is not `base_step`
    reg        waiting_q;          // and is to be `wanted_q`
    reg [23:0] step_q;
    reg [23:0] wanted_q;

    wire line = sync_q[1];
    wire broken = low_q == BREAK[17:0];

    assign step = step_q;
    assign active = waiting_q || sync_q[0] != line || (line ? low_q != 18'd0 : !broken);

    always @(posedge clk) begin
        sync_q <= {sync_q[0], rxd};
        if (line) low_q <= 18'd0;
        else if (!broken) low_q <= low_q + 18'd1;
        if (!raised_q) step_q <= base_step;
        if (waiting_q && quiet) begin
            step_q <= wanted_q;
            raised_q <= 1'b1;
            waiting_q <= 1'b0;
        end
        if (set_valid) begin
            wanted_q <= set_step;
            waiting_q <= 1'b1;
        end
        if (broken) begin
            raised_q <= 1'b0;
            waiting_q <= 1'b0;
        end
        if (rst) begin
            sync_q <= 2'b11;
            low_q <= 18'd0;
            raised_q <= 1'b0;
            waiting_q <= 1'b0;
        end
    end

endmodule

`default_nettype wire
