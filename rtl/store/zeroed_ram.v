// SPDX-License-Identifier: Apache-2.0
// Block RAM with one port whose words read as zero unless they were written since the last `clear`,
// which walks all words (DEPTH cycles). Accesses wait for the walk's end. The small relative of
// epoch_ram.v.
`default_nettype none

module zeroed_ram #(
    parameter WIDTH = 32,        // bits of a word
    parameter ADDRESS_W = 9,     // 2^ADDRESS_W words
    parameter HUGE = 0           // as in ram_1rw.v
) (
    input  wire                 clk,
    input  wire                 rst,

    input  wire                 clear,
    output wire                 clearing,

    // a write or a read, valid in the cycle after `re`; never both
    input  wire                 we,
    input  wire [ADDRESS_W-1:0] waddr,
    input  wire [WIDTH-1:0]     wdata,
    input  wire                 re,
    input  wire [ADDRESS_W-1:0] raddr,
    output wire [WIDTH-1:0]     rdata
);

    reg                 clearing_q;
    reg [ADDRESS_W-1:0] row_q;

    assign clearing = clearing_q;

    always @(posedge clk) begin
        if (clearing_q) begin
            row_q <= row_q + 1'b1;
            if (&row_q) clearing_q <= 1'b0;
        end
        if (clear) begin
            clearing_q <= 1'b1;
            row_q <= {ADDRESS_W{1'b0}};
        end
        if (rst) clearing_q <= 1'b0;
    end

    ram_1rw #(
        .WIDTH(WIDTH),
        .DEPTH(1 << ADDRESS_W),
        .ADDRESS_W(ADDRESS_W),
        .HUGE(HUGE)
    ) ram (
        .clk(clk),
        .en(clearing_q || we || re),
        .we(clearing_q || we),
        .address(clearing_q ? row_q : we ? waddr : raddr),
        .wdata(clearing_q ? {WIDTH{1'b0}} : wdata),
        .rdata(rdata)
    );

`ifdef FL_ASSERT
    always @(posedge clk) begin
        if (we === 1'b1 && re === 1'b1) begin
            $display("assertion failed: %m: read and written in one cycle");
            $finish;
        end
    end
`endif

endmodule

`default_nettype wire
