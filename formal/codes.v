// SPDX-License-Identifier: Apache-2.0
// What the codes are made for, for all data: every flip, every pair of flips, and for TMR any flips
// of one copy. Combinational: one step proves it.
//
// Encoder and decoder add up bits (XOR) but for the step from the syndrome to what is inverted, which
// sees the syndrome alone. So flips do to any code word what they do to zeros, once code words have
// syndrome 0: that is shown for all data, and what flips do, of zeros.
`default_nettype none

`include "codes.vh"

module codes (
    input wire [31:0] data,
    input wire [5:0]  i,
    input wire [5:0]  j,
    input wire [95:0] flips
);

    localparam [223:0] ROWS = `SECDED_ROWS;

    // SECDED: flips i and j of zeros
    wire [38:0] single = 39'd1 << i;
    wire [38:0] pair = single ^ (39'd1 << j);
    wire        inside = i < 6'd39 && j < 6'd39;

    wire [31:0] zero_data;
    wire        zero_corrected;
    wire        zero_uncorrectable;
    wire [31:0] single_data;
    wire        single_corrected;
    wire        single_uncorrectable;
    wire [31:0] pair_data;
    wire        pair_corrected;
    wire        pair_uncorrectable;

    code_word_decode #(.PROTECTION(2), .CODE_W(39)) decode_zero (
        .code(39'd0), .data(zero_data), .corrected(zero_corrected),
        .uncorrectable(zero_uncorrectable)
    );
    code_word_decode #(.PROTECTION(2), .CODE_W(39)) decode_single (
        .code(single), .data(single_data), .corrected(single_corrected),
        .uncorrectable(single_uncorrectable)
    );
    code_word_decode #(.PROTECTION(2), .CODE_W(39)) decode_pair (
        .code(pair), .data(pair_data), .corrected(pair_corrected),
        .uncorrectable(pair_uncorrectable)
    );

    // the syndrome of any code word
    wire [38:0] code;
    wire [6:0]  syndrome;

    code_word #(.PROTECTION(2), .CODE_W(39)) encode (.data(data), .code(code));

    genvar row;
    generate
        for (row = 0; row < 7; row = row + 1) begin : g_row
            assign syndrome[row] = ^(code[31:0] & ROWS[32*row +: 32]) ^ code[32+row];
        end
    endgenerate

    // TMR
    wire [95:0] tmr_code;
    wire [31:0] tmr_data;
    wire        tmr_corrected;
    wire        tmr_uncorrectable;

    code_word #(.PROTECTION(3), .CODE_W(96)) tmr_encode (.data(data), .code(tmr_code));
    code_word_decode #(.PROTECTION(3), .CODE_W(96)) tmr_decode (
        .code(tmr_code ^ flips), .data(tmr_data), .corrected(tmr_corrected),
        .uncorrectable(tmr_uncorrectable)
    );

    wire [31:0] first = flips[31:0];
    wire [31:0] second = flips[63:32];
    wire [31:0] third = flips[95:64];
    wire        one_copy = (first == 32'd0 && second == 32'd0) || (first == 32'd0 && third == 32'd0)
                           || (second == 32'd0 && third == 32'd0);

    always @* begin
        assert (zero_data == 32'd0 && !zero_corrected && !zero_uncorrectable);
        if (inside) assert (single_data == 32'd0 && single_corrected && !single_uncorrectable);
        if (inside && i != j) assert (!pair_corrected && pair_uncorrectable);
        assert (code[31:0] == data && syndrome == 7'd0);

        if (one_copy) assert (tmr_data == data);
        assert (tmr_corrected == (first != second || first != third) && !tmr_uncorrectable);

        cover (inside && i != j && pair_uncorrectable);
        cover (one_copy && tmr_corrected);
    end

endmodule

`default_nettype wire
