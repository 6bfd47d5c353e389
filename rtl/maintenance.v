// SPDX-License-Identifier: Apache-2.0
// Everything that reads or writes the parameter stores but the engine: the host's windows, the flip
// list, the digest and, where there are any, sweep and scrubber, joined by the arbiter onto the
// stores' maintenance port. It wires them together and decides nothing.
`default_nettype none

`include "registers.vh"

module maintenance #(
    parameter SWEEPS = 1,        // 0: no sweep, no parts of the flip list, a digest that takes its time
    parameter SCRUBBER = 1,      // 0: no scrubber
    parameter COPY = 1,          // 0: no golden copy
    parameter SWEEP_WORDS = 4,   // code words of the widest access
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,       // physical bits of the widest code word
    parameter FLIP_BITS = 9,     // log2 of entries of the flip list
    parameter [63:0] STORE_WIDTHS = 64'h0101010101010101,  // 8 bits a store: code words of an access
    parameter [255:0] STORE_CAPACITY = 256'd0,             // 32 bits a store
    parameter [7:0] PERMUTED = 8'h01,                      // stores whose order is permuted
    parameter OC_LANES = 8,      // as in word_order.v
    parameter IC_LANES = 8
) (
    input  wire                          clk,
    input  wire                          rst,

    // host: the windows STORE_DATA and STORE_RAW
    input  wire                          s_stb_data,
    input  wire                          s_stb_raw,
    input  wire                          s_we,
    input  wire [23:0]                   s_adr,
    input  wire [31:0]                   s_wdata,
    output wire                          s_ack,
    output wire                          s_err,
    output wire [31:0]                   s_rdata,
    input  wire                          locked,

    // what commands are about; constant while one runs
    input  wire [8*20-1:0]               extents,
    input  wire [7:0]                    store_mask,
    input  wire [32:0]                   threshold,
    input  wire [15:0]                   flip_count,
    input  wire [9:0]                    pattern,
    input  wire [9:0]                    scrub_mode,    // register SCRUB

    // sweep
    input  wire                          sweep_start,
    input  wire [63:0]                   sweep_seed,
    output wire                          sweep_done,
    output wire [31:0]                   sweep_flips,

    // flip list
    input  wire                          flip_start,
    input  wire                          flip_one,
    input  wire                          flip_set,
    input  wire                          flip_hold,
    input  wire [31:0]                   flip_from,
    output wire [31:0]                   flip_next,
    output wire                          flip_done,
    output wire [31:0]                   flip_flips,
    output wire [31:0]                   flip_refused,
    output wire                          list_re,
    output wire [15:0]                   list_address,
    input  wire [31:0]                   list_data,

    // scrubber
    input  wire                          scrub_clear,
    input  wire                          scrub_step,
    output wire                          scrub_taken,
    output wire                          scrub_ends,
    output wire                          scrub_empty,
    output wire                          scrub_idle,
    output wire [31:0]                   scrub_words,
    output wire [31:0]                   scrub_corrected,
    output wire [31:0]                   scrub_uncorrectable,
    output wire [31:0]                   scrub_first,

    // digest
    input  wire                          digest_start,
    input  wire [7:0]                    digest_stores,
    output wire                          digest_done,
    output wire [31:0]                   digest_value,
    output wire [31:0]                   words_corrected,      // census of the digested words
    output wire [31:0]                   words_uncorrectable,
    output wire [31:0]                   first_uncorrectable,

    // the stores
    output wire                          m_valid,
    output wire                          m_we,
    output wire [2:0]                    m_store,
    output wire [19:0]                   m_index,
    output wire [SWEEP_WORDS-1:0]        m_mask,
    output wire [SWEEP_WORDS*CODE_W-1:0] m_wdata,
    input  wire                          m_ready,
    input  wire                          m_prompt,
    input  wire [SWEEP_WORDS*CODE_W-1:0] m_rdata
);

    // narrow masters, by priority
    localparam HOST = 0;
    localparam FLIP = 1;
    localparam DIGEST = 2;
    localparam SCRUB = 3;
    localparam NARROW = 3 + (SCRUBBER != 0 ? 1 : 0);
    localparam GROUP = 4;          // most code words of a digest cycle
    localparam LANES_W = SWEEP_WORDS * CODE_W;

    wire [NARROW-1:0]             n_valid;
    wire [NARROW-1:0]             n_lock;
    wire [NARROW-1:0]             n_we;
    wire [NARROW*3-1:0]           n_store;
    wire [NARROW*20-1:0]          n_word;
    wire [CODE_W-1:0]             host_wdata;
    wire [LANES_W-1:0]            flip_wdata;
    wire [CODE_W-1:0]             digest_wdata;
    wire [CODE_W-1:0]             scrub_wdata;
    wire [NARROW-1:0]             n_ready;
    wire [NARROW-1:0]             n_coming;
    wire [NARROW-1:0]             n_rvalid;
    wire [CODE_W-1:0]             n_rdata;
    wire [GROUP*CODE_W-1:0]       n_group;
    wire                          w_valid;
    wire                          w_lock;
    wire                          w_we;
    wire [2:0]                    w_store;
    wire [19:0]                   w_index;
    wire [SWEEP_WORDS-1:0]        w_mask;
    wire [SWEEP_WORDS*CODE_W-1:0] w_wdata;
    wire                          w_ready;
    wire                          w_rvalid;
    wire [SWEEP_WORDS*CODE_W-1:0] w_rdata;

    // A code word in every lane, of which the arbiter's mask takes one.
    wire [4*LANES_W-1:0]      all_wdata = {{SWEEP_WORDS{scrub_wdata}}, {SWEEP_WORDS{digest_wdata}}, flip_wdata,
                                           {SWEEP_WORDS{host_wdata}}};
    wire [NARROW*LANES_W-1:0] n_wdata = all_wdata[NARROW*LANES_W-1:0];

    store_window #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .STORE_CAPACITY(STORE_CAPACITY)
    ) store_window (
        .clk(clk),
        .rst(rst),
        .s_stb(s_stb_data || s_stb_raw),
        .s_raw(s_stb_raw),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .s_ack(s_ack),
        .s_err(s_err),
        .s_rdata(s_rdata),
        .locked(locked),
        .n_valid(n_valid[HOST]),
        .n_lock(n_lock[HOST]),
        .n_we(n_we[HOST]),
        .n_store(n_store[3*HOST +: 3]),
        .n_word(n_word[20*HOST +: 20]),
        .n_wdata(host_wdata),
        .n_ready(n_ready[HOST]),
        .n_rvalid(n_rvalid[HOST]),
        .n_rdata(n_rdata)
    );

    store_arbiter #(
        .NARROW(NARROW),
        .SWEEP_WORDS(SWEEP_WORDS),
        .CODE_W(CODE_W),
        .GROUP(GROUP),
        .STORE_WIDTHS(STORE_WIDTHS),
        .PERMUTED(PERMUTED),
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES)
    ) store_arbiter (
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
        .s_valid(m_valid),
        .s_we(m_we),
        .s_store(m_store),
        .s_index(m_index),
        .s_mask(m_mask),
        .s_wdata(m_wdata),
        .s_ready(m_ready),
        .s_prompt(m_prompt),
        .s_rdata(m_rdata)
    );

    wire sweep_busy;
    wire flip_busy;
    wire digest_busy;

    generate
        if (SWEEPS != 0) begin : g_sweep
            sweep #(
                .SWEEP_WORDS(SWEEP_WORDS),
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W),
                .STORE_WIDTHS(STORE_WIDTHS),
                .PERMUTED(PERMUTED),
                .OC_LANES(OC_LANES),
                .IC_LANES(IC_LANES)
            ) sweep (
                .clk(clk),
                .rst(rst),
                .start(sweep_start),
                .seed(sweep_seed),
                .threshold(threshold),
                .pattern(pattern),
                .stores(store_mask),
                .extents(extents),
                .busy(sweep_busy),
                .done(sweep_done),
                .flips(sweep_flips),
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
        end else begin : g_none
            assign sweep_busy = 1'b0;
            assign sweep_done = 1'b0;
            assign sweep_flips = 32'd0;
            assign w_valid = 1'b0;
            assign w_lock = 1'b0;
            assign w_we = 1'b0;
            assign w_store = 3'd0;
            assign w_index = 20'd0;
            assign w_mask = {SWEEP_WORDS{1'b0}};
            assign w_wdata = {(SWEEP_WORDS*CODE_W){1'b0}};

            wire unused = &{1'b0, store_mask, threshold, pattern, sweep_start, sweep_seed, w_ready, w_rvalid, w_rdata};
        end
    endgenerate

    flip #(
        .LIST_BITS(FLIP_BITS),
        .PARTS(SWEEPS),
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .WORDS(SWEEP_WORDS)
    ) flip (
        .clk(clk),
        .rst(rst),
        .start(flip_start),
        .one(flip_one),
        .set(flip_set),
        .hold(flip_hold),
        .pattern(pattern),
        .from(flip_from),
        .next(flip_next),
        .count(flip_count),
        .extents(extents),
        .list_re(list_re),
        .list_addr(list_address),
        .list_data(list_data),
        .busy(flip_busy),
        .done(flip_done),
        .flips(flip_flips),
        .refused(flip_refused),
        .n_valid(n_valid[FLIP]),
        .n_lock(n_lock[FLIP]),
        .n_we(n_we[FLIP]),
        .n_store(n_store[3*FLIP +: 3]),
        .n_word(n_word[20*FLIP +: 20]),
        .n_wdata(flip_wdata),
        .n_ready(n_ready[FLIP]),
        .n_rvalid(n_coming[FLIP]),
        .n_rdata(w_rdata)
    );

    digest #(
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .GROUP(GROUP),
        .BYTEWISE(SWEEPS == 0),
        .STORE_WIDTHS(STORE_WIDTHS),
        .PERMUTED(PERMUTED)
    ) store_digest (
        .clk(clk),
        .rst(rst),
        .start(digest_start),
        .stores(digest_stores),
        .extents(extents),
        .busy(digest_busy),
        .done(digest_done),
        .value(digest_value),
        .corrected(words_corrected),
        .uncorrectable(words_uncorrectable),
        .first(first_uncorrectable),
        .n_valid(n_valid[DIGEST]),
        .n_lock(n_lock[DIGEST]),
        .n_we(n_we[DIGEST]),
        .n_store(n_store[3*DIGEST +: 3]),
        .n_word(n_word[20*DIGEST +: 20]),
        .n_wdata(digest_wdata),
        .n_ready(n_ready[DIGEST]),
        .n_rvalid(n_rvalid[DIGEST]),
        .n_rdata(n_rdata),
        .n_group(n_group)
    );

    generate
        if (SCRUBBER != 0) begin : g_scrub
            wire        copy_re;
            wire [2:0]  copy_store;
            wire [19:0] copy_word;
            wire [31:0] copy_data;

            scrub #(
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W),
                .COPY(COPY)
            ) scrub (
                .clk(clk),
                .rst(rst),
                .golden(scrub_mode[`SCRUB_GOLDEN_BIT]),
                .stores(scrub_mode[7:0]),
                .extents(extents),
                .clear(scrub_clear),
                .step(scrub_step),
                .taken(scrub_taken),
                .ends(scrub_ends),
                .empty(scrub_empty),
                .idle(scrub_idle),
                .words(scrub_words),
                .corrected(scrub_corrected),
                .uncorrectable(scrub_uncorrectable),
                .first(scrub_first),
                .copy_re(copy_re),
                .copy_store(copy_store),
                .copy_word(copy_word),
                .copy_data(copy_data),
                .n_valid(n_valid[SCRUB]),
                .n_lock(n_lock[SCRUB]),
                .n_we(n_we[SCRUB]),
                .n_store(n_store[3*SCRUB +: 3]),
                .n_word(n_word[20*SCRUB +: 20]),
                .n_wdata(scrub_wdata),
                .n_ready(n_ready[SCRUB]),
                .n_coming(n_coming[SCRUB]),
                .n_rvalid(n_rvalid[SCRUB]),
                .n_rdata(n_rdata)
            );

            if (COPY != 0) begin : g_copy
                golden_copy #(
                    .STORE_CAPACITY(STORE_CAPACITY)
                ) golden_copy (
                    .clk(clk),
                    .we(n_valid[HOST] && n_ready[HOST] && n_we[HOST] && s_stb_data),
                    .we_store(n_store[3*HOST +: 3]),
                    .we_word(n_word[20*HOST +: 20]),
                    .we_data(s_wdata),
                    .re(copy_re),
                    .store(copy_store),
                    .word(copy_word),
                    .data(copy_data)
                );
            end else begin : g_no_copy
                assign copy_data = 32'd0;

                wire unused = &{1'b0, copy_re, copy_store, copy_word};
            end
        end else begin : g_no_scrub
            assign scrub_taken = 1'b0;
            assign scrub_ends = 1'b0;
            assign scrub_empty = 1'b1;
            assign scrub_idle = 1'b1;
            assign scrub_words = 32'd0;
            assign scrub_corrected = 32'd0;
            assign scrub_uncorrectable = 32'd0;
            assign scrub_first = 32'd0;
            assign scrub_wdata = {CODE_W{1'b0}};

            wire unused = &{1'b0, scrub_mode, scrub_clear, scrub_step, all_wdata};
        end
    endgenerate

    wire unused = &{1'b0, sweep_busy, flip_busy, digest_busy, scrub_mode, n_coming};

endmodule

`default_nettype wire
