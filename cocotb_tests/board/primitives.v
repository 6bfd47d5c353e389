// SPDX-License-Identifier: Apache-2.0
// The vendors' PLLs as the board tops use them, for readers that know none: the clock goes through
// as it comes, so a simulation drives the oscillator's pin with the clock of the design; the lock
// comes after some cycles.
`default_nettype none

module EHXPLLL #(
    parameter CLKI_DIV = 1,
    parameter CLKFB_DIV = 1,
    parameter CLKOP_DIV = 8,
    parameter CLKOP_CPHASE = 0,
    parameter CLKOP_FPHASE = 0,
    parameter CLKOP_ENABLE = "ENABLED",
    parameter FEEDBK_PATH = "CLKOP"
) (
    input  wire CLKI,
    input  wire CLKFB,
    input  wire RST,
    input  wire STDBY,
    input  wire PHASESEL0,
    input  wire PHASESEL1,
    input  wire PHASEDIR,
    input  wire PHASESTEP,
    input  wire PHASELOADREG,
    input  wire PLLWAKESYNC,
    input  wire ENCLKOP,
    output wire CLKOP,
    output wire LOCK
);

    reg [3:0] locked_q;

    initial locked_q = 4'd0;

    assign CLKOP = CLKI;
    assign LOCK = locked_q[3];

    always @(posedge CLKI) locked_q <= {locked_q[2:0], 1'b1};

endmodule

module SB_PLL40_PAD #(
    parameter FEEDBACK_PATH = "SIMPLE",
    parameter [3:0] DIVR = 4'd0,
    parameter [6:0] DIVF = 7'd0,
    parameter [2:0] DIVQ = 3'd0,
    parameter [2:0] FILTER_RANGE = 3'd0
) (
    input  wire PACKAGEPIN,
    input  wire RESETB,
    input  wire BYPASS,
    output wire PLLOUTGLOBAL,
    output wire LOCK
);

    reg [3:0] locked_q;

    initial locked_q = 4'd0;

    assign PLLOUTGLOBAL = PACKAGEPIN;
    assign LOCK = locked_q[3];

    always @(posedge PACKAGEPIN) locked_q <= {locked_q[2:0], 1'b1};

endmodule

module rPLL #(
    parameter DEVICE = "",
    parameter FCLKIN = "",
    parameter IDIV_SEL = 0,
    parameter FBDIV_SEL = 0,
    parameter ODIV_SEL = 8,
    parameter DYN_IDIV_SEL = "false",
    parameter DYN_FBDIV_SEL = "false",
    parameter DYN_ODIV_SEL = "false",
    parameter CLKFB_SEL = "internal"
) (
    input  wire       CLKIN,
    input  wire       CLKFB,
    input  wire       RESET,
    input  wire       RESET_P,
    input  wire [5:0] FBDSEL,
    input  wire [5:0] IDSEL,
    input  wire [5:0] ODSEL,
    input  wire [3:0] PSDA,
    input  wire [3:0] DUTYDA,
    input  wire [3:0] FDLY,
    output wire       CLKOUT,
    output wire       LOCK
);

    reg [3:0] locked_q;

    initial locked_q = 4'd0;

    assign CLKOUT = CLKIN;
    assign LOCK = locked_q[3];

    always @(posedge CLKIN) locked_q <= {locked_q[2:0], 1'b1};

endmodule

`default_nettype wire
