// SPDX-License-Identifier: Apache-2.0
// Address decoding: one Wishbone B4 classic master, one strobe a region. An address in no region is
// answered with an error.
`default_nettype none

`include "registers.vh"

module decoder (
    input  wire        clk,
    input  wire        rst,

    // master
    input  wire        wb_cyc,
    input  wire        wb_stb,
    input  wire [27:0] wb_adr,
    output wire [31:0] wb_dat_r,
    output wire        wb_ack,
    output wire        wb_err,

    // slaves, one bit or one word a region
    output wire [15:0]  stb,
    input  wire [15:0]  ack,
    input  wire [15:0]  err,
    input  wire [511:0] rdata
);

    localparam [15:0] PRESENT = (16'd1 << `REGION_REGISTERS) | (16'd1 << `REGION_IMAGES)
        | (16'd1 << `REGION_GOLDEN) | (16'd1 << `REGION_SCORES) | (16'd1 << `REGION_RECORDS)
        | (16'd1 << `REGION_FLIPS) | (16'd1 << `REGION_STORE_DATA) | (16'd1 << `REGION_STORE_RAW);

    wire [3:0] region = wb_adr[27:24];
    wire       strobe = wb_cyc && wb_stb;
    reg        absent_q;

    assign stb = (16'd1 << region) & PRESENT & {16{strobe}};
    assign wb_ack = ack[region] && PRESENT[region];
    assign wb_err = (err[region] && PRESENT[region]) || absent_q;
    assign wb_dat_r = rdata[32*region +: 32];

    always @(posedge clk) begin
        absent_q <= strobe && !PRESENT[region] && !absent_q;
        if (rst) absent_q <= 1'b0;
    end

    wire unused = &{1'b0, wb_adr[23:0]};

endmodule

`default_nettype wire
