// SPDX-License-Identifier: Apache-2.0
// Wiring as a function of a seed (docs/lut-engine.md, "Fixed wiring"): the wire numbers of one gate
// a cycle, two cycles after `step`. `rewind` begins an inference; `layer` begins a layer, at least
// one cycle after `rewind` and before the layer's first `step`; `from` and `count` are constant
// from that step until its last wire numbers are out.
`default_nettype none

module fixed_wiring #(
    parameter K = 4              // operands of a gate
) (
    input  wire            clk,

    input  wire [31:0]     seed,
    input  wire            rewind,
    input  wire            layer,
    input  wire [16:0]     from,         // first wire of the layer before
    input  wire [16:0]     count,        // its wires
    input  wire            step,
    output wire [16*K-1:0] wires         // operand 0 in the lowest bits
);

    // 2^32 divided by the golden ratio
    localparam [31:0] GOLDEN = 32'h9e3779b9;

    genvar l;
    generate
        for (l = 0; l < K; l = l + 1) begin : g_operand
            localparam [31:0] FIRST = (l + 1) * GOLDEN;

            reg  [31:0] offset_q;        // (8 · layer + operand + 1) · GOLDEN of the next layer
            reg  [31:0] state_q;
            reg  [32:0] product_q;

            wire [31:0] begin_state = seed ^ offset_q;
            wire [31:0] left = state_q ^ (state_q << 13);
            wire [31:0] right = left ^ (left >> 17);
            wire [31:0] next = right ^ (right << 5);

            always @(posedge clk) begin
                if (step) state_q <= next;
                if (layer) begin
                    state_q <= begin_state == 32'd0 ? GOLDEN : begin_state;
                    offset_q <= offset_q + (GOLDEN << 3);
                end
                if (rewind) offset_q <= FIRST;
                product_q <= {17'd0, state_q[31:16]} * {16'd0, count};
            end

            wire [16:0] wire_number = from + product_q[32:16];
            assign wires[16*l +: 16] = wire_number[15:0];

            wire unused = &{1'b0, product_q[15:0], wire_number[16]};
        end
    endgenerate

endmodule

`default_nettype wire
