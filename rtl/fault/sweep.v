// SPDX-License-Identifier: Apache-2.0
// Bernoulli sweep (docs/faults.md): flips every physical bit of the chosen stores with probability
// threshold / 2^32, SWEEP_WORDS code words at a time. Three stages overlap: the hashes of the next
// two slices, the comparison of this one, and the write of the last. A wide master of
// store_arbiter.v.
//
// With a pattern it goes through the stores once for each bit of it: what flips with a bit that was
// drawn is drawn again, from the place of that bit.
//
// `seed`, `threshold`, `pattern`, `stores` and `extents` must not change while `busy`. An extent must
// not exceed its store. Geometry changes the time a sweep takes, never what it flips.
`default_nettype none

module sweep #(
    parameter SWEEP_WORDS = 4,   // code words decided at once, a power of two up to 64
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,       // physical bits of the widest code word
    parameter [63:0] STORE_WIDTHS = 64'h0101010101010101,  // 8 bits a store: its width
    parameter [7:0] PERMUTED = 8'h01,                      // stores whose order is permuted
    parameter OC_LANES = 8,      // as in word_order.v
    parameter IC_LANES = 8
) (
    input  wire                          clk,
    input  wire                          rst,

    // command
    input  wire                          start,
    input  wire [63:0]                   seed,
    input  wire [32:0]                   threshold,
    input  wire [9:0]                    pattern,    // register PATTERN
    input  wire [7:0]                    stores,     // one bit a store
    input  wire [8*20-1:0]               extents,    // code words in use, 20 bits a store
    output wire                          busy,
    output reg                           done,       // one cycle, the first with `busy` low again
    output wire [31:0]                   flips,      // held until the next start

    // wide master
    output wire                          w_valid,
    output wire                          w_lock,
    output wire                          w_we,
    output wire [2:0]                    w_store,
    output wire [19:0]                   w_index,
    output wire [SWEEP_WORDS-1:0]        w_mask,
    output wire [SWEEP_WORDS*CODE_W-1:0] w_wdata,
    input  wire                          w_ready,
    input  wire                          w_rvalid,
    input  wire [SWEEP_WORDS*CODE_W-1:0] w_rdata
);

    localparam PARTS = (CODE_W + 31) / 32;
    localparam GROUPS = SWEEP_WORDS * PARTS;

    reg  busy_q;
    wire begins = start && !busy_q;
    assign busy = busy_q;

    // The bit of the pattern that this pass is about.
    wire                      passes;        // to the next
    wire                      down;
    wire [1:0]                across;
    wire                      cell_first;
    wire                      cell_last;

    cells cells (
        .clk(clk),
        .pattern(pattern),
        .first(!busy_q),
        .next(passes),
        .down(down),
        .across(across),
        .is_first(cell_first),
        .is_last(cell_last)
    );

    // walk -> the slice that comes -> whose patterns reach it, which is hashed next -> hash
    wire                      walking;
    wire                      walk_valid;
    wire [2:0]                walk_store;
    wire [19:0]               walk_index;
    wire [SWEEP_WORDS*20-1:0] walk_words;
    wire [SWEEP_WORDS-1:0]    walk_active;
    wire [19:0]               walk_extent;
    reg                       next_valid_q;
    reg  [2:0]                next_store_q;
    reg  [19:0]               next_index_q;
    reg  [19:0]               next_extent_q;
    reg  [SWEEP_WORDS*20-1:0] next_words_q;
    reg  [SWEEP_WORDS-1:0]    next_active_q;
    wire [SWEEP_WORDS*20-1:0] anchor_words;
    wire [SWEEP_WORDS-1:0]    anchor_exists;
    wire [SWEEP_WORDS-1:0]    slice_inside;
    wire [SWEEP_WORDS*2-1:0]  anchor_shifts;
    reg                       slice_valid_q;
    reg  [2:0]                slice_store_q;
    reg  [19:0]               slice_index_q;
    reg  [SWEEP_WORDS*20-1:0] slice_words_q;
    reg  [19:0]               slice_extent_q;
    reg  [SWEEP_WORDS-1:0]    slice_exists_q;
    reg  [SWEEP_WORDS-1:0]    slice_active_q;    // a cycle later, and no later than it is taken over
    reg  [SWEEP_WORDS*2-1:0]  slice_shifts_q;
    wire [GROUPS-1:0]         hash_ready;
    wire [GROUPS-1:0]         hash_valid;
    wire                      hash_start = slice_valid_q && hash_ready[0];   // all are in step

    sweep_walk #(
        .SWEEP_WORDS(SWEEP_WORDS),
        .STORE_WIDTHS(STORE_WIDTHS),
        .PERMUTED(PERMUTED),
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES)
    ) walk (
        .clk(clk),
        .rst(rst),
        .start(begins || passes),
        .stores(stores),
        .extents(extents),
        .walking(walking),
        .valid(walk_valid),
        .next(!next_valid_q),
        .store(walk_store),
        .index(walk_index),
        .words(walk_words),
        .active(walk_active),
        .extent(walk_extent)
    );

    genvar lane;
    generate
        for (lane = 0; lane < SWEEP_WORDS; lane = lane + 1) begin : g_anchor
            wire exists;

            anchor anchor (
                .word(next_words_q[lane*20 +: 20]),
                .down(down),
                .across(across),
                .interleave(pattern[9:8]),
                .exists(exists),
                .its_word(anchor_words[lane*20 +: 20]),
                .shift(anchor_shifts[lane*2 +: 2])
            );

            assign anchor_exists[lane] = next_active_q[lane] && exists;
            assign slice_inside[lane] = slice_words_q[lane*20 +: 20] < slice_extent_q;
        end
    endgenerate

    always @(posedge clk) begin
        if (hash_start) slice_valid_q <= 1'b0;
        if (!slice_valid_q) begin
            slice_valid_q <= next_valid_q;
            slice_store_q <= next_store_q;
            slice_index_q <= next_index_q;
            slice_words_q <= anchor_words;
            slice_extent_q <= next_extent_q;
            slice_exists_q <= anchor_exists;
            slice_shifts_q <= anchor_shifts;
            next_valid_q <= 1'b0;
        end
        slice_active_q <= slice_exists_q & slice_inside;
        if (!next_valid_q) begin
            next_valid_q <= walk_valid;
            next_store_q <= walk_store;
            next_index_q <= walk_index;
            next_extent_q <= walk_extent;
            next_words_q <= walk_words;
            next_active_q <= walk_active;
        end
        if (rst) begin
            next_valid_q <= 1'b0;
            slice_valid_q <= 1'b0;
        end
    end

    // the slices being hashed, in two places by turns, and the slice being decided
    reg                       started_q;     // a hash started in the cycle before
    reg [1:0]                 hashing_q;     // how many are under way, but that one
    reg                       last_q;        // place of the one that starts
    reg                       first_q;       // place of the one that is complete first
    reg [2:0]                 store_0_q;
    reg [2:0]                 store_1_q;
    reg [19:0]                index_0_q;
    reg [19:0]                index_1_q;
    reg [SWEEP_WORDS-1:0]     active_0_q;
    reg [SWEEP_WORDS-1:0]     active_1_q;
    reg [SWEEP_WORDS*2-1:0]   shifts_0_q;
    reg [SWEEP_WORDS*2-1:0]   shifts_1_q;
    reg                       deciding_q;
    reg [2:0]                 decide_store_q;
    reg [19:0]                decide_index_q;
    reg [SWEEP_WORDS*2-1:0]   decide_shifts_q;
    reg [31:0]                threshold_q;   // bits not yet compared, the next one on top
    reg                       spent_q;       // nothing of it is left,
    reg                       short_1_q;     // nothing after its first bit,
    reg                       short_2_q;     // or its second
    reg                       decided_q;     // every lane is, or nothing of the threshold is left

    // A slice is decided when every lane is, or when nothing of the threshold is left: no open lane
    // can be below it. A decided slice that must wait for the writer stays as it is.
    wire [GROUPS-1:0]         opens;
    wire [GROUPS-1:0]         stays_open;
    wire                      decided = deciding_q && decided_q;
    wire                      write_idle;
    wire                      decide_free = !deciding_q || (decided && write_idle);
    wire                      load = hash_valid[0] && decide_free;

    always @(posedge clk) begin
        threshold_q <= {threshold_q[30:0], 1'b0};
        short_1_q <= threshold[30:0] == 31'd0;
        short_2_q <= threshold[29:0] == 30'd0;
        spent_q <= load ? short_2_q : threshold_q[29:0] == 30'd0;
        decided_q <= load ? short_1_q || ~|opens : spent_q || ~|stays_open;
        if (decide_free) deciding_q <= 1'b0;
        started_q <= hash_start;
        hashing_q <= hashing_q + {1'b0, started_q} - {1'b0, load};
        if (started_q) begin
            // slice_…_q is held for this cycle, too
            last_q <= !last_q;
            if (!last_q) begin
                store_0_q <= slice_store_q;
                index_0_q <= slice_index_q;
                active_0_q <= slice_active_q;
                shifts_0_q <= slice_shifts_q;
            end else begin
                store_1_q <= slice_store_q;
                index_1_q <= slice_index_q;
                active_1_q <= slice_active_q;
                shifts_1_q <= slice_shifts_q;
            end
        end
        if (load) begin
            first_q <= !first_q;
            deciding_q <= 1'b1;
            decide_store_q <= first_q ? store_1_q : store_0_q;
            decide_index_q <= first_q ? index_1_q : index_0_q;
            decide_shifts_q <= first_q ? shifts_1_q : shifts_0_q;
            threshold_q <= {threshold[30:0], 1'b0};
        end
        if (rst) begin
            started_q <= 1'b0;
            last_q <= 1'b0;
            first_q <= 1'b0;
            hashing_q <= 2'd0;
            deciding_q <= 1'b0;
        end
    end

    wire [SWEEP_WORDS-1:0]        hash_active = first_q ? active_1_q : active_0_q;
    wire [SWEEP_WORDS*CODE_W-1:0] lane_flips;
    wire [SWEEP_WORDS*CODE_W-1:0] slice_flips;

    // A store may have fewer bits than the widest: parts beyond them are not decided, lanes beyond
    // them do not count.
    wire [6:0]                    hash_bits;
    wire [6:0]                    decide_bits;
    wire [CODE_W-1:0]             decide_lanes;

    store_bits #(
        .PROTECTIONS(PROTECTIONS)
    ) bits_of_hashed (
        .store(first_q ? store_1_q : store_0_q),
        .bits(hash_bits)
    );

    store_bits #(
        .PROTECTIONS(PROTECTIONS)
    ) bits_of_decided (
        .store(decide_store_q),
        .bits(decide_bits)
    );

    genvar b;
    generate
        for (b = 0; b < CODE_W; b = b + 1) begin : g_bit
            assign decide_lanes[b] = b < {25'd0, decide_bits};
        end
        for (lane = 0; lane < SWEEP_WORDS; lane = lane + 1) begin : g_flips
            wire [CODE_W-1:0] drawn = lane_flips[lane*CODE_W +: CODE_W] & decide_lanes;

            assign slice_flips[lane*CODE_W +: CODE_W] =
                (drawn << decide_shifts_q[lane*2 +: 2]) & decide_lanes;
        end
    endgenerate

    genvar word;
    genvar part;
    generate
        for (word = 0; word < SWEEP_WORDS; word = word + 1) begin : g_word
            for (part = 0; part < PARTS; part = part + 1) begin : g_part
                localparam LEFT = CODE_W - 32 * part;
                localparam LANES = (LEFT < 32) ? LEFT : 32;

                lane_group #(
                    .LANES(LANES),
                    .PART(part)
                ) group (
                    .clk(clk),
                    .rst(rst),
                    .hash_start(slice_valid_q),
                    .hash_ready(hash_ready[word*PARTS+part]),
                    .hash_valid(hash_valid[word*PARTS+part]),
                    .seed(seed),
                    .store(slice_store_q),
                    .word(slice_words_q[word*20 +: 20]),
                    .load(load),
                    .active(hash_active[word] && 32 * part < {25'd0, hash_bits}),
                    .certain(threshold[32]),
                    .bit_first(threshold[31]),
                    .bit_second(threshold[30]),
                    .bit_now(threshold_q[31]),
                    .bit_then(threshold_q[30]),
                    .opens(opens[word*PARTS+part]),
                    .stays_open(stays_open[word*PARTS+part]),
                    .flips(lane_flips[word*CODE_W+part*32 +: LANES])
                );
            end
        end
    endgenerate

    sweep_write #(
        .SWEEP_WORDS(SWEEP_WORDS),
        .CODE_W(CODE_W)
    ) write (
        .clk(clk),
        .rst(rst),
        .load(decided),
        .idle(write_idle),
        .store(decide_store_q),
        .index(decide_index_q),
        .flips(slice_flips),
        .clear(begins),
        .count_q(flips),
        .w_valid(w_valid),
        .w_lock(w_lock),
        .w_we(w_we),
        .w_store(w_store),
        .w_index(w_index),
        .w_mask(w_mask),
        .w_wdata(w_wdata),
        .w_ready(w_ready),
        .w_rvalid(w_rvalid),
        .w_rdata(w_rdata)
    );

    // A pass ends with all rooms empty.
    wire passed = busy_q && !walking && !next_valid_q && !slice_valid_q && !started_q
                  && hashing_q == 2'd0 && !deciding_q && write_idle;
    wire finished = passed && cell_last;

    assign passes = passed && !cell_last;

    always @(posedge clk) begin
        done <= finished;
        if (finished) busy_q <= 1'b0;
        if (begins) busy_q <= 1'b1;
        if (rst) begin
            busy_q <= 1'b0;
            done <= 1'b0;
        end
    end

    wire unused = &{1'b0, hash_ready, hash_valid, cell_first};

endmodule

`default_nettype wire
