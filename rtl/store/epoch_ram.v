// SPDX-License-Identifier: Apache-2.0
// Block RAM whose words read as zero unless they were written in the present epoch. A tag beside
// each word holds the epoch of its last write; epoch 0 belongs to no one. `clear` walks all words
// once (DEPTH cycles), after which every epoch from 1 on is unused again. Writes wait for the
// walk's end.
`default_nettype none

module epoch_ram #(
    parameter WIDTH = 128,       // data bits of a word
    parameter ADDRESS_W = 9,     // 2^ADDRESS_W words
    parameter TAG_W = 8          // bits of an epoch: 2^TAG_W - 1 epochs between clears
) (
    input  wire                 clk,
    input  wire                 rst,

    // epoch
    input  wire                 clear,
    output wire                 clearing,
    input  wire [TAG_W-1:0]     epoch,

    // write
    input  wire                 we,
    input  wire [ADDRESS_W-1:0] waddr,
    input  wire [WIDTH-1:0]     wdata,

    // read, valid in the cycle after `re`: the word, or for a reader in a hurry what the RAM holds
    input  wire                 re,
    input  wire [ADDRESS_W-1:0] raddr,
    output wire [WIDTH-1:0]     rdata,
    output wire [WIDTH-1:0]     raw,
    output wire                 current      // a cycle later: written in this epoch, else it is zero
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

    wire [TAG_W+WIDTH-1:0] word;

    ram_1w1r #(
        .WIDTH(TAG_W + WIDTH),
        .DEPTH(1 << ADDRESS_W),
        .ADDRESS_W(ADDRESS_W)
    ) ram (
        .clk(clk),
        .we(we || clearing_q),
        .waddr(clearing_q ? row_q : waddr),
        .wdata(clearing_q ? {(TAG_W + WIDTH){1'b0}} : {epoch, wdata}),
        .re(re),
        .raddr(raddr),
        .rdata(word)
    );

    wire [TAG_W-1:0] tag = word[WIDTH +: TAG_W];
    reg  [TAG_W-1:0] tag_q;

    always @(posedge clk) tag_q <= tag;

    assign raw = word[WIDTH-1:0];
    assign rdata = tag == epoch && epoch != {TAG_W{1'b0}} ? raw : {WIDTH{1'b0}};
    assign current = tag_q == epoch && epoch != {TAG_W{1'b0}};

endmodule

`default_nettype wire
