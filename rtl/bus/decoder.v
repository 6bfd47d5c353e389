// SPDX-License-Identifier: Apache-2.0
// Address decoding: one Wishbone B4 classic master, one strobe a region. An address in no region is
// answered with an error. Strobes and answers wait a cycle in a register each, since they go to and
// come from many places, some of them late. The strobe is low in the cycle of the answer.
`default_nettype none

`include "registers.vh"

module decoder (
    input  wire        clk,
    input  wire        rst,

    // master
    input  wire        wb_cyc,
    input  wire        wb_stb,
    input  wire [27:0] wb_adr,
    output reg  [31:0] wb_dat_r,
    output reg         wb_ack,
    output reg         wb_err,

    // slaves, one bit or one word a region
    output reg  [15:0]  stb,
    input  wire [15:0]  ack,
    input  wire [15:0]  err,
    input  wire [511:0] rdata
);

    localparam [15:0] PRESENT = (16'd1 << `REGION_REGISTERS) | (16'd1 << `REGION_IMAGES)
        | (16'd1 << `REGION_GOLDEN) | (16'd1 << `REGION_SCORES) | (16'd1 << `REGION_RECORDS)
        | (16'd1 << `REGION_FLIPS) | (16'd1 << `REGION_STORE_DATA) | (16'd1 << `REGION_STORE_RAW);

    wire [3:0] region = wb_adr[27:24];
    wire       strobe = wb_cyc && wb_stb && !wb_ack && !wb_err;
    wire       answer = |stb && (ack[region] || err[region]);

    always @(posedge clk) begin
        stb <= (16'd1 << region) & PRESENT & {16{strobe && !answer}};
        wb_ack <= |stb && ack[region];
        wb_err <= (|stb && err[region]) || (strobe && !PRESENT[region]);
        wb_dat_r <= rdata[32*region +: 32];
        if (rst) begin
            stb <= 16'd0;
            wb_ack <= 1'b0;
            wb_err <= 1'b0;
        end
    end

    wire unused = &{1'b0, wb_adr[23:0]};

endmodule

`default_nettype wire
