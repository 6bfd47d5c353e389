// SPDX-License-Identifier: Apache-2.0
// Decoder of a code word of whichever store is named (code_word_decode.v), with a decoder for each
// protection that the build has. Purely combinational.
`default_nettype none

`include "codes.vh"

module store_decode #(
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store
    parameter CODE_W = 32                  // physical bits of the widest code word
) (
    input  wire [2:0]        store,
    input  wire [CODE_W-1:0] code,         // its bits lowest
    output wire [31:0]       data,
    output wire              corrected,
    output wire              uncorrectable
);

    localparam UNIFORM = PROTECTIONS == {8{PROTECTIONS[3:0]}};

    wire [3:0]     protection = UNIFORM ? PROTECTIONS[3:0] : PROTECTIONS[4*store +: 4];
    wire [4*34-1:0] found;

    assign {uncorrectable, corrected, data} = found[0 +: 34] | found[34 +: 34] | found[68 +: 34]
                                            | found[102 +: 34];

    genvar p;
    generate
        for (p = 0; p < 4; p = p + 1) begin : g_protection
            localparam BITS = `CODE_BITS(p);

            if (PROTECTIONS[3:0] == p || PROTECTIONS[7:4] == p || PROTECTIONS[11:8] == p
                || PROTECTIONS[15:12] == p || PROTECTIONS[19:16] == p || PROTECTIONS[23:20] == p
                || PROTECTIONS[27:24] == p || PROTECTIONS[31:28] == p) begin : g_used
                wire [33:0] own;

                code_word_decode #(
                    .PROTECTION(p),
                    .CODE_W(BITS)
                ) decode (
                    .code(code[BITS-1:0]),
                    .data(own[31:0]),
                    .corrected(own[32]),
                    .uncorrectable(own[33])
                );

                assign found[34*p +: 34] = own & {34{protection == p}};
            end else begin : g_unused
                assign found[34*p +: 34] = 34'd0;
            end
        end
    endgenerate

    wire unused = &{1'b0, store, code};

endmodule

`default_nettype wire
