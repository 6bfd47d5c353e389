// SPDX-License-Identifier: Apache-2.0
// The board-independent top: the link and everything behind its bus. A board file adds pins, clock
// and reset and nothing else.
`default_nettype none

module testbed #(
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
    parameter [31:0] BAUD = 32'd1000000,  // that uart_step makes
    parameter [31:0] BUILD_ID = 32'd0
) (
    input  wire        clk,
    input  wire        rst,

    // link
    input  wire [23:0] uart_step,      // bit rate to wake up with / clock, in 2^-24
    input  wire        uart_rxd,
    output wire        uart_txd,

    // low when nothing will change until a byte arrives
    output wire        active
);

    wire        wb_cyc;
    wire        wb_stb;
    wire        wb_we;
    wire [27:0] wb_adr;
    wire [31:0] wb_dat_w;
    wire [31:0] wb_dat_r;
    wire        wb_ack;
    wire        wb_err;
    wire [23:0] line_step;
    wire        line_step_valid;
    wire [23:0] line_step_wanted;
    wire [31:0] frames_bad;
    wire [31:0] frames_dropped;
    wire        link_active;
    wire        core_active;

    assign active = link_active || core_active;

    link #(
        .FRAME_WORDS(FRAME_WORDS),
        .RECORDS(SEQUENCER),
        .CLOCK_HZ(CLOCK_HZ)
    ) link (
        .clk(clk),
        .rst(rst),
        .base_step(uart_step),
        .set_valid(line_step_valid),
        .set_step(line_step_wanted),
        .step(line_step),
        .uart_rxd(uart_rxd),
        .uart_txd(uart_txd),
        .wb_cyc(wb_cyc),
        .wb_stb(wb_stb),
        .wb_we(wb_we),
        .wb_adr(wb_adr),
        .wb_dat_w(wb_dat_w),
        .wb_dat_r(wb_dat_r),
        .wb_ack(wb_ack),
        .wb_err(wb_err),
        .frames_bad(frames_bad),
        .frames_dropped(frames_dropped),
        .active(link_active)
    );

    core #(
        .ENGINE(ENGINE),
        .SWEEP_WORDS(SWEEP_WORDS),
        .PROGRAM_BITS(PROGRAM_BITS),
        .IMAGE_BITS(IMAGE_BITS),
        .SCORE_BITS(SCORE_BITS),
        .RESULT_BITS(RESULT_BITS),
        .RECORD_BITS(RECORD_BITS),
        .FLIP_BITS(FLIP_BITS),
        .PROTECTIONS(PROTECTIONS),
        .BEAM(BEAM),
        .UPSET_BITS(UPSET_BITS),
        .GOLDEN_COPY(GOLDEN_COPY),
        .SEQUENCER(SEQUENCER),
        .SERIAL(SERIAL),
        .STORE_PORTS(STORE_PORTS),
        .HUGE_RAM(HUGE_RAM),
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES),
        .REQUANT_LANES(REQUANT_LANES),
        .IN_FLIGHT_BITS(IN_FLIGHT_BITS),
        .WEIGHT_BITS(WEIGHT_BITS),
        .BIAS_BITS(BIAS_BITS),
        .REQUANT_BITS(REQUANT_BITS),
        .ACTIVATION_BITS(ACTIVATION_BITS),
        .GATE_INPUTS(GATE_INPUTS),
        .IMAGE_LANES(IMAGE_LANES),
        .STORED_WIRING(STORED_WIRING),
        .INPUT_BITS(INPUT_BITS),
        .GATE_BITS(GATE_BITS),
        .COUNT_BITS(COUNT_BITS),
        .CLASS_W(CLASS_W),
        .FRAME_WORDS(FRAME_WORDS),
        .CLOCK_HZ(CLOCK_HZ),
        .BAUD(BAUD),
        .BUILD_ID(BUILD_ID)
    ) core (
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
        .line_step(line_step),
        .line_step_valid(line_step_valid),
        .line_step_wanted(line_step_wanted),
        .frames_bad(frames_bad),
        .frames_dropped(frames_dropped),
        .active(core_active)
    );

endmodule

`default_nettype wire
