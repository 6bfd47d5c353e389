// SPDX-License-Identifier: Apache-2.0
// A port of DP16KD without memory and clock: which row it means, which bits of it, and what for.
`default_nettype none

module dp16kd_place #(
    parameter WIDTH = 18,
    parameter CSDECODE = "0b000",
    parameter WRITEMODE = "NORMAL"
) (
    input  wire        ce,
    input  wire [2:0]  cs,
    input  wire        we,
    input  wire        hold,          // reset: nothing is written
    input  wire [13:0] address,       // of bits; with WIDTH 18 or 36 the lowest are byte enables
    input  wire [35:0] di,

    output wire        on,
    output wire        reads,         // its output changes
    output wire [8:0]  row,
    output reg  [5:0]  first,         // bit of the row where its word begins
    output wire [35:0] ones,        // bits of a word
    output wire [35:0] written,       // bits of the row
    output wire [35:0] placed         // what is written there
);

    wire [2:0]  selected;
    wire [35:0] bytes;
    reg  [3:0]  enables;

    // The last three characters are the digits.
    assign selected = {CSDECODE[16], CSDECODE[8], CSDECODE[0]};
    assign on = ce && cs == selected;
    assign reads = !(we && WRITEMODE == "NORMAL");
    assign row = address[13:5];
    assign ones = 36'hfffffffff >> (36 - WIDTH);
    assign bytes = {{9{enables[3]}}, {9{enables[2]}}, {9{enables[1]}}, {9{enables[0]}}};
    assign written = on && we && !hold ? (ones & bytes) << first : 36'd0;
    assign placed = (di & ones) << first;

    // Nine bits a byte: address[4:3] is the byte, address[2:0] a bit of its lower eight.
    always @* begin
        case (WIDTH)
            1: first = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2:0]};
            2: first = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2:1], 1'b0};
            4: first = 6'd9 * {4'd0, address[4:3]} + {3'd0, address[2], 2'b00};
            9: first = 6'd9 * {4'd0, address[4:3]};
            18: first = address[4] ? 6'd18 : 6'd0;
            default: first = 6'd0;
        endcase
        case (WIDTH)
            18: enables = {2'b00, address[1:0]};
            36: enables = address[3:0];
            default: enables = 4'b0001;
        endcase
    end

endmodule

`default_nettype wire
