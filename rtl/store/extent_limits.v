// SPDX-License-Identifier: Apache-2.0
// Holds the extents that the host asks for to what exists: whole blocks, and no more than the store
// has; none of a store that is absent. They follow a cycle later.
`default_nettype none

module extent_limits #(
    parameter [255:0] STORE_CAPACITY = 256'd0,   // code words of each store in bits 23:0 of 32
    parameter [31:0]  BLOCK_BITS = 32'd0         // log2 of the code words of a block, 4 bits a store
) (
    input  wire         clk,
    input  wire [159:0] asked,                   // 20 bits a store
    output reg  [159:0] extents
);

    genvar s;
    generate
        for (s = 0; s < 8; s = s + 1) begin : store
            localparam [23:0] CAPACITY = STORE_CAPACITY[32*s +: 24];
            wire [19:0] whole = asked[20*s +: 20] >> BLOCK_BITS[4*s +: 4] << BLOCK_BITS[4*s +: 4];
            wire        beyond;

            // A power of two needs no comparison.
            if ((CAPACITY & (CAPACITY - 24'd1)) == 24'd0) begin : g_power
                assign beyond = |(whole & (20'd0 - CAPACITY[19:0]));
            end else begin : g_any
                assign beyond = {4'd0, whole} > CAPACITY;
            end
            always @(posedge clk) extents[20*s +: 20] <= beyond ? CAPACITY[19:0] : whole;
        end
    endgenerate

    wire unused = &{1'b0, STORE_CAPACITY};

endmodule

`default_nettype wire
