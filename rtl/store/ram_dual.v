// SPDX-License-Identifier: Apache-2.0
// Block RAM with two independent ports: port a reads, port b reads or writes.
//
// Port a must not read the word that port b writes in the same cycle: what it would read is
// undefined. Whoever uses this module keeps the two apart; FL_ASSERT checks it in simulation.
`default_nettype none

module ram_dual #(
    parameter WIDTH = 32,        // bits of a word
    parameter DEPTH = 512,       // words
    parameter ADDRESS_W = 9      // at least ceil(log2(DEPTH))
) (
    input  wire                 clk,

    // port a: data in the cycle after `a_re`, held until the next
    input  wire                 a_re,
    input  wire [ADDRESS_W-1:0] a_address,
    output reg  [WIDTH-1:0]     a_rdata,

    // port b: data in the cycle after `b_en` without `b_we`, held until the next
    input  wire                 b_en,
    input  wire                 b_we,
    input  wire [ADDRESS_W-1:0] b_address,
    input  wire [WIDTH-1:0]     b_wdata,
    output reg  [WIDTH-1:0]     b_rdata
);

    (* no_rw_check *) (* ram_style = "block" *)
    reg [WIDTH-1:0] mem [0:DEPTH-1];

    always @(posedge clk) begin
        if (a_re) a_rdata <= mem[a_address];
    end

    always @(posedge clk) begin
        if (b_en) begin
            if (b_we) mem[b_address] <= b_wdata;
            else b_rdata <= mem[b_address];
        end
    end

`ifdef FL_ASSERT
    always @(posedge clk) begin
        if (a_re === 1'b1 && b_en === 1'b1 && b_we === 1'b1 && a_address === b_address) begin
            $display("assertion failed: %m: word %0d read and written in one cycle", a_address);
            $finish;
        end
    end
`endif

endmodule

`default_nettype wire
