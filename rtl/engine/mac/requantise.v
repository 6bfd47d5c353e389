// SPDX-License-Identifier: Apache-2.0
// One requantise lane: int32 accumulator to int8, TensorFlow Lite's arithmetic with double or
// single rounding, defined for every input (docs/mac-engine.md). Fully pipelined, one value a
// cycle, LATENCY = 8 cycles. `single`, the zero point and the limits are constants of a layer: they
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
    always @(posedge clk) begin
        sum_q <= accumulator + bias;
        multiplier_q <= multiplier;
        case (shift)
            6'b100000: shift_q <= -7'sd31;
            6'b011111: shift_q <= 7'sd30;
            default:   shift_q <= {shift[5], shift};
        endcase
    end

    // 2: left shift before the multiplication (double rounding only)
    wire              left = !single && !shift_q[6];
    reg signed [31:0] operand_q;
    reg signed [31:0] multiplier_q2;
    reg signed [6:0]  shift_q2;
    always @(posedge clk) begin
        operand_q <= sum_q << (left ? shift_q[4:0] : 5'd0);
        multiplier_q2 <= multiplier_q;
        shift_q2 <= shift_q;
    end

    // 3, 4: the product, with a second register for the multiplier blocks to absorb
    reg signed [63:0] product_q;
    reg signed [63:0] product_q2;
    reg               saturate_q;
    reg               saturate_q2;
    reg signed [6:0]  shift_q3;
    reg signed [6:0]  shift_q4;
    always @(posedge clk) begin
        product_q <= operand_q * multiplier_q2;
        saturate_q <= !single && operand_q == 32'sh80000000 && multiplier_q2 == 32'sh80000000;
        shift_q3 <= shift_q2;
        product_q2 <= product_q;
        saturate_q2 <= saturate_q;
        shift_q4 <= shift_q3;
    end

    // 5: add half of what is shifted out: total shift 31 - s (1 ... 62), or 31 for double rounding
    /* verilator lint_off WIDTHTRUNC */
    wire [5:0]        total = single ? 7'sd31 - shift_q4 : 7'sd31;
    /* verilator lint_on WIDTHTRUNC */
    reg signed [63:0] rounded_q;
    reg        [5:0]  total_q;
    reg               saturate_q3;
    reg signed [6:0]  shift_q5;
    always @(posedge clk) begin
        rounded_q <= product_q2 + $signed(64'd1 << (total - 6'd1));
        total_q <= total;
        saturate_q3 <= saturate_q2;
        shift_q5 <= shift_q4;
    end

    // 6: shift right; the low 32 bits are kept
    wire signed [63:0] shifted = rounded_q >>> total_q;
    reg signed [31:0]  high_q;
    reg        [4:0]   right_q;
    always @(posedge clk) begin
        high_q <= saturate_q3 ? 32'sh7fffffff : shifted[31:0];
        right_q <= (!single && shift_q5[6]) ? -shift_q5[4:0] : 5'd0;
    end

    // 7: the second rounding: nearest, halves away from zero
    wire [31:0]        mask = ~(32'hffffffff << right_q);
    wire [31:0]        remainder = high_q & mask;
    wire [31:0]        half = (mask >> 1) + {31'd0, high_q[31]};
    wire signed [31:0] quotient = high_q >>> right_q;
    reg signed [31:0]  scaled_q;
    always @(posedge clk) begin
        scaled_q <= quotient + {31'd0, remainder > half};
    end

    // 8: zero point (wraps) and activation limits, of which the maximum is applied last
    wire signed [31:0] offset = scaled_q + {{24{zero_point[7]}}, zero_point};
    wire signed [31:0] low = {{24{minimum[7]}}, minimum};
    wire signed [31:0] top = {{24{maximum[7]}}, maximum};
    wire signed [31:0] raised = offset < low ? low : offset;
    always @(posedge clk) begin
        value <= raised > top ? maximum : raised[7:0];
    end

    wire unused = &{1'b0, shifted[63:32], shift_q5[5]};

endmodule

`default_nettype wire
