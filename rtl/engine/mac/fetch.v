// SPDX-License-Identifier: Apache-2.0
// Fetches one instruction of the layer program and names its fields (docs/mac-engine.md). The
// program store is one code word wide, so that a fetch takes 8 cycles and the store's read latency.
`default_nettype none

module fetch #(
    parameter WORD_W = 9,        // 2^WORD_W code words in the program store
    parameter LATENCY = 3        // of its port, up to 3
) (
    input  wire              clk,
    input  wire              rst,

    // control: `rewind` goes to instruction 0, `start` reads the present one and moves on
    input  wire              rewind,
    input  wire              start,
    input  wire [19:0]       extent,
    output reg               valid,

    // program store
    output wire              store_re,
    output wire [WORD_W-1:0] store_word,
    input  wire [31:0]       store_data,

    // instruction, held from `valid` to the next start
    output wire              op_end,
    output wire              op_dense,
    output wire              single,
    output wire [1:0]        src,
    output wire [1:0]        dst,
    output wire [15:0]       n_in,
    output wire [15:0]       n_out,
    output wire [15:0]       src_row,
    output wire [15:0]       dst_row,
    output wire [15:0]       weight_block,
    output wire [15:0]       channel_block,
    output wire [7:0]        input_zero_point,
    output wire [7:0]        output_zero_point,
    output wire [7:0]        activation_min,
    output wire [7:0]        activation_max
);

    localparam [7:0] OP_END = 8'd0;
    localparam [7:0] OP_FULLY_CONNECTED = 8'd1;

    reg [WORD_W-4:0] counter_q;
    reg [2:0]        part_q;
    reg              reading_q;
    reg [2:0]        arriving_q;     // reads under way, the oldest in bit 2
    reg [2:0]        arrived_q;
    reg [5*32-1:0]   words_q;        // words 0 ... 4; the rest is padding

    assign store_re = reading_q;
    assign store_word = {counter_q, part_q};

    // The instruction after the last of the extent is instruction 0.
    wire [WORD_W-3:0] next_counter = {1'b0, counter_q} + 1'b1;
    wire              wraps = {{(20-WORD_W){1'b0}}, next_counter, 3'd0} >= {1'b0, extent};

    always @(posedge clk) begin
        valid <= 1'b0;
        arriving_q <= {arriving_q[1:0], reading_q};
        if (reading_q) begin
            part_q <= part_q + 3'd1;
            if (part_q == 3'd7) begin
                reading_q <= 1'b0;
                counter_q <= wraps ? {(WORD_W-3){1'b0}} : next_counter[WORD_W-4:0];
            end
        end
        if (arriving_q[LATENCY-1]) begin
            arrived_q <= arrived_q + 3'd1;
            if (arrived_q < 3'd5) words_q[32*arrived_q +: 32] <= |extent[19:3] ? store_data : 32'd0;
            valid <= arrived_q == 3'd7;
        end
        if (start) begin
            reading_q <= 1'b1;
            part_q <= 3'd0;
            arrived_q <= 3'd0;
        end
        if (rewind) counter_q <= {(WORD_W-3){1'b0}};
        if (rst) begin
            reading_q <= 1'b0;
            arriving_q <= 3'd0;
            valid <= 1'b0;
        end
    end

    assign op_end = words_q[7:0] == OP_END;
    assign op_dense = words_q[7:0] == OP_FULLY_CONNECTED;
    assign single = words_q[8];
    assign src = words_q[17:16];
    assign dst = words_q[19:18];
    assign n_in = words_q[47:32];
    assign n_out = words_q[63:48];
    assign src_row = words_q[79:64];
    assign dst_row = words_q[95:80];
    assign weight_block = words_q[111:96];
    assign channel_block = words_q[127:112];
    assign input_zero_point = words_q[135:128];
    assign output_zero_point = words_q[143:136];
    assign activation_min = words_q[151:144];
    assign activation_max = words_q[159:152];

    wire unused = &{1'b0, words_q[15:9], words_q[31:20], extent[2:0]};

endmodule

`default_nettype wire
