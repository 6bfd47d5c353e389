// SPDX-License-Identifier: Apache-2.0
// Threefry-4x32 (Salmon et al., SC11), two rounds a clock cycle: 7 cycles a hash for 13 rounds,
// back to back. Word i of counter, key and hash is bits 32i+31 : 32i. `key` must not change while a
// hash runs.
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

    // result: held from `valid` to the cycle with `take`
    output wire         valid,
    input  wire         take,
    output wire [127:0] hash
);

    localparam [31:0] PARITY = 32'h1bd11bda;
    localparam STEPS = (ROUNDS + 1) / 2;

    // step_q counts the double rounds done: 0 is idle, STEPS is a result waiting to be taken.
    reg  [3:0]   step_q;
    reg  [127:0] x_q;
    wire         idle = step_q == 4'd0;
    wire         accept = start && ready;
    wire         running = !idle && !valid;

    assign valid = {28'd0, step_q} == STEPS;
    assign ready = idle || (valid && take);
    assign hash = x_q;

    // the words that enter this double round: a new counter, with the key added, or the state
    wire [31:0] x0 = ready ? counter[31:0] + key[31:0] : x_q[31:0];
    wire [31:0] x1 = ready ? counter[63:32] + key[63:32] : x_q[63:32];
    wire [31:0] x2 = ready ? counter[95:64] + key[95:64] : x_q[95:64];
    wire [31:0] x3 = ready ? counter[127:96] + key[127:96] : x_q[127:96];
    wire [3:0]  step = ready ? 4'd0 : step_q;

    // first round: (0, 1) and (2, 3)
    wire [31:0] x1_rotated;
    wire [31:0] x3_rotated;
    wire [31:0] y0 = x0 + x1;
    wire [31:0] y2 = x2 + x3;
    wire [31:0] y1 = x1_rotated ^ y0;
    wire [31:0] y3 = x3_rotated ^ y2;

    // second round: (0, 3) and (2, 1)
    wire [31:0] y1_rotated;
    wire [31:0] y3_rotated;
    wire [31:0] z0 = y0 + y3;
    wire [31:0] z2 = y2 + y1;
    wire [31:0] z1 = y1_rotated ^ z2;
    wire [31:0] z3 = y3_rotated ^ z0;

    rotate_choice #(.BY_0(10), .BY_1(13), .BY_2(6), .BY_3(25)) first_1 (
        .choice(step[1:0]), .data(x1), .rotated(x1_rotated)
    );
    rotate_choice #(.BY_0(26), .BY_1(27), .BY_2(20), .BY_3(10)) first_3 (
        .choice(step[1:0]), .data(x3), .rotated(x3_rotated)
    );
    rotate_choice #(.BY_0(11), .BY_1(23), .BY_2(17), .BY_3(18)) second_3 (
        .choice(step[1:0]), .data(y3), .rotated(y3_rotated)
    );
    rotate_choice #(.BY_0(21), .BY_1(5), .BY_2(11), .BY_3(20)) second_1 (
        .choice(step[1:0]), .data(y1), .rotated(y1_rotated)
    );

    // After every fourth round, key words d, d+1, d+2, d+3 (modulo 5) and d are added, d = 1, 2, …
    wire [31:0] k0 = key[31:0];
    wire [31:0] k1 = key[63:32];
    wire [31:0] k2 = key[95:64];
    wire [31:0] k3 = key[127:96];
    wire [31:0] k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
    wire [2:0]  d = step[3:1] + 3'd1;
    reg  [2:0]  d5;              // d modulo 5

    reg [127:0] added;
    always @* begin
        d5 = (d >= 3'd5) ? d - 3'd5 : d;
        case (d5)
            3'd0: added = {k3, k2, k1, k0};
            3'd1: added = {k4, k3, k2, k1};
            3'd2: added = {k0, k4, k3, k2};
            3'd3: added = {k1, k0, k4, k3};
            default: added = {k2, k1, k0, k4};
        endcase
        added[127:96] = added[127:96] + {29'd0, d};
        if (!step[0]) added = 128'd0;
    end

    // An odd number of rounds ends with the first half of a double round.
    wire half = (ROUNDS % 2 != 0) && {28'd0, step} == STEPS - 1;
    wire [127:0] x_d = half ? {y3, y2, y1, y0} :
                       {z3 + added[127:96], z2 + added[95:64], z1 + added[63:32], z0 + added[31:0]};

    always @(posedge clk) begin
        if (accept || running) begin
            x_q <= x_d;
            step_q <= step + 4'd1;
        end else if (take) begin
            step_q <= 4'd0;
        end
        if (rst) step_q <= 4'd0;
    end

endmodule

`default_nettype wire
