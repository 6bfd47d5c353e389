// SPDX-License-Identifier: Apache-2.0
// Whose pattern reaches a code word (docs/faults.md, "Patterns"): the inverse of neighbour.v for all
// bits of a code word at once. Bit i of `word` belongs to the pattern of bit i - `shift` of
// `its_word`. Purely combinational.
`default_nettype none

module anchor (
    input  wire [19:0] word,
    input  wire        down,           // as in neighbour.v
    input  wire [1:0]  across,
    input  wire [1:0]  interleave,
    output wire        exists,         // there are such rows
    output wire [19:0] its_word,
    output wire [1:0]  shift
);

    wire [2:0]  in_row = (3'd1 << interleave) - 3'd1;
    // its turn in the row above or this one, less `across`: negative ones are of a lower bit
    wire [4:0]  turn = {2'd0, word[2:0] & in_row} - {3'd0, across};
    wire [4:0]  lower = ~turn >> interleave;
    wire [20:0] row = {1'b0, word[19:3], word[2:0] & ~in_row} - (down ? 21'd1 << interleave : 21'd0);

    assign exists = !row[20];
    assign its_word = row[19:0] | {17'd0, turn[2:0] & in_row};
    // -floor(turn / 2^interleave), at most 3
    assign shift = turn[4] ? lower[1:0] + 2'd1 : 2'd0;

    wire unused = &{1'b0, lower};

endmodule

`default_nettype wire
