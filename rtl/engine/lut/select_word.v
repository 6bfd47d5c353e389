// SPDX-License-Identifier: Apache-2.0
// Chooses one of 2^SELECTS words, each bit of it by its own select bits: bit i of the result is bit i of
// the word whose number bit i of the selects forms, select 0 least significant. Combinational.
`default_nettype none

module select_word #(
    parameter SELECTS = 2,       // 1 ... 3
    parameter WIDTH = 64         // bits of a word
) (
    input  wire [(1<<SELECTS)*WIDTH-1:0] words,      // word 0 in the lowest bits
    input  wire [SELECTS*WIDTH-1:0]      selects,
    output wire [WIDTH-1:0]              chosen
);

    wire [WIDTH-1:0] select_0 = selects[WIDTH-1:0];

    generate
        if (SELECTS == 1) begin : g_two
            wire [WIDTH-1:0] word_0 = words[WIDTH-1:0];
            wire [WIDTH-1:0] word_1 = words[2*WIDTH-1:WIDTH];
            assign chosen = ((word_0 ^ word_1) & select_0) ^ word_0;
        end else begin : g_more
            // one level here, the others below
            localparam HALF = 1 << (SELECTS - 1);
            wire [HALF*WIDTH-1:0] halves;

            genvar w;
            for (w = 0; w < HALF; w = w + 1) begin : g_pair
                wire [WIDTH-1:0] word_0 = words[2*w*WIDTH +: WIDTH];
                wire [WIDTH-1:0] word_1 = words[(2*w+1)*WIDTH +: WIDTH];
                assign halves[w*WIDTH +: WIDTH] = ((word_0 ^ word_1) & select_0) ^ word_0;
            end

            select_word #(
                .SELECTS(SELECTS - 1),
                .WIDTH(WIDTH)
            ) rest (
                .words(halves),
                .selects(selects[SELECTS*WIDTH-1:WIDTH]),
                .chosen(chosen)
            );
        end
    endgenerate

endmodule

`default_nettype wire
