// SPDX-License-Identifier: Apache-2.0
// Words into a byte memory, little-endian, four cycles a word.
`default_nettype none

module word_writer (
    input  wire        clk,
    input  wire        rst,

    input  wire        s_valid,
    input  wire [8:0]  s_index,    // place of the word, in words
    input  wire [31:0] s_data,
    output wire        s_ready,    // nothing is left to be written

    output wire        ram_we,
    output wire [10:0] ram_address,
    output wire [7:0]  ram_data
);

    reg        busy_q;
    reg [8:0]  index_q;
    reg [1:0]  byte_q;
    reg [31:0] shift_q;

    assign s_ready = !busy_q;
    assign ram_we = busy_q;
    assign ram_address = {index_q, byte_q};
    assign ram_data = shift_q[7:0];

    always @(posedge clk) begin
        if (s_ready) begin
            busy_q <= s_valid;
            index_q <= s_index;
            byte_q <= 2'd0;
            shift_q <= s_data;
        end else begin
            busy_q <= byte_q != 2'd3;
            byte_q <= byte_q + 2'd1;
            shift_q <= {8'd0, shift_q[31:8]};
        end
        if (rst) busy_q <= 1'b0;
    end

endmodule

`default_nettype wire
