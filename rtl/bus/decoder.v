// SPDX-License-Identifier: Apache-2.0
// Address decoding: one Wishbone B4 classic master, one strobe a region. An address in no region is
// answered with an error. What goes to the slaves and comes from them waits a cycle in a register,
// since it goes to and comes from many places, some of them late. The strobe is low in the cycle of
// the answer.
`default_nettype none

`include "registers.vh"

module decoder #(
    parameter REGISTERED = 1     // 0: address, direction and data go to the slaves as they come
) (
    input  wire        clk,
    input  wire        rst,

    // master
    input  wire        wb_cyc,
    input  wire        wb_stb,
    input  wire        wb_we,
    input  wire [27:0] wb_adr,
    input  wire [31:0] wb_dat_w,
    output reg  [31:0] wb_dat_r,
    output reg         wb_ack,
    output reg         wb_err,

    // slaves, one bit or one word a region
    output reg  [15:0]  stb,
    output wire         s_we,
    output wire [23:0]  s_adr,
    output wire [31:0]  s_wdata,
    input  wire [15:0]  ack,
    input  wire [15:0]  err,
    input  wire [511:0] rdata
);

    localparam [15:0] PRESENT = (16'd1 << `REGION_REGISTERS) | (16'd1 << `REGION_IMAGES)
        | (16'd1 << `REGION_GOLDEN) | (16'd1 << `REGION_SCORES) | (16'd1 << `REGION_RECORDS)
        | (16'd1 << `REGION_FLIPS) | (16'd1 << `REGION_UPSETS)
        | (16'd1 << `REGION_STORE_DATA) | (16'd1 << `REGION_STORE_RAW);

    wire [3:0] region = wb_adr[27:24];
    wire       strobe = wb_cyc && wb_stb && !wb_ack && !wb_err;
    wire       acked = |(stb & ack);
    wire       failed = |(stb & err);
    // Nobody but the region that is asked answers: its strobe does not wait for the others' wires.
    wire [15:0] asks = (16'd1 << region) & PRESENT & {16{strobe}};

    reg [31:0] chosen;
    integer    r;

    always @* begin
        chosen = 32'd0;
        for (r = 0; r < 16; r = r + 1) chosen = chosen | (rdata[32*r +: 32] & {32{stb[r]}});
    end

    reg        we_q;
    reg [23:0] adr_q;
    reg [31:0] dat_q;

    assign s_we = REGISTERED != 0 ? we_q : wb_we;
    assign s_adr = REGISTERED != 0 ? adr_q : wb_adr[23:0];
    assign s_wdata = REGISTERED != 0 ? dat_q : wb_dat_w;

    always @(posedge clk) begin
        we_q <= wb_we;
        adr_q <= wb_adr[23:0];
        dat_q <= wb_dat_w;
        stb <= asks & ~(stb & (ack | err));
        wb_ack <= acked;
        wb_err <= failed || (strobe && !PRESENT[region]);
        wb_dat_r <= chosen;
        if (rst) begin
            stb <= 16'd0;
            wb_ack <= 1'b0;
            wb_err <= 1'b0;
        end
    end

endmodule

`default_nettype wire
