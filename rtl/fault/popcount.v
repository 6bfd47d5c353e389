// SPDX-License-Identifier: Apache-2.0
// Number of ones in a word. Combinational.
`default_nettype none

module popcount #(
    parameter WIDTH = 32,        // bits counted
    parameter COUNT_W = 6        // at least ceil(log2(WIDTH + 1))
) (
    input  wire [WIDTH-1:0]   data,
    output reg  [COUNT_W-1:0] ones
);

    integer i;

    always @* begin
        ones = {COUNT_W{1'b0}};
        for (i = 0; i < WIDTH; i = i + 1) begin
            ones = ones + {{(COUNT_W-1){1'b0}}, data[i]};
        end
    end

endmodule

`default_nettype wire
