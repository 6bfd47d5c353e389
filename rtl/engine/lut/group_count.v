// SPDX-License-Identifier: Apache-2.0
// Class scores: counts the ones of each group of scored gates, for LANES pictures at once, in
// bit-sliced counters. A finished class is held for the taker until the next one is finished, which
// must not be before `score_bits` + 2 cycles later: where a class has fewer gates than that, they
// come with pauses. `finish` ends the batch: what was not counted scores 0.
`default_nettype none

module group_count #(
    parameter LANES = 64,        // pictures
    parameter COUNT_BITS = 10    // most bits of a score
) (
    input  wire                        clk,
    input  wire                        rst,

    // constant from the reset on
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
    reg                         full_q;              // but one, which completes it
    reg  [15:0]                 class_q;
    reg                         last_q;              // that is the last one
    reg                         more_q;              // there are any left
    reg  [COUNT_BITS*LANES-1:0] count_q;

    // What happens to the counters, in every lane, a cycle after it was decided.
    reg  [LANES-1:0]            ones_q;
    reg                         add_q;
    reg                         take_q;
    reg                         clear_q;
    reg  [15:0]                 number_q;
    reg                         finished_q;

    wire                        counts = valid && more_q;
    wire                        full = counts && full_q;
    wire                        emit = finishing_q && more_q && wait_q == 5'd0;
    wire                        over = finishing_q && !more_q;
    wire [15:0]                 counted = counted_q + 16'd1;
    reg  [COUNT_BITS*LANES-1:0] raised;
    reg  [LANES-1:0]            carry;
    integer                     b;

    // one more where a gate is 1: half adders from the lowest bit on
    always @* begin
        carry = ones_q;
        for (b = 0; b < COUNT_BITS; b = b + 1) begin
            raised[b*LANES +: LANES] = count_q[b*LANES +: LANES] ^ carry;
            carry = count_q[b*LANES +: LANES] & carry;
        end
    end

    always @(posedge clk) begin
        ones_q <= ones;
        add_q <= counts;
        take_q <= full || emit;
        clear_q <= rst || full || emit || over;
        number_q <= class_q;
        finished_q <= over;

        ready <= take_q;
        finished <= finished_q;
        if (add_q) count_q <= raised;
        if (clear_q) count_q <= {(COUNT_BITS*LANES){1'b0}};
        if (take_q) begin
            number <= number_q;
            score <= add_q ? raised : count_q;
        end

        if (wait_q != 5'd0) wait_q <= wait_q - 5'd1;

        // in time for the end of a class, which is at least three cycles after the one before
        last_q <= class_q + 16'd1 == classes;

        if (counts) begin
            counted_q <= counted;
            full_q <= counted + 16'd1 == group;
        end
        if (full || emit) begin
            counted_q <= 16'd0;
            full_q <= group == 16'd1;
            class_q <= class_q + 16'd1;
            more_q <= !last_q;
            wait_q <= score_bits + 5'd1;
        end
        if (finish) finishing_q <= 1'b1;
        if (over) finishing_q <= 1'b0;
        if (rst || over) begin
            counted_q <= 16'd0;
            full_q <= group == 16'd1;
            class_q <= 16'd0;
            more_q <= classes != 16'd0;
            last_q <= classes == 16'd1;
        end
        if (rst) begin
            add_q <= 1'b0;
            take_q <= 1'b0;
            finished_q <= 1'b0;
            ready <= 1'b0;
            finished <= 1'b0;
            finishing_q <= 1'b0;
            wait_q <= 5'd0;
        end
    end

    wire unused = &{1'b0, carry};

endmodule

`default_nettype wire
