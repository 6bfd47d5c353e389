// SPDX-License-Identifier: Apache-2.0
// The lut engine with the memories of its results: golden results and scores, rows of one bit a
// lane. The same ports as mac_engine.v.
`default_nettype none

`include "registers.vh"

module lut_engine #(
    parameter GATE_INPUTS = 4,           // operands of a gate, 2 ... 6
    parameter IMAGE_LANES = 64,          // pictures computed at once: 16, 32, 64 or 128
    parameter SERIAL = 0,                // as in lut.v
    parameter STORE_PORTS = 2,
    parameter HUGE_RAM = 0,
    parameter TABLE_BANKS = 4,
    parameter WIRING_BANKS = 4,
    parameter IMAGE_W = 128,
    parameter IMAGE_SPLIT = 0,
    parameter STORED_WIRING = 1,         // 0: wiring is a function of a seed
    parameter INPUT_BITS = 9,            // log2 of inputs
    parameter GATE_BITS = 12,            // log2 of gates
    parameter COUNT_BITS = 10,           // most bits of a score
    parameter CLASS_W = 8,               // most bits of a class or label
    parameter SWEEP_WORDS = 4,           // code words of the maintenance port
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store, as PROTECTION in code_word.v
    parameter CODE_W = 32,               // physical bits of the widest code word
    parameter TABLE_BITS = 11,           // log2 of code words in each store
    parameter WIRING_BITS = 13,
    parameter PROGRAM_BITS = 9,
    parameter IMAGE_BITS = 11,           // log2 of rows of the image port
    parameter SCORE_BITS = 9,            // log2 of score rows
    parameter RESULT_BITS = 9            // log2 of golden rows
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
    input  wire [15:0]                   inputs,
    input  wire [15:0]                   gates,
    input  wire [4:0]                    wire_bits,
    input  wire [15:0]                   group,
    input  wire [4:0]                    score_bits,
    input  wire [4:0]                    class_bits,
    input  wire [31:0]                   wiring_seed,

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
    input  wire [IMAGE_W-1:0]            image_data,

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

    // 32-bit words of a row of scores or golden results
    localparam BANK_BITS = IMAGE_LANES <= 32 ? 0 : $clog2(IMAGE_LANES / 32);
    localparam WORD_W = IMAGE_LANES < 32 ? IMAGE_LANES : 32;

    wire                   engine_ready;
    wire                   clearing;
    wire                   score_we;
    wire [SCORE_BITS-1:0]  score_row;
    wire [IMAGE_LANES-1:0] score_data;
    wire [IMAGE_LANES-1:0] score_rdata;
    wire                   golden_re;
    wire [RESULT_BITS-1:0] golden_row;
    wire [IMAGE_LANES-1:0] golden_data;

    assign ready = engine_ready && !clearing;
    assign judged = 1'b1;                // `done` comes after the last judgement

    lut #(
        .K(GATE_INPUTS),
        .LANES(IMAGE_LANES),
        .SERIAL(SERIAL),
        .STORE_PORTS(STORE_PORTS),
        .HUGE_RAM(HUGE_RAM),
        .TABLE_BANKS(TABLE_BANKS),
        .WIRING_BANKS(WIRING_BANKS),
        .IMAGE_W(IMAGE_W),
        .IMAGE_SPLIT(IMAGE_SPLIT),
        .STORED_WIRING(STORED_WIRING),
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROTECTIONS(PROTECTIONS),
        .CODE_W(CODE_W),
        .INPUT_BITS(INPUT_BITS),
        .GATE_BITS(GATE_BITS),
        .TABLE_BITS(TABLE_BITS),
        .WIRING_BITS(WIRING_BITS),
        .PROGRAM_BITS(PROGRAM_BITS),
        .COUNT_BITS(COUNT_BITS),
        .CLASS_W(CLASS_W),
        .IMAGE_BITS(IMAGE_BITS),
        .SCORE_BITS(SCORE_BITS),
        .RESULT_BITS(RESULT_BITS)
    ) lut (
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
        .masked(masked),
        .tolerated(tolerated),
        .critical(critical),
        .correct(correct),
        .image_rows(image_rows),
        .score_rows(score_rows),
        .score_count(score_count),
        .work_limit(work_limit),
        .cycle_limit(cycle_limit),
        .program_extent(extents[20*`LUT_STORE_PROGRAM +: 20]),
        .inputs(inputs),
        .gates(gates),
        .wire_bits(wire_bits),
        .group(group),
        .score_bits(score_bits),
        .class_bits(class_bits),
        .wiring_seed(wiring_seed),
        .image_re(image_re),
        .image_row(image_row),
        .image_data(image_data),
        .score_we(score_we),
        .score_row(score_row),
        .score_data(score_data),
        .golden_re(golden_re),
        .golden_row(golden_row),
        .golden_data(golden_data),
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

    score_store #(
        .ROW_BITS(SCORE_BITS),
        .BANK_BITS(BANK_BITS),
        .WORD_W(WORD_W),
        .SINGLE_PORT(SERIAL),
        .HUGE(0)
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
        .wdata(score_data),
        .re(1'b0),
        .row({SCORE_BITS{1'b0}}),
        .data(score_rdata)
    );

    shared_ram #(
        .ROW_BITS(RESULT_BITS),
        .BANK_BITS(BANK_BITS),
        .WORD_W(WORD_W),
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
        .row(golden_row),
        .data(golden_data)
    );

    wire unused = &{1'b0, score_rdata, extents};

endmodule

`default_nettype wire
