// SPDX-License-Identifier: Apache-2.0
// CRC-32 (IEEE 802.3, reflected, as zlib.crc32) of one word at once, lowest byte first.
//
// `state` is the inverted CRC: all ones before the first word, and the CRC is ~state after the
// last. Combinational.
`default_nettype none

module crc32_word #(
    parameter WIDTH = 32         // bits of the word, a multiple of 8
) (
    input  wire [31:0]      state,
    input  wire [WIDTH-1:0] data,
    output wire [31:0]      next
);

    // x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1,
    // reflected
    localparam [31:0] POLYNOMIAL = 32'hedb88320;

    // the remainder after the bits of the word, lowest bit first
    function [31:0] divide;
        input [31:0]      remainder;
        input [WIDTH-1:0] word;
        integer           i;
        begin
            divide = remainder;
            for (i = 0; i < WIDTH; i = i + 1) begin
                divide = {1'b0, divide[31:1]} ^ (POLYNOMIAL & {32{divide[0] ^ word[i]}});
            end
        end
    endfunction

    assign next = divide(state, data);

endmodule

`default_nettype wire
