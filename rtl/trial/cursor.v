// SPDX-License-Identifier: Apache-2.0
// Knows which faults the present trial gets (docs/faults.md, "Ways to inject"): the seed of
// its sweep, the flip of its walk, the place of its fault set in the flip list, or its slice of a beam;
// and goes on to those of the next. `inject`, `stores` and `extents` must not change during trials, nor
// in the cycle before them.
`default_nettype none

`include "registers.vh"

module cursor #(
    parameter BEAM = 1,                    // 0: never a slice of a beam
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire         clk,
    input  wire         rst,

    // configuration
    input  wire [31:0]  inject,
    input  wire [63:0]  seed_first,
    input  wire [31:0]  place_first,     // register CURSOR
    input  wire [7:0]   stores,          // that are walked through, one bit a store
    input  wire [159:0] extents,         // code words in use, 20 bits a store

    input  wire         first,           // to the first trial's
    input  wire         next,            // to the next trial's
    input  wire [31:0]  list_next,       // place after the present fault set

    output reg          sweeps,          // the injection is a sweep, else flips
    output wire [63:0]  seed,
    output reg          walks,           // the flips are the one entry at `flip_from`
    output reg          lists,           // they are the fault set at that place
    output reg          beams,           // the injection is a slice of a beam
    output wire [31:0]  flip_from,       // two cycles after `first` and `next`
    output wire [31:0]  faults           // word FAULTS of the record; of a beam, the slices before it
);

    reg  [63:0] seed_q;
    reg  [31:0] place_q;
    wire [31:0] step_entry;
    wire [31:0] step_next;

    walk #(
        .PROTECTIONS(PROTECTIONS)
    ) step (
        .clk(clk),
        .stores(stores),
        .extents(extents),
        .entry(place_q),
        .present(step_entry),
        .next(step_next)
    );

    // What is no value of INJECT sweeps.
    always @(posedge clk) begin
        walks <= inject == `INJECT_WALK;
        lists <= inject == `INJECT_LIST;
        beams <= BEAM != 0 && inject == `INJECT_BEAM;
        sweeps <= inject != `INJECT_WALK && inject != `INJECT_LIST && (BEAM == 0 || inject != `INJECT_BEAM);
    end

    assign seed = seed_q;
    assign flip_from = walks ? step_entry : place_q;
    assign faults = sweeps ? seed_q[31:0] : flip_from;

    always @(posedge clk) begin
        if (next) begin
            seed_q <= seed_q + 64'd1;
            place_q <= walks ? step_next : beams ? place_q + 32'd1 : list_next;
        end
        if (first) begin
            seed_q <= seed_first;
            place_q <= inject == `INJECT_BEAM ? 32'd0 : place_first;
        end
        if (rst) begin
            seed_q <= 64'd0;
            place_q <= 32'd0;
        end
    end

endmodule

`default_nettype wire
