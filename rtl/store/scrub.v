// SPDX-License-Identifier: Apache-2.0
// Scrubber: goes round the chosen stores, a code word a step, and rewrites what the code corrects or,
// with `golden`, what is not as the golden copy has it. A narrow master of store_arbiter.v.
//
// Words are read one after the other, at best every second cycle. One that is wrong is read again
// under the lock, and what is written comes from that reading: nothing that another master wrote in
// the meantime is lost. `golden`, `stores` and `extents` must not change between `clear` and `idle`.
`default_nettype none

module scrub #(
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,                 // physical bits of the widest code word
    parameter COPY = 1                     // 0: never `golden`
) (
    input  wire              clk,
    input  wire              rst,

    input  wire              golden,
    input  wire [7:0]        stores,       // one bit a store
    input  wire [8*20-1:0]   extents,      // code words in use, 20 bits a store

    input  wire              clear,        // back to the first code word, counts to 0
    input  wire              step,         // the next code word is due, until
    output wire              taken,        // it is taken up,
    output wire              ends,         // the last one of a round;
    output wire              empty,        // there are none at all
    output wire              idle,         // no word is being read or written

    // since `clear`
    output reg  [31:0]       words,
    output reg  [31:0]       corrected,
    output reg  [31:0]       uncorrectable,
    output wire [31:0]       first,        // uncorrectable one: bits 19:0 word, 30:28 store, or all ones

    // golden copy (golden_copy.v)
    output wire              copy_re,
    output wire [2:0]        copy_store,
    output wire [19:0]       copy_word,
    input  wire [31:0]       copy_data,

    // arbiter
    output wire              n_valid,
    output wire              n_lock,
    output wire              n_we,
    output wire [2:0]        n_store,
    output wire [19:0]       n_word,
    output wire [CODE_W-1:0] n_wdata,
    input  wire              n_ready,
    input  wire              n_coming,
    input  wire              n_rvalid,
    input  wire [CODE_W-1:0] n_rdata
);

    localparam [1:0] S_WALK = 2'd0;
    localparam [1:0] S_READ = 2'd1;        // a wrong word: read it again,
    localparam [1:0] S_AWAIT = 2'd2;       // see what it needs now,
    localparam [1:0] S_WRITE = 2'd3;       // and write that

    reg  [1:0]  state_q;
    wire [2:0]  walk_store;
    wire [19:0] walk_word;
    reg         clear_q;                   // what is counted, is counted in the cycle after
    reg         taken_q;
    reg         written_q;

    scrub_walk walk (
        .clk(clk),
        .stores(stores),
        .extents(extents),
        .first(clear_q),
        .next(taken),
        .store(walk_store),
        .word(walk_word),
        .ends(ends),
        .empty(empty)
    );

    // Words under way, and wrong ones, each in order. No more than five are between the arbiter and
    // the end of what follows: one that waits for its store may be followed at once, two may not. A word
    // is put down a cycle after it was accepted.
    reg         accepted_q;
    reg  [22:0] asked_q;
    reg  [2:0]  reading_in_q;
    reg  [2:0]  reading_out_q;
    reg  [2:0]  wrong_in_q;
    reg  [2:0]  wrong_out_q;
    wire [22:0] here;
    wire [22:0] repaired;
    wire        walks = state_q == S_WALK && wrong_in_q == wrong_out_q;
    wire        accepted = n_valid && n_ready && !n_we;

    // The word that is asked for next. Whether there is room for it, and the walk knows its place, is
    // known before: whoever steps does not wait for the arbiter, which is far away.
    reg         room_q;
    reg         due_q;
    reg  [22:0] due_place_q;
    wire        due = taken || (due_q && !(walks && accepted));

    assign n_valid = (walks && due_q) || state_q == S_READ || state_q == S_WRITE;
    assign n_lock = state_q != S_WALK;
    assign n_we = state_q == S_WRITE;
    assign {n_store, n_word} = state_q == S_WALK ? due_place_q : repaired;
    assign taken = step && room_q;

    ram_async #(
        .WIDTH(23),
        .ADDRESS_W(3)
    ) reading (
        .clk(clk),
        .we(accepted_q),
        .waddr(reading_in_q),
        .wdata(asked_q),
        .raddr(reading_out_q),
        .rdata(here)
    );

    // What was read: as it came, decoded, and how it should be. The copy is read a cycle before, and
    // comes a cycle after.
    reg               came_1_q;
    reg               came_2_q;
    reg               came_3_q;
    reg  [22:0]       place_q;
    reg  [22:0]       place_1_q;
    reg  [22:0]       place_2_q;
    reg  [22:0]       place_3_q;
    reg  [CODE_W-1:0] code_1_q;
    reg  [CODE_W-1:0] code_2_q;
    reg  [31:0]       data_2_q;
    reg               corrected_2_q;
    reg               uncorrectable_2_q;
    reg               wrong_3_q;
    reg  [CODE_W-1:0] code_3_q;
    wire [31:0]       data_1;
    wire              corrected_1;
    wire              uncorrectable_1;
    wire [CODE_W-1:0] right_2;
    wire              by_copy = COPY != 0 && golden;
    wire              wrong_2 = by_copy ? right_2 != code_2_q : corrected_2_q;
    wire              uncorrectable_2 = came_2_q && uncorrectable_2_q && !by_copy;

    assign copy_re = n_coming;
    assign {copy_store, copy_word} = here;
    assign n_wdata = code_3_q;

    store_decode #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W)
    ) decode (
        .store(place_1_q[22:20]),
        .code(code_1_q),
        .data(data_1),
        .corrected(corrected_1),
        .uncorrectable(uncorrectable_1)
    );

    store_encode #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W)
    ) encode (
        .store(place_2_q[22:20]),
        .data(data_2_q),
        .code(right_2)
    );

    always @(posedge clk) begin
        came_1_q <= n_rvalid;
        came_2_q <= came_1_q;
        came_3_q <= came_2_q;
        place_q <= here;
        place_1_q <= place_q;
        place_2_q <= place_1_q;
        place_3_q <= place_2_q;
        code_1_q <= n_rdata;
        code_2_q <= code_1_q;
        data_2_q <= by_copy ? copy_data : data_1;
        corrected_2_q <= corrected_1;
        uncorrectable_2_q <= uncorrectable_1;
        wrong_3_q <= came_2_q && wrong_2;
        // kept until it is written
        if (came_2_q) code_3_q <= right_2;
        if (rst) begin
            came_1_q <= 1'b0;
            came_2_q <= 1'b0;
            came_3_q <= 1'b0;
            wrong_3_q <= 1'b0;
        end
    end

    ram_async #(
        .WIDTH(23),
        .ADDRESS_W(3)
    ) wrong (
        .clk(clk),
        .we(state_q == S_WALK && wrong_3_q),
        .waddr(wrong_in_q),
        .wdata(place_3_q),
        .raddr(wrong_out_q),
        .rdata(repaired)
    );

    wire drained = !accepted_q && reading_in_q == reading_out_q && !n_rvalid && !came_1_q && !came_2_q && !came_3_q;

    assign idle = walks && drained && !due_q && !written_q;

    reg        found_q;
    reg [22:0] first_q;

    assign first = found_q ? {1'b0, first_q[22:20], 8'd0, first_q[19:0]} : 32'hffffffff;

    always @(posedge clk) begin
        clear_q <= clear || rst;
        taken_q <= taken;
        written_q <= state_q == S_WRITE && n_ready;
        room_q <= !due && !empty && !clear && !clear_q;
        due_q <= due;
        if (taken) due_place_q <= {walk_store, walk_word};
        accepted_q <= accepted;
        asked_q <= {n_store, n_word};
        if (accepted_q) reading_in_q <= reading_in_q + 3'd1;
        if (n_coming) reading_out_q <= reading_out_q + 3'd1;

        case (state_q)
            S_WALK: begin
                if (wrong_3_q) wrong_in_q <= wrong_in_q + 3'd1;
                if (!walks && drained) state_q <= S_READ;
            end
            S_READ: if (n_ready) state_q <= S_AWAIT;
            S_AWAIT: if (came_3_q) begin
                state_q <= wrong_3_q ? S_WRITE : S_WALK;
                if (!wrong_3_q) wrong_out_q <= wrong_out_q + 3'd1;
            end
            default: if (n_ready) begin // S_WRITE
                wrong_out_q <= wrong_out_q + 3'd1;
                state_q <= S_WALK;
            end
        endcase

        if (taken_q) words <= words + 32'd1;
        if (written_q) corrected <= corrected + 32'd1;
        if (uncorrectable_2) begin
            uncorrectable <= uncorrectable + 32'd1;
            found_q <= 1'b1;
            if (!found_q) first_q <= place_2_q;
        end
        if (clear_q) begin
            words <= 32'd0;
            corrected <= 32'd0;
            uncorrectable <= 32'd0;
            found_q <= 1'b0;
        end
        if (rst) begin
            taken_q <= 1'b0;
            written_q <= 1'b0;
            state_q <= S_WALK;
            room_q <= 1'b0;
            due_q <= 1'b0;
            accepted_q <= 1'b0;
            reading_in_q <= 3'd0;
            reading_out_q <= 3'd0;
            wrong_in_q <= 3'd0;
            wrong_out_q <= 3'd0;
        end
    end

endmodule

`default_nettype wire
