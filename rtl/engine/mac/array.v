// SPDX-License-Identifier: Apache-2.0
// OC_LANES lanes of IC_LANES multipliers. All lanes see the same inputs, each its own weights.
// `accumulate` and `restart` arrive 4 cycles after the operands they belong to.
`default_nettype none

module array #(
    parameter OC_LANES = 8,      // output channels
    parameter IC_LANES = 8       // inputs multiplied per cycle and channel
) (
    input  wire                           clk,

    // operands; weights of channel o in bits 8*IC_LANES*o and up; zero when not `weights_ok`
    input  wire [9*IC_LANES-1:0]          inputs,
    input  wire [8*IC_LANES*OC_LANES-1:0] weights,
    input  wire                           weights_ok,

    // accumulate stage
    input  wire                           accumulate,
    input  wire                           restart,
    output wire [32*OC_LANES-1:0]         accumulators
);

    genvar o;
    generate
        for (o = 0; o < OC_LANES; o = o + 1) begin : channel
            mac_lane #(
                .IC_LANES(IC_LANES)
            ) lane (
                .clk(clk),
                .inputs(inputs),
                .weights(weights[8*IC_LANES*o +: 8*IC_LANES]),
                .weights_ok(weights_ok),
                .accumulate(accumulate),
                .restart(restart),
                .accumulator(accumulators[32*o +: 32])
            );
        end
    endgenerate

endmodule

`default_nettype wire
