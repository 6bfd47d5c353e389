// SPDX-License-Identifier: Apache-2.0
// Digest of the chosen stores (docs/faults.md): one CRC-32 through their physical words in
// canonical order. A narrow master of store_arbiter.v: a clock cycle takes a group of code words
// where those of a row follow each other in canonical order, else one. The small alternative takes a
// cycle a byte, and asks for a code word when the one before it is done. In passing it takes a census:
// which words their codes find wrong.
//
// `stores` and `extents` must not change while `busy`. An extent must not exceed its store.
`default_nettype none

module digest #(
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,       // physical bits of the widest code word
    parameter GROUP = 4,         // code words of a group, a power of two
    parameter BYTEWISE = 0,      // 1: the small alternative, which needs no group
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

    // census of the same words, as their codes see them, held likewise
    output wire [31:0]       corrected,   // code words of that kind
    output wire [31:0]       uncorrectable,
    output wire [31:0]       first,       // the first uncorrectable one: word from bit 0, store from
                                          // bit 28; all ones when there is none

    // narrow master
    output wire              n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire              n_rvalid,
    input  wire [CODE_W-1:0] n_rdata,
    input  wire [GROUP*CODE_W-1:0] n_group
);

    localparam PARTS = (CODE_W + 31) / 32;
    localparam LEVELS = (BYTEWISE != 0) ? 1 : (GROUP >= 8) ? 4 : (GROUP >= 4) ? 3 : (GROUP >= 2) ? 2 : 1;

    // Walk: what is left of a store, which takes a cycle to enter. The store number 8 is the end.
    reg               walking_q;
    reg               entered_q;
    reg  [3:0]        store_q;
    reg  [19:0]       word_q;      // the next code word to ask for
    reg  [19:0]       left_q;      // how many are left
    reg               some_q;      // are any
    reg  [LEVELS-1:0] groups_q;    // 1, 2, 4, 8 of them stand side by side in a row

    wire              at_end = store_q[3];
    wire [7:0]        width = STORE_WIDTHS[store_q[2:0]*8 +: 8];
    reg  [LEVELS-1:0] groups;
    reg  [LEVELS-1:0] taken;       // one-hot: as many as there are, one by one towards the end
    reg  [19:0]       step;
    integer           l;

    always @* begin
        groups = {{(LEVELS-1){1'b0}}, 1'b1};
        taken = {{(LEVELS-1){1'b0}}, 1'b1};
        step = 20'd1;
        for (l = 1; l < LEVELS; l = l + 1) begin
            groups[l] = !PERMUTED[store_q[2:0]] && width >= (1 << l);
            if (groups_q[l] && (left_q >> l) != 20'd0) begin
                taken = {{(LEVELS-1){1'b0}}, 1'b1} << l;
                step = 20'd1 << l;
            end
        end
    end

    // Nothing waits for an answer, or to be taken.
    wire        idle;
    wire        stalled = BYTEWISE != 0 && !idle;
    wire        asking = entered_q && some_q && !stalled;
    wire        asked = asking && n_ready;

    assign busy = walking_q;
    assign n_valid = asking;
    assign n_lock = 1'b0;
    assign n_we = 1'b0;
    assign n_store = store_q[2:0];
    assign n_word = word_q;
    assign n_wdata = {CODE_W{1'b0}};

    // Words that came are taken: all at once, two cycles later, or as many bytes as are left.
    localparam [4:0] STEPS = (BYTEWISE != 0) ? {PARTS[2:0], 2'd0} : 5'd1;

    reg               came_q;
    reg  [4:0]        steps_q;
    wire              taking = steps_q != 5'd0;

    // How many words come in answer to each question, the last question lowest. At most FLIGHT wait
    // for their answer: two in the arbiter, two in the store, and the one that is answered.
    localparam FLIGHT = 5;

    reg  [FLIGHT*LEVELS-1:0] flight_q;
    reg  [FLIGHT-1:0]        waiting_q;    // one-hot: the first of them that waits; 0 for none
    reg  [LEVELS-1:0]        answer;
    integer                  f;

    assign idle = waiting_q == {FLIGHT{1'b0}} && !came_q && !taking;

    always @* begin
        answer = {LEVELS{1'b0}};
        for (f = 0; f < FLIGHT; f = f + 1) begin
            answer = answer | (flight_q[f*LEVELS +: LEVELS] & {LEVELS{waiting_q[f]}});
        end
    end

    always @(posedge clk) begin
        done <= walking_q && at_end && idle;
        if (asked) flight_q <= {flight_q[(FLIGHT-1)*LEVELS-1:0], taken};
        if (asked && !n_rvalid) waiting_q <= {waiting_q[FLIGHT-2:0], waiting_q == {FLIGHT{1'b0}}};
        if (!asked && n_rvalid) waiting_q <= waiting_q >> 1;
        if (!entered_q) begin
            entered_q <= walking_q && !at_end && stores[store_q[2:0]];
            word_q <= 20'd0;
            left_q <= extents[store_q[2:0]*20 +: 20];
            some_q <= |extents[store_q[2:0]*20 +: 20];
            groups_q <= groups;
            if (walking_q && !at_end && !stores[store_q[2:0]]) store_q <= store_q + 4'd1;
        end else if (asked) begin
            word_q <= word_q + step;
            left_q <= left_q - step;
            some_q <= left_q != step;
        end else if (!some_q) begin
            entered_q <= 1'b0;
            store_q <= store_q + 4'd1;
        end
        if (walking_q && at_end && idle) walking_q <= 1'b0;
        if (start && !busy) begin
            walking_q <= 1'b1;
            store_q <= 4'd0;
        end
        if (rst) begin
            walking_q <= 1'b0;
            entered_q <= 1'b0;
            waiting_q <= {FLIGHT{1'b0}};
            done <= 1'b0;
        end
    end

    always @(posedge clk) begin
        came_q <= n_rvalid;
        if (BYTEWISE != 0 ? n_rvalid : came_q) steps_q <= STEPS;
        else if (taking) steps_q <= steps_q - 5'd1;
        if (rst) begin
            came_q <= 1'b0;
            steps_q <= 5'd0;
        end
    end

    // The code words that came, and which of them there are: a group of them, or the one.
    localparam MANY = (BYTEWISE != 0) ? 1 : GROUP;

    wire [MANY-1:0]        there;
    wire [MANY*CODE_W-1:0] words;

    // Census ---------------------------------------------------------------------------------------
    generate
        if (PROTECTIONS == 32'd0) begin : g_no_census
            assign corrected = 32'd0;
            assign uncorrectable = 32'd0;
            assign first = 32'hffffffff;

            wire unused = &{1'b0, there, words};
        end else begin : g_census
            // Where the first of the words stands that come, kept as `flight_q` keeps how many.
            reg  [FLIGHT*23-1:0] places_q;
            reg  [22:0]          place;
            integer              p;

            always @(posedge clk) begin
                if (asked) places_q <= {places_q[(FLIGHT-1)*23-1:0], store_q[2:0], word_q};
            end

            always @* begin
                place = 23'd0;
                for (p = 0; p < FLIGHT; p = p + 1) begin
                    place = place | (places_q[p*23 +: 23] & {23{waiting_q[p]}});
                end
            end

            census #(
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W),
                .WORDS(MANY)
            ) census (
                .clk(clk),
                .clear(start && !busy),
                .place_valid(n_rvalid),
                .place(place),
                .there(there),
                .words(words),
                .corrected(corrected),
                .uncorrectable(uncorrectable),
                .first(first)
            );
        end
    endgenerate

    // CRC of the words that came, the last 32-bit part of each filled with zeros
    localparam WORD_W = PARTS * 32;

    reg  [31:0] crc_q;
    wire [31:0] crc_d;

    assign value = ~crc_q;

    always @(posedge clk) begin
        if (taking) crc_q <= crc_d;
        if (start && !busy) crc_q <= 32'hffffffff;
    end

    genvar w;
    generate
        if (BYTEWISE != 0) begin : g_bytes
            reg [CODE_W-1:0] rest_q;         // of the word

            always @(posedge clk) rest_q <= n_rvalid ? n_rdata : rest_q >> 8;

            crc32 crc (
                .state(crc_q),
                .data(rest_q[7:0]),
                .next(crc_d)
            );

            // The word is whole in the cycle after it came.
            assign there = came_q;
            assign words = rest_q;

            wire unused = &{1'b0, n_group, answer};
        end else begin : g_words
            // The answer, and in the cycle after it the words themselves.
            reg  [LEVELS-1:0]       level_q;
            reg  [GROUP*CODE_W-1:0] words_q;
            wire [GROUP*WORD_W-1:0] padded;

            always @(posedge clk) begin
                level_q <= answer;
                words_q <= n_group;
                if (answer[0]) words_q[CODE_W-1:0] <= n_rdata;
            end

            for (w = 0; w < GROUP; w = w + 1) begin : g_word
                wire [CODE_W-1:0] code = words_q[w*CODE_W +: CODE_W];

                if (WORD_W == CODE_W) begin : g_full
                    assign padded[w*WORD_W +: WORD_W] = code;
                end else begin : g_filled
                    assign padded[w*WORD_W +: WORD_W] = {{(WORD_W-CODE_W){1'b0}}, code};
                end
            end

            assign words = words_q;
            for (w = 0; w < GROUP; w = w + 1) begin : g_there
                // Word w of a group is there when more than w of them were asked for.
                assign there[w] = came_q && |(level_q >> $clog2(w + 1));
            end

            // The remainder is linear: that of the words alone is found a cycle before it is added to
            // that of the CRC so far.
            wire [LEVELS*32-1:0] of_words;
            wire [LEVELS*32-1:0] of_state;
            reg  [LEVELS*32-1:0] of_words_q;
            reg  [LEVELS-1:0]    level_q2;
            reg  [31:0]          words_crc;
            reg  [31:0]          state_crc;
            integer              m;

            for (w = 0; w < LEVELS; w = w + 1) begin : g_level
                crc32_word #(
                    .WIDTH(WORD_W << w)
                ) crc_of_words (
                    .state(32'd0),
                    .data(padded[(WORD_W<<w)-1:0]),
                    .next(of_words[w*32 +: 32])
                );

                crc32_word #(
                    .WIDTH(WORD_W << w)
                ) crc_of_state (
                    .state(crc_q),
                    .data({(WORD_W<<w){1'b0}}),
                    .next(of_state[w*32 +: 32])
                );
            end

            always @* begin
                words_crc = 32'd0;
                state_crc = 32'd0;
                for (m = 0; m < LEVELS; m = m + 1) begin
                    words_crc = words_crc | (of_words_q[m*32 +: 32] & {32{level_q2[m]}});
                    state_crc = state_crc | (of_state[m*32 +: 32] & {32{level_q2[m]}});
                end
            end

            always @(posedge clk) begin
                level_q2 <= level_q;
                of_words_q <= of_words;
            end

            assign crc_d = state_crc ^ words_crc;
        end
    endgenerate

endmodule

`default_nettype wire
