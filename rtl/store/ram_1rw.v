// SPDX-License-Identifier: Apache-2.0
// Block RAM with one port, which reads or writes.
`default_nettype none

module ram_1rw #(
    parameter WIDTH = 32,        // bits of a word
    parameter DEPTH = 512,       // words
    parameter ADDRESS_W = 9,     // at least ceil(log2(DEPTH))
    parameter HUGE = 0           // 1: in the large RAMs that some devices have beside block RAM
) (
    input  wire                 clk,

    // data in the cycle after `en` without `we`, held until the next
    input  wire                 en,
    input  wire                 we,
    input  wire [ADDRESS_W-1:0] address,
    input  wire [WIDTH-1:0]     wdata,
    output wire [WIDTH-1:0]     rdata
);

    reg [WIDTH-1:0] rdata_q;

    assign rdata = rdata_q;

    generate
        if (HUGE != 0) begin : g_huge
            (* no_rw_check *) (* ram_style = "huge" *)
            reg [WIDTH-1:0] mem [0:DEPTH-1];

            always @(posedge clk) begin
                if (en) begin
                    if (we) mem[address] <= wdata;
                    else rdata_q <= mem[address];
                end
            end
        end else begin : g_block
            (* no_rw_check *) (* ram_style = "block" *)
            reg [WIDTH-1:0] mem [0:DEPTH-1];

            always @(posedge clk) begin
                if (en) begin
                    if (we) mem[address] <= wdata;
                    else rdata_q <= mem[address];
                end
            end
        end
    endgenerate

endmodule

`default_nettype wire
