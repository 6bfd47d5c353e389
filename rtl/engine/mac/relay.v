// SPDX-License-Identifier: Apache-2.0
// A register between what is far apart. It stays one of its own: synthesis would make one of all that
// hold the same, and their loads lie far apart, too. Its hierarchy is kept until after that.
`default_nettype none

(* keep_hierarchy = "yes" *)
module relay #(
    parameter WIDTH = 32
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] value,
    output reg  [WIDTH-1:0] value_q
);

    always @(posedge clk) value_q <= value;

endmodule

`default_nettype wire
