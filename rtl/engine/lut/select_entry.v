// SPDX-License-Identifier: Apache-2.0
// Chooses one of 2^SELECTS entries for each of WIDTH bits: bit i of the result is the entry whose
// number bit i of the selects forms, select 0 least significant. Combinational; divided as
// select_word.v is.
`default_nettype none

module select_entry #(
    parameter SELECTS = 2,       // 1 ... 3
    parameter WIDTH = 64         // bits of the result
) (
    input  wire [(1<<SELECTS)-1:0]  entries,
    input  wire [SELECTS*WIDTH-1:0] selects,
    output wire [WIDTH-1:0]         chosen
);

    localparam HALF = 1 << (SELECTS - 1);

    wire [WIDTH-1:0] low;
    wire [WIDTH-1:0] high;
    wire [WIDTH-1:0] select = selects[(SELECTS-1)*WIDTH +: WIDTH];

    assign chosen = ((low ^ high) & select) ^ low;

    generate
        if (SELECTS == 1) begin : g_entries
            assign low = {WIDTH{entries[0]}};
            assign high = {WIDTH{entries[1]}};
        end else begin : g_halves
            select_entry #(
                .SELECTS(SELECTS - 1),
                .WIDTH(WIDTH)
            ) lower (
                .entries(entries[HALF-1:0]),
                .selects(selects[(SELECTS-1)*WIDTH-1:0]),
                .chosen(low)
            );

            select_entry #(
                .SELECTS(SELECTS - 1),
                .WIDTH(WIDTH)
            ) upper (
                .entries(entries[2*HALF-1:HALF]),
                .selects(selects[(SELECTS-1)*WIDTH-1:0]),
                .chosen(high)
            );
        end
    endgenerate

endmodule

`default_nettype wire
