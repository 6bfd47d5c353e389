// SPDX-License-Identifier: Apache-2.0
// One requantise lane: int32 accumulator to int8, TensorFlow Lite's arithmetic with double or
// single rounding, defined for every input (docs/mac-engine.md). Fully pipelined, one value a
// cycle, LATENCY = 12 cycles. `single`, the zero point and the limits are constants of a layer: they
// must not change while a value is in flight.
`default_nettype none

module requantise (
    input  wire        clk,

    // layer constants
    input  wire        single,
    input  wire [7:0]  zero_point,
    input  wire [7:0]  minimum,
    input  wire [7:0]  maximum,

    // value
    input  wire [31:0] accumulator,
    input  wire [31:0] bias,
    input  wire [31:0] multiplier,
    input  wire [5:0]  shift,
    output reg  [7:0]  value
);

    // 1: add the bias, clamp the shift to -31 ... 30
    reg signed [31:0] sum_q;
    reg signed [31:0] multiplier_q;
    reg signed [6:0]  shift_q;
    reg        [4:0]  left_q;
    always @(posedge clk) begin
        sum_q <= accumulator + bias;
        multiplier_q <= multiplier;
        // left shift before the multiplication (double rounding only)
        left_q <= single || shift[5] ? 5'd0 : &shift[4:0] ? 5'd30 : shift[4:0];
        case (shift)
            6'b100000: shift_q <= -7'sd31;
            6'b011111: shift_q <= 7'sd30;
            default:   shift_q <= {shift[5], shift};
        endcase
    end

    // 2: shift left
    reg signed [31:0] operand_q;
    reg signed [31:0] multiplier_q2;
    reg signed [6:0]  shift_q2;
    always @(posedge clk) begin
        operand_q <= sum_q << left_q;
        multiplier_q2 <= multiplier_q;
        shift_q2 <= shift_q;
    end

    // 3: the products of the halves, of which the lower are unsigned
    wire signed [16:0] operand_low = {1'b0, operand_q[15:0]};
    wire signed [16:0] multiplier_low = {1'b0, multiplier_q2[15:0]};
    wire signed [15:0] operand_high = operand_q[31:16];
    wire signed [15:0] multiplier_high = multiplier_q2[31:16];
    reg         [31:0] low_low_q;
    reg signed  [32:0] low_high_q;
    reg signed  [32:0] high_low_q;
    reg signed  [31:0] high_high_q;
    reg                saturate_q;
    reg signed  [6:0]  shift_q3;
    /* verilator lint_off WIDTHTRUNC */
    always @(posedge clk) begin
        low_low_q <= operand_low * multiplier_low;
        low_high_q <= operand_low * multiplier_high;
        high_low_q <= operand_high * multiplier_low;
        high_high_q <= operand_high * multiplier_high;
        saturate_q <= !single && operand_q == 32'sh80000000 && multiplier_q2 == 32'sh80000000;
        shift_q3 <= shift_q2;
    end
    /* verilator lint_on WIDTHTRUNC */

    // 4: the sum of the two in the middle; the total shift right, 31 - s (1 ... 62), or 31 for
    // double rounding
    reg signed [33:0] middle_q;
    reg        [63:0] outer_q;
    reg               saturate_q2;
    reg        [5:0]  total_q;
    reg        [4:0]  right_q;
    wire       [6:0]  total = single ? 7'sd31 - shift_q3 : 7'sd31;
    always @(posedge clk) begin
        middle_q <= {low_high_q[32], low_high_q} + {high_low_q[32], high_low_q};
        outer_q <= {high_high_q, low_low_q};
        saturate_q2 <= saturate_q;
        total_q <= total[5:0];
        right_q <= (!single && shift_q3[6]) ? -shift_q3[4:0] : 5'd0;
    end

    // 5: the product, and half of what is shifted out
    reg signed [63:0] product_q;
    reg        [63:0] half_q;
    reg               saturate_q3;
    reg        [5:0]  total_q2;
    reg        [4:0]  right_q2;
    always @(posedge clk) begin
        product_q <= outer_q + {{14{middle_q[33]}}, middle_q, 16'd0};
        half_q <= 64'd1 << (total_q - 6'd1);
        saturate_q3 <= saturate_q2;
        total_q2 <= total_q;
        right_q2 <= right_q;
    end

    // 6: add the half
    reg signed [63:0] rounded_q;
    reg               saturate_q4;
    reg        [5:0]  total_q3;
    reg        [4:0]  right_q3;
    always @(posedge clk) begin
        rounded_q <= product_q + $signed(half_q);
        saturate_q4 <= saturate_q3;
        total_q3 <= total_q2;
        right_q3 <= right_q2;
    end

    // 7, 8: shift right, by eights and by ones; the low 32 bits are kept. The mask is of what the
    // next shift drops.
    wire signed [63:0] by_eights = rounded_q >>> {total_q3[5:3], 3'd0};
    reg signed [38:0]  shifted_q;
    reg                saturate_q5;
    reg        [2:0]   total_q4;
    reg        [4:0]   right_q4;
    wire signed [38:0] by_ones = shifted_q >>> total_q4;
    reg signed [31:0]  high_q;
    reg        [4:0]   right_q5;
    reg        [31:0]  mask_q;
    always @(posedge clk) begin
        shifted_q <= by_eights[38:0];
        saturate_q5 <= saturate_q4;
        total_q4 <= total_q3[2:0];
        right_q4 <= right_q3;
        high_q <= saturate_q5 ? 32'sh7fffffff : by_ones[31:0];
        right_q5 <= right_q4;
        mask_q <= ~(32'hffffffff << right_q4);
    end

    // 9, 10: the second rounding: nearest, halves away from zero. What is shifted out is above a
    // half if its highest bit is set and, where halves go down, another one.
    wire [31:0]        top_bit = mask_q & ~(mask_q >> 1);
    wire               at_least = |(high_q & top_bit);
    wire               above = |(high_q & (mask_q >> 1));
    reg signed [31:0]  quotient_q;
    reg                up_q;
    reg signed [31:0]  scaled_q;
    always @(posedge clk) begin
        quotient_q <= high_q >>> right_q5;
        up_q <= at_least && (above || !high_q[31]);
        scaled_q <= quotient_q + {31'd0, up_q};
    end

    // 11: zero point (wraps)
    reg signed [31:0] offset_q;
    always @(posedge clk) offset_q <= scaled_q + {{24{zero_point[7]}}, zero_point};

    // 12: activation limits, of which the maximum is applied last
    wire signed [7:0]  least = minimum;
    wire signed [7:0]  most = maximum;
    wire signed [31:0] low = {{24{minimum[7]}}, minimum};
    wire signed [31:0] top = {{24{maximum[7]}}, maximum};
    always @(posedge clk) begin
        if (offset_q > top || least > most) value <= maximum;
        else value <= (offset_q < low) ? minimum : offset_q[7:0];
    end

    wire unused = &{1'b0, by_eights[63:39], by_ones[38:32], total[6]};

endmodule

`default_nettype wire
