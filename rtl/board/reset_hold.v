// SPDX-License-Identifier: Apache-2.0
// Synchronous reset from what a board has: asserted while `hold` is, and for 256 cycles after it
// and after configuration, by when every block RAM gives what it holds. `hold` is asynchronous.
`default_nettype none

module reset_hold (
    input  wire clk,
    output reg  rst,      // a register: it goes everywhere
    input  wire hold      // button pressed, or PLL not locked
);

    (* ASYNC_REG = "TRUE" *)
    reg [1:0] hold_q;
    reg [8:0] count_q;

    // as after configuration: there is no reset to rely on yet
    initial begin
        hold_q = 2'b00;
        count_q = 9'd0;
        rst = 1'b1;
    end

    always @(posedge clk) begin
        hold_q <= {hold_q[0], hold};
        if (hold_q[1]) count_q <= 9'd0;
        else if (!count_q[8]) count_q <= count_q + 9'd1;
        rst <= !count_q[8];
    end

endmodule

`default_nettype wire
