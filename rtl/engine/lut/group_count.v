// SPDX-License-Identifier: Apache-2.0
// Class scores: counts the ones of each group of scored gates, for LANES pictures at once, in
// bit-sliced counters. A finished class is held for the taker until the next one is finished, which
// is at least `score_bits` cycles later. `finish` ends the batch: what was not counted scores 0.
`default_nettype none

module group_count #(
    parameter LANES = 64,        // pictures
    parameter COUNT_BITS = 10    // most bits of a score
) (
    input  wire                        clk,
    input  wire                        rst,

    input  wire [15:0]                 group,        // gates of a class, at least 1
    input  wire [4:0]                  score_bits,   // bits of `group`
    input  wire [15:0]                 classes,

    // scored gates; after `finish` nothing may come before `finished`
    input  wire                        valid,
    input  wire [LANES-1:0]            ones,
    input  wire                        finish,

    // a class: `ready` for one cycle; number and score are held from then on
    output reg                         ready,
    output reg  [15:0]                 number,
    output reg  [COUNT_BITS*LANES-1:0] score,        // least significant bit lowest
    output reg                         finished      // one cycle, after the last class's `ready`
);

    reg                         finishing_q;
    reg  [4:0]                  wait_q;              // cycles in which the taker is busy
    reg  [15:0]                 counted_q;           // gates of the present class
    reg  [15:0]                 class_q;
    reg  [COUNT_BITS*LANES-1:0] count_q;

    wire                        any = counted_q != 16'd0;
    wire                        more = class_q != classes;
    wire                        full = counted_q + 16'd1 == group;
    wire                        emit = finishing_q && more && wait_q == 5'd0;
    wire [COUNT_BITS*LANES-1:0] held = any ? count_q : {(COUNT_BITS*LANES){1'b0}};
    reg  [COUNT_BITS*LANES-1:0] raised;
    reg  [LANES-1:0]            carry;
    integer                     b;

    // one more where a gate is 1: half adders from the lowest bit on
    always @* begin
        carry = ones;
        for (b = 0; b < COUNT_BITS; b = b + 1) begin
            raised[b*LANES +: LANES] = held[b*LANES +: LANES] ^ carry;
            carry = held[b*LANES +: LANES] & carry;
        end
    end

    always @(posedge clk) begin
        ready <= 1'b0;
        finished <= 1'b0;
        if (wait_q != 5'd0) wait_q <= wait_q - 5'd1;

        if (valid && more) begin
            count_q <= raised;
            counted_q <= full ? 16'd0 : counted_q + 16'd1;
            if (full) begin
                ready <= 1'b1;
                number <= class_q;
                score <= raised;
                class_q <= class_q + 16'd1;
                wait_q <= score_bits;
            end
        end
        if (emit) begin
            ready <= 1'b1;
            number <= class_q;
            score <= held;
            class_q <= class_q + 16'd1;
            counted_q <= 16'd0;
            wait_q <= score_bits;
        end
        if (finish) finishing_q <= 1'b1;
        if (finishing_q && !more) begin
            finished <= 1'b1;
            finishing_q <= 1'b0;
            class_q <= 16'd0;
            counted_q <= 16'd0;
        end
        if (rst) begin
            ready <= 1'b0;
            finished <= 1'b0;
            finishing_q <= 1'b0;
            wait_q <= 5'd0;
            counted_q <= 16'd0;
            class_q <= 16'd0;
        end
    end

    wire unused = &{1'b0, carry};

endmodule

`default_nettype wire
