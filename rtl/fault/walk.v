// SPDX-License-Identifier: Apache-2.0
// Steps through the physical bits of the chosen stores in order of store, code word and bit
// (docs/faults.md): from the entry of one bit to that of the next, in two cycles.
//
// An entry that names no bit of a chosen store is the end; nothing comes after it.
`default_nettype none

module walk #(
    parameter [31:0] PROTECTIONS = 32'd0   // 4 bits a store, as PROTECTION in code_word.v
) (
    input  wire            clk,

    input  wire [7:0]      stores,       // one bit a store
    input  wire [8*20-1:0] extents,      // code words in use, 20 bits a store
    input  wire [31:0]     entry,        // bit 31 is ignored
    output reg  [31:0]     present,      // the same bit, or the end; two cycles after the entry
    output reg  [31:0]     next          // the bit after it, or the end; likewise
);

    // A fault set without flips.
    localparam [31:0] END = 32'h801fffff;

    wire [2:0]  store;
    wire [19:0] word;
    wire [6:0]  index;
    wire        ends;
    wire        exists;

    flip_entry #(
        .PROTECTIONS(PROTECTIONS)
    ) here (
        .entry(entry),
        .extents(extents),
        .store(store),
        .word(word),
        .index(index),
        .ends(ends),
        .exists(exists)
    );

    wire [6:0]  index_up = index + 7'd1;
    wire [20:0] word_up = {1'b0, word} + 21'd1;
    wire [6:0]  bits;
    reg         in_word_q;
    reg  [20:0] word_up_q;
    reg  [19:0] extent_q;
    wire        in_store = word_up_q < {1'b0, extent_q};

    // The stores after this one that have bits to flip; the lowest is next.
    wire [7:0] filled;
    wire [7:0] later = stores & filled & (8'hfe << store);
    wire [7:0] first = later & (~later + 8'd1);
    wire [2:0] store_up = {|first[7:4], |{first[7:6], first[3:2]},
                           |{first[7], first[5], first[3], first[1]}};

    store_bits #(
        .PROTECTIONS(PROTECTIONS)
    ) store_bits (
        .store(store),
        .bits(bits)
    );

    genvar s;
    generate
        for (s = 0; s < 8; s = s + 1) begin : g_store
            assign filled[s] = |extents[s*20 +: 20];
        end
    endgenerate

    // What takes long to find out of the entry, a cycle before it is used.
    reg       standing_q;
    reg       later_q;
    reg [2:0] store_up_q;

    always @(posedge clk) begin
        standing_q <= exists && stores[store];
        word_up_q <= word_up;
        extent_q <= extents[store*20 +: 20];
        in_word_q <= index_up < bits;
        later_q <= |later;
        store_up_q <= store_up;
        present <= standing_q ? {1'b0, entry[30:0]} : END;
        next <= !standing_q ? END
              : in_word_q ? {1'b0, store, index_up, 1'b0, word}
              : in_store ? {1'b0, store, 7'd0, word_up_q}
              : later_q ? {1'b0, store_up_q, 28'd0}
              : END;
    end

    wire unused = &{1'b0, ends, first[0]};

endmodule

`default_nettype wire
