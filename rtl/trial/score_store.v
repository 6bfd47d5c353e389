// SPDX-License-Identifier: Apache-2.0
// Scores of the last run, a row at a time: written by the engine, read by the comparison and, when
// no command runs, by the host. Rows that the run has not written read as zeros.
`default_nettype none

module score_store #(
    parameter ROW_BITS = 9,      // log2 of rows
    parameter BANK_BITS = 2,     // log2 of words in a row
    parameter WORD_W = 32,       // bits kept of a word, up to 32; the rest reads as 0
    parameter SINGLE_PORT = 0,   // 1: a RAM with one port, where nothing reads while the engine writes
    parameter HUGE = 0           // with SINGLE_PORT: as in ram_1rw.v
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
    input  wire [(WORD_W<<BANK_BITS)-1:0] wdata,

    // comparison, read latency 1
    input  wire                       re,
    input  wire [ROW_BITS-1:0]        row,
    output wire [(WORD_W<<BANK_BITS)-1:0] data
);

    wire                          window_re;
    wire                          window_we;
    wire [ROW_BITS+BANK_BITS-1:0] word;

    ram_window #(
        .WORD_BITS(ROW_BITS + BANK_BITS),
        .WRITABLE(0),
        .LATENCY(SINGLE_PORT != 0 ? 1 : 2),
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

    wire [ROW_BITS-1:0] read_row = locked ? row : word[BANK_BITS +: ROW_BITS];

    generate
        if (SINGLE_PORT != 0) begin : g_single
            zeroed_ram #(
                .WIDTH(WORD_W << BANK_BITS),
                .ADDRESS_W(ROW_BITS),
                .HUGE(HUGE)
            ) rows (
                .clk(clk),
                .rst(rst),
                .clear(clear),
                .clearing(clearing),
                .we(we),
                .waddr(wrow),
                .wdata(wdata),
                .re(re || window_re),
                .raddr(read_row),
                .rdata(data)
            );
        end else begin : g_two
            // A clear leaves zeros behind, so that a row need not say who wrote it: a comparison
            // with its epoch would follow the block RAM, which answers late in its cycle.
            wire                           unused_current;
            wire [(WORD_W<<BANK_BITS)-1:0] unused_masked;

            epoch_ram #(
                .WIDTH(WORD_W << BANK_BITS),
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
                .raddr(read_row),
                .rdata(unused_masked),
                .raw(data),
                .current(unused_current)
            );
        end
    endgenerate

    // bank 0 when there is only one
    wire [31:0] bank = {{(32-ROW_BITS-BANK_BITS){1'b0}}, word} & ((1 << BANK_BITS) - 1);

    // The window acknowledges three cycles after its read, two with a slow clock. The row is kept before
    // a word is chosen, since the block RAM answers late in its cycle; a slow clock needs no register.
    reg  [(WORD_W<<BANK_BITS)-1:0] data_q;
    wire [(WORD_W<<BANK_BITS)-1:0] kept = SINGLE_PORT != 0 ? data : data_q;
    wire [WORD_W-1:0]              answer = kept[WORD_W*bank +: WORD_W];

    always @(posedge clk) data_q <= data;

    generate
        if (WORD_W < 32) begin : g_part
            assign s_rdata = {{(32-WORD_W){1'b0}}, answer};
        end else begin : g_whole
            assign s_rdata = answer;
        end
    endgenerate

    wire unused = window_we;

endmodule

`default_nettype wire
