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
    input  wire             load,        // take the hash and compare its first word
    input  wire             active,      // with `load`: this code word is to be decided at all
    input  wire             certain,     // with `load`: the threshold is 2^32 or more
    input  wire             bit_first,   // with `load`: the highest bit of the threshold below that,
    input  wire             bit_second,  // and the one after it
    input  wire             bit_now,     // in other cycles: the next bit of the threshold,
    input  wire             bit_then,    // and the one after it
    output wire             opens,       // some lane will be open, if this cycle is one with `load`,
    output wire             stays_open,  // or another one
    output wire [LANES-1:0] flips        // lanes known to flip after them
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

    // words x_j … x_{j+3} of the run, and x_{j+4}: rotated left by 3, 30, 23 and 12
    reg  [31:0] x0_q;
    reg  [31:0] x1_q;
    reg  [31:0] x2_q;
    reg  [31:0] x3_q;
    wire [31:0] x4 = {x0_q[28:0], x0_q[31:29]} ^ {x1_q[1:0], x1_q[31:2]} ^
                     {x2_q[8:0], x2_q[31:9]} ^ {x3_q[19:0], x3_q[31:20]};

    // the same of the hash, which is x_0 … x_3
    wire [31:0] h0 = hash[31:0];
    wire [31:0] h1 = hash[63:32];
    wire [31:0] h2 = hash[95:64];
    wire [31:0] h3 = hash[127:96];
    wire [31:0] h4 = {h0[28:0], h0[31:29]} ^ {h1[1:0], h1[31:2]} ^ {h2[8:0], h2[31:9]} ^ {h3[19:0], h3[31:20]};

    // A lane stays open while its bits equal those of the threshold; the first that differ decide.
    // Both comparisons are made in every cycle, since `load` comes late in it, and whether a lane's bit
    // equals the threshold's is known a cycle before: where a lane of many is open takes the rest.
    reg  [LANES-1:0] open_q;
    reg  [LANES-1:0] flips_q;
    reg  [LANES-1:0] equal_q;
    wire [LANES-1:0] open_x = open_q & equal_q;
    wire [LANES-1:0] open_h = {LANES{active && !certain}} & ~(h0[LANES-1:0] ^ {LANES{bit_first}});
    wire [LANES-1:0] flips_x = flips_q | (open_q & ~equal_q & {LANES{bit_now}});
    wire [LANES-1:0] flips_h = {LANES{active}} & ({LANES{certain}} | (~h0[LANES-1:0] & {LANES{bit_first}}));

    assign flips = flips_q;
    assign opens = |open_h;
    assign stays_open = |open_x;

    always @(posedge clk) begin
        x0_q <= load ? h1 : x1_q;
        x1_q <= load ? h2 : x2_q;
        x2_q <= load ? h3 : x3_q;
        x3_q <= load ? h4 : x4;
        equal_q <= load ? ~(h1[LANES-1:0] ^ {LANES{bit_second}}) : ~(x1_q[LANES-1:0] ^ {LANES{bit_then}});
        open_q <= load ? open_h : open_x;
        flips_q <= load ? flips_h : flips_x;
    end

endmodule

`default_nettype wire
