// SPDX-License-Identifier: Apache-2.0
// Chooses one of 2^SELECTS words, each bit of it by its own select bits: bit i of the result is bit
// i of the word whose number bit i of the selects forms, select 0 least significant. A word of one
// bit counts for all bits of the result. Combinational.
//
// It divides at the highest select, so that every level is a net of its own: parts of a common
// vector would wake all its readers, which makes an event-driven simulator slow.
`default_nettype none

module select_word #(
    parameter SELECTS = 2,       // 1 ... 6
    parameter WIDTH = 64,        // bits of the result
    parameter WORD_W = WIDTH     // bits of a word: WIDTH, or 1
) (
    input  wire [(1<<SELECTS)*WORD_W-1:0] words,     // word 0 in the lowest bits
    input  wire [SELECTS*WIDTH-1:0]       selects,
    output wire [WIDTH-1:0]               chosen
);

    localparam HALF = (1 << (SELECTS - 1)) * WORD_W;

    wire [WIDTH-1:0] low;
    wire [WIDTH-1:0] high;
    wire [WIDTH-1:0] select = selects[(SELECTS-1)*WIDTH +: WIDTH];

    assign chosen = ((low ^ high) & select) ^ low;

    generate
        if (SELECTS == 1) begin : g_words
            assign low = {(WIDTH/WORD_W){words[HALF-1:0]}};
            assign high = {(WIDTH/WORD_W){words[2*HALF-1:HALF]}};
        end else begin : g_halves
            select_word #(
                .SELECTS(SELECTS - 1),
                .WIDTH(WIDTH),
                .WORD_W(WORD_W)
            ) lower (
                .words(words[HALF-1:0]),
                .selects(selects[(SELECTS-1)*WIDTH-1:0]),
                .chosen(low)
            );

            select_word #(
                .SELECTS(SELECTS - 1),
                .WIDTH(WIDTH),
                .WORD_W(WORD_W)
            ) upper (
                .words(words[2*HALF-1:HALF]),
                .selects(selects[(SELECTS-1)*WIDTH-1:0]),
                .chosen(high)
            );
        end
    endgenerate

endmodule

`default_nettype wire
