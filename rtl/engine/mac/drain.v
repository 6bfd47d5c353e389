// SPDX-License-Identifier: Apache-2.0
// Takes a finished tile of accumulators, requantises REQUANT_LANES channels a cycle, gathers the
// results into rows of 16 and writes each row once. Tiles arrive at least OC_LANES / REQUANT_LANES
// cycles apart, those of a picture in order of their channels.
`default_nettype none

module drain #(
    parameter OC_LANES = 8,          // channels of a tile
    parameter REQUANT_LANES = 2,     // channels requantised a cycle
    parameter SLOT_W = 4,            // bits of a picture's number in flight
    parameter ACTIVATION_W = 9,      // bits of an activation row address
    parameter SCORE_W = 9,           // bits of a score row address
    parameter BIAS_W = 9,            // bits of a bias row address
    parameter REQUANT_W = 9          // bits of a requant row address
) (
    input  wire                        clk,
    input  wire                        rst,

    // layer constants
    input  wire                        single,
    input  wire [1:0]                  dst,
    input  wire [15:0]                 n_out,
    input  wire [15:0]                 dst_row,
    input  wire [15:0]                 channel_block,
    input  wire [7:0]                  output_zero_point,
    input  wire [7:0]                  activation_min,
    input  wire [7:0]                  activation_max,
    input  wire [4:0]                  row_bits,
    input  wire [15:0]                 score_rows,
    input  wire [19:0]                 bias_extent,
    input  wire [19:0]                 requant_extent,

    // tile
    input  wire                        tile_valid,
    input  wire                        tile_last,        // last of its picture
    input  wire                        tile_final,       // last of the layer
    input  wire [SLOT_W-1:0]           tile_slot,
    input  wire [15:0]                 tile_score_base,
    input  wire [16:0]                 tile_output,
    input  wire [32*OC_LANES-1:0]      accumulators,

    // bias and requant stores, read latency 3
    output reg                         store_re,
    output reg  [BIAS_W-1:0]           bias_row,
    input  wire [32*REQUANT_LANES-1:0] bias_data,
    output reg  [REQUANT_W-1:0]        requant_row,
    input  wire [64*REQUANT_LANES-1:0] requant_data,

    // rows out
    output reg                         activation_we,
    output reg  [ACTIVATION_W-1:0]     activation_row,
    output reg                         score_we,
    output reg  [SCORE_W-1:0]          score_row,
    output wire [127:0]                row_data,
    output reg                         layer_done
);

    localparam R = REQUANT_LANES;
    localparam GROUPS = OC_LANES / REQUANT_LANES;
    localparam R_LOG = $clog2(REQUANT_LANES);
    localparam LATENCY = 16;         // 1 of the address, 3 of the stores, 12 of `requantise`

    // The tile in hand: accumulators shift down by one group a cycle.
    reg                   active_q;
    reg [4:0]             group_q;
    reg [32*OC_LANES-1:0] held_q;
    reg                   last_q;
    reg                   final_q;
    reg [SLOT_W-1:0]      slot_q;
    reg [15:0]            score_base_q;
    reg [16:0]            output_q;

    wire last_group = {27'd0, group_q} == GROUPS - 1;

    always @(posedge clk) begin
        if (active_q) begin
            held_q <= held_q >> (32 * R);
            output_q <= output_q + R[16:0];
            group_q <= group_q + 5'd1;
            if (last_group) active_q <= 1'b0;
        end
        if (tile_valid) begin
            active_q <= 1'b1;
            group_q <= 5'd0;
            held_q <= accumulators;
            last_q <= tile_last;
            final_q <= tile_final;
            slot_q <= tile_slot;
            score_base_q <= tile_score_base;
            output_q <= tile_output;
        end
        if (rst) active_q <= 1'b0;
    end

    // Parameters of the group: bias and requant words of its channels.
    wire [20:0] channel = {1'b0, channel_block, 4'd0} + {4'd0, output_q};
    wire [20:0] row = channel >> R_LOG;
    wire        bias_ok = channel < {1'b0, bias_extent};
    wire        requant_ok = channel < {2'b0, requant_extent[19:1]};

    reg [32*R-1:0] group_1;
    reg [32*R-1:0] group_2;
    reg [32*R-1:0] group_3;
    reg [32*R-1:0] group_4;
    reg [3:0]      bias_ok_q;
    reg [3:0]      requant_ok_q;
    always @(posedge clk) begin
        store_re <= active_q;
        bias_row <= row[BIAS_W-1:0];
        requant_row <= row[REQUANT_W-1:0];
        group_1 <= held_q[32*R-1:0];
        group_2 <= group_1;
        group_3 <= group_2;
        group_4 <= group_3;
        bias_ok_q <= {bias_ok_q[2:0], bias_ok};
        requant_ok_q <= {requant_ok_q[2:0], requant_ok};
        if (rst) store_re <= 1'b0;
    end

    wire [8*R-1:0] values;
    genvar i;
    generate
        for (i = 0; i < R; i = i + 1) begin : lane
            requantise requantise (
                .clk(clk),
                .single(single),
                .zero_point(output_zero_point),
                .minimum(activation_min),
                .maximum(activation_max),
                .accumulator(group_4[32*i +: 32]),
                .bias(bias_ok_q[3] ? bias_data[32*i +: 32] : 32'd0),
                .multiplier(requant_ok_q[3] ? requant_data[64*i +: 32] : 32'd0),
                .shift(requant_ok_q[3] ? requant_data[64*i+32 +: 6] : 6'd0),
                .value(values[8*i +: 8])
            );
        end
    endgenerate

    // What travels beside the values, and is there a cycle before them.
    localparam SIDE_W = 3 + SLOT_W + 16 + 17;
    reg  [LATENCY-1:0]            valid_q;
    reg  [(LATENCY-1)*SIDE_W-1:0] side_q;
    wire [SIDE_W-1:0] side_in = {last_group, last_q, final_q, slot_q, score_base_q, output_q};
    always @(posedge clk) begin
        valid_q <= {valid_q[LATENCY-2:0], active_q};
        side_q <= {side_q[(LATENCY-2)*SIDE_W-1:0], side_in};
        if (rst) valid_q <= {LATENCY{1'b0}};
    end

    // Where they go, and which of them count: channels at or beyond n_out are zero.
    localparam PLACES = 16 / R;

    wire [SIDE_W-1:0] side = side_q[(LATENCY-2)*SIDE_W +: SIDE_W];
    wire [16:0]       out_output = side[16:0];
    wire [15:0]       out_score_base = side[32:17];
    wire [SLOT_W-1:0] out_slot = side[33 +: SLOT_W];
    wire              out_final = side[33+SLOT_W];
    wire              out_last = side[34+SLOT_W];
    wire              out_last_group = side[35+SLOT_W];
    wire [4:0]        filled = {1'b0, out_output[3:0]} + R[4:0];
    wire [31:0]       slot_base = {{(32-SLOT_W){1'b0}}, out_slot} << row_bits;

    reg [R-1:0]            counts_q;
    reg [PLACES-1:0]       place_q;
    reg                    complete_q;
    reg                    final_q2;
    reg [16:0]             row_number_q;
    reg [15:0]             score_base_q2;
    reg [ACTIVATION_W-3:0] slot_base_q;
    reg [31:0]             rows_q;
    integer                k;
    always @(posedge clk) begin
        for (k = 0; k < R; k = k + 1) counts_q[k] <= {15'd0, out_output} + k < {16'd0, n_out};
        for (k = 0; k < PLACES; k = k + 1) place_q[k] <= {28'd0, out_output[3:0]} == k * R;
        complete_q <= filled[4] || (out_last && out_last_group);
        final_q2 <= out_final && out_last_group;
        row_number_q <= {1'b0, dst_row} + {4'd0, out_output[16:4]};
        score_base_q2 <= out_score_base;
        slot_base_q <= slot_base[ACTIVATION_W-3:0];
        rows_q <= 32'd1 << row_bits;
    end

    // Gather a row, and write it where it belongs, if that exists.
    wire              out_valid = valid_q[LATENCY-1];
    wire              write = out_valid && complete_q;
    wire [16:0]       score_address = {1'b0, score_base_q2} + row_number_q;
    reg  [127:0]      row_q;
    reg  [8*R-1:0]    kept;
    integer           c;
    integer           p;
    always @* begin
        for (c = 0; c < R; c = c + 1) kept[8*c +: 8] = values[8*c +: 8] & {8{counts_q[c]}};
    end
    always @(posedge clk) begin
        for (p = 0; p < PLACES; p = p + 1) begin
            if (out_valid && place_q[0]) row_q[8*R*p +: 8*R] <= {(8*R){1'b0}};
            if (out_valid && place_q[p]) row_q[8*R*p +: 8*R] <= kept;
        end
        activation_we <= write && dst != 2'd0 && {15'd0, row_number_q} < rows_q;
        activation_row <= {dst, slot_base_q | row_number_q[ACTIVATION_W-3:0]};
        score_we <= write && dst == 2'd0 && row_number_q < {1'b0, score_rows};
        score_row <= score_address[SCORE_W-1:0];
        layer_done <= out_valid && final_q2;
        if (rst) begin
            activation_we <= 1'b0;
            score_we <= 1'b0;
            layer_done <= 1'b0;
        end
    end

    assign row_data = row_q;

    wire unused = &{1'b0, row, slot_base, score_address, filled[3:0], requant_extent[0],
        requant_data};

endmodule

`default_nettype wire
