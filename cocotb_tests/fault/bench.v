// SPDX-License-Identifier: Apache-2.0
// Bench of rtl/store and rtl/fault: five stores of different shape behind one arbiter, with the
// sweep, the flip list and the digest wired as on the board, two masters and the engine ports in
// the hands of the test; and the leaves beside them.
//
// store  banks                     rows        like
// 0      array: OC · max(IC, 4)/4  256 words   weights (permuted)
// 1      2                         24          not a power of two rows
// 2      4                         16
// 3      8                         8           rows wider than a sweep step
// 4      1                         20          one bank
`default_nettype none

module bench #(
    parameter SWEEP_WORDS = 4,
    parameter BYTEWISE = 0,
    parameter OC_LANES = 8,
    parameter IC_LANES = 8
) (
    input  wire           clk,
    input  wire           rst,

    // geometry, for the test to read
    output wire [7:0]     sweep_words,
    output wire           bytewise,
    output wire [7:0]     oc_lanes,
    output wire [7:0]     ic_lanes,

    // narrow masters 0 and 3
    input  wire           host_valid,
    input  wire           host_lock,
    input  wire           host_we,
    input  wire [2:0]     host_store,
    input  wire [19:0]    host_word,
    input  wire [31:0]    host_wdata,
    output wire           host_ready,
    input  wire           other_valid,
    input  wire           other_lock,
    input  wire           other_we,
    input  wire [2:0]     other_store,
    input  wire [19:0]    other_word,
    input  wire [31:0]    other_wdata,
    output wire           other_ready,
    output wire           host_rvalid,
    output wire           other_rvalid,
    output wire [31:0]    n_rdata,

    // commands
    input  wire [7:0]     stores,
    input  wire [159:0]   extents,
    input  wire           sweep_start,
    input  wire [63:0]    sweep_seed,
    input  wire [32:0]    sweep_threshold,
    output wire           sweep_busy,
    output wire           sweep_done,
    output wire [31:0]    sweep_flips,
    input  wire           digest_start,
    output wire           digest_busy,
    output wire           digest_done,
    output wire [31:0]    digest_value,
    input  wire           flip_start,
    input  wire           flip_one,
    input  wire           flip_set,
    input  wire           flip_hold,
    input  wire [9:0]     pattern,
    input  wire [15:0]    flip_count,
    input  wire [31:0]    flip_from,
    output wire [31:0]    flip_next,
    output wire           flip_busy,
    output wire           flip_done,
    output wire [31:0]    flip_flips,
    output wire [31:0]    flip_refused,
    input  wire           list_we,
    input  wire [7:0]     list_waddr,
    input  wire [31:0]    list_wdata,

    // what the arbiter asks of the stores, for the test to watch
    output wire           s_valid,
    output wire           s_we,
    output wire [2:0]     s_store,
    output wire [19:0]    s_index,
    output wire           s_ready,
    output wire [4:0]     granted,       // masters whose access is accepted; the wide one on top

    // engine ports
    input  wire [4:0]     e_re,
    input  wire [5*8-1:0] e_row,
    output wire [OC_LANES*((IC_LANES > 4) ? IC_LANES / 4 : 1)*32-1:0] e_data_0,
    output wire [63:0]    e_data_1,
    output wire [127:0]   e_data_2,
    output wire [255:0]   e_data_3,
    output wire [31:0]    e_data_4,

    // leaves
    input  wire           hash_start,
    input  wire           hash_take,
    input  wire [127:0]   hash_counter,
    input  wire [127:0]   hash_key,
    output wire           hash13_ready,
    output wire           hash13_valid,
    output wire [127:0]   hash13_hash,
    output wire           hash20_ready,
    output wire           hash20_valid,
    output wire [127:0]   hash20_hash,
    input  wire [19:0]    order_index,
    output wire [19:0]    order_physical,
    output wire [19:0]    order_canonical,
    output wire [19:0]    order_identity,
    input  wire [31:0]    walk_entry,
    output wire [31:0]    walk_present,
    output wire [31:0]    walk_next,
    input  wire [31:0]    leaf_data,
    input  wire [31:0]    leaf_state,
    output wire [31:0]    leaf_code,
    output wire [31:0]    leaf_decoded,
    output wire [31:0]    leaf_crc,
    output wire [5:0]     leaf_ones
);

    localparam BANKS_0 = OC_LANES * ((IC_LANES > 4) ? IC_LANES / 4 : 1);
    localparam [31:0] WIDTH_0 = (SWEEP_WORDS < BANKS_0) ? SWEEP_WORDS : BANKS_0;
    localparam [31:0] WIDTH_1 = (SWEEP_WORDS < 2) ? SWEEP_WORDS : 2;
    localparam [31:0] WIDTH_2 = (SWEEP_WORDS < 4) ? SWEEP_WORDS : 4;
    localparam [31:0] WIDTH_3 = (SWEEP_WORDS < 8) ? SWEEP_WORDS : 8;
    localparam [31:0] WIDTH_4 = 1;
    localparam [63:0] STORE_WIDTHS = {24'h010101, WIDTH_4[7:0], WIDTH_3[7:0], WIDTH_2[7:0],
                                      WIDTH_1[7:0], WIDTH_0[7:0]};
    localparam WIDE_W = SWEEP_WORDS * 32;

    localparam [31:0] SWEEP_WORDS_32 = SWEEP_WORDS;
    localparam [31:0] OC_LANES_32 = OC_LANES;
    localparam [31:0] IC_LANES_32 = IC_LANES;
    assign sweep_words = SWEEP_WORDS_32[7:0];
    assign bytewise = BYTEWISE != 0;
    assign oc_lanes = OC_LANES_32[7:0];
    assign ic_lanes = IC_LANES_32[7:0];

    // masters
    wire [3:0]             n_valid;
    wire [3:0]             n_lock;
    wire [3:0]             n_we;
    wire [11:0]            n_store;
    wire [79:0]            n_word;
    // a code word in every lane, except the flip list's, which takes all lanes as they come
    wire [127:0]           word_wdata;
    wire [WIDE_W-1:0]      flip_wdata;
    wire [4*WIDE_W-1:0]    n_wdata = {{SWEEP_WORDS{word_wdata[127:96]}}, {SWEEP_WORDS{word_wdata[95:64]}}, flip_wdata,
                                      {SWEEP_WORDS{word_wdata[31:0]}}};
    wire [3:0]             n_ready;
    wire [3:0]             n_coming;
    wire [3:0]             n_rvalid;
    wire                   w_valid;
    wire                   w_lock;
    wire                   w_we;
    wire [2:0]             w_store;
    wire [19:0]            w_index;
    wire [SWEEP_WORDS-1:0] w_mask;
    wire [WIDE_W-1:0]      w_wdata;
    wire                   w_ready;
    wire                   w_rvalid;
    wire [WIDE_W-1:0]      w_rdata;
    wire [127:0]           n_group;
    wire [SWEEP_WORDS-1:0] s_mask;
    wire [WIDE_W-1:0]      s_wdata;
    reg  [WIDE_W-1:0]      s_rdata;

    assign n_valid[0] = host_valid;
    assign n_lock[0] = host_lock;
    assign n_we[0] = host_we;
    assign n_store[2:0] = host_store;
    assign n_word[19:0] = host_word;
    assign word_wdata[31:0] = host_wdata;
    assign host_ready = n_ready[0];
    assign host_rvalid = n_rvalid[0];
    assign n_valid[3] = other_valid;
    assign n_lock[3] = other_lock;
    assign n_we[3] = other_we;
    assign n_store[11:9] = other_store;
    assign n_word[79:60] = other_word;
    assign word_wdata[127:96] = other_wdata;
    assign other_ready = n_ready[3];
    assign other_rvalid = n_rvalid[3];
    assign granted = {w_valid && w_ready, n_valid & n_ready};

    wire        list_re;
    wire [15:0] list_addr;
    wire [31:0] list_data;

    ram_1w1r #(.WIDTH(32), .DEPTH(256), .ADDRESS_W(8)) list (
        .clk(clk),
        .we(list_we), .waddr(list_waddr), .wdata(list_wdata),
        .re(list_re), .raddr(list_addr[7:0]), .rdata(list_data)
    );

    flip #(.LIST_BITS(8), .WORDS(SWEEP_WORDS)) flip (
        .clk(clk), .rst(rst),
        .start(flip_start), .one(flip_one), .set(flip_set), .hold(flip_hold), .count(flip_count),
        .from(flip_from), .pattern(pattern),
        .extents(extents), .busy(flip_busy), .done(flip_done), .next(flip_next),
        .flips(flip_flips), .refused(flip_refused),
        .list_re(list_re), .list_addr(list_addr), .list_data(list_data),
        .n_valid(n_valid[1]), .n_lock(n_lock[1]), .n_we(n_we[1]), .n_store(n_store[5:3]),
        .n_word(n_word[39:20]), .n_wdata(flip_wdata), .n_ready(n_ready[1]),
        .n_rvalid(n_coming[1]), .n_rdata(w_rdata)
    );

    // nothing is protected here
    wire [31:0] census_corrected;
    wire [31:0] census_uncorrectable;
    wire [31:0] census_first;

    digest #(.BYTEWISE(BYTEWISE), .STORE_WIDTHS(STORE_WIDTHS), .PERMUTED(8'h01)) digest (
        .clk(clk), .rst(rst),
        .start(digest_start), .stores(stores), .extents(extents),
        .busy(digest_busy), .done(digest_done), .value(digest_value),
        .corrected(census_corrected), .uncorrectable(census_uncorrectable), .first(census_first),
        .n_valid(n_valid[2]), .n_lock(n_lock[2]), .n_we(n_we[2]), .n_store(n_store[8:6]),
        .n_word(n_word[59:40]), .n_wdata(word_wdata[95:64]), .n_ready(n_ready[2]),
        .n_rvalid(n_rvalid[2]), .n_rdata(n_rdata),
        .n_group(n_group)
    );

    sweep #(
        .SWEEP_WORDS(SWEEP_WORDS), .STORE_WIDTHS(STORE_WIDTHS), .PERMUTED(8'h01),
        .OC_LANES(OC_LANES), .IC_LANES(IC_LANES)
    ) sweep (
        .clk(clk), .rst(rst),
        .start(sweep_start), .seed(sweep_seed), .threshold(sweep_threshold), .pattern(pattern), .stores(stores),
        .extents(extents), .busy(sweep_busy), .done(sweep_done), .flips(sweep_flips),
        .w_valid(w_valid), .w_lock(w_lock), .w_we(w_we), .w_store(w_store), .w_index(w_index),
        .w_mask(w_mask), .w_wdata(w_wdata), .w_ready(w_ready), .w_rvalid(w_rvalid),
        .w_rdata(w_rdata)
    );

    store_arbiter #(
        .NARROW(4), .SWEEP_WORDS(SWEEP_WORDS), .STORE_WIDTHS(STORE_WIDTHS), .PERMUTED(8'h01),
        .OC_LANES(OC_LANES), .IC_LANES(IC_LANES)
    ) arbiter (
        .clk(clk), .rst(rst),
        .n_valid(n_valid), .n_lock(n_lock), .n_we(n_we), .n_store(n_store), .n_word(n_word),
        .n_wdata(n_wdata), .n_ready(n_ready), .n_coming(n_coming), .n_rvalid(n_rvalid), .n_rdata(n_rdata),
        .n_group(n_group),
        .w_valid(w_valid), .w_lock(w_lock), .w_we(w_we), .w_store(w_store), .w_index(w_index),
        .w_mask(w_mask), .w_wdata(w_wdata), .w_ready(w_ready), .w_rvalid(w_rvalid),
        .w_rdata(w_rdata),
        .s_valid(s_valid), .s_we(s_we), .s_store(s_store), .s_index(s_index), .s_mask(s_mask),
        .s_wdata(s_wdata), .s_ready(s_ready), .s_prompt(s_ready), .s_rdata(s_rdata)
    );

    // stores
    wire [7:0]           m_ready;
    wire [8*WIDE_W-1:0]  m_rdata;
    reg  [2:0]           store_q;
    reg  [2:0]           store_q2;
    reg                  read_q;
    reg                  read_q2;

    assign s_ready = m_ready[s_store];
    assign m_ready[7:5] = 3'b111;
    assign m_rdata[8*WIDE_W-1:5*WIDE_W] = {(3*WIDE_W){1'b0}};
    always @(posedge clk) begin
        store_q <= s_store;
        read_q <= s_valid && s_ready && !s_we;
        store_q2 <= store_q;
        read_q2 <= read_q;
    end

    // Read data lasts one cycle: whoever needs it longer must keep it.
    always @* s_rdata = read_q2 ? m_rdata[store_q2*WIDE_W +: WIDE_W] : ~m_rdata[WIDE_W-1:0];

    genvar k;
    generate
        for (k = 0; k < 5; k = k + 1) begin : g_store
            localparam BANKS = (k == 0) ? BANKS_0 : (k == 4) ? 1 : (1 << k);
            localparam ROWS = (k == 0) ? 256 / BANKS_0 : (k == 1) ? 24 : (k == 2) ? 16 :
                              (k == 3) ? 8 : 20;
            localparam ROW_W = (ROWS > 128) ? 8 : (ROWS > 64) ? 7 : (ROWS > 32) ? 6 :
                               (ROWS > 16) ? 5 : (ROWS > 8) ? 4 : (ROWS > 4) ? 3 : 2;
            localparam WIDTH = (SWEEP_WORDS < BANKS) ? SWEEP_WORDS : BANKS;
            localparam WIDTH_BITS = (WIDTH > 32) ? 6 : (WIDTH > 16) ? 5 : (WIDTH > 8) ? 4 :
                                    (WIDTH > 4) ? 3 : (WIDTH > 2) ? 2 : (WIDTH > 1) ? 1 : 0;
            wire [BANKS*32-1:0] e_data;
            wire [BANKS-1:0] e_corrected;
            wire [BANKS-1:0] e_uncorrectable;
            wire unused_events = &{1'b0, e_corrected, e_uncorrectable};

            param_store #(
                .BANKS(BANKS), .ROWS(ROWS), .ROW_W(ROW_W), .WIDTH(WIDTH)
            ) store (
                .clk(clk),
                .e_re(e_re[k]), .e_row(e_row[k*8 +: ROW_W]), .e_data(e_data),
                .e_corrected(e_corrected), .e_uncorrectable(e_uncorrectable),
                .m_valid(s_valid && s_store == k), .m_we(s_we), .m_slice(s_index >> WIDTH_BITS),
                .m_mask(s_mask[WIDTH-1:0]), .m_wdata(s_wdata[WIDTH*32-1:0]), .m_ready(m_ready[k]),
                .m_rdata(m_rdata[k*WIDE_W +: WIDTH*32])
            );

            if (WIDTH < SWEEP_WORDS) begin : g_narrow
                assign m_rdata[(k+1)*WIDE_W-1 : k*WIDE_W+WIDTH*32] =
                    {((SWEEP_WORDS-WIDTH)*32){1'b0}};
            end
        end
    endgenerate

    assign e_data_0 = g_store[0].e_data;
    assign e_data_1 = g_store[1].e_data;
    assign e_data_2 = g_store[2].e_data;
    assign e_data_3 = g_store[3].e_data;
    assign e_data_4 = g_store[4].e_data;

    wire unused = &{1'b0, e_row, list_addr[15:8], census_corrected, census_uncorrectable, census_first,
                    leaf_corrected, leaf_uncorrectable};

    // leaves
    threefry #(.ROUNDS(13)) hash13 (
        .clk(clk), .rst(rst),
        .start(hash_start), .ready(hash13_ready), .counter(hash_counter), .key(hash_key),
        .valid(hash13_valid), .take(hash_take), .hash(hash13_hash)
    );

    threefry #(.ROUNDS(20)) hash20 (
        .clk(clk), .rst(rst),
        .start(hash_start), .ready(hash20_ready), .counter(hash_counter), .key(hash_key),
        .valid(hash20_valid), .take(hash_take), .hash(hash20_hash)
    );

    word_order #(.OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .PERMUTE(1), .TO_PHYSICAL(1)) forth (
        .index(order_index), .ordered(order_physical)
    );

    word_order #(.OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .PERMUTE(1), .TO_PHYSICAL(0)) back (
        .index(order_index), .ordered(order_canonical)
    );

    word_order #(.OC_LANES(OC_LANES), .IC_LANES(IC_LANES), .PERMUTE(0), .TO_PHYSICAL(1)) same (
        .index(order_index), .ordered(order_identity)
    );

    walk walk (
        .clk(clk),
        .stores(stores), .extents(extents),
        .entry(walk_entry), .present(walk_present), .next(walk_next)
    );

    code_word encode (.data(leaf_data), .code(leaf_code));
    wire leaf_corrected;
    wire leaf_uncorrectable;
    code_word_decode decode (
        .code(leaf_code), .data(leaf_decoded),
        .corrected(leaf_corrected), .uncorrectable(leaf_uncorrectable)
    );
    crc32_word crc (.state(leaf_state), .data(leaf_data), .next(leaf_crc));
    popcount count (.data(leaf_data), .ones(leaf_ones));

endmodule

`default_nettype wire
