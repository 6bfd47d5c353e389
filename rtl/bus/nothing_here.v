// SPDX-License-Identifier: Apache-2.0
// A region that this build lacks: every access is refused. Wishbone B4 classic slave.
`default_nettype none

module nothing_here (
    input  wire        clk,
    input  wire        rst,
    input  wire        s_stb,
    output wire        s_ack,
    output reg         s_err,
    output wire [31:0] s_rdata
);

    assign s_ack = 1'b0;
    assign s_rdata = 32'd0;

    always @(posedge clk) begin
        s_err <= s_stb && !s_err;
        if (rst) s_err <= 1'b0;
    end

endmodule

`default_nettype wire
