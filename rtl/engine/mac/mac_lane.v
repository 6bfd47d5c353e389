// SPDX-License-Identifier: Apache-2.0
// One output channel of the array: IC_LANES multipliers, their sum, and a 32-bit accumulator that
// wraps. The accumulator holds a step's sum 5 cycles after its operands.
`default_nettype none

module mac_lane #(
    parameter IC_LANES = 8       // inputs multiplied per cycle
) (
    input  wire                  clk,

    // operands: inputs less their zero point, signed; weights int8
    input  wire [9*IC_LANES-1:0] inputs,
    input  wire [8*IC_LANES-1:0] weights,
    input  wire                  weights_ok,    // low: the weights count as zero

    // control of the accumulate stage, 4 cycles after the operands
    input  wire                  accumulate,
    input  wire                  restart,
    output reg signed [31:0]     accumulator
);

    // Operands come from afar, and are kept before they are multiplied.
    wire [9*IC_LANES-1:0] inputs_q;
    reg  [8*IC_LANES-1:0] weights_q;

    relay #(
        .WIDTH(9 * IC_LANES)
    ) relay (
        .clk(clk),
        .value(inputs),
        .value_q(inputs_q)
    );

    always @(posedge clk) weights_q <= weights & {(8*IC_LANES){weights_ok}};

    // 17 bits a product, kept 32 apart: whole words for a simulator, merged signs for synthesis.
    reg [32*IC_LANES-1:0] products_q;

    // Their sum takes two cycles: four each, with 2 bits more, and all, with 4 bits more for up to
    // 16 products.
    localparam QUADS = (IC_LANES + 3) / 4;

    reg [32*QUADS-1:0]    quads_q;

    genvar i;
    genvar q;
    generate
        for (i = 0; i < IC_LANES; i = i + 1) begin : term
            wire signed [8:0]  x = inputs_q[9*i +: 9];
            wire signed [7:0]  w = weights_q[8*i +: 8];
            wire signed [16:0] product = x * w;
            always @(posedge clk) begin
                products_q[32*i +: 32] <= {{15{product[16]}}, product};
            end
        end
        for (q = 0; q < QUADS; q = q + 1) begin : quad
            localparam COUNT = (IC_LANES - 4 * q < 4) ? IC_LANES - 4 * q : 4;

            reg signed [18:0] total;
            integer           k;
            always @* begin
                total = 19'sd0;
                for (k = 0; k < COUNT; k = k + 1) total = total + $signed(products_q[128*q+32*k +: 19]);
            end
            always @(posedge clk) quads_q[32*q +: 32] <= {{13{total[18]}}, total};
        end
    endgenerate

    reg signed [20:0] sum;
    reg signed [20:0] sum_q;
    integer           n;
    always @* begin
        sum = 21'sd0;
        for (n = 0; n < QUADS; n = n + 1) sum = sum + $signed(quads_q[32*n +: 21]);
    end

    wire signed [31:0] addend = {{11{sum_q[20]}}, sum_q};

    always @(posedge clk) begin
        sum_q <= sum;
        if (accumulate) accumulator <= restart ? addend : accumulator + addend;
    end

    wire unused = &{1'b0, products_q, quads_q};

endmodule

`default_nettype wire
