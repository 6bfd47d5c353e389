// SPDX-License-Identifier: Apache-2.0
// A memory that the host fills through the bus, word by word, and the board reads a row at a time:
// pictures, golden results, flip lists. While `locked` the bus is refused and the row port reads.
`default_nettype none

module shared_ram #(
    parameter ROW_BITS = 9,      // log2 of rows
    parameter BANK_BITS = 2      // log2 of 32-bit words in a row
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
    output wire [(32<<BANK_BITS)-1:0]      data
);

    localparam BANKS = 1 << BANK_BITS;

    wire                          window_re;
    wire                          window_we;
    wire [ROW_BITS+BANK_BITS-1:0] word;
    wire [ROW_BITS-1:0]           window_row = word[BANK_BITS +: ROW_BITS];

    ram_window #(
        .WORD_BITS(ROW_BITS + BANK_BITS),
        .WRITABLE(1),
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
            ram_1w1r #(
                .WIDTH(32),
                .DEPTH(1 << ROW_BITS),
                .ADDRESS_W(ROW_BITS)
            ) ram (
                .clk(clk),
                .we(window_we && bank == b),
                .waddr(window_row),
                .wdata(s_wdata),
                .re(re || window_re),
                .raddr(locked ? row : window_row),
                .rdata(data[32*b +: 32])
            );
        end
    endgenerate

    assign s_rdata = data[32*bank +: 32];

endmodule

`default_nettype wire
