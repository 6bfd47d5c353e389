// SPDX-License-Identifier: Apache-2.0
// Goes round the code words of the chosen stores, in order of store and code word. In the cycle after
// `first` or `next` it does not know yet what it has come to: no `next` then.
`default_nettype none

module scrub_walk (
    input  wire            clk,

    input  wire [7:0]      stores,         // one bit a store
    input  wire [8*20-1:0] extents,        // code words in use, 20 bits a store
    input  wire            first,          // to the first code word
    input  wire            next,           // to the next; from the last to the first
    output reg  [2:0]      store,
    output reg  [19:0]     word,
    output wire            ends,           // it is the last
    output reg             empty           // there is none
);

    // The stores that have words to go through: the lowest, and the lowest above this one.
    wire [7:0] filled;
    reg  [7:0] there_q;
    wire [7:0] lowest = there_q & (~there_q + 8'd1);
    wire [7:0] later = there_q & (8'hfe << store);
    wire [7:0] upper = later & (~later + 8'd1);
    reg  [2:0] lowest_q;
    reg  [2:0] upper_q;
    reg        last_q;             // there is none above
    reg        ends_store_q;       // this is the store's last word

    assign ends = ends_store_q && last_q;

    genvar s;
    generate
        for (s = 0; s < 8; s = s + 1) begin : g_store
            assign filled[s] = |extents[s*20 +: 20];
        end
    endgenerate

    always @(posedge clk) begin
        there_q <= stores & filled;
        lowest_q <= {|lowest[7:4], |{lowest[7:6], lowest[3:2]}, |{lowest[7], lowest[5], lowest[3], lowest[1]}};
        upper_q <= {|upper[7:4], |{upper[7:6], upper[3:2]}, |{upper[7], upper[5], upper[3], upper[1]}};
        last_q <= ~|later;
        empty <= ~|there_q;
        ends_store_q <= {1'b0, word} + 21'd1 >= {1'b0, extents[store*20 +: 20]};
        if (next) begin
            word <= ends_store_q ? 20'd0 : word + 20'd1;
            if (ends_store_q) store <= last_q ? lowest_q : upper_q;
        end
        if (first) begin
            word <= 20'd0;
            store <= lowest_q;
        end
    end

    wire unused = &{1'b0, lowest[0], upper[0]};

endmodule

`default_nettype wire
