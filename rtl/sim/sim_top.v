// SPDX-License-Identifier: Apache-2.0
// Shell of the simulated board: the testbed with its phase step made from BAUD and CLOCK_HZ, which
// the program around it reads back, so that both ends of the line agree by construction.
`default_nettype none

module sim_top #(
    parameter ENGINE = 1,
    parameter SWEEP_WORDS = 4,
    parameter IMAGE_BITS = 11,
    parameter SCORE_BITS = 9,
    parameter RESULT_BITS = 9,
    parameter OC_LANES = 8,
    parameter IC_LANES = 8,
    parameter REQUANT_LANES = 2,
    parameter GATE_INPUTS = 4,
    parameter IMAGE_LANES = 64,
    parameter STORED_WIRING = 1,
    parameter INPUT_BITS = 9,
    parameter GATE_BITS = 12,
    parameter COUNT_BITS = 10,
    parameter SEQUENCER = 1,
    parameter SERIAL = 0,
    parameter STORE_PORTS = 2,
    parameter HUGE_RAM = 0,
    parameter PROGRAM_BITS = 9,
    parameter FLIP_BITS = 9,
    parameter [31:0] PROTECTIONS = 32'd0,
    parameter BEAM = 1,
    parameter UPSET_BITS = 6,
    parameter GOLDEN_COPY = 1,
    parameter WEIGHT_BITS = 13,
    parameter BIAS_BITS = 10,
    parameter REQUANT_BITS = 11,
    parameter ACTIVATION_BITS = 9,
    parameter CLASS_W = 8,
    parameter FRAME_WORDS = 256,
    parameter [31:0] CLOCK_HZ = 32'd100000000,
    parameter [31:0] BAUD = 32'd25000000,
    parameter [31:0] BUILD_ID = 32'd0
) (
    input  wire        clk,
    input  wire        rst,

    // line
    output wire [23:0] uart_step,      // bit rate as a fraction of the clock, in 2^-24
    input  wire        uart_rxd,
    output wire        uart_txd,

    // low when nothing will change until a byte arrives
    output wire        active,

    // what was built, for the program's first line
    output wire [31:0] baud,
    output wire [31:0] build_id
);

    // 64 bits: BAUD · 2^24 does not fit in 32.
    localparam [63:0] ROUNDED = ({32'd0, BAUD} << 24) + {33'd0, CLOCK_HZ[31:1]};
    localparam [63:0] STEP = ROUNDED / {32'd0, CLOCK_HZ};

    assign uart_step = STEP[23:0];
    assign baud = BAUD;
    assign build_id = BUILD_ID;

    testbed #(
        .ENGINE(ENGINE),
        .SWEEP_WORDS(SWEEP_WORDS),
        .IMAGE_BITS(IMAGE_BITS),
        .SCORE_BITS(SCORE_BITS),
        .RESULT_BITS(RESULT_BITS),
        .OC_LANES(OC_LANES),
        .IC_LANES(IC_LANES),
        .REQUANT_LANES(REQUANT_LANES),
        .GATE_INPUTS(GATE_INPUTS),
        .IMAGE_LANES(IMAGE_LANES),
        .STORED_WIRING(STORED_WIRING),
        .INPUT_BITS(INPUT_BITS),
        .GATE_BITS(GATE_BITS),
        .COUNT_BITS(COUNT_BITS),
        .SEQUENCER(SEQUENCER),
        .SERIAL(SERIAL),
        .STORE_PORTS(STORE_PORTS),
        .HUGE_RAM(HUGE_RAM),
        .PROGRAM_BITS(PROGRAM_BITS),
        .FLIP_BITS(FLIP_BITS),
        .PROTECTIONS(PROTECTIONS),
        .BEAM(BEAM),
        .UPSET_BITS(UPSET_BITS),
        .GOLDEN_COPY(GOLDEN_COPY),
        .WEIGHT_BITS(WEIGHT_BITS),
        .BIAS_BITS(BIAS_BITS),
        .REQUANT_BITS(REQUANT_BITS),
        .ACTIVATION_BITS(ACTIVATION_BITS),
        .CLASS_W(CLASS_W),
        .FRAME_WORDS(FRAME_WORDS),
        .CLOCK_HZ(CLOCK_HZ),
        .BAUD(BAUD),
        .BUILD_ID(BUILD_ID)
    ) testbed (
        .clk(clk),
        .rst(rst),
        .uart_step(uart_step),
        .uart_rxd(uart_rxd),
        .uart_txd(uart_txd),
        .active(active)
    );

endmodule

`default_nettype wire
