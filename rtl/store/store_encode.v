// SPDX-License-Identifier: Apache-2.0
// Encoder of a code word of whichever store is named (code_word.v), with an encoder for each
// protection that the build has. Purely combinational.
`default_nettype none

`include "codes.vh"

module store_encode #(
    parameter [31:0] PROTECTIONS = 32'd0,  // 4 bits a store
    parameter CODE_W = 32                  // physical bits of the widest code word
) (
    input  wire [2:0]        store,
    input  wire [31:0]       data,
    output wire [CODE_W-1:0] code          // its bits lowest, zeros above
);

    localparam UNIFORM = PROTECTIONS == {8{PROTECTIONS[3:0]}};

    wire [3:0]          protection = UNIFORM ? PROTECTIONS[3:0] : PROTECTIONS[4*store +: 4];
    wire [4*CODE_W-1:0] made;

    assign code = made[0 +: CODE_W] | made[CODE_W +: CODE_W] | made[2*CODE_W +: CODE_W]
                | made[3*CODE_W +: CODE_W];

    genvar p;
    generate
        for (p = 0; p < 4; p = p + 1) begin : g_protection
            localparam BITS = `CODE_BITS(p);

            if (PROTECTIONS[3:0] == p || PROTECTIONS[7:4] == p || PROTECTIONS[11:8] == p
                || PROTECTIONS[15:12] == p || PROTECTIONS[19:16] == p || PROTECTIONS[23:20] == p
                || PROTECTIONS[27:24] == p || PROTECTIONS[31:28] == p) begin : g_used
                wire [127:0] own;

                code_word #(
                    .PROTECTION(p),
                    .CODE_W(BITS)
                ) encode (
                    .data(data),
                    .code(own[BITS-1:0])
                );

                assign own[127:BITS] = {(128-BITS){1'b0}};
                assign made[CODE_W*p +: CODE_W] = own[CODE_W-1:0] & {CODE_W{protection == p}};

                wire unused_top = &{1'b0, own};
            end else begin : g_unused
                assign made[CODE_W*p +: CODE_W] = {CODE_W{1'b0}};
            end
        end
    endgenerate

    wire unused = &{1'b0, store};

endmodule

`default_nettype wire
