// SPDX-License-Identifier: Apache-2.0
// The mac engine with what its results need: score store, golden results, and the comparison of the
// two. The same control, outcomes, windows and maintenance port as lut_engine.v.
`default_nettype none

module mac_engine #(
    parameter SERIAL = 0,                // 1: mac_serial.v, whose array has one multiplier
    parameter STORE_PORTS = 2,           // as PORTS in param_store.v
    parameter HUGE_RAM = 0,              // with SERIAL, 1: scores in a huge RAM (ram_1rw.v)
    parameter OC_LANES = 8,              // as in mac.v
    parameter IC_LANES = 8,
    parameter REQUANT_LANES = 2,
    parameter SWEEP_WORDS = 4,           // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,               // physical bits of the widest code word
    parameter IN_FLIGHT_BITS = 4,        // log2 of the most pictures in flight
    parameter WEIGHT_BITS = 13,          // log2 of code words in each store
    parameter BIAS_BITS = 10,
    parameter REQUANT_BITS = 11,
    parameter PROGRAM_BITS = 9,
    parameter ACTIVATION_BITS = 9,       // log2 of activation rows
    parameter ROW_W = 128,               // bits of a row of the image port: 128, with SERIAL 32
    parameter IMAGE_BITS = 11,           // log2 of such rows
    parameter SCORE_BITS = 9,            // log2 of score rows of 128 bits
    parameter RESULT_BITS = 9            // log2 of pictures with golden results
) (
    input  wire                          clk,
    input  wire                          rst,

    // control: `prepare` forgets the run before, `start` may follow once `ready`; outcomes are
    // complete once `done` was high and `judged` is
    input  wire                          prepare,
    output wire                          ready,
    input  wire                          start,
    input  wire [15:0]                   first,
    input  wire [15:0]                   count,
    output wire                          done,
    output wire                          hung,
    output wire                          overrun,
    output wire                          judged,
    output wire [15:0]                   answered,
    output wire [15:0]                   masked,
    output wire [15:0]                   tolerated,
    output wire [15:0]                   critical,
    output wire [15:0]                   correct,

    // configuration
    input  wire [15:0]                   image_rows,
    input  wire [15:0]                   score_rows,
    input  wire [15:0]                   score_count,
    input  wire [31:0]                   work_limit,
    input  wire [31:0]                   cycle_limit,
    input  wire [159:0]                  extents,
    input  wire [4:0]                    row_bits,

    // bus: windows into golden results and scores; refused while `locked`
    input  wire                          locked,
    input  wire                          golden_stb,
    input  wire                          scores_stb,
    input  wire                          wb_we,
    input  wire [23:0]                   wb_adr,
    input  wire [31:0]                   wb_wdata,
    output wire                          golden_ack,
    output wire                          golden_err,
    output wire [31:0]                   golden_rdata,
    output wire                          scores_ack,
    output wire                          scores_err,
    output wire [31:0]                   scores_rdata,

    // image store, read latency 1
    output wire                          image_re,
    output wire [IMAGE_BITS-1:0]         image_row,
    input  wire [ROW_W-1:0]              image_data,

    // maintenance port of the parameter stores
    input  wire                          s_valid,
    input  wire                          s_we,
    input  wire [2:0]                    s_store,
    input  wire [19:0]                   s_index,
    input  wire [SWEEP_WORDS-1:0]        s_mask,
    input  wire [SWEEP_WORDS*CODE_W-1:0] s_wdata,
    output wire                          s_ready,
    output wire                          s_prompt,
    output wire [SWEEP_WORDS*CODE_W-1:0] s_rdata,

    // code words that came corrected and uncorrectable out of each store since `prepare`
    output wire [4*32-1:0]               reads_corrected,
    output wire [4*32-1:0]               reads_uncorrectable
);

    localparam BANK_BITS = $clog2(ROW_W / 32);
    localparam ROW_BITS = SCORE_BITS + 2 - BANK_BITS;

    wire                   engine_ready;
    wire                   clearing;
    wire [15:0]            score_base;
    wire                   score_we;
    wire [ROW_BITS-1:0]    score_row;
    wire [ROW_W-1:0]       score_wdata;
    wire                   compare_re;
    wire [ROW_BITS-1:0]    compare_row;
    wire [ROW_W-1:0]       score_rdata;
    wire                   golden_re;
    wire [RESULT_BITS-1:0] golden_index;
    wire [63:0]            golden_data;

    assign ready = engine_ready && !clearing;

    generate
        if (SERIAL != 0) begin : g_serial
            mac_serial #(
                .SWEEP_WORDS(SWEEP_WORDS),
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W),
                .STORE_PORTS(STORE_PORTS),
                .WEIGHT_BITS(WEIGHT_BITS),
                .BIAS_BITS(BIAS_BITS),
                .REQUANT_BITS(REQUANT_BITS),
                .PROGRAM_BITS(PROGRAM_BITS),
                .ACTIVATION_BITS(ACTIVATION_BITS),
                .IMAGE_BITS(IMAGE_BITS),
                .SCORE_BITS(ROW_BITS)
            ) mac (
                .clk(clk),
                .rst(rst),
                .prepare(prepare),
                .ready(engine_ready),
                .start(start),
                .first(first),
                .count(count),
                .done(done),
                .hung(hung),
                .overrun(overrun),
                .answered(answered),
                .score_base(score_base),
                .judged(judged),
                .image_rows(image_rows),
                .score_rows(score_rows),
                .row_bits(row_bits),
                .work_limit(work_limit),
                .cycle_limit(cycle_limit),
                .extents(extents[79:0]),
                .image_re(image_re),
                .image_word(image_row),
                .image_data(image_data),
                .score_we(score_we),
                .score_word(score_row),
                .score_data(score_wdata),
                .s_valid(s_valid),
                .s_we(s_we),
                .s_store(s_store),
                .s_index(s_index),
                .s_mask(s_mask),
                .s_wdata(s_wdata),
                .s_ready(s_ready),
                .s_prompt(s_prompt),
                .s_rdata(s_rdata),
                .reads_corrected(reads_corrected),
                .reads_uncorrectable(reads_uncorrectable)
            );
        end else begin : g_array
            mac #(
                .OC_LANES(OC_LANES),
                .IC_LANES(IC_LANES),
                .REQUANT_LANES(REQUANT_LANES),
                .SWEEP_WORDS(SWEEP_WORDS),
                .PROTECTIONS(PROTECTIONS),
                .CODE_W(CODE_W),
                .STORE_PORTS(STORE_PORTS),
                .IN_FLIGHT_BITS(IN_FLIGHT_BITS),
                .WEIGHT_BITS(WEIGHT_BITS),
                .BIAS_BITS(BIAS_BITS),
                .REQUANT_BITS(REQUANT_BITS),
                .PROGRAM_BITS(PROGRAM_BITS),
                .ACTIVATION_BITS(ACTIVATION_BITS),
                .IMAGE_BITS(IMAGE_BITS),
                .SCORE_BITS(SCORE_BITS)
            ) mac (
                .clk(clk),
                .rst(rst),
                .prepare(prepare),
                .ready(engine_ready),
                .start(start),
                .first(first),
                .count(count),
                .done(done),
                .hung(hung),
                .overrun(overrun),
                .answered(answered),
                .score_base(score_base),
                .image_rows(image_rows),
                .score_rows(score_rows),
                .row_bits(row_bits),
                .work_limit(work_limit),
                .cycle_limit(cycle_limit),
                .extents(extents[79:0]),
                .image_re(image_re),
                .image_row(image_row),
                .image_data(image_data),
                .score_we(score_we),
                .score_row(score_row),
                .score_data(score_wdata),
                .s_valid(s_valid),
                .s_we(s_we),
                .s_store(s_store),
                .s_index(s_index),
                .s_mask(s_mask),
                .s_wdata(s_wdata),
                .s_ready(s_ready),
                .s_prompt(s_prompt),
                .s_rdata(s_rdata),
                .reads_corrected(reads_corrected),
                .reads_uncorrectable(reads_uncorrectable)
            );
        end
    endgenerate

    score_store #(
        .ROW_BITS(ROW_BITS),
        .BANK_BITS(BANK_BITS),
        .SINGLE_PORT(SERIAL),
        .HUGE(HUGE_RAM)
    ) score_store (
        .clk(clk),
        .rst(rst),
        .s_stb(scores_stb),
        .s_we(wb_we),
        .s_adr(wb_adr),
        .s_ack(scores_ack),
        .s_err(scores_err),
        .s_rdata(scores_rdata),
        .locked(locked),
        .clear(prepare),
        .clearing(clearing),
        .we(score_we),
        .wrow(score_row),
        .wdata(score_wdata),
        .re(compare_re),
        .row(compare_row),
        .data(score_rdata)
    );

    shared_ram #(
        .ROW_BITS(RESULT_BITS),
        .BANK_BITS(1),
        .LATENCY(SERIAL != 0 ? 1 : 2)
    ) golden_store (
        .clk(clk),
        .rst(rst),
        .s_stb(golden_stb),
        .s_we(wb_we),
        .s_adr(wb_adr),
        .s_wdata(wb_wdata),
        .s_ack(golden_ack),
        .s_err(golden_err),
        .s_rdata(golden_rdata),
        .locked(locked),
        .re(golden_re),
        .row(golden_index),
        .data(golden_data)
    );

    score_compare #(
        .ROW_W(ROW_W),
        .SCORE_BITS(ROW_BITS),
        .RESULT_BITS(RESULT_BITS)
    ) score_compare (
        .clk(clk),
        .rst(rst || prepare),          // the engine's count of answers begins anew
        .start(start),
        .first(first),
        .score_base(score_base),
        .score_rows(score_rows),
        .score_count(score_count),
        .answered(answered),
        .idle(judged),
        .score_re(compare_re),
        .score_row(compare_row),
        .score_data(score_rdata),
        .golden_re(golden_re),
        .golden_index(golden_index),
        .golden_digest(golden_data[31:0]),
        .golden_class(golden_data[47:32]),
        .golden_label(golden_data[63:48]),
        .masked(masked),
        .tolerated(tolerated),
        .critical(critical),
        .correct(correct)
    );

    wire unused = &{1'b0, extents};

endmodule

`default_nettype wire
