// SPDX-License-Identifier: Apache-2.0
// Encoder and decoder of each protection, with flips between them.
`default_nettype none

module codes (
    input  wire [31:0]   data,
    input  wire [95:0]   flips,          // of all four alike

    // protection p: bits 96p …, 32p …, p
    output wire [4*96-1:0] code,
    output wire [4*32-1:0] decoded,
    output wire [3:0]      corrected,
    output wire [3:0]      uncorrectable
);

    genvar p;
    generate
        for (p = 0; p < 4; p = p + 1) begin : g_protection
            localparam CODE_W = p == 0 ? 32 : p == 1 ? 33 : p == 2 ? 39 : 96;

            wire [CODE_W-1:0] encoded;
            wire [127:0]      padded = {{(128-CODE_W){1'b0}}, encoded};

            assign code[96*p +: 96] = padded[95:0];

            code_word #(
                .PROTECTION(p),
                .CODE_W(CODE_W)
            ) encode (
                .data(data),
                .code(encoded)
            );

            code_word_decode #(
                .PROTECTION(p),
                .CODE_W(CODE_W)
            ) decode (
                .code(encoded ^ flips[CODE_W-1:0]),
                .data(decoded[32*p +: 32]),
                .corrected(corrected[p]),
                .uncorrectable(uncorrectable[p])
            );
        end
    endgenerate

endmodule

`default_nettype wire
