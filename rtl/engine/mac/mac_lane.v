// SPDX-License-Identifier: Apache-2.0
// One output channel of the array: IC_LANES multipliers, their sum, and a 32-bit accumulator that
// wraps. Operands of a step enter with `valid`; the accumulator holds the step's sum 3 cycles
// later.
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

    // 17 bits a product, kept 32 apart: whole words for a simulator, merged signs for synthesis.
    reg [32*IC_LANES-1:0] products_q;

    genvar i;
    generate
        for (i = 0; i < IC_LANES; i = i + 1) begin : term
            wire signed [8:0]  x = inputs[9*i +: 9];
            wire signed [7:0]  w = weights[8*i +: 8];
            wire signed [16:0] product = x * w;
            always @(posedge clk) begin
                products_q[32*i +: 32] <= weights_ok ? {{15{product[16]}}, product} : 32'd0;
            end
        end
    endgenerate

    // 4 bits more for the sum of up to 16 of them
    reg signed [20:0] sum;
    integer           k;
    always @* begin
        sum = 21'sd0;
        for (k = 0; k < IC_LANES; k = k + 1) sum = sum + $signed(products_q[32*k +: 21]);
    end

    reg signed [20:0]  sum_q;
    wire signed [31:0] addend = {{11{sum_q[20]}}, sum_q};

    always @(posedge clk) begin
        sum_q <= sum;
        if (accumulate) accumulator <= restart ? addend : accumulator + addend;
    end

    wire unused = &{1'b0, products_q};

endmodule

`default_nettype wire
