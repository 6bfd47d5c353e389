// SPDX-License-Identifier: Apache-2.0
// Behaviour of ECP5's multiplier, for netlists: 18 by 18 bits, and the register behind the product, with
// its enable and synchronous reset. The model knows no other registers, parameters or shift inputs.
`default_nettype none

module MULT18X18D #(
    parameter REG_OUTPUT_CLK = "NONE",       // or CLK0: the product comes a clock cycle later
    parameter REG_OUTPUT_CE = "CE0",
    parameter REG_OUTPUT_RST = "RST0",
    parameter GSR = "ENABLED"                // there is no global reset after configuration
) (
    input  wire CLK0,
    input  wire CE0,
    input  wire RST0,
    input  wire
        A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input  wire
        B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input  wire                       // third operand of the adder behind it, not modelled
        C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input  wire SIGNEDA,
    input  wire SIGNEDB,
    input  wire SOURCEA,              // 0: A and B; 1, the neighbour's, is not modelled
    input  wire SOURCEB,
    output wire
        P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
        P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);

    wire signed [18:0] a;
    wire signed [18:0] b;
    wire signed [37:0] product;
    reg  [35:0]        product_q;

    assign a = {
        SIGNEDA && A17,
        A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0
    };
    assign b = {
        SIGNEDB && B17,
        B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0
    };
    assign product = a * b;
    assign {
        P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
        P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
    } = SOURCEA || SOURCEB ? 36'bx : REG_OUTPUT_CLK == "CLK0" ? product_q : product[35:0];

    initial product_q = 36'd0;

    always @(posedge CLK0) begin
        if (RST0) product_q <= 36'd0;
        else if (CE0) product_q <= product[35:0];
    end

endmodule

`default_nettype wire
