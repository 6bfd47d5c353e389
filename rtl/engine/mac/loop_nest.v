// SPDX-License-Identifier: Apache-2.0
// The loops of one fully connected layer over all pictures in flight: picture, output tile, input
// tile. Emits at most one step a cycle, as combinational outputs of its counters. A tile takes at
// least MIN_STEPS cycles, the time the requantiser needs to drain the tile before. Relies on n_out
// > 0.
`default_nettype none

module loop_nest #(
    parameter OC_LANES = 8,      // output channels of a tile
    parameter IC_LANES = 8,      // inputs of a step
    parameter MIN_STEPS = 4,     // cycles a tile takes at least
    parameter SLOT_W = 4         // bits of a picture's number in flight
) (
    input  wire              clk,
    input  wire              rst,

    // layer, constant while busy
    input  wire              start,
    input  wire [15:0]       n_in,
    input  wire [15:0]       n_out,
    input  wire [15:0]       weight_block,
    input  wire [SLOT_W:0]   pictures,
    input  wire [15:0]       image_base,
    input  wire [15:0]       image_rows,
    input  wire [15:0]       score_base,
    input  wire [15:0]       score_rows,
    output wire              busy,
    output wire              work,

    // step
    output wire              step_valid,
    output wire              step_first,       // first of its tile
    output wire              step_last,        // last of its tile
    output wire              step_last_tile,   // of its picture
    output wire              step_final,       // last tile of the last picture
    output wire [SLOT_W-1:0] step_slot,
    output wire [15:0]       step_image_base,  // first row of the picture
    output wire [15:0]       step_score_base,  // first score row of the picture
    output wire [16:0]       step_input,       // first input of the step
    output wire [16:0]       step_output,      // first channel of the tile
    output wire [25:0]       step_block        // weight block
);

    reg              busy_q;
    reg              waiting_q;
    reg [SLOT_W-1:0] slot_q;
    reg [15:0]       image_base_q;
    reg [15:0]       score_base_q;
    reg [16:0]       input_q;
    reg [16:0]       output_q;
    reg [25:0]       block_base_q;
    reg [12:0]       blocks_q;

    // What is left from the present input, output and picture on, and, decided a step ahead,
    // whether each is the last: the end of a tile moves so many registers that it must come early.
    reg [15:0]       inputs_left_q;
    reg [15:0]       outputs_left_q;
    reg [SLOT_W:0]   pictures_left_q;
    reg              first_input_q;
    reg              last_input_q;
    reg              last_output_q;
    reg              last_slot_q;

    // The one moves down a place a cycle; at the lowest the tile has taken its time.
    reg [MIN_STEPS-1:0] age_q;
    localparam [MIN_STEPS-1:0] YOUNG = 1 << (MIN_STEPS - 1);

    // max(1, ceil(n_in / 16)) weight blocks make one row of them
    wire [12:0] blocks = {1'b0, n_in[15:4]} + {12'd0, |n_in[3:0] || n_in == 16'd0};

    wire [16:0] next_output = output_q + OC_LANES[16:0];
    wire drained = age_q[0];
    wire tile_done = busy_q && last_input_q && drained;
    wire picture_done = tile_done && last_output_q;

    assign busy = busy_q;
    assign step_valid = busy_q && !waiting_q;
    assign step_first = first_input_q;
    assign step_last = last_input_q;
    assign step_last_tile = last_output_q;
    assign step_final = last_output_q && last_slot_q;
    assign step_slot = slot_q;
    assign step_image_base = image_base_q;
    assign step_score_base = score_base_q;
    assign step_input = input_q;
    assign step_output = output_q;
    assign step_block = block_base_q + {13'd0, input_q[16:4]};
    assign work = step_valid && slot_q == {SLOT_W{1'b0}} && input_q[3:0] == 4'd0 && output_q[3:0] == 4'd0;

    always @(posedge clk) begin
        blocks_q <= blocks;
        waiting_q <= busy_q && last_input_q && !drained;
        if (busy_q) begin
            if (!drained) age_q <= age_q >> 1;
            if (!last_input_q) begin
                input_q <= input_q + IC_LANES[16:0];
                inputs_left_q <= inputs_left_q - IC_LANES[15:0];
                first_input_q <= 1'b0;
                last_input_q <= {16'd0, inputs_left_q} <= 2 * IC_LANES;
            end
        end
        if (start || tile_done) begin
            age_q <= YOUNG;
            input_q <= 17'd0;
            inputs_left_q <= n_in;
            first_input_q <= 1'b1;
            last_input_q <= {16'd0, n_in} <= IC_LANES;
        end

        if (tile_done) begin
            output_q <= next_output;
            outputs_left_q <= outputs_left_q - OC_LANES[15:0];
            last_output_q <= {16'd0, outputs_left_q} <= 2 * OC_LANES;
            if (next_output[3:0] == 4'd0) block_base_q <= block_base_q + {13'd0, blocks_q};
        end
        if (start || picture_done) begin
            output_q <= 17'd0;
            outputs_left_q <= n_out;
            last_output_q <= {16'd0, n_out} <= OC_LANES;
            block_base_q <= {10'd0, weight_block};
        end

        if (picture_done) begin
            slot_q <= slot_q + 1'b1;
            pictures_left_q <= pictures_left_q - 1'b1;
            last_slot_q <= {{(31-SLOT_W){1'b0}}, pictures_left_q} == 32'd2;
            image_base_q <= image_base_q + image_rows;
            score_base_q <= score_base_q + score_rows;
            if (last_slot_q) busy_q <= 1'b0;
        end
        if (start) begin
            busy_q <= 1'b1;
            slot_q <= {SLOT_W{1'b0}};
            pictures_left_q <= pictures;
            last_slot_q <= {{(31-SLOT_W){1'b0}}, pictures} == 32'd1;
            image_base_q <= image_base;
            score_base_q <= score_base;
        end
        if (rst) busy_q <= 1'b0;
    end

endmodule

`default_nettype wire
