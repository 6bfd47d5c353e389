// SPDX-License-Identifier: Apache-2.0
// One output channel of the array: IC_LANES multipliers, their sum, and a 32-bit accumulator that wraps.
// Operands of a step enter with `valid`; the accumulator holds the step's sum 3 cycles later.
`default_nettype none

module mac_lane #(
    parameter IC_LANES = 8       // inputs multiplied per cycle
) (
    input  wire                  clk,

    // operands: inputs less their zero point, signed; weights int8
    input  wire [9*IC_LANES-1:0] inputs,
    input  wire [8*IC_LANES-1:0] weights,
    input  wire                  weights_ok,    // low: the weights count as zero

    // control of the accumulate stage, 2 cycles after the operands
    input  wire                  accumulate,
    input  wire                  restart,
    output reg signed [31:0]     accumulator
);

    // 17 bits a product, 4 more for the sum of up to 16 of them
    wire signed [20:0] partial [0:IC_LANES];
    assign partial[0] = 21'sd0;

    genvar i;
    generate
        for (i = 0; i < IC_LANES; i = i + 1) begin : term
            wire signed [8:0]  x = inputs[9*i +: 9];
            wire signed [7:0]  w = weights[8*i +: 8];
            reg  signed [16:0] product_q;
            always @(posedge clk) product_q <= weights_ok ? x * w : 17'sd0;
            assign partial[i+1] = partial[i] + {{4{product_q[16]}}, product_q};
        end
    endgenerate

    reg signed [20:0]  sum_q;
    wire signed [31:0] addend = {{11{sum_q[20]}}, sum_q};

    always @(posedge clk) begin
        sum_q <= partial[IC_LANES];
        if (accumulate) accumulator <= restart ? addend : accumulator + addend;
    end

endmodule

`default_nettype wire
