// SPDX-License-Identifier: Apache-2.0
// CRC-32 (IEEE 802.3, reflected, as zlib.crc32), one byte at a time.
//
// `state` is the inverted CRC: all ones before the first byte, and the CRC is ~state after the
// last. Combinational.
`default_nettype none

module crc32 (
    input  wire [31:0] state,
    input  wire [7:0]  data,
    output wire [31:0] next
);

    // x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1,
    // reflected
    localparam [31:0] POLYNOMIAL = 32'hedb88320;

    reg [31:0] remainder;
    integer    i;

    always @* begin
        remainder = state ^ {24'd0, data};
        for (i = 0; i < 8; i = i + 1) begin
            remainder = {1'b0, remainder[31:1]} ^ (POLYNOMIAL & {32{remainder[0]}});
        end
    end

    assign next = remainder;

endmodule

`default_nettype wire
