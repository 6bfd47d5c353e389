// SPDX-License-Identifier: Apache-2.0
// Requantises one channel at a time, a bit a cycle: the small alternative to requantise.v, with the
// same result for every input (docs/mac-engine.md). Asks for the channel's parameters itself; takes 42
// cycles and one for each bit of its shifts, at most 75.
//
// The layer's constants must not change from `start` to `done`.
`default_nettype none

module requantise_serial (
    input  wire        clk,
    input  wire        rst,

    // layer constants
    input  wire        single,
    input  wire [7:0]  zero_point,
    input  wire [7:0]  minimum,
    input  wire [7:0]  maximum,

    // a channel: its accumulator comes with `start`
    input  wire        start,
    input  wire [31:0] accumulator,
    output wire        done,           // one cycle, with the value
    output wire [7:0]  value,

    // its parameters, a cycle after they were asked for
    output wire        bias_re,
    output wire        multiplier_re,
    output wire        shift_re,
    input  wire [31:0] bias,
    input  wire [31:0] requant
);

    localparam [3:0] S_IDLE = 4'd0;
    localparam [3:0] S_BIAS = 4'd1;
    localparam [3:0] S_MULTIPLIER = 4'd2;
    localparam [3:0] S_SHIFT = 4'd3;
    localparam [3:0] S_LEFT = 4'd4;          // the shift before the multiplication
    localparam [3:0] S_MULTIPLY = 4'd5;      // low bits of the multiplier first, the sign last
    localparam [3:0] S_PLACE = 4'd6;
    localparam [3:0] S_ALIGN = 4'd7;         // until the result is the high half,
    localparam [3:0] S_ROUND = 4'd8;         // rounded by the highest bit of the low half
    localparam [3:0] S_RIGHT = 4'd9;        // the second shift of double rounding
    localparam [3:0] S_OFFSET = 4'd10;
    localparam [3:0] S_DONE = 4'd11;

    reg [3:0]  state_q;
    reg [5:0]  left_q;                       // steps left in this state
    reg [5:0]  shift_q;                      // -31 ... 30
    reg [31:0] factor_q;
    reg [31:0] high_q;                       // product, then result
    reg [31:0] low_q;                        // multiplier, then the product's low half
    reg        saturates_q;
    reg        half_q;                       // the bit shifted out last,
    reg        sticky_q;                     // and whether any before it was 1

    wire        shift_up = !shift_q[5];      // at least 0
    wire        towards_left = !single || shift_up;
    wire        more = left_q != 6'd0;

    // One adder for all: high + addend + carry, halved in some states
    wire        multiply = state_q == S_MULTIPLY;
    wire        subtract = !more;
    wire        add_factor = multiply && low_q[0];
    wire        double = state_q == S_ALIGN && more && towards_left;
    wire        round = state_q == S_ROUND;
    wire        offset = state_q == S_OFFSET;
    wire        halve = multiply || (state_q == S_ALIGN && more && !towards_left) || (state_q == S_RIGHT && more);
    wire        up = half_q && (!high_q[31] || sticky_q);
    wire [31:0] addend = ({32{start}} & accumulator) | ({32{state_q == S_BIAS}} & bias) |
                         ({32{add_factor}} & (factor_q ^ {32{subtract}})) | ({32{double}} & high_q) |
                         ({32{offset}} & {{24{zero_point[7]}}, zero_point}) | {32{round && saturates_q}};
    wire        carry = (add_factor && subtract) || ((double || round) && low_q[31]) || (offset && up);
    wire [32:0] sum = {high_q[31], high_q} + {addend[31], addend} + {32'd0, carry};

    wire        last = left_q[5:1] == 5'd0;  // of this state, which has 1 step left

    assign bias_re = start;
    assign multiplier_re = state_q == S_BIAS;
    assign shift_re = state_q == S_MULTIPLIER;
    assign done = state_q == S_DONE;

    always @(posedge clk) begin
        left_q <= left_q - 6'd1;
        high_q <= halve ? sum[32:1] : sum[31:0];
        if (halve) low_q <= {sum[0], low_q[31:1]};
        if (double) low_q <= low_q << 1;
        case (state_q)
            // The high half is 0.
            S_IDLE: if (start) state_q <= S_BIAS;
            S_BIAS: state_q <= S_MULTIPLIER;
            S_MULTIPLIER: begin
                low_q <= requant;
                factor_q <= high_q;
                high_q <= 32'd0;
                state_q <= S_SHIFT;
            end
            S_SHIFT: begin
                case (requant[5:0])
                    6'b100000: shift_q <= 6'b100001;
                    6'b011111: shift_q <= 6'b011110;
                    default:   shift_q <= requant[5:0];
                endcase
                left_q <= requant[5:0] == 6'b011111 ? 6'd30 : requant[5:0];
                state_q <= S_LEFT;
            end
            S_LEFT: begin
                if (single || shift_q[5] || shift_q == 6'd0) begin
                    left_q <= 6'd31;
                    state_q <= S_MULTIPLY;
                end else begin
                    factor_q <= factor_q << 1;
                    if (last) begin
                        left_q <= 6'd31;
                        state_q <= S_MULTIPLY;
                    end
                end
            end
            S_MULTIPLY: if (!more) state_q <= S_PLACE;
            // Only -2^31 squared has a product of 2^62: it becomes 2^31, and that less 1.
            S_PLACE: begin
                saturates_q <= !single && high_q[31:30] == 2'b01;
                left_q <= !single ? 6'd1 : shift_up ? shift_q + 6'd1 : ~shift_q;
                state_q <= S_ALIGN;
            end
            S_ALIGN: if (!more) state_q <= S_ROUND;
            S_ROUND: begin
                half_q <= 1'b0;
                sticky_q <= 1'b0;
                left_q <= single || shift_up ? 6'd0 : 6'd0 - shift_q;
                state_q <= S_RIGHT;
            end
            S_RIGHT: begin
                if (more) begin
                    half_q <= high_q[0];
                    sticky_q <= sticky_q || half_q;
                end else begin
                    state_q <= S_OFFSET;
                end
            end
            S_OFFSET: state_q <= S_DONE;
            default: begin // S_DONE
                high_q <= 32'd0;
                state_q <= S_IDLE;
            end
        endcase
        if (rst) begin
            high_q <= 32'd0;
            state_q <= S_IDLE;
        end
    end

    // Activation limits, of which the maximum is applied last. What does not fit eight bits is
    // below any minimum or above any maximum.
    wire        fits = high_q[31:7] == {25{high_q[31]}};
    wire        below = fits ? $signed(high_q[7:0]) < $signed(minimum) : high_q[31];
    wire        above = !fits && !high_q[31];
    wire [7:0]  raised = below ? minimum : high_q[7:0];

    assign value = above || $signed(raised) > $signed(maximum) ? maximum : raised;

endmodule

`default_nettype wire
