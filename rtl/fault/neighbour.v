// SPDX-License-Identifier: Apache-2.0
// The bit beside or below a bit of a store (docs/faults.md, "Patterns"). A row of the memory holds
// 2^interleave code words, bit by bit in turn. Purely combinational.
`default_nettype none

module neighbour (
    input  wire [20:0] word,
    input  wire [6:0]  index,          // bit of the code word
    input  wire        down,           // rows further on
    input  wire [1:0]  across,         // columns further on
    input  wire [1:0]  interleave,     // log2 of the code words of a row
    output wire [20:0] its_word,
    output wire [6:0]  its_index
);

    wire [2:0] in_row = (3'd1 << interleave) - 3'd1;          // 0, 1, 3 or 7
    wire [3:0] turn = {1'b0, word[2:0] & in_row} + {2'd0, across};

    assign its_word = {word[20:3], word[2:0] & ~in_row} + {18'd0, turn[2:0] & in_row}
                      + (down ? 21'd1 << interleave : 21'd0);
    assign its_index = index + {3'd0, turn >> interleave};

endmodule

`default_nettype wire
