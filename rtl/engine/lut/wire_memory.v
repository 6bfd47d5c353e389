// SPDX-License-Identifier: Apache-2.0
// The wires of a batch: K copies, so that a gate's operands are read at once. A wire is a word of
// LANES pictures. Inputs have two halves, one being read and one being filled; gates have one room.
//
// A read names an input (`is_input`) or a gate; data comes two cycles after, since a block RAM answers
// late in its cycle. What this inference has not written is the reader's concern.
`default_nettype none

module wire_memory #(
    parameter K = 4,             // copies
    parameter LANES = 64,        // bits of a wire
    parameter INPUT_BITS = 9,    // log2 of inputs
    parameter GATE_BITS = 12     // log2 of gates
) (
    input  wire                  clk,

    // inputs
    input  wire                  input_we,
    input  wire                  input_half,      // that is written
    input  wire [INPUT_BITS-1:0] input_wire,
    input  wire [LANES-1:0]      input_data,

    // gates
    input  wire                  gate_we,
    input  wire [GATE_BITS-1:0]  gate,
    input  wire [LANES-1:0]      gate_data,

    // reads, operand 0 in the lowest bits
    input  wire                  re,
    input  wire                  half,            // of the inputs
    input  wire [K-1:0]          is_input,
    input  wire [16*K-1:0]       index,           // number of the input or gate
    output wire [K*LANES-1:0]    data
);

    genvar l;
    generate
        for (l = 0; l < K; l = l + 1) begin : g_copy
            wire [15:0]      place = index[16*l +: 16];
            wire [LANES-1:0] from_input;
            wire [LANES-1:0] from_gate;
            reg  [LANES-1:0] from_input_q;
            reg  [LANES-1:0] from_gate_q;
            reg              reads_input_q;
            reg              was_input_q;

            ram_1w1r #(
                .WIDTH(LANES),
                .DEPTH(2 << INPUT_BITS),
                .ADDRESS_W(INPUT_BITS + 1)
            ) inputs (
                .clk(clk),
                .we(input_we),
                .waddr({input_half, input_wire}),
                .wdata(input_data),
                .re(re),
                .raddr({half, place[INPUT_BITS-1:0]}),
                .rdata(from_input)
            );

            ram_1w1r #(
                .WIDTH(LANES),
                .DEPTH(1 << GATE_BITS),
                .ADDRESS_W(GATE_BITS)
            ) gates (
                .clk(clk),
                .we(gate_we),
                .waddr(gate),
                .wdata(gate_data),
                .re(re),
                .raddr(place[GATE_BITS-1:0]),
                .rdata(from_gate)
            );

            always @(posedge clk) begin
                from_input_q <= from_input;
                from_gate_q <= from_gate;
                reads_input_q <= is_input[l];
                was_input_q <= reads_input_q;
            end

            assign data[l*LANES +: LANES] = was_input_q ? from_input_q : from_gate_q;

            wire unused = &{1'b0, place};
        end
    endgenerate

endmodule

`default_nettype wire
