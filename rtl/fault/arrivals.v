// SPDX-License-Identifier: Apache-2.0
// Draws the upsets of a beam one after the other (docs/faults.md, "The beam"): the tick of each and
// the bit that it hits. Upset n belongs to (seed, n) alone.
//
// The ticks between two upsets are a geometric variable, whose binary digits are independent: each is
// one with a probability of its own. A site is drawn until it is one, from the bits that `site_mask`
// lets vary. What this depends on must not change between `restart` and the last `take`.
`default_nettype none

module arrivals #(
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire         clk,
    input  wire         rst,

    input  wire [63:0]  seed,
    input  wire [7:0]   stores,          // that are hit, one bit a store; none: nothing arrives
    input  wire [159:0] extents,         // code words in use, 20 bits a store
    input  wire [31:0]  site_mask,
    output wire [5:0]   digit,           // its threshold comes in the same cycle
    input  wire [31:0]  digit_threshold,

    input  wire         restart,         // with upset 0
    output wire         valid,           // an upset is known,
    input  wire         take,            // and done with
    output reg  [47:0]  at,              // its tick, saturating
    output reg  [31:0]  site             // its bit, as an entry of the flip list
);

    localparam [31:0] NONE = 32'h001fffff;
    localparam [7:0]  DIGIT_BLOCKS = 8'd12;  // 48 digits, four a block; then whether there are more
    localparam [7:0]  SITE_BLOCKS = 8'd255;

    localparam [2:0] S_OFF = 3'd0;
    localparam [2:0] S_ASK = 3'd1;         // for a block of four random words,
    localparam [2:0] S_WAIT = 3'd2;
    localparam [2:0] S_USE = 3'd3;         // a word a cycle
    localparam [2:0] S_LAST = 3'd4;        // two more until the fourth has been looked at
    localparam [2:0] S_DONE = 3'd5;
    localparam [2:0] S_VALID = 3'd6;

    reg  [2:0]   state_q;
    reg  [31:0]  number_q;                 // of the upset
    reg          of_site_q;                // the block is of its site, else of its gap
    reg  [7:0]   block_q;
    reg  [1:0]   part_q;
    wire         hash_ready;
    wire         hash_valid;
    wire [127:0] hash;
    wire         uses = state_q == S_USE;

    assign valid = state_q == S_VALID;

    threefry #(
        .ROUNDS(13)
    ) threefry (
        .clk(clk),
        .rst(rst),
        .start(state_q == S_ASK),
        .ready(hash_ready),
        .counter({32'd1, 24'd0, block_q, 31'd0, of_site_q, number_q}),
        .key({64'd0, seed}),
        .valid(hash_valid),
        .take(state_q == S_OFF || (uses && part_q == 2'd3)),
        .hash(hash)
    );

    // A word, and what it says: a digit of the gap, that there are more of them, or a site.
    reg         word_valid_q;
    reg         seen_q;
    reg  [31:0] word_q;
    reg  [31:0] threshold_q;
    reg  [47:0] gap_q;                     // digits so far, on top
    reg         first_part_q;
    reg         never_q;                   // it has more digits
    reg         hits_q;
    reg  [31:0] candidate_1_q;
    reg  [19:0] extent_q;                  // of its store
    reg  [31:0] candidate_2_q;
    reg         found_q;
    wire [31:0] candidate = hash[32*part_q +: 32] & site_mask & 32'h7fffffff;
    wire [2:0]  its_store;
    wire [19:0] its_word;
    wire [6:0]  its_index;
    wire        its_end;
    wire        exists;

    assign digit = {block_q[3:0], part_q};

    flip_entry #(
        .PROTECTIONS(PROTECTIONS)
    ) flip_entry (
        .entry(candidate_1_q),
        .extents({8{extent_q}}),
        .store(its_store),
        .word(its_word),
        .index(its_index),
        .ends(its_end),
        .exists(exists)
    );

    // The tick, known long before it is taken over: a gap after the one before, and one more but for the
    // first. One chain of carries adds all three.
    reg         later_q;
    reg  [49:0] sum_q;

    always @(posedge clk) begin
        word_valid_q <= uses;
        word_q <= hash[32*part_q +: 32];
        candidate_1_q <= candidate;
        extent_q <= extents[20*candidate[30:28] +: 20];
        threshold_q <= digit_threshold;
        seen_q <= word_valid_q;
        hits_q <= exists && stores[its_store];
        candidate_2_q <= candidate_1_q;
        later_q <= number_q != 32'd0;
        sum_q <= {1'b0, at, 1'b1} + {1'b0, gap_q, later_q};
        first_part_q <= part_q == 2'd0;
        if (word_valid_q && !of_site_q && block_q != DIGIT_BLOCKS) begin
            gap_q <= {word_q < threshold_q, gap_q[47:1]};
        end
        if (word_valid_q && first_part_q) never_q <= word_q < threshold_q;
        if (seen_q && of_site_q && hits_q && !found_q) begin
            found_q <= 1'b1;
            site <= candidate_2_q;
        end

        case (state_q)
            S_ASK: if (hash_ready) state_q <= S_WAIT;
            S_WAIT: begin
                part_q <= 2'd0;
                if (hash_valid) state_q <= S_USE;
            end
            S_USE: begin
                part_q <= part_q + 2'd1;
                if (part_q == 2'd3) state_q <= S_LAST;
            end
            S_LAST: begin
                part_q <= part_q + 2'd1;
                if (part_q == 2'd1) state_q <= S_DONE;
            end
            S_DONE: begin
                block_q <= block_q + 8'd1;
                state_q <= S_ASK;
                if (!of_site_q && block_q == DIGIT_BLOCKS) begin
                    at <= sum_q[48:1] | {48{sum_q[49] || never_q}};
                    of_site_q <= 1'b1;
                    block_q <= 8'd0;
                    found_q <= 1'b0;
                    site <= NONE;
                end
                if (of_site_q && (found_q || block_q == SITE_BLOCKS)) state_q <= S_VALID;
            end
            S_VALID: if (take) begin
                number_q <= number_q + 32'd1;
                of_site_q <= 1'b0;
                block_q <= 8'd0;
                if (stores != 8'd0) state_q <= S_ASK;
            end
            default: begin
            end
        endcase

        if (restart) begin
            number_q <= 32'd0;
            of_site_q <= 1'b0;
            block_q <= 8'd0;
            site <= NONE;
            at <= stores != 8'd0 ? 48'd0 : {48{1'b1}};
            state_q <= stores != 8'd0 ? S_ASK : S_VALID;
        end
        if (rst) begin
            state_q <= S_OFF;
            word_valid_q <= 1'b0;
            seen_q <= 1'b0;
        end
    end

    wire unused = &{1'b0, its_word, its_index, its_end, sum_q[0]};

endmodule

`default_nettype wire
