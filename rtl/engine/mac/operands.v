// SPDX-License-Identifier: Apache-2.0
// Turns a step of the loop nest into operands: reads activations (image or buffer) and weights,
// selects the step's inputs, subtracts the zero point and masks what must not count. Operands are
// valid 6 cycles after the step.
`default_nettype none

module operands #(
    parameter OC_LANES = 8,        // output channels of a tile
    parameter IC_LANES = 8,        // inputs of a step
    parameter SLOT_W = 4,          // bits of a picture's number in flight
    parameter ACTIVATION_W = 9,    // bits of an activation row address
    parameter IMAGE_W = 11,        // bits of an image row address
    parameter WEIGHT_W = 9,        // bits of a weight row address
    parameter SUB_W = 2,           // weight rows of a block: 2^SUB_W
    parameter WEIGHT_BANKS = 16    // code words of a weight row
) (
    input  wire                        clk,

    // layer constants
    input  wire [1:0]                  src,
    input  wire                        src_blank,       // the source reads as zeros
    input  wire [15:0]                 n_in,
    input  wire [15:0]                 src_row,
    input  wire [7:0]                  input_zero_point,
    input  wire [15:0]                 image_rows,
    input  wire [4:0]                  row_bits,
    input  wire [19:0]                 weight_extent,

    // step
    input  wire                        step_valid,
    input  wire [SLOT_W-1:0]           step_slot,
    input  wire [15:0]                 step_image_base,
    input  wire [16:0]                 step_input,
    input  wire [3:0]                  step_output,     // of the block
    input  wire [25:0]                 step_block,

    // image and activation memories, read latency 1, `activation_current` a cycle later; weight
    // store, read latency 3
    output reg                         memory_re,
    output reg  [IMAGE_W-1:0]          image_row,
    input  wire [127:0]                image_data,
    output reg  [ACTIVATION_W-1:0]     activation_row,
    input  wire [127:0]                activation_data,
    input  wire                        activation_current,  // low: the row counts as zero
    output reg                         weight_re,
    output reg  [WEIGHT_W-1:0]         weight_row,
    input  wire [32*WEIGHT_BANKS-1:0]  weight_data,

    // operands, 6 cycles after the step
    output reg                         weights_ok,
    output wire [9*IC_LANES-1:0]       inputs,
    output wire [8*IC_LANES*OC_LANES-1:0] weights
);

    localparam IC_LOG = $clog2(IC_LANES);
    localparam OC_LOG = $clog2(OC_LANES);

    // 1: row of the source and number of the weight row
    reg                valid_q;
    reg [16:0]         row_q;
    reg [SLOT_W-1:0]   slot_q;
    reg [15:0]         image_base_q;
    reg [16:0]         input_q;
    reg [25:0]         block_q;
    reg [3:0]          output_q;
    always @(posedge clk) begin
        valid_q <= step_valid;
        row_q <= {1'b0, src_row} + {4'd0, step_input[16:4]};
        slot_q <= step_slot;
        image_base_q <= step_image_base;
        input_q <= step_input;
        block_q <= step_block;
        output_q <= step_output;
    end

    // 2: addresses, and whether they exist. The row inside a weight block counts input tiles
    // fastest; with fewer than 4 input lanes a row still holds 4 inputs.
    wire [5:0] sub_row;
    generate
        if (IC_LANES >= 4) begin : whole_words
            assign sub_row = ({2'd0, output_q} >> OC_LOG << (4 - IC_LOG)) | ({2'd0, input_q[3:0]} >> IC_LOG);
        end else begin : part_words
            assign sub_row = ({2'd0, output_q} >> OC_LOG << 2) | {4'd0, input_q[3:2]};
        end
    endgenerate

    reg  [31:0] rows_q;
    wire [31:0] slot_base = {{(32-SLOT_W){1'b0}}, slot_q} << row_bits;
    wire [31:0] slot_row = slot_base | {15'd0, row_q};
    wire [31:0] image_address = {16'd0, image_base_q} + {15'd0, row_q};
    wire [31:0] weight_address = ({6'd0, block_q} << SUB_W) | {26'd0, sub_row};
    reg                source_ok_q;
    reg                weights_ok_q2;
    reg [16:0]         input_q2;
    reg [WEIGHT_W-1:0] weight_row_q2;
    always @(posedge clk) begin
        rows_q <= 32'd1 << row_bits;
        memory_re <= valid_q;
        image_row <= image_address[IMAGE_W-1:0];
        activation_row <= {src, slot_row[ACTIVATION_W-3:0]};
        weight_row_q2 <= weight_address[WEIGHT_W-1:0];
        source_ok_q <= !src_blank && (src == 2'd0 ? {1'b0, image_rows} > row_q : rows_q > {15'd0, row_q});
        weights_ok_q2 <= block_q < {12'd0, weight_extent[19:6]};
        input_q2 <= input_q;
    end

    // 3: the memories answer; the weights, which come as late as stage 6, are read
    reg                source_ok_q3;
    reg                weights_ok_q3;
    reg [16:0]         input_q3;
    reg                from_image_q;
    always @(posedge clk) begin
        weight_re <= memory_re;
        weight_row <= weight_row_q2;
        source_ok_q3 <= source_ok_q;
        weights_ok_q3 <= weights_ok_q2;
        input_q3 <= input_q2;
        from_image_q <= src == 2'd0;
    end

    // 4: keep the rows, since a block RAM answers late in its cycle
    reg [127:0]        image_q4;
    reg [127:0]        activation_q4;
    reg                source_ok_q4;
    reg                weights_ok_q4;
    reg [16:0]         input_q4;
    always @(posedge clk) begin
        image_q4 <= image_data;
        activation_q4 <= activation_data;
        source_ok_q4 <= source_ok_q3;
        weights_ok_q4 <= weights_ok_q3;
        input_q4 <= input_q3;
    end

    // 5: select, and find out whether that counts
    wire [3:0]            first = input_q4[3:0] & (4'd15 << IC_LOG);
    wire [127:0]          source_row = from_image_q ? image_q4 : activation_q4;
    wire [127:0]          selected = source_row >> {first, 3'd0};
    reg  [8*IC_LANES-1:0] elements_q5;
    reg                   source_ok_q5;
    reg                   weights_ok_q5;
    reg  [1:0]            byte_q5;
    reg  [IC_LANES-1:0]   counts_q5;
    always @(posedge clk) begin
        elements_q5 <= selected[8*IC_LANES-1:0];
        source_ok_q5 <= source_ok_q4 && (from_image_q || activation_current);
        weights_ok_q5 <= weights_ok_q4;
        byte_q5 <= input_q4[1:0];
    end

    // 6: mask, subtract; the weights' decode stage answers at the same time
    reg [1:0] byte_q6;

    genvar i;
    genvar o;
    generate
        for (i = 0; i < IC_LANES; i = i + 1) begin : lane
            wire [7:0]  element = elements_q5[8*i +: 8] & {8{source_ok_q5}};
            reg  [8:0]  x_q;
            always @(posedge clk) begin
                counts_q5[i] <= input_q4 + i < {1'b0, n_in};
                x_q <= counts_q5[i] ? {element[7], element} - {input_zero_point[7], input_zero_point} : 9'd0;
            end
            assign inputs[9*i +: 9] = x_q;
        end
    endgenerate

    always @(posedge clk) begin
        weights_ok <= weights_ok_q5;
        byte_q6 <= byte_q5;
    end

    generate
        if (IC_LANES >= 4) begin : all_bytes
            assign weights = weight_data;
            wire unused_byte = &{1'b0, byte_q6};
        end else begin : some_bytes
            for (o = 0; o < OC_LANES; o = o + 1) begin : channel
                wire [31:0] word = weight_data[32*o +: 32] >> {byte_q6, 3'd0};
                assign weights[8*IC_LANES*o +: 8*IC_LANES] = word[8*IC_LANES-1:0];
                wire unused_rest = &{1'b0, word[31:8*IC_LANES]};
            end
        end
    endgenerate

    wire unused = &{1'b0, slot_row, image_address, weight_address, selected, weight_extent[5:0]};

endmodule

`default_nettype wire
