// SPDX-License-Identifier: Apache-2.0
// Everything behind the bus: registers, memories, stores, faults, engine, trials. It wires rooms
// together and decides nothing. Store depths and array size are parameters, and the capability
// registers report them.
`default_nettype none

`include "codes.vh"
`include "registers.vh"

module core #(
    parameter ENGINE = 1,              // 1: mac, 2: lut
    parameter SWEEP_WORDS = 4,         // code words a sweep step covers, up to OC_LANES
    parameter PROGRAM_BITS = 9,        // log2 of code words in the program store
    parameter IMAGE_BITS = 11,         // log2 of image rows
    parameter SCORE_BITS = 9,          // log2 of score rows
    parameter RESULT_BITS = 9,         // log2 of rows of golden results
    parameter RECORD_BITS = 6,         // log2 of records in the ring
    parameter FLIP_BITS = 9,           // log2 of entries of the flip list
    parameter [31:0] PROTECTIONS = 32'd0,  // of each store, 4 bits: 0 none, 1 parity, 2 SECDED, 3 TMR
    parameter BEAM = 1,                // 0: no beam and no scrubber
    parameter UPSET_BITS = 6,          // log2 of entries of the upset log
    parameter GOLDEN_COPY = 1,         // 0: no copy of the stores for the scrubber

    // small devices
    parameter SEQUENCER = 1,           // 0: no on-board trials and no sweeps
    parameter SERIAL = 0,              // 1: the engine takes one small step at a time
    parameter STORE_PORTS = 2,         // 1: maintenance shares the engine's port of a store
    parameter HUGE_RAM = 0,            // with SERIAL, 1: the largest memories in huge RAMs

    // mac
    parameter OC_LANES = 8,            // array: output channels, a power of two up to 16
    parameter IC_LANES = 8,            // array: inputs, a power of two up to 16
    parameter REQUANT_LANES = 2,       // channels requantised a cycle, up to OC_LANES
    parameter IN_FLIGHT_BITS = 4,      // log2 of the most pictures in flight
    parameter WEIGHT_BITS = 13,        // log2 of code words in each store
    parameter BIAS_BITS = 10,
    parameter REQUANT_BITS = 11,
    parameter ACTIVATION_BITS = 9,     // log2 of activation rows (16 elements)

    // lut
    parameter GATE_INPUTS = 4,         // operands of a gate, 2 ... 6
    parameter IMAGE_LANES = 64,        // pictures computed at once: 16, 32, 64 or 128
    parameter STORED_WIRING = 1,       // 0: wiring is a function of a seed
    parameter INPUT_BITS = 9,          // log2 of inputs
    parameter GATE_BITS = 12,          // log2 of gates; the stores have room for as many
    parameter COUNT_BITS = 10,         // most bits of a score
    parameter CLASS_W = 8,             // most bits of a class or label

    // identity
    parameter FRAME_WORDS = 256,       // data words of the longest frame
    parameter [31:0] CLOCK_HZ = 32'd100000000,
    parameter [31:0] BAUD = 32'd1000000,
    parameter [31:0] BUILD_ID = 32'd0
) (
    input  wire        clk,
    input  wire        rst,

    // bus: Wishbone B4 classic slave, word addresses (docs/registers.md)
    input  wire        wb_cyc,
    input  wire        wb_stb,
    input  wire        wb_we,
    input  wire [27:0] wb_adr,
    input  wire [31:0] wb_dat_w,
    output wire [31:0] wb_dat_r,
    output wire        wb_ack,
    output wire        wb_err,

    // bit rate of the line, in 2^-24 of the clock: now, and the one to change over to
    input  wire [23:0] line_step,
    output wire        line_step_valid,
    output wire [23:0] line_step_wanted,

    // counters of the link, for the registers
    input  wire [31:0] frames_bad,
    input  wire [31:0] frames_dropped,

    // low when nothing will change until the bus does
    output wire        active
);

    localparam IS_SERIAL = SERIAL != 0;
    localparam IS_LUT = ENGINE == 2;
    localparam BEAMS = SEQUENCER != 0 && BEAM != 0;
    localparam COPIES = BEAMS && GOLDEN_COPY != 0;

    // What an engine's stores are, by store id. 8 bits a store: code words of a sweep step. 32 bits
    // a store: capacity and protection. 4 bits a store: log2 of the code words of a block.
    localparam ARRAY_OC = IS_SERIAL ? 1 : OC_LANES;
    localparam ARRAY_IC = IS_SERIAL ? 1 : IC_LANES;
    localparam ARRAY_REQUANT = IS_SERIAL ? 1 : REQUANT_LANES;
    localparam WEIGHT_BANKS = ARRAY_OC * (ARRAY_IC < 4 ? 1 : ARRAY_IC / 4);
    localparam REQUANT_BANKS = IS_SERIAL ? 1 : 2 * ARRAY_REQUANT;
    localparam [7:0] WEIGHT_WIDTH = WEIGHT_BANKS < SWEEP_WORDS ? WEIGHT_BANKS : SWEEP_WORDS;
    localparam [7:0] BIAS_WIDTH = ARRAY_REQUANT < SWEEP_WORDS ? ARRAY_REQUANT : SWEEP_WORDS;
    localparam [7:0] REQUANT_WIDTH = REQUANT_BANKS < SWEEP_WORDS ? REQUANT_BANKS : SWEEP_WORDS;
    localparam [63:0] MAC_WIDTHS = {32'h01010101, 8'd1, REQUANT_WIDTH, BIAS_WIDTH, WEIGHT_WIDTH};
    localparam [255:0] MAC_CAPACITY = {128'd0, 32'd1 << PROGRAM_BITS, 32'd1 << REQUANT_BITS,
        32'd1 << BIAS_BITS, 32'd1 << WEIGHT_BITS};
    localparam [31:0] MAC_BLOCK_BITS = {16'd0, 4'd3, 4'd5, 4'd4, 4'd6};

    // Tables have 2^K bits a gate, wiring 1, 2 or 4 code words (docs/lut-engine.md).
    localparam TABLE_BITS = GATE_BITS + GATE_INPUTS - 5;
    localparam WIRING_BITS = GATE_BITS + (GATE_INPUTS == 2 ? 0 : GATE_INPUTS <= 4 ? 1 : 2);
    localparam TABLE_BANKS = !IS_SERIAL ? 4 : GATE_INPUTS == 6 ? 2 : 1;
    localparam WIRING_BANKS = IS_SERIAL ? 1 : 4;
    localparam [7:0] TABLE_WIDTH = TABLE_BANKS < SWEEP_WORDS ? TABLE_BANKS[7:0] : SWEEP_WORDS[7:0];
    localparam [7:0] WIRING_WIDTH = WIRING_BANKS < SWEEP_WORDS ? WIRING_BANKS[7:0] : SWEEP_WORDS[7:0];
    localparam [63:0] LUT_WIDTHS = {40'h0101010101, 8'd1, WIRING_WIDTH, TABLE_WIDTH};
    localparam [255:0] LUT_CAPACITY = {160'd0, 32'd1 << PROGRAM_BITS,
        STORED_WIRING != 0 ? 32'd1 << WIRING_BITS : 32'd0, 32'd1 << TABLE_BITS};
    localparam [31:0] LUT_BLOCK_BITS = {20'd0, 4'd0, 4'd2, 4'd2};

    // Protections, those of absent stores as of store 0, and the widest code word there is.
    localparam [31:0] PRESENT = IS_LUT ? 32'h00000fff : 32'h0000ffff;
    localparam [31:0] CODES = (PROTECTIONS & PRESENT) | ({8{PROTECTIONS[3:0]}} & ~PRESENT);
    localparam BITS_0 = `CODE_BITS(CODES[3:0]);
    localparam BITS_1 = `CODE_BITS(CODES[7:4]);
    localparam BITS_2 = `CODE_BITS(CODES[11:8]);
    localparam BITS_3 = `CODE_BITS(CODES[15:12]);
    localparam WIDER_01 = BITS_0 > BITS_1 ? BITS_0 : BITS_1;
    localparam WIDER_23 = BITS_2 > BITS_3 ? BITS_2 : BITS_3;
    localparam CODE_W = WIDER_01 > WIDER_23 ? WIDER_01 : WIDER_23;
    localparam [31:0] PROTECTED = CODES & PRESENT;

    localparam STORES = IS_LUT ? `LUT_STORES : `MAC_STORES;
    localparam [63:0] STORE_WIDTHS = IS_LUT ? LUT_WIDTHS : MAC_WIDTHS;
    localparam [7:0] PERMUTED = IS_LUT ? 8'd0 : 8'd1 << `MAC_STORE_WEIGHTS;
    localparam [255:0] STORE_CAPACITY = IS_LUT ? LUT_CAPACITY : MAC_CAPACITY;
    localparam [31:0] BLOCK_BITS = IS_LUT ? LUT_BLOCK_BITS : MAC_BLOCK_BITS;

    // What the capability registers say of an engine (docs/registers.md).
    localparam [31:0] KIND = IS_LUT ? {16'd0, 8'd`LUT_STORES, `ENGINE_LUT} : {16'd0, 8'd`MAC_STORES, `ENGINE_MAC};
    localparam [31:0] MAC_ARRAY = (ARRAY_REQUANT << 16) | (ARRAY_IC << 8) | ARRAY_OC;
    localparam [31:0] LUT_ARRAY = (COUNT_BITS << 24) | (CLASS_W << 20) | (STORED_WIRING == 0 ? 1 << 16 : 0) |
        (IMAGE_LANES << 8) | GATE_INPUTS;

    // The image store: a row of 128 bits at a time, or a word of it.
    localparam LUT_WORD_W = IMAGE_LANES < 32 ? IMAGE_LANES : 32;
    localparam IMAGE_WORD_W = IS_LUT ? LUT_WORD_W : 32;
    localparam IMAGE_BANK_BITS = IS_SERIAL ? 0 : 2;
    localparam IMAGE_ROW_BITS = IMAGE_BITS + 2 - IMAGE_BANK_BITS;
    localparam IMAGE_W = IMAGE_WORD_W << IMAGE_BANK_BITS;
    localparam WINDOW_LATENCY = IS_SERIAL ? 1 : 2;

    // Bus ------------------------------------------------------------------------------------------
    wire [15:0]  stb;
    wire [15:0]  ack;
    wire [15:0]  err;
    wire [511:0] rdata;

    wire        s_we;
    wire [23:0] s_adr;
    wire [31:0] s_wdata;

    decoder #(
        .REGISTERED(SERIAL == 0)
    ) decoder (
        .clk(clk),
        .rst(rst),
        .wb_cyc(wb_cyc),
        .wb_stb(wb_stb),
        .wb_we(wb_we),
        .wb_adr(wb_adr),
        .wb_dat_w(wb_dat_w),
        .wb_dat_r(wb_dat_r),
        .wb_ack(wb_ack),
        .wb_err(wb_err),
        .stb(stb),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .ack(ack),
        .err(err),
        .rdata(rdata)
    );

    // Configuration and commands -------------------------------------------------------------------
    wire [159:0] extents_asked;
    wire [159:0] extents;
    wire [15:0]  image_rows;
    wire [15:0]  score_rows;
    wire [15:0]  score_count;
    wire [4:0]   row_bits;
    wire [31:0]  work_limit;
    wire [31:0]  cycle_limit;
    wire [15:0]  image_first;
    wire [15:0]  image_count;
    wire [63:0]  seed;
    wire [32:0]  threshold;
    wire [7:0]   store_mask;
    wire [15:0]  flip_count;
    wire [31:0]  trials;
    wire [31:0]  golden_digest;
    wire [31:0]  inject;
    wire [31:0]  cursor;
    wire [15:0]  inputs;
    wire [15:0]  gates;
    wire [4:0]   wire_bits;
    wire [15:0]  group;
    wire [4:0]   score_bits;
    wire [4:0]   class_bits;
    wire [31:0]  wiring_seed;
    wire [9:0]   pattern;
    wire [9:0]   scrub_mode;
    wire [47:0]  scrub_interval;
    wire [47:0]  period;
    wire [31:0]  site_mask;
    wire [15:0]  window;
    wire [5:0]   digit;
    wire [31:0]  digit_threshold;
    wire         command_valid;
    wire [31:0]  command;
    wire         busy;
    wire         in_trials;
    wire         waiting;
    wire         stopped;
    wire [7:0]   result;
    wire [31:0]  record_head;
    wire [31:0]  record_tail;
    wire [31:0]  upset_head;
    wire [31:0]  upset_tail;
    wire [31:0]  upsets_lost;
    wire [31:0]  scrub_words;
    wire [31:0]  scrub_corrected;
    wire [31:0]  scrub_uncorrectable;
    wire [31:0]  scrub_first;
    wire [31:0]  digest;
    wire [31:0]  flips;
    wire [31:0]  flip_refused;
    wire [31:0]  cycles;
    wire [15:0]  answered;
    wire [15:0]  masked;
    wire [15:0]  tolerated;
    wire [15:0]  critical;
    wire [15:0]  correct;
    wire [31:0]  cycles_sweep;
    wire [31:0]  cycles_digest;
    wire [31:0]  cycles_run;
    wire [31:0]  cycles_undo;
    wire [31:0]  cycles_waited;
    wire [31:0]  words_corrected;
    wire [31:0]  words_uncorrectable;
    wire [31:0]  first_uncorrectable;
    wire [127:0] reads_corrected;        // 32 bits a store
    wire [127:0] reads_uncorrectable;

    // The memories belong to the trial rooms while a command runs. No access comes as soon after a
    // command as this.
    reg locked;
    always @(posedge clk) locked <= busy || command_valid;

    assign active = command_valid || (busy && !waiting);

    registers #(
        .BUILD_ID(BUILD_ID),
        .ENGINE(KIND),
        .ARRAY(IS_LUT ? LUT_ARRAY : MAC_ARRAY),
        .SWEEP_WORDS(SEQUENCER != 0 ? SWEEP_WORDS : 0),
        .CLOCK_HZ(CLOCK_HZ),
        .BAUD(BAUD),
        .IMAGE_CAPACITY(1 << IMAGE_BITS),
        .RESULT_CAPACITY(1 << RESULT_BITS),
        .SCORE_CAPACITY(1 << SCORE_BITS),
        .ACTIVATION_CAPACITY(IS_LUT ? 0 : 1 << ACTIVATION_BITS),
        .RECORD_CAPACITY(SEQUENCER != 0 ? 1 << RECORD_BITS : 0),
        .FLIP_CAPACITY(1 << FLIP_BITS),
        .FRAME_WORDS(FRAME_WORDS),
        .IN_FLIGHT(IS_LUT ? IMAGE_LANES : IS_SERIAL ? 1 : 1 << IN_FLIGHT_BITS),
        .GOLDEN_BITS(IS_LUT ? 0 : 32),
        .INPUT_CAPACITY(IS_LUT ? 1 << INPUT_BITS : 0),
        .GATE_CAPACITY(IS_LUT ? 1 << GATE_BITS : 0),
        .UPSET_CAPACITY(BEAMS ? 1 << UPSET_BITS : 0),
        .GOLDEN_COPY(COPIES ? 1 : 0),
        .TRIALS(SEQUENCER),
        .BEAM(BEAMS),
        .OF_MAC(!IS_LUT),
        .OF_LUT(IS_LUT),
        .SEEDED(IS_LUT && STORED_WIRING == 0),
        .PROTECTIONS(PROTECTED),
        .STORE_CAPACITY(STORE_CAPACITY)
    ) registers (
        .clk(clk),
        .rst(rst),
        .s_stb(stb[`REGION_REGISTERS]),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .s_ack(ack[`REGION_REGISTERS]),
        .s_err(err[`REGION_REGISTERS]),
        .s_rdata(rdata[32*`REGION_REGISTERS +: 32]),
        .extents(extents_asked),
        .image_rows(image_rows),
        .score_rows(score_rows),
        .score_count(score_count),
        .row_bits(row_bits),
        .work_limit(work_limit),
        .cycle_limit(cycle_limit),
        .image_first(image_first),
        .image_count(image_count),
        .seed(seed),
        .threshold(threshold),
        .store_mask(store_mask),
        .flip_count(flip_count),
        .trials(trials),
        .golden_digest(golden_digest),
        .inject(inject),
        .cursor(cursor),
        .inputs(inputs),
        .gates(gates),
        .wire_bits(wire_bits),
        .group(group),
        .score_bits(score_bits),
        .class_bits(class_bits),
        .wiring_seed(wiring_seed),
        .pattern(pattern),
        .scrub(scrub_mode),
        .scrub_interval(scrub_interval),
        .period(period),
        .site_mask(site_mask),
        .window(window),
        .digit(digit),
        .digit_threshold(digit_threshold),
        .command_valid(command_valid),
        .command(command),
        .busy(busy),
        .in_trials(in_trials),
        .stopped(stopped),
        .result(result),
        .record_head(record_head),
        .record_tail(record_tail),
        .upset_head(upset_head),
        .upset_tail(upset_tail),
        .line_step(line_step),
        .line_step_valid(line_step_valid),
        .line_step_wanted(line_step_wanted),
        .digest(digest),
        .flips(flips),
        .flip_refused(flip_refused),
        .cycles(cycles),
        .answered(answered),
        .masked(masked),
        .tolerated(tolerated),
        .critical(critical),
        .correct(correct),
        .frames_bad(frames_bad),
        .frames_dropped(frames_dropped),
        .cycles_sweep(cycles_sweep),
        .cycles_digest(cycles_digest),
        .cycles_run(cycles_run),
        .cycles_undo(cycles_undo),
        .cycles_waited(cycles_waited),
        .words_corrected(words_corrected),
        .words_uncorrectable(words_uncorrectable),
        .first_uncorrectable(first_uncorrectable),
        .read_corrected(reads_corrected),
        .read_uncorrectable(reads_uncorrectable),
        .upsets_lost(upsets_lost),
        .scrub_words(scrub_words),
        .scrub_corrected(scrub_corrected),
        .scrub_uncorrectable(scrub_uncorrectable),
        .scrub_first(scrub_first)
    );

    extent_limits #(
        .STORE_CAPACITY(STORE_CAPACITY),
        .BLOCK_BITS(BLOCK_BITS)
    ) extent_limits (
        .clk(clk),
        .asked(extents_asked),
        .extents(extents)
    );

    // Memories outside the fault space --------------------------------------------------------------
    wire                   image_re;
    wire [IMAGE_ROW_BITS-1:0] image_row;
    wire [IMAGE_W-1:0]     image_data;
    wire                   list_re;
    wire [15:0]            list_address;
    wire [31:0]            list_data;

    shared_ram #(
        .ROW_BITS(IMAGE_ROW_BITS),
        .BANK_BITS(IMAGE_BANK_BITS),
        .WORD_W(IMAGE_WORD_W),
        .LATENCY(WINDOW_LATENCY),
        .SINGLE_PORT(SERIAL),
        .HUGE(HUGE_RAM)
    ) image_store (
        .clk(clk),
        .rst(rst),
        .s_stb(stb[`REGION_IMAGES]),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .s_ack(ack[`REGION_IMAGES]),
        .s_err(err[`REGION_IMAGES]),
        .s_rdata(rdata[32*`REGION_IMAGES +: 32]),
        .locked(locked),
        .re(image_re),
        .row(image_row),
        .data(image_data)
    );

    shared_ram #(
        .ROW_BITS(FLIP_BITS),
        .BANK_BITS(0),
        .LATENCY(WINDOW_LATENCY)
    ) flip_list (
        .clk(clk),
        .rst(rst),
        .s_stb(stb[`REGION_FLIPS]),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .s_ack(ack[`REGION_FLIPS]),
        .s_err(err[`REGION_FLIPS]),
        .s_rdata(rdata[32*`REGION_FLIPS +: 32]),
        .locked(locked),
        .re(list_re),
        .row(list_address[FLIP_BITS-1:0]),
        .data(list_data)
    );

    // Parameter stores: the host's windows and the fault rooms on one port ----------------------------
    wire        sweep_start;
    wire [63:0] sweep_seed;
    wire        sweep_done;
    wire [31:0] sweep_flips;
    wire        flip_start;
    wire        flip_one;
    wire        flip_set;
    wire        flip_hold;
    wire [31:0] flip_from;
    wire [31:0] flip_next;
    wire        flip_done;
    wire [31:0] flip_flips;
    wire        scrub_clear;
    wire        scrub_step;
    wire        scrub_taken;
    wire        scrub_ends;
    wire        scrub_empty;
    wire        scrub_idle;
    wire        digest_start;
    wire [7:0]  digest_stores;
    wire        digest_done;
    wire [31:0] digest_value;
    wire [31:0] digest_events = {words_uncorrectable[15:0], words_corrected[15:0]};

    wire                          m_valid;
    wire                          m_we;
    wire [2:0]                    m_store;
    wire [19:0]                   m_index;
    wire [SWEEP_WORDS-1:0]        m_mask;
    wire [SWEEP_WORDS*CODE_W-1:0] m_wdata;
    wire                          m_ready;
    wire                          m_prompt;
    wire [SWEEP_WORDS*CODE_W-1:0] m_rdata;

    wire        store_window_ack;
    wire        store_window_err;
    wire [31:0] store_window_data;
    assign ack[`REGION_STORE_DATA] = store_window_ack;
    assign ack[`REGION_STORE_RAW] = store_window_ack;
    assign err[`REGION_STORE_DATA] = store_window_err;
    assign err[`REGION_STORE_RAW] = store_window_err;
    assign rdata[32*`REGION_STORE_DATA +: 32] = store_window_data;
    assign rdata[32*`REGION_STORE_RAW +: 32] = store_window_data;

    maintenance #(
        .SWEEPS(SEQUENCER),
        .SCRUBBER(BEAMS),
        .COPY(COPIES),
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROTECTIONS(CODES),
        .CODE_W(CODE_W),
        .FLIP_BITS(FLIP_BITS),
        .STORE_WIDTHS(STORE_WIDTHS),
        .STORE_CAPACITY(STORE_CAPACITY),
        .PERMUTED(PERMUTED),
        .OC_LANES(ARRAY_OC),
        .IC_LANES(ARRAY_IC)
    ) maintenance (
        .clk(clk),
        .rst(rst),
        .s_stb_data(stb[`REGION_STORE_DATA]),
        .s_stb_raw(stb[`REGION_STORE_RAW]),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_wdata(s_wdata),
        .s_ack(store_window_ack),
        .s_err(store_window_err),
        .s_rdata(store_window_data),
        .locked(locked),
        .extents(extents),
        .store_mask(store_mask),
        .threshold(threshold),
        .flip_count(flip_count),
        .pattern(pattern),
        .scrub_mode(scrub_mode),
        .sweep_start(sweep_start),
        .sweep_seed(sweep_seed),
        .sweep_done(sweep_done),
        .sweep_flips(sweep_flips),
        .flip_start(flip_start),
        .flip_one(flip_one),
        .flip_set(flip_set),
        .flip_hold(flip_hold),
        .flip_from(flip_from),
        .flip_next(flip_next),
        .flip_done(flip_done),
        .flip_flips(flip_flips),
        .flip_refused(flip_refused),
        .list_re(list_re),
        .list_address(list_address),
        .list_data(list_data),
        .scrub_clear(scrub_clear),
        .scrub_step(scrub_step),
        .scrub_taken(scrub_taken),
        .scrub_ends(scrub_ends),
        .scrub_empty(scrub_empty),
        .scrub_idle(scrub_idle),
        .scrub_words(scrub_words),
        .scrub_corrected(scrub_corrected),
        .scrub_uncorrectable(scrub_uncorrectable),
        .scrub_first(scrub_first),
        .digest_start(digest_start),
        .digest_stores(digest_stores),
        .digest_done(digest_done),
        .digest_value(digest_value),
        .words_corrected(words_corrected),
        .words_uncorrectable(words_uncorrectable),
        .first_uncorrectable(first_uncorrectable),
        .m_valid(m_valid),
        .m_we(m_we),
        .m_store(m_store),
        .m_index(m_index),
        .m_mask(m_mask),
        .m_wdata(m_wdata),
        .m_ready(m_ready),
        .m_prompt(m_prompt),
        .m_rdata(m_rdata)
    );

    // Engine ----------------------------------------------------------------------------------------
    wire        run_prepare;
    wire        run_ready;
    wire        run_start;
    wire [15:0] run_first;
    wire        run_done;
    wire        run_hung;
    wire        run_overrun;
    wire        run_judged;

    generate
        if (ENGINE == 1) begin : g_mac
            mac_engine #(
                .SERIAL(SERIAL),
                .STORE_PORTS(STORE_PORTS),
                .HUGE_RAM(HUGE_RAM),
                .OC_LANES(OC_LANES),
                .IC_LANES(IC_LANES),
                .REQUANT_LANES(REQUANT_LANES),
                .SWEEP_WORDS(SWEEP_WORDS),
                .PROTECTIONS(CODES),
                .CODE_W(CODE_W),
                .IN_FLIGHT_BITS(IN_FLIGHT_BITS),
                .WEIGHT_BITS(WEIGHT_BITS),
                .BIAS_BITS(BIAS_BITS),
                .REQUANT_BITS(REQUANT_BITS),
                .PROGRAM_BITS(PROGRAM_BITS),
                .ACTIVATION_BITS(ACTIVATION_BITS),
                .ROW_W(IMAGE_W),
                .IMAGE_BITS(IMAGE_ROW_BITS),
                .SCORE_BITS(SCORE_BITS),
                .RESULT_BITS(RESULT_BITS)
            ) engine (
                .clk(clk),
                .rst(rst),
                .prepare(run_prepare),
                .ready(run_ready),
                .start(run_start),
                .first(run_first),
                .count(image_count),
                .done(run_done),
                .hung(run_hung),
                .overrun(run_overrun),
                .judged(run_judged),
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
                .extents(extents),
                .locked(locked),
                .golden_stb(stb[`REGION_GOLDEN]),
                .scores_stb(stb[`REGION_SCORES]),
                .wb_we(s_we),
                .wb_adr(s_adr),
                .wb_wdata(s_wdata),
                .golden_ack(ack[`REGION_GOLDEN]),
                .golden_err(err[`REGION_GOLDEN]),
                .golden_rdata(rdata[32*`REGION_GOLDEN +: 32]),
                .scores_ack(ack[`REGION_SCORES]),
                .scores_err(err[`REGION_SCORES]),
                .scores_rdata(rdata[32*`REGION_SCORES +: 32]),
                .image_re(image_re),
                .image_row(image_row),
                .image_data(image_data),
                .s_valid(m_valid),
                .s_we(m_we),
                .s_store(m_store),
                .s_index(m_index),
                .s_mask(m_mask),
                .s_wdata(m_wdata),
                .s_ready(m_ready),
                .s_prompt(m_prompt),
                .s_rdata(m_rdata),
                .reads_corrected(reads_corrected),
                .reads_uncorrectable(reads_uncorrectable),
                .row_bits(row_bits)
            );

            wire unused = &{1'b0, inputs, gates, wire_bits, group, score_bits, class_bits, wiring_seed};
        end else if (ENGINE == 2) begin : g_lut
            lut_engine #(
                .GATE_INPUTS(GATE_INPUTS),
                .IMAGE_LANES(IMAGE_LANES),
                .SERIAL(SERIAL),
                .STORE_PORTS(STORE_PORTS),
                .HUGE_RAM(HUGE_RAM),
                .TABLE_BANKS(TABLE_BANKS),
                .WIRING_BANKS(WIRING_BANKS),
                .IMAGE_W(IMAGE_W),
                .IMAGE_SPLIT(2 - IMAGE_BANK_BITS),
                .STORED_WIRING(STORED_WIRING),
                .INPUT_BITS(INPUT_BITS),
                .GATE_BITS(GATE_BITS),
                .COUNT_BITS(COUNT_BITS),
                .CLASS_W(CLASS_W),
                .SWEEP_WORDS(SWEEP_WORDS),
                .PROTECTIONS(CODES),
                .CODE_W(CODE_W),
                .TABLE_BITS(TABLE_BITS),
                .WIRING_BITS(WIRING_BITS),
                .PROGRAM_BITS(PROGRAM_BITS),
                .IMAGE_BITS(IMAGE_ROW_BITS),
                .SCORE_BITS(SCORE_BITS),
                .RESULT_BITS(RESULT_BITS)
            ) engine (
                .clk(clk),
                .rst(rst),
                .prepare(run_prepare),
                .ready(run_ready),
                .start(run_start),
                .first(run_first),
                .count(image_count),
                .done(run_done),
                .hung(run_hung),
                .overrun(run_overrun),
                .judged(run_judged),
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
                .extents(extents),
                .locked(locked),
                .golden_stb(stb[`REGION_GOLDEN]),
                .scores_stb(stb[`REGION_SCORES]),
                .wb_we(s_we),
                .wb_adr(s_adr),
                .wb_wdata(s_wdata),
                .golden_ack(ack[`REGION_GOLDEN]),
                .golden_err(err[`REGION_GOLDEN]),
                .golden_rdata(rdata[32*`REGION_GOLDEN +: 32]),
                .scores_ack(ack[`REGION_SCORES]),
                .scores_err(err[`REGION_SCORES]),
                .scores_rdata(rdata[32*`REGION_SCORES +: 32]),
                .image_re(image_re),
                .image_row(image_row),
                .image_data(image_data),
                .s_valid(m_valid),
                .s_we(m_we),
                .s_store(m_store),
                .s_index(m_index),
                .s_mask(m_mask),
                .s_wdata(m_wdata),
                .s_ready(m_ready),
                .s_prompt(m_prompt),
                .s_rdata(m_rdata),
                .reads_corrected(reads_corrected),
                .reads_uncorrectable(reads_uncorrectable),
                .inputs(inputs),
                .gates(gates),
                .wire_bits(wire_bits),
                .group(group),
                .score_bits(score_bits),
                .class_bits(class_bits),
                .wiring_seed(wiring_seed)
            );

            wire unused = &{1'b0, row_bits};
        end else begin : no_such_engine
            // Elaboration stops here: ENGINE names no engine.
            engine_parameter_names_no_engine stop ();
        end
    endgenerate

    // Trials ----------------------------------------------------------------------------------------
    generate
        if (SEQUENCER != 0) begin : g_trials
            trials #(
                .RECORD_BITS(RECORD_BITS),
                .UPSET_BITS(UPSET_BITS),
                .STORES(STORES),
                .BEAM(BEAMS),
                .PROTECTIONS(CODES)
            ) trials_room (
                .clk(clk),
                .rst(rst),
                .s_stb_records(stb[`REGION_RECORDS]),
                .s_stb_upsets(stb[`REGION_UPSETS]),
                .s_we(s_we),
                .s_adr(s_adr),
                .records_ack(ack[`REGION_RECORDS]),
                .records_err(err[`REGION_RECORDS]),
                .records_rdata(rdata[32*`REGION_RECORDS +: 32]),
                .upsets_ack(ack[`REGION_UPSETS]),
                .upsets_err(err[`REGION_UPSETS]),
                .upsets_rdata(rdata[32*`REGION_UPSETS +: 32]),
                .command_valid(command_valid),
                .command(command),
                .busy(busy),
                .in_trials(in_trials),
                .waiting(waiting),
                .stopped(stopped),
                .result(result),
                .trials(trials),
                .inject(inject),
                .seed(seed),
                .cursor(cursor),
                .store_mask(store_mask),
                .extents(extents),
                .golden_digest(golden_digest),
                .flip_count(flip_count),
                .scrub(scrub_mode),
                .scrub_interval(scrub_interval),
                .period(period),
                .site_mask(site_mask),
                .image_first(image_first),
                .image_count(image_count),
                .window(window),
                .digit(digit),
                .digit_threshold(digit_threshold),
                .sweep_start(sweep_start),
                .sweep_seed(sweep_seed),
                .sweep_done(sweep_done),
                .sweep_flips(sweep_flips),
                .flip_start(flip_start),
                .flip_one(flip_one),
                .flip_set(flip_set),
                .flip_hold(flip_hold),
                .flip_from(flip_from),
                .flip_next(flip_next),
                .flip_done(flip_done),
                .flip_flips(flip_flips),
                .store_writing(m_valid),
                .digest_start(digest_start),
                .digest_stores(digest_stores),
                .digest_done(digest_done),
                .digest_value(digest_value),
                .digest_events(digest_events),
                .scrub_clear(scrub_clear),
                .scrub_step(scrub_step),
                .scrub_taken(scrub_taken),
                .scrub_ends(scrub_ends),
                .scrub_empty(scrub_empty),
                .scrub_idle(scrub_idle),
                .scrub_corrected(scrub_corrected),
                .run_prepare(run_prepare),
                .run_ready(run_ready),
                .run_start(run_start),
                .run_first(run_first),
                .run_done(run_done),
                .run_hung(run_hung),
                .run_overrun(run_overrun),
                .run_judged(run_judged),
                .answered(answered),
                .masked(masked),
                .tolerated(tolerated),
                .critical(critical),
                .correct(correct),
                .record_head(record_head),
                .record_tail(record_tail),
                .upset_head(upset_head),
                .upset_tail(upset_tail),
                .upsets_lost(upsets_lost),
                .flips(flips),
                .digest(digest),
                .cycles(cycles),
                .cycles_sweep(cycles_sweep),
                .cycles_digest(cycles_digest),
                .cycles_run(cycles_run),
                .cycles_undo(cycles_undo),
                .cycles_waited(cycles_waited)
            );
        end else begin : g_steps
            steps steps (
                .clk(clk),
                .rst(rst),
                .command_valid(command_valid),
                .command(command),
                .busy(busy),
                .result(result),
                .flip_start(flip_start),
                .flip_done(flip_done),
                .digest_start(digest_start),
                .digest_done(digest_done),
                .run_prepare(run_prepare),
                .run_ready(run_ready),
                .run_start(run_start),
                .run_done(run_done),
                .run_hung(run_hung),
                .run_overrun(run_overrun),
                .compare_idle(run_judged),
                .cycles(cycles)
            );

            assign in_trials = 1'b0;
            assign waiting = 1'b0;
            assign stopped = 1'b0;
            assign sweep_start = 1'b0;
            assign sweep_seed = 64'd0;
            assign flip_one = 1'b0;
            assign flip_set = 1'b0;
            assign flip_from = 32'd0;
            assign digest_stores = store_mask;
            assign flips = flip_flips;
            assign digest = digest_value;
            assign record_head = 32'd0;
            assign cycles_sweep = 32'd0;
            assign cycles_digest = 32'd0;
            assign cycles_run = 32'd0;
            assign cycles_undo = 32'd0;
            assign cycles_waited = 32'd0;

            assign flip_hold = 1'b0;
            assign scrub_clear = 1'b0;
            assign scrub_step = 1'b0;
            assign digit = 6'd0;
            assign run_first = image_first;
            assign upset_head = 32'd0;
            assign upsets_lost = 32'd0;

            nothing_here no_records (
                .clk(clk),
                .rst(rst),
                .s_stb(stb[`REGION_RECORDS]),
                .s_ack(ack[`REGION_RECORDS]),
                .s_err(err[`REGION_RECORDS]),
                .s_rdata(rdata[32*`REGION_RECORDS +: 32])
            );

            nothing_here no_upsets (
                .clk(clk),
                .rst(rst),
                .s_stb(stb[`REGION_UPSETS]),
                .s_ack(ack[`REGION_UPSETS]),
                .s_err(err[`REGION_UPSETS]),
                .s_rdata(rdata[32*`REGION_UPSETS +: 32])
            );

            wire unused = &{1'b0, trials, inject, seed, cursor, golden_digest, record_tail, sweep_done,
                sweep_flips, flip_next, digest_events, scrub_interval, period, site_mask, window,
                digit_threshold, scrub_taken, scrub_ends, scrub_empty, scrub_idle, upset_tail};
        end
    endgenerate

    // Regions that no slave answers.
    genvar r;
    generate
        for (r = 0; r < 16; r = r + 1) begin : region
            if (r != `REGION_REGISTERS && r != `REGION_IMAGES && r != `REGION_GOLDEN && r != `REGION_SCORES
                && r != `REGION_RECORDS && r != `REGION_FLIPS && r != `REGION_STORE_DATA
                && r != `REGION_STORE_RAW && r != `REGION_UPSETS) begin : empty
                assign ack[r] = 1'b0;
                assign err[r] = 1'b0;
                assign rdata[32*r +: 32] = 32'd0;
            end
        end
    endgenerate

    wire unused = &{1'b0, stb, list_address};

endmodule

`default_nettype wire
