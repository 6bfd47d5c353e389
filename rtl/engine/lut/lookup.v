// SPDX-License-Identifier: Apache-2.0
// One lookup table for LANES pictures at once: bit i of the result is the table's entry at the
// address that bit i of the operands forms, operand 0 least significant. Two cycles, one table a
// cycle.
`default_nettype none

module lookup #(
    parameter K = 4,             // operands, 2 ... 6
    parameter LANES = 64         // pictures
) (
    input  wire                  clk,

    input  wire [(1<<K)-1:0]     entries,
    input  wire [K*LANES-1:0]    operands,     // operand 0 in the lowest bits
    output wire [LANES-1:0]      result        // two cycles later
);

    // A tree of multiplexers: operand 0 chooses between neighbouring entries, and so on. The first
    // half of the operands before the register, the rest after it.
    localparam FIRST = (K + 1) / 2;
    localparam REST = K - FIRST;
    localparam MIDDLE = 1 << REST;

    wire [MIDDLE*LANES-1:0] middle;
    reg  [MIDDLE*LANES-1:0] middle_q;
    reg  [REST*LANES-1:0]   operands_q;
    wire [LANES-1:0]        last;
    reg  [LANES-1:0]        result_q;

    genvar m;
    generate
        for (m = 0; m < MIDDLE; m = m + 1) begin : g_part
            select_word #(
                .SELECTS(FIRST),
                .WIDTH(LANES),
                .WORD_W(1)
            ) part (
                .words(entries[m << FIRST +: 1 << FIRST]),
                .selects(operands[FIRST*LANES-1:0]),
                .chosen(middle[m*LANES +: LANES])
            );
        end
    endgenerate

    select_word #(
        .SELECTS(REST),
        .WIDTH(LANES)
    ) whole (
        .words(middle_q),
        .selects(operands_q),
        .chosen(last)
    );

    always @(posedge clk) begin
        middle_q <= middle;
        operands_q <= operands[K*LANES-1:FIRST*LANES];
        result_q <= last;
    end

    assign result = result_q;

endmodule

`default_nettype wire
