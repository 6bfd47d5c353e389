// SPDX-License-Identifier: Apache-2.0
// Names the slices of a sweep one after the other: every chosen store in order of its number, every
// slice of physical indices that holds a code word below the store's extent.
//
// A store takes a cycle to enter. A permuted store keeps its order within blocks of 64 code words, so
// its walk ends on a whole block.
`default_nettype none

module sweep_walk #(
    parameter SWEEP_WORDS = 4,
    parameter [63:0] STORE_WIDTHS = 64'h0101010101010101,
    parameter [7:0] PERMUTED = 8'h01,
    parameter OC_LANES = 8,
    parameter IC_LANES = 8
) (
    input  wire                      clk,
    input  wire                      rst,

    input  wire                      start,
    input  wire [7:0]                stores,
    input  wire [8*20-1:0]           extents,
    output wire                      walking,     // there may be more slices

    // the present slice: `next` goes on to the one after it
    output wire                      valid,
    input  wire                      next,
    output wire [2:0]                store,
    output wire [19:0]               index,       // physical index of lane 0
    output wire [SWEEP_WORDS*20-1:0] words,       // canonical numbers of its code words
    output wire [SWEEP_WORDS-1:0]    active,      // which of them the sweep covers
    output wire [19:0]               extent       // code words of the store in use
);

    // Store number 8 is the end. One bit more than an index: the walk may end at 2^20.
    reg  [3:0]  store_q;
    reg  [20:0] index_q;

    // the store that is walked through
    reg         entered_q;
    reg         permuted_q;
    reg  [19:0] extent_q;        // 0 of a store that is not chosen
    reg  [7:0]  width_q;

    wire [20:0] from = permuted_q ? {index_q[20:6], 6'd0} : index_q;

    assign walking = !store_q[3];
    assign store = store_q[2:0];
    assign index = index_q[19:0];
    assign extent = extent_q;
    assign valid = entered_q && from < {1'b0, extent_q};

    always @(posedge clk) begin
        if (!entered_q) begin
            entered_q <= walking;
            permuted_q <= PERMUTED[store];
            extent_q <= extents[store*20 +: 20] & {20{stores[store]}};
            width_q <= STORE_WIDTHS[store*8 +: 8];
            index_q <= 21'd0;
        end else if (!valid) begin
            entered_q <= 1'b0;
            store_q <= store_q + 4'd1;
        end else if (next) begin
            index_q <= index_q + {13'd0, width_q};
        end
        if (start) store_q <= 4'd0;
        if (rst) begin
            entered_q <= 1'b0;
            store_q <= 4'd8;
        end
    end

    genvar lane;
    generate
        for (lane = 0; lane < SWEEP_WORDS; lane = lane + 1) begin : g_lane
            localparam [7:0] LANE = lane;
            wire [19:0] physical = index | {12'd0, LANE};
            wire [19:0] ordered;
            wire [19:0] word = permuted_q ? ordered : physical;

            word_order #(
                .OC_LANES(OC_LANES),
                .IC_LANES(IC_LANES),
                .PERMUTE(1),
                .TO_PHYSICAL(0)
            ) order (
                .index(physical),
                .ordered(ordered)
            );

            assign words[lane*20 +: 20] = word;
            assign active[lane] = LANE < width_q && word < extent_q;
        end
    endgenerate

endmodule

`default_nettype wire
