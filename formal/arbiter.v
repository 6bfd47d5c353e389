// SPDX-License-Identifier: Apache-2.0
// No access to a store is lost, doubled, reordered or mixed up with another one: what the arbiter
// accepted from a master the store takes once, as it was asked for, and what the store was asked
// for comes back once, to the master that asked, in its lane. A master that holds a lock is alone.
//
// Nothing is assumed. The masters change their requests and locks as they like, from cycle to
// cycle, the store takes an access when it likes, known early or not, and a reset comes at any time.
// Proven by induction, for any length: the last group of assertions says what the registers hold,
// which is what makes the others follow from one cycle to the next.
`default_nettype none

module arbiter (
    input wire clk
);

    localparam NARROW = 3;
    localparam WORDS = 2;
    localparam CODE_W = 4;
    localparam MASTERS = NARROW + 1;
    // Stores 0 and 1 are permuted, 0 and 2 two code words wide; the others are as 3.
    localparam [63:0] WIDTHS = 64'h0101010101020102;
    localparam [7:0] PERMUTED = 8'h03;

    (* anyseq *) reg                     again;
    (* anyseq *) reg [NARROW-1:0]        n_valid;
    (* anyseq *) reg [NARROW-1:0]        n_lock;
    (* anyseq *) reg [NARROW-1:0]        n_we;
    (* anyseq *) reg [NARROW*3-1:0]      n_store;
    (* anyseq *) reg [NARROW*20-1:0]     n_word;
    (* anyseq *) reg [NARROW*WORDS*CODE_W-1:0] n_wdata;
    (* anyseq *) reg                     w_valid;
    (* anyseq *) reg                     w_lock;
    (* anyseq *) reg                     w_we;
    (* anyseq *) reg [2:0]               w_store;
    (* anyseq *) reg [19:0]              w_index;
    (* anyseq *) reg [WORDS-1:0]         w_mask;
    (* anyseq *) reg [WORDS*CODE_W-1:0]  w_wdata;
    (* anyseq *) reg                     s_ready;
    (* anyseq *) reg                     known;
    (* anyseq *) reg [WORDS*CODE_W-1:0]  s_rdata;

    reg                     begun = 1'b0;
    wire                    rst = !begun || again;
    wire [NARROW-1:0]       n_ready;
    wire [NARROW-1:0]       n_coming;
    wire [NARROW-1:0]       n_rvalid;
    wire [CODE_W-1:0]       n_rdata;
    wire [4*CODE_W-1:0]     n_group;
    wire                    w_ready;
    wire                    w_rvalid;
    wire [WORDS*CODE_W-1:0] w_rdata;
    wire                    s_valid;
    wire                    s_we;
    wire [2:0]              s_store;
    wire [19:0]             s_index;
    wire [WORDS-1:0]        s_mask;
    wire [WORDS*CODE_W-1:0] s_wdata;

    store_arbiter #(
        .NARROW(NARROW),
        .SWEEP_WORDS(WORDS),
        .CODE_W(CODE_W),
        .GROUP(4),
        .STORE_WIDTHS(WIDTHS),
        .PERMUTED(PERMUTED)
    ) dut (
        .clk(clk),
        .rst(rst),
        .n_valid(n_valid),
        .n_lock(n_lock),
        .n_we(n_we),
        .n_store(n_store),
        .n_word(n_word),
        .n_wdata(n_wdata),
        .n_ready(n_ready),
        .n_coming(n_coming),
        .n_rvalid(n_rvalid),
        .n_rdata(n_rdata),
        .n_group(n_group),
        .w_valid(w_valid),
        .w_lock(w_lock),
        .w_we(w_we),
        .w_store(w_store),
        .w_index(w_index),
        .w_mask(w_mask),
        .w_wdata(w_wdata),
        .w_ready(w_ready),
        .w_rvalid(w_rvalid),
        .w_rdata(w_rdata),
        .s_valid(s_valid),
        .s_we(s_we),
        .s_store(s_store),
        .s_index(s_index),
        .s_mask(s_mask),
        .s_wdata(s_wdata),
        .s_ready(s_ready),
        .s_prompt(prompt),
        .s_rdata(s_rdata)
    );

    // Who is accepted, and with what; the wide master is the last.
    wire [MASTERS-1:0] valid = {w_valid, n_valid};
    wire [MASTERS-1:0] lock = {w_lock, n_lock};
    wire [MASTERS-1:0] ready = {w_ready, n_ready};
    wire [MASTERS-1:0] coming = {w_rvalid, n_coming};
    wire [MASTERS-1:0] accepted = valid & ready;
    wire               prompt = s_ready && known;
    wire               taken = s_valid && s_ready;

    reg                we;
    reg [2:0]          store;
    reg [19:0]         word;
    reg [WORDS*CODE_W-1:0] wdata;
    integer            i;

    always @* begin
        we = w_we;
        store = w_store;
        word = w_index;
        wdata = w_wdata;
        for (i = 0; i < NARROW; i = i + 1) begin
            if (accepted[i]) begin
                we = n_we[i];
                store = n_store[i*3 +: 3];
                word = n_word[i*20 +: 20];
                wdata = n_wdata[i*WORDS*CODE_W +: WORDS*CODE_W];
            end
        end
    end

    // The access that was accepted and not yet taken: whose, and what it was.
    reg                    pending = 1'b0;
    reg [MASTERS-1:0]      whose;
    reg                    asked_we;
    reg [2:0]              asked_store;
    reg [19:0]             asked_word;
    reg [WORDS*CODE_W-1:0] asked_wdata;
    reg [WORDS-1:0]        asked_mask;

    // Who has locked the port.
    reg [MASTERS-1:0]      owner = {MASTERS{1'b0}};
    wire                   held = |(owner & lock);

    // What a narrow master asked for: its code word's place, back from the lane that the store is
    // shown.
    wire        wide = whose[NARROW];
    wire        two = WIDTHS[8*asked_store +: 8] == 8'd2;
    wire        lane = s_mask[1];
    wire [19:0] physical = {s_index[19:1], s_index[0] | lane};
    wire [19:0] canonical;

    word_order #(
        .TO_PHYSICAL(0)
    ) order (
        .index(physical),
        .ordered(canonical)
    );

    // Reads that the store took one, two and three cycles ago, and what it said a cycle ago.
    reg [MASTERS-1:0]      reader_1 = {MASTERS{1'b0}};
    reg [MASTERS-1:0]      reader_2 = {MASTERS{1'b0}};
    reg [MASTERS-1:0]      reader_3 = {MASTERS{1'b0}};
    reg                    lane_1;
    reg                    lane_2;
    reg                    lane_3;
    reg [WORDS*CODE_W-1:0] said;

    always @(posedge clk) begin
        begun <= 1'b1;
        if (taken) pending <= 1'b0;
        if (|accepted) begin
            pending <= 1'b1;
            whose <= accepted;
            asked_we <= we;
            asked_store <= store;
            asked_word <= word;
            asked_wdata <= wdata;
            asked_mask <= w_mask;
            owner <= accepted & lock;
        end else if (!held) begin
            owner <= {MASTERS{1'b0}};
        end
        reader_1 <= taken && !s_we ? whose : {MASTERS{1'b0}};
        lane_1 <= lane;
        reader_2 <= reader_1;
        lane_2 <= lane_1;
        reader_3 <= reader_2;
        lane_3 <= lane_2;
        said <= s_rdata;
        if (rst) begin
            pending <= 1'b0;
            owner <= {MASTERS{1'b0}};
            reader_1 <= {MASTERS{1'b0}};
            reader_2 <= {MASTERS{1'b0}};
            reader_3 <= {MASTERS{1'b0}};
        end
    end

    // Registers of the arbiter.
    (* hierconn *) wire [MASTERS-1:0] \dut.owner_q ;
    (* hierconn *) wire [MASTERS-1:0] \dut.s_owner_q ;
    (* hierconn *) wire               \dut.s_lane_q ;
    (* hierconn *) wire [MASTERS-1:0] \dut.reading_q ;
    (* hierconn *) wire [MASTERS-1:0] \dut.read_q ;
    (* hierconn *) wire               \dut.reading_lane_q ;
    (* hierconn *) wire               \dut.read_lane_q ;
    (* hierconn *) wire               \dut.lane_q ;
    (* hierconn *) wire [NARROW-1:0]  \dut.kept_q ;
    (* hierconn *) wire [WORDS*CODE_W-1:0] \dut.rdata_q ;

    always @(posedge clk) if (!rst) begin
        // One at a time, and none on top of one that waits: the lowest, unless the port is locked.
        assert ((accepted & (accepted - 4'd1)) == 4'd0);
        if (|accepted) assert (!pending || taken);
        if (held) assert ((accepted & ~owner) == 4'd0);
        if (!pending || prompt) begin
            assert (accepted == (held ? valid & owner : valid & (~valid + 4'd1)));
            // what a master that locks the port counts on
            if (held) assert ((ready & owner) == owner);
        end

        // What waits is what was accepted.
        assert (s_valid == pending);
        if (pending) begin
            assert (s_we == asked_we && s_store == asked_store && s_wdata == asked_wdata);
            if (wide) begin
                assert (s_index == asked_word && s_mask == asked_mask);
            end else begin
                assert (s_mask == 2'b01 || s_mask == 2'b10);
                assert (two ? !s_index[0] : !lane);
                assert ((PERMUTED[s_store] ? canonical : physical) == asked_word);
            end
        end

        // An answer for each read, two cycles after it was taken for the wide master, three for a narrow
        // one, and no other.
        assert (coming == reader_2);
        if (|reader_2) assert (w_rdata == s_rdata);
        assert (n_rvalid == reader_3[NARROW-1:0]);
        if (|n_rvalid) begin
            assert (n_rdata == said[lane_3*CODE_W +: CODE_W]);
            assert (n_group[WORDS*CODE_W-1:0] == said);
        end

        assert (\dut.owner_q == owner);
        assert ((owner & (owner - 4'd1)) == 4'd0);
        assert (\dut.reading_q == reader_1 && \dut.read_q == reader_2);
        if (pending) assert (\dut.s_owner_q == whose && (whose & (whose - 4'd1)) == 4'd0 && |whose);
        if (pending && !wide) assert (\dut.s_lane_q == lane);
        if (|reader_1 && !reader_1[NARROW]) assert (\dut.reading_lane_q == lane_1);
        if (|reader_2 && !reader_2[NARROW]) assert (\dut.read_lane_q == lane_2);
        if (|n_rvalid) assert (\dut.lane_q == lane_3);
        assert (\dut.kept_q == reader_3[NARROW-1:0] && \dut.rdata_q == said);

        // a narrow master reads and writes under its lock, and another is next
        cover (held && owner[2] && whose[2] && pending && asked_we && n_valid[0] && w_valid);
        cover (w_rvalid && pending && !taken && owner[NARROW]);
        cover (n_rvalid[1] && reader_1[2] && taken && whose[0] && accepted[NARROW] && lane_3);
    end

endmodule

`default_nettype wire
