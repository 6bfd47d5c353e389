// SPDX-License-Identifier: Apache-2.0
// A window of the bus onto a block RAM: Wishbone B4 classic slave, a read has a wait state more
// than its latency, and another, as a write has, where `re` and `we` are registers. While `locked`
// every access is refused, since the RAM's read port then belongs to someone else.
`default_nettype none

module ram_window #(
    parameter WORD_BITS = 9,     // log2 of the words in the window
    parameter WRITABLE = 1,      // 0: writes are refused
    parameter LATENCY = 1,       // cycles from `re` to the data: 1, or 2 with registers before and after the RAM
    parameter WRAPS = 0          // 1: addresses beyond the window wrap; 0: they are refused
) (
    input  wire                 clk,
    input  wire                 rst,

    // bus
    input  wire                 s_stb,
    input  wire                 s_we,
    input  wire [23:0]          s_adr,
    output reg                  s_ack,
    output reg                  s_err,

    // RAM: `re` and then the data until the acknowledgement
    input  wire                 locked,
    output wire                 re,
    output wire                 we,
    output wire [WORD_BITS-1:0] word
);

    wire beyond = (s_adr >> WORD_BITS) != 24'd0 && WRAPS == 0;
    wire access = s_stb && !s_ack && !s_err;
    wire refused = locked || beyond || (s_we && WRITABLE == 0);
    reg  re_q;
    reg  we_q;
    reg  reading_q;              // in the cycle after `re`,
    reg  read_q;                 // and the next
    wire there = LATENCY == 1 ? reading_q : read_q;
    wire begins = access && !refused && !re_q && !we_q && !reading_q && !read_q;

    assign word = s_adr[WORD_BITS-1:0];
    assign we = LATENCY == 1 ? begins && s_we : we_q;
    assign re = LATENCY == 1 ? begins && !s_we : re_q;

    always @(posedge clk) begin
        re_q <= LATENCY != 1 && begins && !s_we;
        we_q <= LATENCY != 1 && begins && s_we;
        reading_q <= re;
        read_q <= LATENCY != 1 && reading_q;
        s_ack <= we || (there && access);
        s_err <= access && refused;
        if (rst) begin
            re_q <= 1'b0;
            we_q <= 1'b0;
            reading_q <= 1'b0;
            read_q <= 1'b0;
            s_ack <= 1'b0;
            s_err <= 1'b0;
        end
    end

endmodule

`default_nettype wire
