// SPDX-License-Identifier: Apache-2.0
// Steps through the bits of a pattern (docs/faults.md, "Patterns"): row by row, from the bit that it
// begins with.
`default_nettype none

module cells (
    input  wire       clk,
    input  wire [9:0] pattern,         // register PATTERN
    input  wire       first,           // to the first bit
    input  wire       next,            // to the next, or from the last to the first
    output reg        down,            // its row
    output reg  [1:0] across,          // its column
    output wire       is_first,
    output wire       is_last
);

    wire row_ends = across == pattern[1:0];

    assign is_first = !down && across == 2'd0;
    assign is_last = row_ends && down == pattern[4];

    always @(posedge clk) begin
        if (next) begin
            across <= row_ends ? 2'd0 : across + 2'd1;
            down <= row_ends ? !down && pattern[4] : down;
        end
        if (first) begin
            across <= 2'd0;
            down <= 1'b0;
        end
    end

    wire unused = &{1'b0, pattern[9:5], pattern[3:2]};

endmodule

`default_nettype wire
