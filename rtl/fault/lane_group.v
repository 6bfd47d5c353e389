// SPDX-License-Identifier: Apache-2.0
// Decides up to 32 physical bits of one code word (docs/faults.md): a Threefry hash of the code
// word seeds a run of rotations and xors, whose words are compared bit by bit with the threshold,
// one word a cycle, in every lane at once. The hash of the next code word runs meanwhile.
//
// Many groups run in step: the sweep starts, loads and shifts the threshold for all of them.
`default_nettype none

module lane_group #(
    parameter LANES = 32,        // physical bits decided here, 1 … 32
    parameter PART = 0           // which 32-bit part of the code word they are
) (
    input  wire             clk,
    input  wire             rst,

    // hash of the next code word
    input  wire             hash_start,
    output wire             hash_ready,
    output wire             hash_valid,
    input  wire [63:0]      seed,
    input  wire [2:0]       store,
    input  wire [19:0]      word,        // canonical number

    // deciding
    input  wire             load,        // take the hash; its first word is compared next
    input  wire             active,      // with `load`: this code word is to be decided at all
    input  wire             certain,     // with `load`: the threshold is 2^32 or more
    input  wire             bit_now,     // the threshold bit of this cycle, most significant first
    output wire             undecided,   // some lane is still open after this cycle
    output wire [LANES-1:0] flips        // lanes known to flip after this cycle
);

    localparam [31:0] PART_WORD = PART;

    wire [127:0] hash;

    threefry #(
        .ROUNDS(13)
    ) threefry (
        .clk(clk),
        .rst(rst),
        .start(hash_start),
        .ready(hash_ready),
        .counter({32'd0, PART_WORD, 29'd0, store, 12'd0, word}),
        .key({64'd0, seed}),
        .valid(hash_valid),
        .take(load),
        .hash(hash)
    );

    // words x_j … x_{j+3} of the run, and x_{j+4}
    reg  [31:0] x0_q;
    reg  [31:0] x1_q;
    reg  [31:0] x2_q;
    reg  [31:0] x3_q;
    // rotated left by 3, 30, 23 and 12
    wire [31:0] x4 = {x0_q[28:0], x0_q[31:29]} ^ {x1_q[1:0], x1_q[31:2]} ^
                     {x2_q[8:0], x2_q[31:9]} ^ {x3_q[19:0], x3_q[31:20]};

    // A lane stays open while its bits equal those of the threshold; the first that differ decide.
    reg  [LANES-1:0] open_q;
    reg  [LANES-1:0] flips_q;
    wire [LANES-1:0] open_d = open_q & ~(x0_q[LANES-1:0] ^ {LANES{bit_now}});
    wire [LANES-1:0] flips_d = flips_q | (open_q & ~x0_q[LANES-1:0] & {LANES{bit_now}});

    assign undecided = |open_d;
    assign flips = flips_d;

    always @(posedge clk) begin
        x0_q <= x1_q;
        x1_q <= x2_q;
        x2_q <= x3_q;
        x3_q <= x4;
        open_q <= open_d;
        flips_q <= flips_d;
        if (load) begin
            x0_q <= hash[31:0];
            x1_q <= hash[63:32];
            x2_q <= hash[95:64];
            x3_q <= hash[127:96];
            open_q <= {LANES{active && !certain}};
            flips_q <= {LANES{active && certain}};
        end
    end

endmodule

`default_nettype wire
