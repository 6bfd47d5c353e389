// SPDX-License-Identifier: Apache-2.0
// A small memory in lookup tables: one write port, one that is read in the same cycle.
`default_nettype none

module ram_async #(
    parameter WIDTH = 32,        // bits of a word
    parameter ADDRESS_W = 3      // log2 of the words
) (
    input  wire                 clk,

    input  wire                 we,
    input  wire [ADDRESS_W-1:0] waddr,
    input  wire [WIDTH-1:0]     wdata,
    input  wire [ADDRESS_W-1:0] raddr,
    output wire [WIDTH-1:0]     rdata
);

    (* ram_style = "distributed" *)
    reg [WIDTH-1:0] mem [0:(1<<ADDRESS_W)-1];

    always @(posedge clk) if (we) mem[waddr] <= wdata;

    assign rdata = mem[raddr];

endmodule

`default_nettype wire
