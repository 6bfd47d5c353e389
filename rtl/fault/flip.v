// SPDX-License-Identifier: Apache-2.0
// Applies entries of the flip list (docs/faults.md), or one entry that it is given, each with the
// pattern around it: four cycles a flip. Or it gives the bits that the entries name the values that
// they are to hold. A narrow master of store_arbiter.v which cannot wait: it takes all lanes as they
// come, and writes the one that its code word is in.
//
// `from`, `count`, `pattern` and `extents` must not change while `busy`; `one`, `set` and `hold` count
// with `start`. An extent must not exceed its store. Nothing is read beyond the end of the list,
// where every run of entries ends.
`default_nettype none

module flip #(
    parameter LIST_BITS = 9,     // log2 of the entries of the list, up to 16
    parameter PARTS = 1,         // 0: never `one`, `set`, `hold` or a pattern, which makes it smaller
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,       // physical bits of the widest code word
    parameter WORDS = 1          // lanes of the port
) (
    input  wire              clk,
    input  wire              rst,

    // command
    input  wire              start,
    input  wire              one,         // apply the entry `from` itself,
    input  wire              set,         // or those from place `from` to the end of their set,
    input  wire              hold,        // or hold, without pattern, bit 31 of an entry as its bit
    input  wire [15:0]       count,       // or else the first `count` of the list, ends or not
    input  wire [9:0]        pattern,     // register PATTERN
    input  wire [31:0]       from,
    input  wire [8*20-1:0]   extents,     // code words in use, 20 bits a store
    output wire              busy,
    output reg               done,        // one cycle, the first with `busy` low again
    output wire [31:0]       next,        // place after the last entry, held until the next start
    output wire [31:0]       flips,       // bits flipped, held likewise
    output wire [31:0]       refused,     // entries that name no physical bit

    // list: the entry comes in the cycle after its address
    output wire              list_re,
    output wire [15:0]       list_addr,
    input  wire [31:0]       list_data,

    // narrow master
    output wire              n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [WORDS*CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire              n_rvalid,
    input  wire [WORDS*CODE_W-1:0] n_rdata
);

    localparam [2:0] S_IDLE = 3'd0;
    localparam [2:0] S_BEGIN = 3'd1;         // the first entry is asked for
    localparam [2:0] S_FETCH = 3'd2;         // four cycles from an entry's address to its check
    localparam [2:0] S_ENTRY = 3'd3;
    localparam [2:0] S_LOOK = 3'd4;
    localparam [2:0] S_CHECK = 3'd5;
    localparam [2:0] S_READ = 3'd6;
    localparam [2:0] S_AWAIT = 3'd7;

    reg  [2:0]        state_q;
    // Without parts a place is never beyond the list's end by more than one, nor a count.
    localparam PLACE_W = (PARTS != 0) ? 32 : LIST_BITS + 1;

    reg  [PLACE_W-1:0] place_q;      // of the next entry, or of this one with bits left
    reg  [PLACE_W-1:0] flips_q;
    reg  [PLACE_W-1:0] refused_q;
    reg               one_q;
    reg               set_q;
    reg               hold_q;
    reg               value_q;       // that the bit holds
    reg               ended_q;       // the last entry has been read
    reg               over_q;        // there is none left
    reg  [2:0]        store_q;
    reg  [19:0]       word_q;
    reg  [6:0]        index_q;

    wire [2:0]        entry_store;
    wire [19:0]       entry_word;
    wire [6:0]        entry_index;
    wire              entry_ends;
    wire              entry_exists;

    // The next entry, and whether it names a bit, are known by the time that the flip before it is
    // done. The small build looks at the list itself.
    reg  [31:0]       anchor_q;      // kept, since a block RAM answers late in its cycle
    reg  [31:0]       entry_q;
    reg               exists_q;
    reg               refuses_q;     // it did not, in the cycle before

    wire [31:0]       anchor = PARTS != 0 ? anchor_q : list_data;
    wire [31:0]       patterned;
    wire              cell_first;
    wire              cell_last;

    always @(posedge clk) begin
        anchor_q <= one_q ? from : list_data;
        entry_q <= patterned;
        exists_q <= entry_exists;
    end

    flip_entry #(
        .PROTECTIONS(PROTECTIONS)
    ) reader (
        .entry(PARTS != 0 ? entry_q : list_data),
        .extents(extents),
        .store(entry_store),
        .word(entry_word),
        .index(entry_index),
        .ends(entry_ends),
        .exists(entry_exists)
    );

    wire counted = !one_q && !set_q;
    wire beyond = !one_q && |place_q[PLACE_W-1:LIST_BITS];

    always @(posedge clk) over_q <= ended_q || beyond || (counted && next == {16'd0, count});

    wire [CODE_W-1:0] chosen = {{(CODE_W-1){1'b0}}, 1'b1} << index_q;
    wire [WORDS*CODE_W-1:0] bits = {WORDS{chosen}};
    wire [WORDS*CODE_W-1:0] flipped = !hold_q ? n_rdata ^ bits : value_q ? n_rdata | bits : n_rdata & ~bits;

    // The arbiter has nothing else to do, since the port is locked: it takes the write at once.
    wire written = state_q == S_AWAIT && n_rvalid;

    assign busy = state_q != S_IDLE;
    assign next = {{(32-PLACE_W){1'b0}}, place_q};
    assign flips = {{(32-PLACE_W){1'b0}}, flips_q};
    assign refused = {{(32-PLACE_W){1'b0}}, refused_q};
    assign n_lock = state_q == S_READ || state_q == S_AWAIT;
    assign n_valid = state_q == S_READ || written;
    assign n_we = state_q != S_READ;
    assign n_store = store_q;
    assign n_word = word_q;
    assign n_wdata = flipped;

    // The next entry, fetched meanwhile, is taken up as the word is written.
    wire checks = state_q == S_CHECK || written;
    wire check = checks && !over_q;
    // A pattern whose first bit is none is none as a whole.
    wire on = cell_last || (cell_first && !exists_q);

    // The entry after that is asked for in the same cycle. Its place stays long enough to be known.
    reg [15:0] after_q;

    assign list_re = busy;
    assign list_addr = check && on ? after_q : next[15:0];

    generate
        if (PARTS != 0) begin : g_pattern
            wire       down;
            wire [1:0] across;

            cells cells (
                .clk(clk),
                .pattern(hold_q ? 10'd0 : pattern),
                .first(state_q == S_IDLE || (check && on)),
                .next(check),
                .down(down),
                .across(across),
                .is_first(cell_first),
                .is_last(cell_last)
            );

            neighbour neighbour (
                .word(anchor[20:0]),
                .index(anchor[27:21]),
                .down(down),
                .across(across),
                .interleave(pattern[9:8]),
                .its_word(patterned[20:0]),
                .its_index(patterned[27:21])
            );

            assign patterned[31:28] = anchor[31:28];
        end else begin : g_single
            assign cell_first = 1'b1;
            assign cell_last = 1'b1;
            assign patterned = anchor;

            wire unused = &{1'b0, pattern};
        end
    endgenerate

    always @(posedge clk) begin
        done <= 1'b0;
        case (state_q)
            S_IDLE: begin
                one_q <= one;
                set_q <= set;
                hold_q <= PARTS != 0 && hold;
                if (start) begin
                    place_q <= one || set ? from[PLACE_W-1:0] : {PLACE_W{1'b0}};
                    ended_q <= 1'b0;
                    flips_q <= {PLACE_W{1'b0}};
                    refused_q <= {PLACE_W{1'b0}};
                    state_q <= one || PARTS == 0 ? S_FETCH : S_BEGIN;
                end
            end
            S_BEGIN: state_q <= S_FETCH;
            S_FETCH: state_q <= S_ENTRY;
            S_ENTRY: state_q <= S_LOOK;
            S_LOOK: state_q <= S_CHECK;
            S_READ: if (n_ready) state_q <= S_AWAIT;
            default: begin
            end
        endcase
        after_q <= next[15:0] + 16'd1;
        refuses_q <= check && !exists_q && cell_first;
        if (refuses_q) refused_q <= refused_q + 1'b1;
        if (written) flips_q <= flips_q + 1'b1;
        if (checks) begin
            state_q <= over_q ? S_IDLE : exists_q ? S_READ : S_FETCH;
            done <= over_q;
        end
        if (check) begin
            if (on) place_q <= place_q + 1'b1;
            ended_q <= on && (one_q || (set_q && entry_ends));
            value_q <= entry_ends;
            store_q <= entry_store;
            word_q <= entry_word;
            index_q <= entry_index;
        end
        if (rst) begin
            state_q <= S_IDLE;
            done <= 1'b0;
            refuses_q <= 1'b0;
            flips_q <= {PLACE_W{1'b0}};
            refused_q <= {PLACE_W{1'b0}};
        end
    end

`ifdef FL_ASSERT
    always @(posedge clk) begin
        if (written === 1'b1 && n_ready !== 1'b1) begin
            $display("assertion failed: %m: a write had to wait");
            $finish;
        end
    end
`endif

endmodule

`default_nettype wire
