// SPDX-License-Identifier: Apache-2.0
// Digest of the chosen stores (docs/faults.md): one CRC-32 through their physical words in
// canonical order. A narrow master of store_arbiter.v: a clock cycle takes a group of code words
// where those of a row follow each other in canonical order, else one.
//
// `stores` and `extents` must not change while `busy`. An extent must not exceed its store.
`default_nettype none

module digest #(
    parameter CODE_W = 32,       // physical bits of a code word
    parameter GROUP = 4,         // code words of a group, a power of two
    parameter [63:0] STORE_WIDTHS = 64'h0101010101010101,  // as in store_arbiter.v
    parameter [7:0] PERMUTED = 8'h01
) (
    input  wire              clk,
    input  wire              rst,

    // command
    input  wire              start,
    input  wire [7:0]        stores,      // one bit a store
    input  wire [8*20-1:0]   extents,     // code words in use, 20 bits a store
    output wire              busy,
    output reg               done,        // one cycle, the first in which `busy` is low again
    output wire [31:0]       value,       // held until the next start

    // narrow master
    output wire              n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire [CODE_W-1:0] n_rdata,
    input  wire [GROUP*CODE_W-1:0] n_group
);

    localparam PARTS = (CODE_W + 31) / 32;
    localparam LEVELS = (GROUP >= 8) ? 4 : (GROUP >= 4) ? 3 : (GROUP >= 2) ? 2 : 1;

    // Walk: the next code word to ask for. The store number 8 is the end.
    reg               walking_q;
    reg  [3:0]        store_q;
    reg  [19:0]       word_q;
    reg  [LEVELS-1:0] asked_q;   // one-hot: 1, 2, 4, 8 words come in this cycle

    // As many words as stand side by side in a row, one by one where its end is not in use.
    wire [7:0]        width = STORE_WIDTHS[store_q[2:0]*8 +: 8];
    wire [19:0]       extent = extents[store_q[2:0]*20 +: 20];
    reg  [LEVELS-1:0] taken;
    reg  [19:0]       after;
    integer           l;

    always @* begin
        taken = {{(LEVELS-1){1'b0}}, 1'b1};
        after = word_q + 20'd1;
        for (l = 1; l < LEVELS; l = l + 1) begin
            if (!PERMUTED[store_q[2:0]] && width >= (1 << l) &&
                    {1'b0, word_q} + (21'd1 << l) <= {1'b0, extent}) begin
                taken = {{(LEVELS-1){1'b0}}, 1'b1} << l;
                after = word_q + (20'd1 << l);
            end
        end
    end

    wire        here = stores[store_q[2:0]] && word_q < extent;
    wire        at_end = store_q[3];
    wire        asking = walking_q && !at_end && here;
    wire        leave = walking_q && !at_end && (!here || (n_ready && after == extent));

    // The last word comes in while store_q is 8, so `walking_q` covers it.
    assign busy = walking_q;
    assign n_valid = asking;
    assign n_lock = 1'b0;
    assign n_we = 1'b0;
    assign n_store = store_q[2:0];
    assign n_word = word_q;
    assign n_wdata = {CODE_W{1'b0}};

    always @(posedge clk) begin
        asked_q <= taken & {LEVELS{asking && n_ready}};
        done <= walking_q && at_end;
        if (leave) begin
            store_q <= store_q + 4'd1;
            word_q <= 20'd0;
        end else if (asking && n_ready) begin
            word_q <= after;
        end
        if (at_end) walking_q <= 1'b0;
        if (start && !busy) begin
            walking_q <= 1'b1;
            store_q <= 4'd0;
            word_q <= 20'd0;
        end
        if (rst) begin
            walking_q <= 1'b0;
            asked_q <= {LEVELS{1'b0}};
            done <= 1'b0;
        end
    end

    // CRC of the words that arrived, the last 32-bit part of each filled with zeros
    localparam WORD_W = PARTS * 32;

    reg  [31:0]              crc_q;
    reg  [31:0]              crc_d;
    wire [LEVELS*32-1:0]     crcs;
    wire [GROUP*WORD_W-1:0]  padded;

    assign value = ~crc_q;

    genvar w;
    generate
        for (w = 0; w < GROUP; w = w + 1) begin : g_word
            wire [CODE_W-1:0] code = (w == 0 && asked_q[0]) ? n_rdata : n_group[w*CODE_W +: CODE_W];

            if (WORD_W == CODE_W) begin : g_full
                assign padded[w*WORD_W +: WORD_W] = code;
            end else begin : g_filled
                assign padded[w*WORD_W +: WORD_W] = {{(WORD_W-CODE_W){1'b0}}, code};
            end
        end
        for (w = 0; w < LEVELS; w = w + 1) begin : g_level
            crc32_word #(
                .WIDTH(WORD_W << w)
            ) crc (
                .state(crc_q),
                .data(padded[(WORD_W<<w)-1:0]),
                .next(crcs[w*32 +: 32])
            );
        end
    endgenerate

    integer m;
    always @* begin
        crc_d = 32'd0;
        for (m = 0; m < LEVELS; m = m + 1) crc_d = crc_d | (crcs[m*32 +: 32] & {32{asked_q[m]}});
    end

    always @(posedge clk) begin
        if (|asked_q) crc_q <= crc_d;
        if (start && !busy) crc_q <= 32'hffffffff;
    end

endmodule

`default_nettype wire
