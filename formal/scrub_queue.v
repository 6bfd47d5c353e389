// SPDX-License-Identifier: Apache-2.0
// The scrubber forgets no word and mends none twice, however long the stores and the other masters
// keep it waiting: its two queues of eight never run over, and each word that it read and found
// wrong is read again once, in that order, under the lock, and written once if it is still wrong,
// with what belongs to that reading. It is idle only with all of that done.
//
// With the arbiter as it is, and another master, of higher priority, that does as it likes; the
// scrubber compares with a golden copy. What is read, and what the copy says of it, may be anything
// at any time, and the walk may name any word: it is modelled so. Assumed is that `clear` comes
// while it is idle, without a step. Proven by induction, for any length. Any word that is read may
// be the one that is followed.
`default_nettype none

module scrub_queue (
    input wire clk
);

    localparam CODE_W = 32;

    (* anyseq *) reg              clear;
    (* anyseq *) reg              step;
    (* anyseq *) reg              tags;        // watch this word,
    (* anyseq *) reg [31:0]       copy_data;
    (* anyseq *) reg              o_valid;     // the other master
    (* anyseq *) reg              o_lock;
    (* anyseq *) reg              o_we;
    (* anyseq *) reg [22:0]       o_place;
    (* anyseq *) reg [CODE_W-1:0] o_wdata;
    (* anyseq *) reg              s_ready;
    (* anyseq *) reg              s_prompt;
    (* anyseq *) reg [CODE_W-1:0] s_rdata;

    reg               rst = 1'b1;
    wire              taken;
    wire              ends;
    wire              empty;
    wire              idle;
    wire [31:0]       words;
    wire [31:0]       corrected;
    wire [31:0]       uncorrectable;
    wire [31:0]       first;
    wire              copy_re;
    wire [2:0]        copy_store;
    wire [19:0]       copy_word;
    wire              n_valid;
    wire              n_lock;
    wire              n_we;
    wire [2:0]        n_store;
    wire [19:0]       n_word;
    wire [CODE_W-1:0] n_wdata;
    wire              n_ready;
    wire              n_coming;
    wire              n_rvalid;
    wire [CODE_W-1:0] n_rdata;
    wire              o_ready;
    wire              o_coming;
    wire              o_rvalid;
    wire              s_valid;
    wire              s_we;
    wire [2:0]        s_store;
    wire [19:0]       s_index;
    wire [CODE_W-1:0] s_wdata;

    scrub #(
        .PROTECTIONS(32'd0),
        .CODE_W(CODE_W)
    ) dut (
        .clk(clk),
        .rst(rst),
        .golden(1'b1),
        .stores(8'd0),
        .extents(160'd0),
        .clear(clear),
        .step(step),
        .taken(taken),
        .ends(ends),
        .empty(empty),
        .idle(idle),
        .words(words),
        .corrected(corrected),
        .uncorrectable(uncorrectable),
        .first(first),
        .copy_re(copy_re),
        .copy_store(copy_store),
        .copy_word(copy_word),
        .copy_data(copy_data),
        .n_valid(n_valid),
        .n_lock(n_lock),
        .n_we(n_we),
        .n_store(n_store),
        .n_word(n_word),
        .n_wdata(n_wdata),
        .n_ready(n_ready),
        .n_coming(n_coming),
        .n_rvalid(n_rvalid),
        .n_rdata(n_rdata)
    );

    store_arbiter #(
        .NARROW(2),
        .SWEEP_WORDS(1),
        .CODE_W(CODE_W),
        .GROUP(1),
        .PERMUTED(8'h00)
    ) arbiter (
        .clk(clk),
        .rst(rst),
        .n_valid({n_valid, o_valid}),
        .n_lock({n_lock, o_lock}),
        .n_we({n_we, o_we}),
        .n_store({n_store, o_place[22:20]}),
        .n_word({n_word, o_place[19:0]}),
        .n_wdata({n_wdata, o_wdata}),
        .n_ready({n_ready, o_ready}),
        .n_coming({n_coming, o_coming}),
        .n_rvalid({n_rvalid, o_rvalid}),
        .n_rdata(n_rdata),
        .w_valid(1'b0),
        .w_lock(1'b0),
        .w_we(1'b0),
        .w_store(3'd0),
        .w_index(20'd0),
        .w_mask(1'b0),
        .w_wdata({CODE_W{1'b0}}),
        .s_valid(s_valid),
        .s_we(s_we),
        .s_store(s_store),
        .s_index(s_index),
        .s_wdata(s_wdata),
        .s_ready(s_ready),
        .s_prompt(s_prompt && s_ready),
        .s_rdata(s_rdata)
    );

    wire        accepted = n_valid && n_ready;
    wire [22:0] place = {n_store, n_word};
    wire        walks = accepted && !n_we && !n_lock;
    wire        again = accepted && !n_we && n_lock;
    wire        writes = accepted && n_we;

    reg  [31:0] walked = 32'd0;            // words that were taken up

    // Reads that were accepted and not answered.
    reg  [3:0]  asked = 4'd0;

    // What was read one, two and three cycles ago, and from the second on, whether it was wrong: the
    // copy says what it should be in the first.
    reg         came_1 = 1'b0;
    reg         came_2 = 1'b0;
    reg         came_3 = 1'b0;
    reg         wrong_2;
    reg         wrong_3;
    reg  [31:0] code_1;
    reg  [31:0] right_2;
    reg  [31:0] right_3;

    // Wrong words that are not mended, and the one that is being mended: it was read again, and it
    // was seen to be still wrong.
    reg  [3:0]  left = 4'd0;
    reg         mends = 1'b0;
    reg         still = 1'b0;
    reg  [22:0] mended;
    wire        found = came_3 && wrong_3 && !mends;
    wire        mended_now = (mends && !still && came_3 && !wrong_3) || writes;
    wire [3:0]  under_way = asked + {3'd0, came_1} + {3'd0, came_2} + {3'd0, came_3};

    // One word, followed from when it is read: how many are before it, where it is.
    localparam [2:0] T_NONE = 3'd0;
    localparam [2:0] T_ASKED = 3'd1;
    localparam [2:0] T_1 = 3'd2;
    localparam [2:0] T_2 = 3'd3;
    localparam [2:0] T_3 = 3'd4;
    localparam [2:0] T_LEFT = 3'd5;        // it is wrong
    localparam [2:0] T_AGAIN = 3'd6;       // it was read again

    reg  [2:0]  tag = T_NONE;
    reg  [22:0] tagged;
    reg  [3:0]  before;

    always @(posedge clk) begin
        rst <= 1'b0;
        walked <= walked + {31'd0, taken};
        asked <= asked + {3'd0, walks || again} - {3'd0, n_rvalid};
        came_1 <= n_rvalid;
        came_2 <= came_1;
        came_3 <= came_2;
        code_1 <= n_rdata;
        right_2 <= copy_data;
        wrong_2 <= copy_data != code_1;
        wrong_3 <= wrong_2;
        if (came_2) right_3 <= right_2;
        left <= left + {3'd0, found} - {3'd0, mended_now};
        if (again) begin
            mends <= 1'b1;
            mended <= place;
        end
        if (mends && came_3) still <= wrong_3;
        if (mended_now) begin
            mends <= 1'b0;
            still <= 1'b0;
        end

        case (tag)
            T_NONE: if (walks && tags) begin
                tag <= T_ASKED;
                tagged <= place;
                before <= asked - {3'd0, n_rvalid};
            end
            T_ASKED: if (n_rvalid) begin
                if (before == 4'd0) tag <= T_1;
                else before <= before - 4'd1;
            end
            T_1: tag <= T_2;
            T_2: tag <= T_3;
            T_3: begin
                tag <= wrong_3 ? T_LEFT : T_NONE;
                before <= left;
            end
            T_LEFT: begin
                if (again && before == 4'd0) tag <= T_AGAIN;
                if (mended_now) before <= before - 4'd1;
            end
            default: if (mended_now) tag <= T_NONE; // T_AGAIN
        endcase

        if (rst) begin
            walked <= 32'd0;
            asked <= 4'd0;
            came_1 <= 1'b0;
            came_2 <= 1'b0;
            came_3 <= 1'b0;
            left <= 4'd0;
            mends <= 1'b0;
            still <= 1'b0;
            tag <= T_NONE;
        end
    end

    (* hierconn *) wire [1:0]  \dut.state_q ;
    (* hierconn *) wire [2:0]  \dut.reading_in_q ;
    (* hierconn *) wire [2:0]  \dut.reading_out_q ;
    (* hierconn *) wire [2:0]  \dut.wrong_in_q ;
    (* hierconn *) wire [2:0]  \dut.wrong_out_q ;
    (* hierconn *) wire [22:0] \dut.place_q ;
    (* hierconn *) wire [22:0] \dut.place_1_q ;
    (* hierconn *) wire [22:0] \dut.place_2_q ;
    (* hierconn *) wire [22:0] \dut.place_3_q ;
    (* hierconn *) wire [22:0] \dut.reading.mem[0] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[1] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[2] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[3] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[4] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[5] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[6] ;
    (* hierconn *) wire [22:0] \dut.reading.mem[7] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[0] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[1] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[2] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[3] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[4] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[5] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[6] ;
    (* hierconn *) wire [22:0] \dut.wrong.mem[7] ;
    (* hierconn *) wire        \dut.came_1_q ;
    (* hierconn *) wire        \dut.came_2_q ;
    (* hierconn *) wire        \dut.came_3_q ;
    (* hierconn *) wire        \dut.wrong_3_q ;
    (* hierconn *) wire [31:0] \dut.code_1_q ;
    (* hierconn *) wire [31:0] \dut.code_2_q ;
    (* hierconn *) wire [31:0] \dut.data_2_q ;
    (* hierconn *) wire [31:0] \dut.code_3_q ;
    (* hierconn *) wire [2:0]  \arbiter.owner_q ;
    (* hierconn *) wire [2:0]  \arbiter.s_owner_q ;
    (* hierconn *) wire [2:0]  \arbiter.reading_q ;
    (* hierconn *) wire [2:0]  \arbiter.read_q ;
    (* hierconn *) wire [1:0]  \arbiter.kept_q ;
    (* hierconn *) wire        \dut.accepted_q ;
    (* hierconn *) wire [22:0] \dut.asked_q ;
    (* hierconn *) wire        \dut.due_q ;
    (* hierconn *) wire        \dut.room_q ;

    localparam [1:0] S_WALK = 2'd0;
    localparam [1:0] S_AWAIT = 2'd2;
    localparam [1:0] S_WRITE = 2'd3;

    wire [1:0]   state = \dut.state_q ;
    wire [2:0]   owners = \arbiter.s_owner_q ;
    wire         in_store = s_valid && owners[1] && !s_we;
    wire         in_reading = \arbiter.reading_q [1];
    wire         in_read = \arbiter.read_q [1];
    wire         in_kept = \arbiter.kept_q [1];
    wire         put_down = !\dut.accepted_q ;
    wire [3:0]   in_arbiter = {3'd0, in_store} + {3'd0, in_reading} + {3'd0, in_read} + {3'd0, in_kept};
    wire [6:0]   places = {in_store, in_reading, in_read, in_kept, came_1, came_2, came_3};
    wire [183:0] reading = {
        \dut.reading.mem[7] , \dut.reading.mem[6] , \dut.reading.mem[5] , \dut.reading.mem[4] ,
        \dut.reading.mem[3] , \dut.reading.mem[2] , \dut.reading.mem[1] , \dut.reading.mem[0]
    };
    wire [183:0] wrong = {
        \dut.wrong.mem[7] , \dut.wrong.mem[6] , \dut.wrong.mem[5] , \dut.wrong.mem[4] ,
        \dut.wrong.mem[3] , \dut.wrong.mem[2] , \dut.wrong.mem[1] , \dut.wrong.mem[0]
    };
    // The one whose word comes has left the queue.
    wire         in_place = in_kept && before == 4'd0;
    wire         in_hand = !put_down && before + 4'd1 == asked;      // the last one asked for
    wire [2:0]   reading_at = \dut.reading_out_q + before[2:0] - {2'd0, in_kept};
    wire [2:0]   wrong_at = \dut.wrong_out_q + before[2:0];

    always @* if (clear) assume (idle && !step);

    always @(posedge clk) if (!rst) begin
        // The queues: no more than four words in the one, seven in the other.
        assert (asked <= 4'd4 && left <= 4'd7);
        assert (!copy_re || asked != 4'd0);

        // The word that is followed: the copy is asked for it, it is read again as itself, once, in
        // its turn.
        if (tag == T_ASKED && n_coming && before == {3'd0, in_kept}) begin
            assert ({copy_store, copy_word} == tagged);
        end
        if (tag == T_LEFT && again && before == 4'd0) assert (place == tagged);
        if (tag == T_AGAIN) assert (!again && mends && mended == tagged);
        if (again) assert (left != 4'd0 && !mends && under_way == 4'd0);

        // Written is what was read again and is still wrong, as it should be, with no one between.
        if (writes) assert (mends && still && place == mended && n_wdata == right_3);
        if (mends) assert (!(o_valid && o_ready) && n_lock);

        if (idle) assert (asked == 4'd0 && left == 4'd0 && !mends && tag == T_NONE);
        if (idle) assert (!came_1 && !came_2 && !came_3);

        // What the registers hold, from which the others follow.
        assert ((\arbiter.owner_q & (\arbiter.owner_q - 3'd1)) == 3'd0 && !\arbiter.owner_q [2]);
        assert (asked == in_arbiter && n_coming == in_read && n_rvalid == in_kept);
        assert (asked[2:0] - {2'd0, in_kept} - {2'd0, !put_down} == \dut.reading_in_q - \dut.reading_out_q );
        if (!put_down) assert (in_store || in_reading);
        assert (came_1 == \dut.came_1_q && came_2 == \dut.came_2_q && came_3 == \dut.came_3_q );
        if (came_1) assert (code_1 == \dut.code_1_q );
        if (came_2) assert (right_2 == \dut.data_2_q && wrong_2 == (right_2 != \dut.code_2_q ));
        assert (\dut.wrong_3_q == (came_3 && wrong_3));
        if (came_3 || still) assert (right_3 == \dut.code_3_q );

        // Every second cycle, which a store that waits may shorten once: no three words in a row, and so no
        // more than five under way.
        assert (!(\dut.due_q && \dut.room_q ));
        if (in_store && in_reading) assert (!\dut.due_q );
        assert ((places & (places >> 1) & (places >> 2)) == 7'd0);

        assert (left[2:0] == \dut.wrong_in_q - \dut.wrong_out_q );
        assert (mends == (state == S_AWAIT || state == S_WRITE) && still == (state == S_WRITE));
        if (state == S_WALK) assert (left + under_way <= 4'd7);
        else assert (left != 4'd0 && under_way == (state == S_AWAIT ? 4'd1 : 4'd0));
        if (mends) assert (\arbiter.owner_q == 3'b010);
        if (mends) assert (mended == wrong[23*\dut.wrong_out_q +: 23]);

        if (tag == T_ASKED) assert (before < asked);
        if (tag == T_ASKED) begin
            assert ((in_place ? \dut.place_q : in_hand ? \dut.asked_q : reading[23*reading_at +: 23]) == tagged);
        end
        if (tag == T_1) assert (came_1 && \dut.place_1_q == tagged);
        if (tag == T_2) assert (came_2 && \dut.place_2_q == tagged);
        if (tag == T_3) assert (came_3 && \dut.place_3_q == tagged);
        if (tag != T_NONE && tag <= T_3) assert (!mends);
        if (tag == T_LEFT || tag == T_AGAIN) begin
            assert (before < left && wrong[23*wrong_at +: 23] == tagged);
            assert (tag == T_AGAIN ? before == 4'd0 : !mends || before != 4'd0);
        end
        assert (tag <= T_AGAIN);

        // three words wait, the last is written, the first was right by the time
        cover (tag == T_LEFT && before == 4'd2);
        cover (tag == T_AGAIN && writes);
        cover (idle && words == 32'd3 && corrected == 32'd2);
    end

`ifdef REACH
    // One way to the cover points: three words are read, and nobody else comes.
    always @* begin
        assume (step == (walked < 32'd3) && tags == (walked == 32'd3) && !clear && !empty);
        assume (s_ready && s_prompt && !o_valid && !o_lock);
        assume (s_rdata == 32'd0 && copy_data == {31'd0, !mends || left != 4'd3});
    end
`endif

endmodule

// The walk, as it may be: anything.
module scrub_walk (
    input  wire            clk,
    input  wire [7:0]      stores,
    input  wire [8*20-1:0] extents,
    input  wire            first,
    input  wire            next,
    output wire [2:0]      store,
    output wire [19:0]     word,
    output wire            ends,
    output wire            empty
);

    (* anyseq *) reg [24:0] any;

    assign {store, word, ends, empty} = any;

endmodule

`default_nettype wire
