// SPDX-License-Identifier: Apache-2.0
// Reads an entry of the flip list (docs/faults.md), and says whether the bit it names exists.
// Purely combinational.
`default_nettype none

module flip_entry #(
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire [31:0]     entry,
    input  wire [8*20-1:0] extents,      // code words in use, 20 bits a store

    output wire [2:0]      store,
    output wire [19:0]     word,         // right only where the bit exists
    output wire [6:0]      index,        // bit of the code word
    output wire            ends,         // last entry of its fault set
    output wire            exists
);

    wire [20:0] any_word = entry[20:0];
    wire [19:0] extent = extents[store*20 +: 20];
    wire [6:0]  bits;

    store_bits #(
        .PROTECTIONS(PROTECTIONS)
    ) store_bits (
        .store(store),
        .bits(bits)
    );

    assign word = any_word[19:0];
    assign index = entry[27:21];
    assign store = entry[30:28];
    assign ends = entry[31];
    assign exists = any_word < {1'b0, extent} && index < bits;

endmodule

`default_nettype wire
