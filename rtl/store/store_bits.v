// SPDX-License-Identifier: Apache-2.0
// Physical bits of a code word of the store that is named. Purely combinational.
`default_nettype none

`include "codes.vh"

module store_bits #(
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store
) (
    input  wire [2:0] store,
    output wire [6:0] bits
);

    localparam UNIFORM = PROTECTIONS == {8{PROTECTIONS[3:0]}};

    wire [3:0]  protection = UNIFORM ? PROTECTIONS[3:0] : PROTECTIONS[4*store +: 4];
    wire [31:0] all = `CODE_BITS(protection);

    assign bits = all[6:0];

    wire unused = &{1'b0, store, all[31:7]};

endmodule

`default_nettype wire
