// SPDX-License-Identifier: Apache-2.0
// Threefry-4x32 (Salmon et al., SC11), a round a clock cycle, two hashes at once: each takes
// ROUNDS + 1 cycles, and a new one starts every (ROUNDS + 1) / 2. Word i of counter, key and hash is
// bits 32i+31 : 32i. `key` must not change while a hash runs.
//
// The two hashes take turns in a loop of two stages, an even round and an odd one. The second starts
// when the first is half done, and a result that nobody takes stops both: so they stay half a hash
// apart, and one is always well under way while the other's result is being used.
`default_nettype none

module threefry #(
    parameter ROUNDS = 13        // 1 … 30
) (
    input  wire         clk,
    input  wire         rst,

    // request: taken in a cycle with `start` and `ready`
    input  wire         start,
    output wire         ready,
    input  wire [127:0] counter,
    input  wire [127:0] key,

    // result: held from `valid` to the cycle with `take`; in order of the requests
    output wire         valid,
    input  wire         take,
    output wire [127:0] hash
);

    localparam [31:0] PARITY = 32'h1bd11bda;
    localparam ODD = ROUNDS % 2;
    localparam DOUBLE = ROUNDS / 2;
    // double rounds that the other hash has done when this one starts, which leaves a whole one
    localparam HALF = (ROUNDS + 1) / 4;

    // before an even round, and before an odd one; the double rounds done before them
    reg          even_live_q;
    reg  [3:0]   even_step_q;
    reg  [127:0] even_q;
    reg          odd_live_q;
    reg  [3:0]   odd_step_q;
    reg  [127:0] odd_q;

    // An odd number of rounds is complete before an odd round, an even number before an even one.
    reg  even_done_q;
    reg  odd_done_q;
    wire moving = !valid || take;
    wire in_turn = !even_live_q || even_done_q || {28'd0, even_step_q} >= HALF;

    assign valid = even_done_q || odd_done_q;
    assign hash = (ODD == 0) ? even_q : odd_q;
    assign ready = moving && (!odd_live_q || odd_done_q) && in_turn;

    // even round: (0, 1) and (2, 3)
    wire [31:0] x0 = even_q[31:0];
    wire [31:0] x1 = even_q[63:32];
    wire [31:0] x2 = even_q[95:64];
    wire [31:0] x3 = even_q[127:96];
    wire [31:0] x1_rotated;
    wire [31:0] x3_rotated;
    wire [31:0] x0_next = x0 + x1;
    wire [31:0] x2_next = x2 + x3;

    // odd round: (0, 3) and (2, 1)
    wire [31:0] y0 = odd_q[31:0];
    wire [31:0] y1 = odd_q[63:32];
    wire [31:0] y2 = odd_q[95:64];
    wire [31:0] y3 = odd_q[127:96];
    wire [31:0] y1_rotated;
    wire [31:0] y3_rotated;
    wire [31:0] y0_next = y0 + y3;
    wire [31:0] y2_next = y2 + y1;
    wire [31:0] y1_next = y1_rotated ^ y2_next;
    wire [31:0] y3_next = y3_rotated ^ y0_next;

    rotate_choice #(.BY_0(10), .BY_1(13), .BY_2(6), .BY_3(25)) even_1 (
        .choice(even_step_q[1:0]), .data(x1), .rotated(x1_rotated)
    );
    rotate_choice #(.BY_0(26), .BY_1(27), .BY_2(20), .BY_3(10)) even_3 (
        .choice(even_step_q[1:0]), .data(x3), .rotated(x3_rotated)
    );
    rotate_choice #(.BY_0(11), .BY_1(23), .BY_2(17), .BY_3(18)) odd_3 (
        .choice(odd_step_q[1:0]), .data(y3), .rotated(y3_rotated)
    );
    rotate_choice #(.BY_0(21), .BY_1(5), .BY_2(11), .BY_3(20)) odd_1 (
        .choice(odd_step_q[1:0]), .data(y1), .rotated(y1_rotated)
    );

    // After every fourth round, key words d, d+1, d+2, d+3 (modulo 5) and d are added, d = 1, 2, …
    wire [31:0] k0 = key[31:0];
    wire [31:0] k1 = key[63:32];
    wire [31:0] k2 = key[95:64];
    wire [31:0] k3 = key[127:96];
    wire [31:0] k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
    wire [255:0] keys = {k2, k1, k0, k4, k3, k2, k1, k0};
    // They are picked, one-hot, as the even round before begins, and added up while it is done.
    wire [2:0]  d = even_step_q[3:1] + 3'd1;
    reg  [4:0]  pick_q;          // d modulo 5; none after another round
    reg  [127:0] chosen;
    reg  [127:0] added_q;
    integer      i;

    always @* begin
        chosen = 128'd0;
        for (i = 0; i < 5; i = i + 1) begin
            chosen = chosen | (keys[32*i +: 128] & {128{pick_q[i]}});
        end
    end

    wire         goes_on = odd_live_q && !odd_done_q;
    wire [127:0] again = {y3_next + added_q[127:96], y2_next + added_q[95:64],
        y1_next + added_q[63:32], y0_next + added_q[31:0]};
    wire [127:0] anew = {counter[127:96] + k3, counter[95:64] + k2, counter[63:32] + k1, counter[31:0] + k0};

    always @(posedge clk) begin
        if (moving) begin
            odd_q <= {x3_rotated ^ x2_next, x2_next, x1_rotated ^ x0_next, x0_next};
            odd_step_q <= even_step_q;
            added_q <= {chosen[127:96] + {29'd0, d & {3{even_step_q[0]}}}, chosen[95:0]};
            odd_live_q <= even_live_q && !even_done_q;
            odd_done_q <= ODD != 0 && even_live_q && {28'd0, even_step_q} == DOUBLE;
            even_done_q <= ODD == 0 && odd_live_q && {28'd0, odd_step_q} == DOUBLE - 1;
            // by and and or: constant bits of the counter would become resets, which come late
            even_q <= (again & {128{goes_on}}) | (anew & {128{!goes_on}});
            if (goes_on) begin
                even_step_q <= odd_step_q + 4'd1;
                pick_q <= odd_step_q[0] ? 5'd0 : 5'd1 << (({29'd0, odd_step_q[3:1]} + 1) % 5);
                even_live_q <= 1'b1;
            end else begin
                even_step_q <= 4'd0;
                pick_q <= 5'd0;
                even_live_q <= start && in_turn;
            end
        end
        if (rst) begin
            even_live_q <= 1'b0;
            even_done_q <= 1'b0;
            odd_live_q <= 1'b0;
            odd_done_q <= 1'b0;
        end
    end

endmodule

`default_nettype wire
