// SPDX-License-Identifier: Apache-2.0
// Encoder: 32 data bits into the physical bits of a code word.
//
// PROTECTION has the values of `Protection` in host/regmap.py. Only NONE (0) is built so far; a
// code that is added here is added in code_word_decode.v, too, with its CODE_W.
`default_nettype none

module code_word #(
    parameter PROTECTION = 0,    // 0: none
    parameter CODE_W = 32        // physical bits, 32 without protection
) (
    input  wire [31:0]       data,
    output wire [CODE_W-1:0] code
);

    generate
        if (PROTECTION == 0 && CODE_W == 32) begin : g_none
            assign code = data;
        end else begin : g_unknown
            // No such module: elaboration stops here and names what is wrong.
            PROTECTION_must_be_0_and_CODE_W_32 stop ();
        end
    endgenerate

endmodule

`default_nettype wire
