// SPDX-License-Identifier: Apache-2.0
// A ring of trial records or of upsets: written word by word, read by the host at any time. Who may
// overwrite what is the business of head and tail, not of this memory.
`default_nettype none

module record_ring #(
    parameter RECORD_BITS = 6,   // log2 of records
    parameter PART_BITS = 3      // log2 of the words of one
) (
    input  wire                   clk,
    input  wire                   rst,

    // bus: records one after the other, lowest word first, read-only; addresses wrap
    input  wire                   s_stb,
    input  wire                   s_we,
    input  wire [23:0]            s_adr,
    output wire                   s_ack,
    output wire                   s_err,
    output reg  [31:0]            s_rdata,

    // who writes
    input  wire                   we,
    input  wire [RECORD_BITS-1:0] record,
    input  wire [PART_BITS-1:0]   part,
    input  wire [31:0]            data
);

    wire                   window_re;
    wire                   window_we;
    wire [RECORD_BITS+PART_BITS-1:0] word;
    wire [31:0]            ram_rdata;

    ram_window #(
        .WORD_BITS(RECORD_BITS + PART_BITS),
        .WRITABLE(0),
        .LATENCY(2),
        .WRAPS(1)
    ) window (
        .clk(clk),
        .rst(rst),
        .s_stb(s_stb),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_ack(s_ack),
        .s_err(s_err),
        .locked(1'b0),
        .re(window_re),
        .we(window_we),
        .word(word)
    );

    ram_1w1r #(
        .WIDTH(32),
        .DEPTH(1 << (RECORD_BITS + PART_BITS)),
        .ADDRESS_W(RECORD_BITS + PART_BITS)
    ) ram (
        .clk(clk),
        .we(we),
        .waddr({record, part}),
        .wdata(data),
        .re(window_re),
        .raddr(word),
        .rdata(ram_rdata)
    );

    always @(posedge clk) s_rdata <= ram_rdata;

    wire unused = window_we;

endmodule

`default_nettype wire
