// SPDX-License-Identifier: Apache-2.0
// Scores of the last run, a row at a time: written by the engine, read by the comparison and, when
// no command runs, by the host. Rows that the run has not written read as zeros.
`default_nettype none

module score_store #(
    parameter ROW_BITS = 9,      // log2 of rows
    parameter BANK_BITS = 2      // log2 of 32-bit words in a row
) (
    input  wire                       clk,
    input  wire                       rst,

    // bus: word = row * 2^BANK_BITS + word of the row, read-only
    input  wire                       s_stb,
    input  wire                       s_we,
    input  wire [23:0]                s_adr,
    output wire                       s_ack,
    output wire                       s_err,
    output wire [31:0]                s_rdata,
    input  wire                       locked,

    // forget the run before
    input  wire                       clear,
    output wire                       clearing,

    // engine
    input  wire                       we,
    input  wire [ROW_BITS-1:0]        wrow,
    input  wire [(32<<BANK_BITS)-1:0] wdata,

    // comparison, read latency 1
    input  wire                       re,
    input  wire [ROW_BITS-1:0]        row,
    output wire [(32<<BANK_BITS)-1:0] data
);

    wire                          window_re;
    wire                          window_we;
    wire [ROW_BITS+BANK_BITS-1:0] word;

    ram_window #(
        .WORD_BITS(ROW_BITS + BANK_BITS),
        .WRITABLE(0),
        .WRAPS(0)
    ) window (
        .clk(clk),
        .rst(rst),
        .s_stb(s_stb),
        .s_we(s_we),
        .s_adr(s_adr),
        .s_ack(s_ack),
        .s_err(s_err),
        .locked(locked),
        .re(window_re),
        .we(window_we),
        .word(word)
    );

    epoch_ram #(
        .WIDTH(32 << BANK_BITS),
        .ADDRESS_W(ROW_BITS),
        .TAG_W(1)
    ) rows (
        .clk(clk),
        .rst(rst),
        .clear(clear),
        .clearing(clearing),
        .epoch(1'b1),
        .we(we),
        .waddr(wrow),
        .wdata(wdata),
        .re(re || window_re),
        .raddr(locked ? row : word[BANK_BITS +: ROW_BITS]),
        .rdata(data)
    );

    // bank 0 when there is only one
    wire [31:0] bank = {{(32-ROW_BITS-BANK_BITS){1'b0}}, word} & ((1 << BANK_BITS) - 1);

    assign s_rdata = data[32*bank +: 32];

    wire unused = window_we;

endmodule

`default_nettype wire
