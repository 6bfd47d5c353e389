// SPDX-License-Identifier: Apache-2.0
// Decoder: the physical bits of a code word into its 32 data bits (the inverse of code_word.v).
`default_nettype none

module code_word_decode #(
    parameter PROTECTION = 0,    // 0: none
    parameter CODE_W = 32        // physical bits, 32 without protection
) (
    input  wire [CODE_W-1:0] code,
    output wire [31:0]       data
);

    generate
        if (PROTECTION == 0 && CODE_W == 32) begin : g_none
            assign data = code;
        end else begin : g_unknown
            // No such module: elaboration stops here and names what is wrong.
            PROTECTION_must_be_0_and_CODE_W_32 stop ();
        end
    endgenerate

endmodule

`default_nettype wire
