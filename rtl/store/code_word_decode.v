// SPDX-License-Identifier: Apache-2.0
// Decoder: the physical bits of a code word into its 32 data bits (the inverse of code_word.v), and
// what it found. An uncorrectable word keeps the data bits that it has. Purely combinational.
`default_nettype none

`include "codes.vh"

module code_word_decode #(
    parameter PROTECTION = 0,    // as in code_word.v
    parameter CODE_W = 32        // likewise
) (
    input  wire [CODE_W-1:0] code,
    output wire [31:0]       data,
    output wire              corrected,      // some bit was wrong, and the data are made right
    output wire              uncorrectable   // some bit is wrong, and stays so
);

    localparam [223:0] ROWS = `SECDED_ROWS;

    genvar row;
    genvar b;
    generate
        if (PROTECTION == 0 && CODE_W == 32) begin : g_none
            assign data = code;
            assign corrected = 1'b0;
            assign uncorrectable = 1'b0;
        end else if (PROTECTION == 1 && CODE_W == 33) begin : g_parity
            assign data = code[31:0];
            assign corrected = 1'b0;
            assign uncorrectable = ^code;
        end else if (PROTECTION == 2 && CODE_W == 39) begin : g_secded
            wire [6:0]  syndrome;
            wire [31:0] wrong;           // data bits
            wire [6:0]  wrong_check;

            for (row = 0; row < 7; row = row + 1) begin : g_row
                assign syndrome[row] = ^(code[31:0] & ROWS[32*row +: 32]) ^ code[32+row];
                assign wrong_check[row] = syndrome == 7'd1 << row;
            end
            for (b = 0; b < 32; b = b + 1) begin : g_bit
                assign wrong[b] = syndrome == {ROWS[192+b], ROWS[160+b], ROWS[128+b], ROWS[96+b],
                                               ROWS[64+b], ROWS[32+b], ROWS[b]};
            end

            assign data = code[31:0] ^ wrong;
            assign corrected = |wrong || |wrong_check;
            assign uncorrectable = |syndrome && !corrected;
        end else if (PROTECTION == 3 && CODE_W == 96) begin : g_tmr
            wire [31:0] first = code[31:0];
            wire [31:0] second = code[63:32];
            wire [31:0] third = code[95:64];

            assign data = (first & second) | (first & third) | (second & third);
            assign corrected = first != second || first != third;
            assign uncorrectable = 1'b0;
        end else begin : g_unknown
            // No such module: elaboration stops here and names what is wrong.
            PROTECTION_0_1_2_3_has_CODE_W_32_33_39_96 stop ();
        end
    endgenerate

endmodule

`default_nettype wire
