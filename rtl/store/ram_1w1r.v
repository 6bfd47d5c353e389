// SPDX-License-Identifier: Apache-2.0
// Block RAM with one write and one read port. Reading a word in the cycle that writes it
// returns an undefined value: its users never do, or do not use what they read.
`default_nettype none

module ram_1w1r #(
    parameter WIDTH = 32,        // bits of a word
    parameter DEPTH = 512,       // words
    parameter ADDRESS_W = 9      // ceil(log2(DEPTH))
) (
    input  wire                 clk,

    // write
    input  wire                 we,
    input  wire [ADDRESS_W-1:0] waddr,
    input  wire [WIDTH-1:0]     wdata,

    // read, valid in the cycle after `re`, held until the next
    input  wire                 re,
    input  wire [ADDRESS_W-1:0] raddr,
    output reg  [WIDTH-1:0]     rdata
);

    (* no_rw_check *) (* ram_style = "block" *)
    reg [WIDTH-1:0] mem [0:DEPTH-1];

    always @(posedge clk) begin
        if (we) mem[waddr] <= wdata;
        if (re) rdata <= mem[raddr];
    end

endmodule

`default_nettype wire
