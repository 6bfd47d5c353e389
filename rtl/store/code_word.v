// SPDX-License-Identifier: Apache-2.0
// Encoder: 32 data bits into the physical bits of a code word (host/codes/README.md). Data are the
// lowest bits of every code. Purely combinational.
`default_nettype none

`include "codes.vh"

module code_word #(
    parameter PROTECTION = 0,    // 0: none, 1: parity, 2: SECDED, 3: TMR
    parameter CODE_W = 32        // physical bits: 32, 33, 39, 96
) (
    input  wire [31:0]       data,
    output wire [CODE_W-1:0] code
);

    localparam [223:0] ROWS = `SECDED_ROWS;

    genvar row;
    generate
        if (PROTECTION == 0 && CODE_W == 32) begin : g_none
            assign code = data;
        end else if (PROTECTION == 1 && CODE_W == 33) begin : g_parity
            assign code = {^data, data};
        end else if (PROTECTION == 2 && CODE_W == 39) begin : g_secded
            assign code[31:0] = data;
            for (row = 0; row < 7; row = row + 1) begin : g_row
                assign code[32+row] = ^(data & ROWS[32*row +: 32]);
            end
        end else if (PROTECTION == 3 && CODE_W == 96) begin : g_tmr
            assign code = {3{data}};
        end else begin : g_unknown
            // No such module: elaboration stops here and names what is wrong.
            PROTECTION_0_1_2_3_has_CODE_W_32_33_39_96 stop ();
        end
    endgenerate

endmodule

`default_nettype wire
