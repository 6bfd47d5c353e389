// SPDX-License-Identifier: Apache-2.0
// CRC-32 (IEEE 802.3, reflected, as zlib.crc32) of one word at once, lowest byte first.
//
// `state` is the inverted CRC: all ones before the first word, and the CRC is ~state after the
// last. Combinational.
`default_nettype none

module crc32_word #(
    parameter WIDTH = 32         // bits of the word, a multiple of 8, at least 32
) (
    input  wire [31:0]      state,
    input  wire [WIDTH-1:0] data,
    output wire [31:0]      next
);

    // x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1,
    // reflected
    localparam [31:0] POLYNOMIAL = 32'hedb88320;

    // The division is linear: a bit of the remainder is the parity of some bits of the word, the
    // state added to its first 32. WIDTH bits for each of them: which. They follow from the
    // remainders that each bit of the word alone would leave, found from the last bit to the first.
    function [32*WIDTH-1:0] parities;
        input [31:0] unit;
        reg [31:0]   remainder;
        integer      i;
        integer      b;
        begin
            remainder = unit;
            for (i = WIDTH - 1; i >= 0; i = i - 1) begin
                for (b = 0; b < 32; b = b + 1) parities[b*WIDTH + i] = remainder[b];
                remainder = {1'b0, remainder[31:1]} ^ (POLYNOMIAL & {32{remainder[0]}});
            end
        end
    endfunction

    localparam [32*WIDTH-1:0] PARITIES = parities(POLYNOMIAL);

    wire [WIDTH-1:0] dividend = data ^ {{(WIDTH-32){1'b0}}, state};

    genvar b;
    generate
        for (b = 0; b < 32; b = b + 1) begin : g_bit
            assign next[b] = ^(dividend & PARITIES[b*WIDTH +: WIDTH]);
        end
    endgenerate

endmodule

`default_nettype wire
