// SPDX-License-Identifier: Apache-2.0
// A memory that the host fills through the bus, word by word, and the board reads a row at a time:
// pictures, golden results, flip lists. While `locked` the bus is refused and the row port reads.
`default_nettype none

module shared_ram #(
    parameter ROW_BITS = 9,      // log2 of rows
    parameter BANK_BITS = 2,     // log2 of words in a row
    parameter WORD_W = 32,       // bits kept of a word, up to 32; the rest reads as 0
    parameter LATENCY = 2,       // of a read by the bus; 1: no register after the RAM, for slow clocks
    parameter SINGLE_PORT = 0,   // 1: in RAMs with one port
    parameter HUGE = 0           // with SINGLE_PORT: as in ram_1rw.v
) (
    input  wire                            clk,
    input  wire                            rst,

    // bus: word = row * 2^BANK_BITS + bank
    input  wire                            s_stb,
    input  wire                            s_we,
    input  wire [23:0]                     s_adr,
    input  wire [31:0]                     s_wdata,
    output wire                            s_ack,
    output wire                            s_err,
    output wire [31:0]                     s_rdata,
    input  wire                            locked,

    // row port, read latency 1
    input  wire                            re,
    input  wire [ROW_BITS-1:0]             row,
    output wire [(WORD_W<<BANK_BITS)-1:0]  data
);

    localparam BANKS = 1 << BANK_BITS;

    wire                          window_re;
    wire                          window_we;
    wire [ROW_BITS+BANK_BITS-1:0] word;
    wire [ROW_BITS-1:0]           window_row = word[BANK_BITS +: ROW_BITS];

    ram_window #(
        .WORD_BITS(ROW_BITS + BANK_BITS),
        .WRITABLE(1),
        .LATENCY(LATENCY),
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

    // bank 0 when there is only one
    wire [31:0] bank = {{(32-ROW_BITS-BANK_BITS){1'b0}}, word} & (BANKS - 1);

    genvar b;
    generate
        for (b = 0; b < BANKS; b = b + 1) begin : banks
            wire we_here = window_we && bank == b;

            if (SINGLE_PORT != 0) begin : g_single
                ram_1rw #(
                    .WIDTH(WORD_W),
                    .DEPTH(1 << ROW_BITS),
                    .ADDRESS_W(ROW_BITS),
                    .HUGE(HUGE)
                ) ram (
                    .clk(clk),
                    .en(we_here || re || window_re),
                    .we(we_here),
                    .address(locked ? row : window_row),
                    .wdata(s_wdata[WORD_W-1:0]),
                    .rdata(data[WORD_W*b +: WORD_W])
                );
            end else begin : g_two
                ram_1w1r #(
                    .WIDTH(WORD_W),
                    .DEPTH(1 << ROW_BITS),
                    .ADDRESS_W(ROW_BITS)
                ) ram (
                    .clk(clk),
                    .we(we_here),
                    .waddr(window_row),
                    .wdata(s_wdata[WORD_W-1:0]),
                    .re(re || window_re),
                    .raddr(locked ? row : window_row),
                    .rdata(data[WORD_W*b +: WORD_W])
                );
            end
        end
    endgenerate

    // A block RAM answers late in its cycle: the row is kept before a word of it is chosen.
    reg  [(WORD_W<<BANK_BITS)-1:0] data_q;
    wire [(WORD_W<<BANK_BITS)-1:0] read_row = LATENCY == 1 ? data : data_q;
    wire [WORD_W-1:0]              answer = read_row[WORD_W*bank +: WORD_W];

    always @(posedge clk) data_q <= data;

    generate
        if (WORD_W < 32) begin : g_part
            assign s_rdata = {{(32-WORD_W){1'b0}}, answer};

            wire unused = &{1'b0, s_wdata};
        end else begin : g_whole
            assign s_rdata = answer;
        end
    endgenerate

endmodule

`default_nettype wire
