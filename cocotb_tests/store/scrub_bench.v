// SPDX-License-Identifier: Apache-2.0
// Bench of the scrubber: three stores with different codes behind one arbiter, the scrubber, two
// masters and the engine ports in the hands of the test, and a golden copy.
//
// store  code     banks   words
// 0      SECDED   4       32
// 1      TMR      1       8
// 2      parity   2       12
`default_nettype none

module scrub_bench (
    input  wire        clk,
    input  wire        rst,

    // masters before and after the scrubber
    input  wire        host_valid,
    input  wire        host_lock,
    input  wire        host_we,
    input  wire [2:0]  host_store,
    input  wire [19:0] host_word,
    input  wire [95:0] host_wdata,
    output wire        host_ready,
    output wire        host_rvalid,
    input  wire        other_valid,
    input  wire        other_lock,
    input  wire        other_we,
    input  wire [2:0]  other_store,
    input  wire [19:0] other_word,
    input  wire [95:0] other_wdata,
    output wire        other_ready,
    output wire        other_rvalid,
    output wire [95:0] n_rdata,
    input  wire [2:0]  e_re,
    input  wire [2:0]  e_row,

    // golden copy
    input  wire        copy_we,
    input  wire [2:0]  copy_store,
    input  wire [19:0] copy_word,
    input  wire [31:0] copy_data,

    // scrubber
    input  wire        golden,
    input  wire [7:0]  stores,
    input  wire        clear,
    input  wire        step,
    output wire        taken,
    output wire        ends,
    output wire        empty,
    output wire        idle,
    output wire [31:0] words,
    output wire [31:0] corrected,
    output wire [31:0] uncorrectable,
    output wire [31:0] first,

    // for the test to watch: who is accepted, and what a store takes
    output wire [2:0]  accepted,
    output wire        s_takes,
    output wire        s_we,
    output wire [2:0]  s_store,
    output wire [19:0] s_index,
    output wire [1:0]  s_mask,
    output wire [95:0] s_wdata
);

    localparam [31:0] PROTECTIONS = 32'h22222132;
    localparam CODE_W = 96;
    localparam [63:0] STORE_WIDTHS = 64'h0101010101020102;
    localparam [159:0] EXTENTS = {100'd0, 20'd12, 20'd8, 20'd32};
    localparam [255:0] CAPACITY = {160'd0, 32'd12, 32'd8, 32'd32};

    wire [2:0]          n_valid;
    wire [2:0]          n_lock;
    wire [2:0]          n_we;
    wire [8:0]          n_store;
    wire [59:0]         n_word;
    wire [3*CODE_W-1:0] n_wdata;
    wire [2:0]          n_ready;
    wire [2:0]          n_coming;
    wire [2:0]          n_rvalid;
    wire [4*CODE_W-1:0] n_group;
    wire                w_ready;
    wire                w_rvalid;
    wire [2*CODE_W-1:0] w_rdata;
    wire                s_valid;
    wire                s_ready;
    wire [2*CODE_W-1:0] s_words;
    wire [2*CODE_W-1:0] s_rdata;

    assign {n_valid[2], n_valid[0]} = {other_valid, host_valid};
    assign {n_lock[2], n_lock[0]} = {other_lock, host_lock};
    assign {n_we[2], n_we[0]} = {other_we, host_we};
    assign {n_store[8:6], n_store[2:0]} = {other_store, host_store};
    assign {n_word[59:40], n_word[19:0]} = {other_word, host_word};
    assign {n_wdata[3*CODE_W-1:2*CODE_W], n_wdata[CODE_W-1:0]} = {other_wdata, host_wdata};
    assign {other_ready, host_ready} = {n_ready[2], n_ready[0]};
    assign {other_rvalid, host_rvalid} = {n_rvalid[2], n_rvalid[0]};
    assign accepted = n_valid & n_ready;
    assign s_takes = s_valid && s_ready;
    assign s_wdata = s_words[CODE_W-1:0];

    wire        copy_re;
    wire [2:0]  read_store;
    wire [19:0] read_word;
    wire [31:0] read_data;

    scrub #(
        .PROTECTIONS(PROTECTIONS), .CODE_W(CODE_W), .COPY(1)
    ) scrub (
        .clk(clk), .rst(rst), .golden(golden), .stores(stores), .extents(EXTENTS),
        .clear(clear), .step(step), .taken(taken), .ends(ends), .empty(empty), .idle(idle),
        .words(words), .corrected(corrected), .uncorrectable(uncorrectable), .first(first),
        .copy_re(copy_re), .copy_store(read_store), .copy_word(read_word), .copy_data(read_data),
        .n_valid(n_valid[1]), .n_lock(n_lock[1]), .n_we(n_we[1]), .n_store(n_store[5:3]),
        .n_word(n_word[39:20]), .n_wdata(n_wdata[2*CODE_W-1:CODE_W]), .n_ready(n_ready[1]),
        .n_coming(n_coming[1]), .n_rvalid(n_rvalid[1]), .n_rdata(n_rdata)
    );

    golden_copy #(.STORE_CAPACITY(CAPACITY)) golden_copy (
        .clk(clk), .we(copy_we), .we_store(copy_store), .we_word(copy_word), .we_data(copy_data),
        .re(copy_re), .store(read_store), .word(read_word), .data(read_data)
    );

    store_arbiter #(
        .NARROW(3), .SWEEP_WORDS(2), .CODE_W(CODE_W), .STORE_WIDTHS(STORE_WIDTHS), .PERMUTED(8'h00)
    ) arbiter (
        .clk(clk), .rst(rst),
        .n_valid(n_valid), .n_lock(n_lock), .n_we(n_we), .n_store(n_store), .n_word(n_word),
        .n_wdata({{2{n_wdata[2*CODE_W +: CODE_W]}}, {2{n_wdata[CODE_W +: CODE_W]}}, {2{n_wdata[0 +: CODE_W]}}}),
        .n_ready(n_ready), .n_coming(n_coming), .n_rvalid(n_rvalid), .n_rdata(n_rdata),
        .n_group(n_group),
        .w_valid(1'b0), .w_lock(1'b0), .w_we(1'b0), .w_store(3'd0), .w_index(20'd0), .w_mask(2'd0),
        .w_wdata({(2*CODE_W){1'b0}}), .w_ready(w_ready), .w_rvalid(w_rvalid), .w_rdata(w_rdata),
        .s_valid(s_valid), .s_we(s_we), .s_store(s_store), .s_index(s_index), .s_mask(s_mask),
        .s_wdata(s_words), .s_ready(s_ready), .s_prompt(s_ready), .s_rdata(s_rdata)
    );

    wire [7:0]            m_ready;
    wire [3*2*CODE_W-1:0] m_rdata;

    assign m_ready[7:3] = 5'b11111;
    assign s_ready = m_ready[s_store];
    // an idle store says nothing
    assign s_rdata = m_rdata[0 +: 2*CODE_W] | m_rdata[2*CODE_W +: 2*CODE_W] | m_rdata[4*CODE_W +: 2*CODE_W];

    genvar k;
    generate
        for (k = 0; k < 3; k = k + 1) begin : g_store
            localparam BANKS = k == 0 ? 4 : k == 1 ? 1 : 2;
            localparam ROWS = k == 2 ? 6 : 8;
            localparam BITS = k == 0 ? 39 : k == 1 ? 96 : 33;
            localparam WIDTH = k == 1 ? 1 : 2;
            localparam PROTECTION = k == 0 ? 2 : k == 1 ? 3 : 1;

            wire [BANKS*32-1:0]     e_data;
            wire [BANKS-1:0]        e_corrected;
            wire [BANKS-1:0]        e_uncorrectable;
            wire [WIDTH*CODE_W-1:0] rdata;
            reg                     read_q;
            reg                     read_q2;

            param_store #(
                .BANKS(BANKS), .ROWS(ROWS), .ROW_W(3), .WIDTH(WIDTH), .CODE_W(BITS), .LANE_W(CODE_W),
                .PROTECTION(PROTECTION)
            ) store (
                .clk(clk),
                .e_re(e_re[k]), .e_row(e_row), .e_data(e_data), .e_corrected(e_corrected),
                .e_uncorrectable(e_uncorrectable),
                .m_valid(s_valid && s_store == k), .m_we(s_we), .m_slice(WIDTH == 2 ? s_index >> 1 : s_index),
                .m_mask(s_mask[WIDTH-1:0]), .m_wdata(s_words[WIDTH*CODE_W-1:0]), .m_ready(m_ready[k]),
                .m_rdata(rdata)
            );

            always @(posedge clk) begin
                read_q <= s_valid && s_ready && !s_we && s_store == k;
                read_q2 <= read_q;
            end

            assign m_rdata[k*2*CODE_W +: WIDTH*CODE_W] = rdata & {(WIDTH*CODE_W){read_q2}};
            if (WIDTH == 1) begin : g_narrow
                assign m_rdata[k*2*CODE_W+CODE_W +: CODE_W] = {CODE_W{1'b0}};
            end

            wire unused = &{1'b0, e_data, e_corrected, e_uncorrectable};
        end
    endgenerate

    wire unused = &{1'b0, n_group, w_ready, w_rvalid, w_rdata, s_words[2*CODE_W-1:CODE_W]};

endmodule

`default_nettype wire
