// SPDX-License-Identifier: Apache-2.0
// Joins the masters of the parameter stores onto one maintenance port: NARROW masters that name one
// code word by its canonical number (port 0 first), then one wide master that names a slice of
// physical indices. Fixed priority. A master whose access was accepted with its lock high keeps the
// port for as long as it holds the lock, so that nothing comes between the read and the write of a
// code word.
//
// An accepted access waits in a register until the store takes it, at the earliest in the next
// cycle, which is also when the next one is accepted, provided that the store is known to be prompt:
// whether it is ready is found too late in a cycle for all that hangs on it. What a store was asked
// for comes two cycles after it took the access, to a narrow master's port one cycle later: it is kept
// before its lane is chosen. Who cannot wait takes all lanes as they come, as the wide master does.
`default_nettype none

module store_arbiter #(
    parameter NARROW = 3,        // narrow masters, at least 1
    parameter SWEEP_WORDS = 4,   // code words of the widest access
    parameter CODE_W = 32,       // physical bits of a code word
    parameter GROUP = 4,         // code words of a group, a power of two
    parameter [63:0] STORE_WIDTHS = 64'h0101010101010101,  // 8 bits a store: its width
    parameter [7:0] PERMUTED = 8'h01,                      // stores whose order is permuted
    parameter OC_LANES = 8,      // as in word_order.v
    parameter IC_LANES = 8
) (
    input  wire                          clk,
    input  wire                          rst,

    // narrow masters, flattened, port 0 in the lowest bits
    input  wire [NARROW-1:0]             n_valid,
    input  wire [NARROW-1:0]             n_lock,
    input  wire [NARROW-1:0]             n_we,
    input  wire [NARROW*3-1:0]           n_store,
    input  wire [NARROW*20-1:0]          n_word,     // canonical number
    input  wire [NARROW*SWEEP_WORDS*CODE_W-1:0] n_wdata,  // in the lane of its code word
    output wire [NARROW-1:0]             n_ready,
    output wire [NARROW-1:0]             n_coming,   // what the port read comes, in `w_rdata` in this
    output wire [NARROW-1:0]             n_rvalid,   // cycle, in `n_rdata` in the next
    output wire [CODE_W-1:0]             n_rdata,
    output wire [GROUP*CODE_W-1:0]       n_group,    // physical neighbours, that code word among them

    // wide master
    input  wire                          w_valid,
    input  wire                          w_lock,
    input  wire                          w_we,
    input  wire [2:0]                    w_store,
    input  wire [19:0]                   w_index,    // physical, of lane 0, aligned to the width
    input  wire [SWEEP_WORDS-1:0]        w_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0] w_wdata,
    output wire                          w_ready,
    output wire                          w_rvalid,   // likewise
    output wire [SWEEP_WORDS*CODE_W-1:0] w_rdata,

    // the stores
    output reg                           s_valid,
    output reg                           s_we,
    output reg  [2:0]                    s_store,
    output reg  [19:0]                   s_index,    // physical, of lane 0, aligned to the width
    output reg  [SWEEP_WORDS-1:0]        s_mask,
    output reg  [SWEEP_WORDS*CODE_W-1:0] s_wdata,
    input  wire                          s_ready,
    input  wire                          s_prompt,   // early: `s_ready` is high, if an access waits
    input  wire [SWEEP_WORDS*CODE_W-1:0] s_rdata
);

    // One request line a master, the wide one last: grant the lowest, or the owner of a lock.
    wire [NARROW:0] valid = {w_valid, n_valid};
    wire [NARROW:0] lock = {w_lock, n_lock};
    reg  [NARROW:0] owner_q;     // one-hot: whose access was accepted last, if it was locked
    wire            held = |(owner_q & lock);
    wire [NARROW:0] first;
    wire [NARROW:0] grant = held ? owner_q : first;
    wire            accepts = !s_valid || s_prompt;
    wire [NARROW:0] ready = accepts ? grant : {(NARROW+1){1'b0}};

    genvar m;
    generate
        for (m = 0; m <= NARROW; m = m + 1) begin : g_first
            // Of so few, without a carry chain.
            wire [NARROW:0] lower = (1 << m) - 1;
            assign first[m] = valid[m] && !(|(valid & lower));
        end
    endgenerate

    always @(posedge clk) begin
        if (|(valid & ready)) owner_q <= grant & lock;
        else if (!held) owner_q <= {(NARROW+1){1'b0}};
        if (rst) owner_q <= {(NARROW+1){1'b0}};
    end

    assign n_ready = ready[NARROW-1:0];
    assign w_ready = ready[NARROW];

    // Where each narrow master's code word lies, whoever is granted: the physical index splits into the
    // slice and the lane in it. No slice is wider than the widest access.
    localparam LANE_W = (SWEEP_WORDS > 1) ? $clog2(SWEEP_WORDS) : 1;

    wire [NARROW*20-1:0]          n_index;
    wire [NARROW*LANE_W-1:0]      n_lane;
    wire [NARROW*SWEEP_WORDS-1:0] n_mask;

    generate
        for (m = 0; m < NARROW; m = m + 1) begin : g_place
            wire [2:0]        store = n_store[m*3 +: 3];
            wire [19:0]       word = n_word[m*20 +: 20];
            wire [19:0]       permuted;
            wire [19:0]       index = PERMUTED[store] ? permuted : word;
            wire [7:0]        width = STORE_WIDTHS[store*8 +: 8];
            wire [19:0]       lane_bits = {12'd0, width} - 20'd1;
            wire [LANE_W-1:0] lane = index[LANE_W-1:0] & lane_bits[LANE_W-1:0];

            word_order #(
                .OC_LANES(OC_LANES),
                .IC_LANES(IC_LANES),
                .PERMUTE(1),
                .TO_PHYSICAL(1)
            ) order (
                .index(word),
                .ordered(permuted)
            );

            assign n_index[m*20 +: 20] = index & ~lane_bits;
            assign n_lane[m*LANE_W +: LANE_W] = lane;
            assign n_mask[m*SWEEP_WORDS +: SWEEP_WORDS] = {{(SWEEP_WORDS-1){1'b0}}, 1'b1} << lane;
        end
    endgenerate

    // The granted request: AND-OR, one master at a time.
    wire                   wide = grant[NARROW];
    reg                    we_any;
    reg  [2:0]             store_any;
    reg  [19:0]            index_any;
    reg  [SWEEP_WORDS-1:0] mask_any;
    reg  [LANE_W-1:0]      lane_any;
    reg  [SWEEP_WORDS*CODE_W-1:0] wdata_any;
    integer                i;

    always @* begin
        we_any = wide & w_we;
        store_any = {3{wide}} & w_store;
        index_any = {20{wide}} & w_index;
        mask_any = {SWEEP_WORDS{wide}} & w_mask;
        lane_any = {LANE_W{1'b0}};
        wdata_any = {(SWEEP_WORDS*CODE_W){wide}} & w_wdata;
        for (i = 0; i < NARROW; i = i + 1) begin
            we_any = we_any | (grant[i] & n_we[i]);
            store_any = store_any | ({3{grant[i]}} & n_store[i*3 +: 3]);
            index_any = index_any | ({20{grant[i]}} & n_index[i*20 +: 20]);
            mask_any = mask_any | ({SWEEP_WORDS{grant[i]}} & n_mask[i*SWEEP_WORDS +: SWEEP_WORDS]);
            lane_any = lane_any | ({LANE_W{grant[i]}} & n_lane[i*LANE_W +: LANE_W]);
            wdata_any = wdata_any | ({(SWEEP_WORDS*CODE_W){grant[i]}}
                                     & n_wdata[i*SWEEP_WORDS*CODE_W +: SWEEP_WORDS*CODE_W]);
        end
    end

    // The accepted access, and whose it is.
    reg [NARROW:0] s_owner_q;
    reg [LANE_W-1:0] s_lane_q;

    always @(posedge clk) begin
        if (accepts) begin
            s_valid <= |(valid & grant);
            s_owner_q <= grant;
            s_we <= we_any;
            s_store <= store_any;
            s_index <= index_any;
            s_mask <= mask_any;
            s_wdata <= wdata_any;
            s_lane_q <= lane_any;
        end else if (s_ready) begin
            s_valid <= 1'b0;
        end
        if (rst) s_valid <= 1'b0;
    end

    // Reads under way: the store's memory is read, its row is there, and it is kept.
    reg [NARROW:0] reading_q;
    reg [NARROW:0] read_q;
    reg [NARROW-1:0] kept_q;
    reg [LANE_W-1:0] reading_lane_q;
    reg [LANE_W-1:0] read_lane_q;
    reg [LANE_W-1:0] lane_q;
    reg [SWEEP_WORDS*CODE_W-1:0] rdata_q;

    always @(posedge clk) begin
        reading_q <= s_owner_q & {(NARROW+1){s_valid && s_ready && !s_we}};
        reading_lane_q <= s_lane_q;
        read_q <= reading_q;
        read_lane_q <= reading_lane_q;
        kept_q <= read_q[NARROW-1:0];
        lane_q <= read_lane_q;
        rdata_q <= s_rdata;
        if (rst) begin
            reading_q <= {(NARROW+1){1'b0}};
            read_q <= {(NARROW+1){1'b0}};
            kept_q <= {NARROW{1'b0}};
        end
    end

    assign n_coming = read_q[NARROW-1:0];
    assign n_rvalid = kept_q;
    assign w_rvalid = read_q[NARROW];

    // Read data: the wide master takes all of it, a narrow one the lane that it read or the aligned
    // group around it.
    localparam WHOLE = (SWEEP_WORDS < GROUP) ? GROUP : SWEEP_WORDS;

    localparam GROUP_W = GROUP * CODE_W;

    wire [WHOLE*CODE_W-1:0] whole;
    wire [31:0]             place = {{(32-LANE_W){1'b0}}, lane_q};
    reg  [CODE_W-1:0]       word_read;
    reg  [GROUP_W-1:0]      group_read;
    integer                 j;

    generate
        if (SWEEP_WORDS < GROUP) begin : g_filled
            assign whole = {{((GROUP-SWEEP_WORDS)*CODE_W){1'b0}}, rdata_q};
        end else begin : g_whole
            assign whole = rdata_q;
        end
    endgenerate

    // AND-OR, too: a shift by multiples of a width such as 39 would be a multiplier before a shifter.
    always @* begin
        word_read = {CODE_W{1'b0}};
        for (j = 0; j < SWEEP_WORDS; j = j + 1) begin
            word_read = word_read | ({CODE_W{place == j}} & rdata_q[j*CODE_W +: CODE_W]);
        end
        group_read = {GROUP_W{1'b0}};
        for (j = 0; j < WHOLE / GROUP; j = j + 1) begin
            group_read = group_read | ({GROUP_W{place / GROUP == j}} & whole[j*GROUP_W +: GROUP_W]);
        end
    end

    assign w_rdata = s_rdata;
    assign n_rdata = word_read;
    assign n_group = group_read;

endmodule

`default_nettype wire
