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
    reg [5:0]        steps_q;

    // max(1, ceil(n_in / 16)) weight blocks make one row of them
    wire [12:0] blocks = {1'b0, n_in[15:4]} + {12'd0, |n_in[3:0] || n_in == 16'd0};

    wire [16:0] next_input = input_q + IC_LANES[16:0];
    wire [16:0] next_output = output_q + OC_LANES[16:0];
    wire last_input = next_input >= {1'b0, n_in};
    wire last_output = next_output >= {1'b0, n_out};
    wire last_slot = {1'b0, slot_q} + 1'b1 == pictures;
    wire drained = {26'd0, steps_q} + 32'd1 >= MIN_STEPS;
    wire tile_done = last_input && drained;

    assign busy = busy_q;
    assign step_valid = busy_q && !waiting_q;
    assign step_first = input_q == 17'd0;
    assign step_last = last_input;
    assign step_last_tile = last_output;
    assign step_final = last_output && last_slot;
    assign step_slot = slot_q;
    assign step_image_base = image_base_q;
    assign step_score_base = score_base_q;
    assign step_input = input_q;
    assign step_output = output_q;
    assign step_block = block_base_q + {13'd0, input_q[16:4]};
    assign work = step_valid && slot_q == {SLOT_W{1'b0}} && input_q[3:0] == 4'd0 && output_q[3:0] == 4'd0;

    always @(posedge clk) begin
        if (busy_q) begin
            if (!last_input) input_q <= next_input;
            waiting_q <= last_input && !drained;
            if (!drained) steps_q <= steps_q + 6'd1;
            if (tile_done) begin
                input_q <= 17'd0;
                steps_q <= 6'd0;
                output_q <= next_output;
                if (next_output[3:0] == 4'd0) block_base_q <= block_base_q + {13'd0, blocks};
                if (last_output) begin
                    output_q <= 17'd0;
                    block_base_q <= {10'd0, weight_block};
                    slot_q <= slot_q + 1'b1;
                    image_base_q <= image_base_q + image_rows;
                    score_base_q <= score_base_q + score_rows;
                    if (last_slot) busy_q <= 1'b0;
                end
            end
        end
        if (start) begin
            busy_q <= 1'b1;
            waiting_q <= 1'b0;
            slot_q <= {SLOT_W{1'b0}};
            image_base_q <= image_base;
            score_base_q <= score_base;
            input_q <= 17'd0;
            output_q <= 17'd0;
            block_base_q <= {10'd0, weight_block};
            steps_q <= 6'd0;
        end
        if (rst) busy_q <= 1'b0;
    end

endmodule

`default_nettype wire
