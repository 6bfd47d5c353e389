// SPDX-License-Identifier: Apache-2.0
// Digest of the chosen stores (docs/faults.md): one CRC-32 through their physical words in
// canonical order, one code word a clock cycle. A narrow master of store_arbiter.v.
//
// `stores` and `extents` must not change while `busy`. An extent must not exceed its store.
`default_nettype none

module digest #(
    parameter CODE_W = 32        // physical bits of a code word
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
    input  wire [CODE_W-1:0] n_rdata
);

    localparam PARTS = (CODE_W + 31) / 32;

    // Walk: the next code word to ask for. The store number 8 is the end.
    reg         walking_q;
    reg  [3:0]  store_q;
    reg  [19:0] word_q;
    reg         asked_q;         // a word comes in this cycle

    wire [19:0] extent = extents[store_q[2:0]*20 +: 20];
    wire        here = stores[store_q[2:0]] && word_q < extent;
    wire        at_end = store_q[3];
    wire        asking = walking_q && !at_end && here;
    wire        leave = walking_q && !at_end && (!here || (n_ready && word_q == extent - 20'd1));

    // The last word comes in while store_q is 8, so `walking_q` covers it.
    assign busy = walking_q;
    assign n_valid = asking;
    assign n_lock = 1'b0;
    assign n_we = 1'b0;
    assign n_store = store_q[2:0];
    assign n_word = word_q;
    assign n_wdata = {CODE_W{1'b0}};

    always @(posedge clk) begin
        asked_q <= asking && n_ready;
        done <= walking_q && at_end;
        if (leave) begin
            store_q <= store_q + 4'd1;
            word_q <= 20'd0;
        end else if (asking && n_ready) begin
            word_q <= word_q + 20'd1;
        end
        if (at_end) walking_q <= 1'b0;
        if (start && !busy) begin
            walking_q <= 1'b1;
            store_q <= 4'd0;
            word_q <= 20'd0;
        end
        if (rst) begin
            walking_q <= 1'b0;
            asked_q <= 1'b0;
            done <= 1'b0;
        end
    end

    // CRC of the word that arrived, its last 32-bit part filled with zeros
    reg  [31:0]         crc_q;
    wire [31:0]         crc_d;
    reg  [PARTS*32-1:0] padded;

    assign value = ~crc_q;

    always @* begin
        padded = {(PARTS*32){1'b0}};
        padded[CODE_W-1:0] = n_rdata;
    end

    crc32_word #(
        .WIDTH(PARTS * 32)
    ) crc (
        .state(crc_q),
        .data(padded),
        .next(crc_d)
    );

    always @(posedge clk) begin
        if (asked_q) crc_q <= crc_d;
        if (start && !busy) crc_q <= 32'hffffffff;
    end

endmodule

`default_nettype wire
