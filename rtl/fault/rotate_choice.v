// SPDX-License-Identifier: Apache-2.0
// Rotates a 32-bit word left by one of four constant distances (1 … 31). Combinational.
`default_nettype none

module rotate_choice #(
    parameter BY_0 = 1,
    parameter BY_1 = 1,
    parameter BY_2 = 1,
    parameter BY_3 = 1
) (
    input  wire [1:0]  choice,
    input  wire [31:0] data,
    output reg  [31:0] rotated
);

    always @* begin
        case (choice)
            2'd0: rotated = {data[31-BY_0:0], data[31:32-BY_0]};
            2'd1: rotated = {data[31-BY_1:0], data[31:32-BY_1]};
            2'd2: rotated = {data[31-BY_2:0], data[31:32-BY_2]};
            default: rotated = {data[31-BY_3:0], data[31:32-BY_3]};
        endcase
    end

endmodule

`default_nettype wire
